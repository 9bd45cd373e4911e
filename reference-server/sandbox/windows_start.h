/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_WINDOWS_START_H
#define BRIG_SANDBOX_WINDOWS_START_H

#include "windows_plan.h"

/* A HANDLE, without the header that defines it. */
typedef void *brig_windows_handle;

/*
 * What the worker gets, and nothing else: its channel as standard input, the two pipes of raw
 * output. Three different handles, each inheritable; they stay the caller's.
 */
typedef struct brig_windows_ends {
    brig_windows_handle channel;
    brig_windows_handle raw_stdout;
    brig_windows_handle raw_stderr;
} brig_windows_ends;

typedef struct brig_windows_process {
    brig_windows_handle process; /* signalled when the worker has ended */
    brig_windows_handle job;     /* of it and all that it starts; closing it ends them */
} brig_windows_process;

/* What the kernel counted for the job so far. */
typedef struct brig_windows_usage {
    uint64_t cpu_ms;
    uint64_t memory_bytes; /* at most, all processes together */
    uint32_t process_count;
} brig_windows_usage;

/*
 * Raise every layer of the plan and start the worker behind them. Each layer is read back; one that
 * does not stand is BRIG_UNAVAILABLE with its name in *ret_layer, and nothing has run. On success
 * the caller owns *ret_process: brig_windows_process_done().
 */
brig_status brig_windows_start(const brig_windows_plan *plan, const brig_windows_ends *ends,
                               brig_windows_process *ret_process, const char **ret_layer);

/* End the worker and all that it has started. BRIG_OK or BRIG_SYSTEM. */
brig_status brig_windows_kill(const brig_windows_process *process);

/* BRIG_OK or BRIG_SYSTEM. */
brig_status brig_windows_process_usage(const brig_windows_process *process,
                                       brig_windows_usage *ret_usage);

/* Kill what still runs, close both handles. */
void brig_windows_process_done(brig_windows_process *process);

#endif
