/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_USAGE_H
#define BRIG_WORKER_SHIM_USAGE_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

typedef struct brig_usage {
    uint64_t cpu_ms;       /* of the process and of the children it has waited for */
    uint64_t memory_bytes; /* largest resident memory of the process */
} brig_usage;

/* The worker's clock, and two of its files in a /proc that it cannot reach. */
typedef struct brig_usage_source {
    clockid_t clock;
    int stat_fd;
    int status_fd;
} brig_usage_source;

/*
 * Open the source for a child of ours. proc_fd is a /proc of an outer pid namespace, in which the
 * child has another number. Without it, or on failure, the descriptors are -1 and what they would
 * tell (children's time, memory) reads as 0.
 */
brig_usage_source brig_usage_open(int proc_fd, pid_t child);

/* So far; zeros when the process is gone. */
brig_usage brig_usage_read(const brig_usage_source *source);

/* At the end, as wait4() has it. */
brig_usage brig_usage_of(const struct rusage *usage);

#endif
