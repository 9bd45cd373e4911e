/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_SUPPORT_H
#define BRIG_R_SUPPORT_H

#include <brig/buffer.h>

#include "r_api.h"

/*
 * The part of the engine that is written in R (r_support_code.c), and how C reaches it. Its
 * environment inherits from base, so nothing the code defines changes what it does.
 */

/*
 * Evaluate it; once, in the template. Jumps on failure. Compiling it takes longer than all else at
 * the start of R, and pays where many sessions are forked.
 */
typedef enum r_support_form {
    R_SUPPORT_INTERPRETED,
    R_SUPPORT_COMPILED,
} r_support_form;
void r_support_start(r_support_form form);

/* Put our handlers under all of the code's own (r_guard.c). */
void r_support_install_handlers(bool for_code);

/* Empty R's own error buffer, so that what is found there later is new. */
void r_support_forget_error(void);

/* Call a support function with arguments; the list ends with NULL. Jumps if it fails. */
SEXP r_support_call(const char *name, ...);

/* Is this the support environment, in which tools are closures? */
SEXP r_support_environment(void);

SEXP r_support_plain(SEXP value);
SEXP r_support_class(SEXP value);
void r_support_print(SEXP value, int max_entries);

/*
 * A buffer that R's collector frees if a jump leaves it behind. The owner must stay protected;
 * r_support_buffer_free() frees at once what may be large.
 */
SEXP r_support_buffer_new(size_t limit_bytes);
brig_buffer *r_support_buffer(SEXP owner);
void r_support_buffer_free(SEXP owner);

/* The R part, by topic; NULL last. Every top-level expression defines something. */
extern const char *const r_support_code[];

#endif
