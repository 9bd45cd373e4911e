/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_GUARD_H
#define BRIG_R_GUARD_H

#include <brig/buffer.h>

#include "r_api.h"

/*
 * Run C code that calls into R, and come back whatever happens in it: R's errors, interrupts and
 * jumps to top level end in the caller. The body runs without a function frame of ours, so that
 * code at top level sees none.
 */
typedef enum r_guard_kind {
    R_GUARD_CODE,  /* messages and warnings become events, an error is recorded */
    R_GUARD_QUIET, /* the body is ours: an error only ends it */
} r_guard_kind;

typedef enum r_outcome {
    R_DONE,
    R_FAILED, /* R_GUARD_CODE: r_guard_message() and r_guard_data() tell */
    R_INTERRUPTED,
} r_outcome;

r_outcome r_guard(r_guard_kind kind, void (*body)(void *), void *data);

/* A quiet guard that keeps what the last code guard has recorded. */
r_outcome r_guard_aside(void (*body)(void *));

/* Of the last R_FAILED: the text, and the encoded data of ERROR runtime. Borrowed until the next. */
brig_span r_guard_message(void);
brig_span r_guard_data(void);

/* Natives that the handlers call; registered by r_support.c. */
SEXP r_guard_on_message(SEXP kind, SEXP message, SEXP classes, SEXP call);
SEXP r_guard_on_error(SEXP message, SEXP classes, SEXP call, SEXP traceback);
SEXP r_guard_on_interrupt(void);

/* Memory for the records; once, in the template. */
void r_guard_start(void);

#endif
