/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_CONSOLE_H
#define BRIG_R_CONSOLE_H

#include <brig/buffer.h>

/* R's console as stdout and stderr events, and its questions as brig.input calls. */

/* Become R's console. */
void r_console_start(void);

/* Are reads questions to the client? Otherwise they see end of file. */
void r_console_set_input(unsigned asks_client);

/* Turn what is collected into an event, queued in the channel; _now also writes the queue. */
void r_console_flush(void);
void r_console_flush_now(void);

/* In a forked child: drop what the parent had collected, and write to descriptors 1 and 2. */
void r_console_forget(void);

/*
 * While a capture is in force, standard output goes to `to` instead, up to its limit; more is
 * dropped. NULL ends it. Returns the capture before, for nesting.
 */
brig_buffer *r_console_capture(brig_buffer *to);

#endif
