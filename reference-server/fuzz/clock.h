/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_CLOCK_H
#define BRIG_FUZZ_CLOCK_H

#include <stdint.h>

/*
 * Time that passes only when it is told to: the linker puts these in place of libuv's timers and
 * clock, so that an hour of silence costs nothing and a run never depends on the machine's speed.
 */

void clock_begin(void);

/* So many milliseconds pass; each timer that is due fires in its turn, and after it on_fired. */
void clock_advance(uint64_t ms, void (*on_fired)(void *context), void *context);

uint64_t clock_now_ms(void);

#endif
