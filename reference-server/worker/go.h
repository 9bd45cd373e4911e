/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_GO_H
#define BRIG_WORKER_GO_H

#include <step.h>

#include "control.h"

/*
 * The first call on the supervisor channel, while it is the only one (ARCHITECTURE.md, "Supervisor
 * channel"). Read and refused without memory of our own: the walls do not stand yet, or not all.
 */
enum { BRIG_SUPERVISOR_FD = BRIG_CONTROL_FD }; /* takes its number: a shim has no control channel */

/* Why a shim ends by itself. Nobody reads it but a person with a tracer. */
typedef enum brig_shim_end {
    BRIG_SHIM_END_REGULAR,
    BRIG_SHIM_END_START,      /* a wall does not stand; brigd has been told */
    BRIG_SHIM_END_SUPERVISOR, /* brigd is gone, or says what it never says */
} brig_shim_end;

/* Wait for `go`. Its id; the process ends if anything else comes. */
uint64_t brig_go_await(void);

/* Answer `go` with the name of the layer that does not stand and its errno, and end. */
_Noreturn void brig_go_refuse(uint64_t id, const char *layer, int error);

#endif
