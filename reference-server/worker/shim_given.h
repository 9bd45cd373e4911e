/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_GIVEN_H
#define BRIG_WORKER_SHIM_GIVEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <seccomp_filter.h>
#include <session_limits.h>
#include <walls.h>

#include "engine.h"

/*
 * What pid 1 of a session knows before it is the shim's program, which gets it as its only argument,
 * in hexadecimal. Both are of one build.
 */
typedef struct brig_shim_given {
    uint64_t go_id; /* of the call that the report answers; events carry it */
    pid_t worker;
    brig_session_limits in_force;
    uint64_t landlock_abi; /* 0: the plan has no such wall */
    uint8_t seccomp_sha256[BRIG_SHA256_BYTES];
    bool is_reduced; /* no namespaces, and no file system of its own: its files are watched */
    char workspace[BRIG_PLACE_BYTES];
    char tmp[BRIG_PLACE_BYTES];
} brig_shim_given;

/* The listener of the worker's filter, in the shim's program. */
enum { BRIG_LISTENER_FD = BRIG_WORKER_FD + 1 };

#endif
