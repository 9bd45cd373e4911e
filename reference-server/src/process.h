/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_PROCESS_H
#define BRIG_SERVER_PROCESS_H

#include <uv.h>

enum { BRIG_PROCESS_SIGNALS = 3 };

/* What brigd sets of its own process: signals come by the loop, descriptors up to the hard limit. */
typedef struct brig_process {
    uv_signal_t signals[BRIG_PROCESS_SIGNALS];
    void (*on_signal)(void *owner, int number); /* SIGTERM, SIGINT or SIGHUP */
    void *owner;
} brig_process;

/* on_signal and owner are set before. */
void brig_process_begin(brig_process *process, uv_loop_t *loop);
/* No signal comes any more; the handles close. */
void brig_process_end(brig_process *process);

#endif
