/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_ANSWERS_H
#define BRIG_CONF_ANSWERS_H

#include "verb.h"

/* Calls of this engine to the server, and what is answered (spec 11.3). */

/* Send one; args are encoded. Raises if it is too large; otherwise its id goes to *ret_id. */
conf_flow conf_answers_begin(brig_span procedure, brig_span args, uint64_t *ret_id);

/* Wait for the answer: `result` is set, or an error raised. */
conf_flow conf_answers_await(uint64_t id);
/* The oldest that was begun and not awaited. Raises if there is none. */
conf_flow conf_answers_await_oldest(void);

/* The code call ends: what was not awaited is forgotten, also if it comes later. */
void conf_answers_forget(void);

#endif
