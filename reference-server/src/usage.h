/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_USAGE_H
#define BRIG_SERVER_USAGE_H

#include <stdint.h>

#include <sys/types.h>

/*
 * What the kernel counts for a process, asked from outside: no word of the worker is believed and
 * none is waited for. 0 where the kernel does not say.
 */
uint64_t brig_usage_cpu_ms(pid_t pid);            /* processor time so far */
uint64_t brig_usage_peak_memory_bytes(pid_t pid); /* highest resident memory so far */

/* What a process and all that descend from it hold and have used. */
typedef struct brig_usage_sum {
    uint64_t
        others_cpu_ms;   /* without the time of `worker` itself: of it, only what it has reaped */
    uint64_t task_count; /* processes and threads */
    uint64_t resident_bytes; /* counts what they share once for each: too much, never too little */
} brig_usage_sum;

/* `first` is pid 1 of a session. Time of children that nobody has waited for is not in it. */
brig_usage_sum brig_usage_walk(pid_t first, pid_t worker);

/*
 * Memory that is theirs alone: pages without a file and shared memory, each in parts if several
 * processes share it, the template among them.
 */
uint64_t brig_usage_own_memory_bytes(pid_t first);

#endif
