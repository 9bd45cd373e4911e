/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_TERMINAL_H
#define BRIG_CLI_TERMINAL_H

#include <stdio.h>

#include <brig/span.h>

/*
 * Untrusted bytes on their way to a person. On a terminal, what could steer it (control characters,
 * escape sequences, direction overrides, bytes that are not UTF-8) is shown as \xNN or \u{NNNN}.
 * Into a file or pipe everything passes as it is.
 */
typedef struct terminal {
    FILE *stream;
    bool escapes;
    uint8_t partial[4]; /* a character whose end has not arrived yet */
    size_t partial_len;
} terminal;

typedef enum terminal_mode {
    TERMINAL_SAFE, /* escape if the stream is a terminal */
    TERMINAL_RAW,
} terminal_mode;

void brig_terminal_init(terminal *to, FILE *stream, terminal_mode mode);
void brig_terminal_write(terminal *to, brig_span bytes);
/* Write what is left of an unfinished character, and flush. */
void brig_terminal_finish(terminal *to);

#endif
