/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_H
#define BRIG_CLI_H

#include <stdio.h>

#include <brig/client.h>

enum {
    EXIT_CODE_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_INFRASTRUCTURE = 3,
};

/* The commands. argv[0] is the command's name. */
int brig_cmd_run(int argc, char **argv);
int brig_cmd_repl(int argc, char **argv);
int brig_cmd_doctor(int argc, char **argv);
int brig_cmd_keygen(int argc, char **argv);
int brig_cmd_bench(int argc, char **argv);

/* One line to standard error, "brig: …". Returns exit_code. */
int brig_complain(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The whole of a file, or of standard input for "-". False, after a complaint, if it cannot be read. */
bool brig_read_file(const char *path, brig_buffer *to);

#endif
