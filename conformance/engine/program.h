/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_PROGRAM_H
#define BRIG_CONF_PROGRAM_H

#include "arena.h"
#include "verb.h"

/* A text that was read whole: all its lines are good (spec 14.1). */
typedef struct conf_program {
    conf_arena arena;
    const conf_line *first;   /* what a declaration runs; of a tool without `handler`, nothing */
    const conf_line *handler; /* of a tool */
} conf_program;

/* Where a text stops being a program. */
typedef struct conf_fault {
    size_t line;   /* from 1 */
    size_t column; /* in code points, from 1 */
    const char *text;
} conf_fault;

/* The code of brig.eval, or a sandbox tool's. False with *ret_fault; the program is then empty. */
bool conf_program_read(brig_span code, conf_program *ret_program, conf_fault *ret_fault);
bool conf_program_read_tool(brig_span code, conf_program *ret_program, conf_fault *ret_fault);
void conf_program_done(conf_program *program);

#endif
