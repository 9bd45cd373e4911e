/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_CALLS_H
#define BRIG_R_CALLS_H

#include <brig/message.h>

/* The calls of an engine (spec 11.3): each ends with exactly one RESULT or ERROR. */

/* Memory for values; once, in the template. */
void r_calls_start(void);

/* Answer one CALL of the server. One that no server sends ends the process. */
void r_calls_handle(const brig_message *call);

/*
 * Open a session and evaluate once, told to nobody; afterwards it is not open. What is left are the
 * random numbers of the opening.
 */
void r_calls_rehearse(void);

#endif
