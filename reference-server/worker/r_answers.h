/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_ANSWERS_H
#define BRIG_R_ANSWERS_H

#include <brig/span.h>

#include "r_api.h"

/*
 * Calls of the worker to the server that are not answered yet. Answers are matched by id; one that
 * nobody waits for any more is dropped (spec 11.3).
 */

/* Room for the answers; once, in the template. */
void r_answers_start(void);

enum { R_ANSWERS_DEFAULT_OPEN = 16 };

/* At most this many may be open at once; more wait. */
void r_answers_set_most(uint64_t most);

/*
 * Send a CALL and expect its answer; simplify says how an array becomes R's. Waits for others if
 * too many are open. Returns the id. Jumps if this process has no channel.
 */
uint64_t r_answers_call(brig_span procedure, brig_span args, bool simplify);

/*
 * Wait for the answer: the value, or the condition of a failed call if *ret_is_error. An interrupt
 * gives up all open calls and jumps.
 */
SEXP r_answers_await(uint64_t id, bool *ret_is_error);

/* Expect no answers any more. */
void r_answers_abandon(void);

/* While the channel's bytes are being decoded, R code that runs in between cannot call. */
void r_answers_hold(void);
void r_answers_release(void);

/* Natives: the last id so far, and expecting no answers of later ones. */
SEXP r_answers_mark(void);
SEXP r_answers_abandon_after(SEXP mark);

#endif
