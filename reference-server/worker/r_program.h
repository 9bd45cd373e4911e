/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_PROGRAM_H
#define BRIG_R_PROGRAM_H

#include <brig/buffer.h>

#include "r_api.h"

/* Program texts: parsed whole, then evaluated expression by expression. Within r_guard() only. */

/*
 * The expressions of a program, all parsed before any runs. If it does not parse, the place and the
 * reason are recorded and R jumps to the guard. R's parser may jump by itself instead: then
 * r_program_is_parsing(), and r_program_explain(), run within r_guard_aside(), records the same.
 */
SEXP r_program_parse(brig_span code);
bool r_program_is_parsing(void);
void r_program_explain(void *data);

/*
 * Evaluate one top-level expression in the global environment: its value, and whether R would
 * print it.
 */
SEXP r_program_eval(SEXP expression, bool *ret_is_visible);

/* What made the guarded body fail was a program that does not parse. */
bool r_program_is_unparsed(void);
/* Then: the reason, and the encoded data {line, column} of ERROR parse; borrowed. */
brig_span r_program_reason(void);
brig_span r_program_place(void);

/* Forget the last failure; before each guarded use. */
void r_program_reset(void);

/* Once, in the template. */
void r_program_start(void);

#endif
