/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_MACOS_START_H
#define BRIG_SANDBOX_MACOS_START_H

#include <sys/types.h>

#include "macos_plan.h"

/* Descriptors above 3 that become the worker's 3, 1 and 2, and nothing else; the caller's. */
typedef struct brig_macos_ends {
    int channel;
    int raw_stdout;
    int raw_stderr;
} brig_macos_ends;

typedef struct brig_macos_process {
    pid_t pid;   /* also its process group and session */
    int exit_fd; /* readable when it has ended; then brig_macos_reap() */
} brig_macos_process;

/*
 * Set the limits, read them back, and start sandbox-exec, which becomes the worker behind the
 * policy or ends. A layer that does not stand is BRIG_UNAVAILABLE with its name in *ret_layer, and
 * nothing has run. On success the caller owns *ret_process: brig_macos_reap().
 */
brig_status brig_macos_start(const brig_macos_plan *plan, const brig_macos_ends *ends,
                             brig_macos_process *ret_process, const char **ret_layer);

/* SIGKILL. The policy allows no fork, so the worker is all there is. */
void brig_macos_kill(const brig_macos_process *process);

/* Wait for its end and take what is left of it; the status as waitpid's. BRIG_OK or BRIG_SYSTEM. */
brig_status brig_macos_reap(brig_macos_process *process, int *ret_status);

#endif
