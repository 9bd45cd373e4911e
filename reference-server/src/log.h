/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_LOG_H
#define BRIG_SERVER_LOG_H

#include <stddef.h>

/*
 * One line to standard error, with the program's name in front. Bytes outside printable ASCII are
 * written as \xNN, a backslash as two: names and messages of peers can neither forge a line nor reach
 * a terminal. Lines are cut at 2,000 bytes and then end in " [cut]".
 */
__attribute__((format(printf, 1, 2))) void brig_log(const char *format, ...);

/* The escaping alone, for tests: ends in NUL, returns the length without it; to_bytes is 16 or more. */
size_t brig_log_escape(const char *text, char *to, size_t to_bytes);

#endif
