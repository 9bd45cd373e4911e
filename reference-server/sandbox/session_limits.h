/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_SESSION_LIMITS_H
#define BRIG_SANDBOX_SESSION_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* The limits that the kernel keeps for one session; names and units of the spec's `limits`. */
#define BRIG_SESSION_LIMITS(X) \
    X(processes) \
    X(open_files) \
    X(file_bytes) \
    X(memory_bytes) \
    X(workspace_bytes) \
    X(workspace_files)

typedef struct brig_session_limits {
#define BRIG_SESSION_LIMIT_FIELD(name) uint64_t name;
    BRIG_SESSION_LIMITS(BRIG_SESSION_LIMIT_FIELD)
#undef BRIG_SESSION_LIMIT_FIELD
} brig_session_limits;

enum { BRIG_SESSION_LIMIT_COUNT = sizeof(brig_session_limits) / sizeof(uint64_t) };

/*
 * Address space that a sanitizer's runtime holds in this process and that RLIMIT_DATA would count;
 * 0 in a build without one. Called in the template, where /proc is.
 */
uint64_t brig_limits_runtime_bytes(void);

/* What comes on top of what the code may have, and is neither granted to it nor reported. */
typedef struct brig_limits_extra {
    uint64_t data_bytes;       /* see brig_limits_runtime_bytes() */
    uint64_t processes;        /* that the kernel counts with the session's: the user's others */
    uint64_t spare_processes;  /* likewise, to come */
    bool is_workspace_watched; /* no file system of its own counts its files: the shim does */
} brig_limits_extra;

/*
 * Set the resource limits of this process and its children, and read them back: what is in force
 * may be tighter than what was wanted, never wider. Makes system calls only. 0 or an errno.
 */
int brig_limits_apply(const brig_session_limits *wanted, const brig_limits_extra *extra,
                      brig_session_limits *ret_in_force);

#endif
