/* SPDX-License-Identifier: MIT */
/* The program brig: one command each for running code, looking at the sandbox, measuring it. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"run", brig_cmd_run, "run code in a sandbox"},
    {"repl", brig_cmd_repl, "run code line by line in one session"},
    {"doctor", brig_cmd_doctor, "show which walls stand here, and attack them"},
    {"bench", brig_cmd_bench, "measure, beside the floors of this machine"},
    {"keygen", brig_cmd_keygen, "make a key file"},
};

enum {
    COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
    READ_BYTES = 65536,
};

int brig_complain(int exit_code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fputs("brig: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    return exit_code;
}

static bool read_stream(FILE *stream, const char *path, brig_buffer *to)
{
    size_t got;

    do {
        uint8_t *room = brig_buffer_reserve(to, READ_BYTES);

        if (room == NULL) {
            (void)brig_complain(0, "%s: %s", path, brig_status_text(to->fault));
            return false;
        }
        got = fread(room, 1, READ_BYTES, stream);
        brig_buffer_grow(to, got);
    } while (got == READ_BYTES);
    if (ferror(stream) != 0) {
        (void)brig_complain(0, "%s: cannot be read", path);
        return false;
    }
    return true;
}

bool brig_read_file(const char *path, brig_buffer *to)
{
    FILE *stream;
    bool is_read;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", to);
    stream = fopen(path, "rbe");
    if (stream == NULL) {
        (void)brig_complain(0, "%s: %s", path, strerror(errno));
        return false;
    }
    is_read = read_stream(stream, path, to);
    (void)fclose(stream);
    return is_read;
}

static int usage(FILE *to, int exit_code)
{
    (void)fputs("usage: brig COMMAND [OPTION…]\n\n", to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("\nbrig COMMAND --help tells more.\n"
                "exit status: 0 done, 1 the code failed, 2 usage, 3 infrastructure\n",
                to);
    return exit_code;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout, EXIT_SUCCESS);
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("brig %s, %s\n", BRIG_VERSION, BRIG_PROTOCOL_NAME);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    (void)brig_complain(0, "no command %s", argv[1]);
    return usage(stderr, EXIT_USAGE);
}
