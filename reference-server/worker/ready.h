/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_READY_H
#define BRIG_WORKER_READY_H

#include <sys/types.h>

#include <session_limits.h>
#include <step.h>

#include "engine.h"

/*
 * What the worker tells the shim once, before any code of a client runs: its walls stand, or one
 * does not. A packet on BRIG_READY_FD of both; the filter's listener comes with it.
 */
enum { BRIG_READY_FD = BRIG_WORKER_FD + 1 };

typedef struct brig_ready {
    int error; /* errno of the step `failed`; 0: all stand */
    brig_step_op failed;
    pid_t pid;
    brig_session_limits in_force;
} brig_ready;

/* listener -1: none. 0 or an errno. */
int brig_ready_send(const brig_ready *message, int listener);

/*
 * Waits; nothing else runs in the worker yet, so that ends. 0 or an errno: EPIPE if the worker is
 * gone, EPROTO if its walls stand and no listener came.
 */
int brig_ready_receive(brig_ready *ret_message, int *ret_listener);

#endif
