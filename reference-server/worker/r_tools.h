/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_TOOLS_H
#define BRIG_R_TOOLS_H

#include <brig/value.h>

#include "r_api.h"

/* The session's tools, as functions in a locked environment on the search path (spec 7.4). */

/* In the template: attach what every session has. Again: a rehearsal of r_tools_install(). */
void r_tools_start(void);

/*
 * Add or replace tools, all or none: copy the declarations, evaluate the sources of sandbox tools,
 * attach. Runs code, so it is called within r_guard(); r_tools_forget_staged() afterwards, if it
 * did not return.
 */
void r_tools_install(const brig_value *declarations);
void r_tools_forget_staged(void);

/* The handler of the sandbox tool with this name and its schema; R_NilValue if there is none. */
SEXP r_tools_find_handler(brig_span name, const brig_value **ret_params, bool *ret_simplify);

/* Where the handlers are found by name. */
SEXP r_tools_environment(void);

/* Ask the client for a line of input. A text, or NULL at the end of input. */
SEXP r_tools_ask(const char *prompt);

/* Natives of r_support_code.c. */
SEXP r_tools_call(SEXP name, SEXP frame);
SEXP r_tools_is_client(SEXP name, SEXP function);
SEXP r_tools_arm(SEXP name);
SEXP r_tools_await(SEXP started);
SEXP r_tools_progress(SEXP fraction, SEXP text);

#endif
