/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CGROUP_H
#define BRIG_SERVER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include <brig/status.h>

/*
 * The kernel's account of a whole session (ARCHITECTURE.md, "Control groups"): one leaf each below
 * a directory of this server, in version 2 of the interface or in version 1. brigd itself is never
 * in a leaf.
 */
typedef struct brig_cgroups brig_cgroups; /* the server's directory */
typedef struct brig_cgroup brig_cgroup;   /* a session's leaf */

enum { BRIG_CGROUP_TEXT_BYTES = 512 };

/*
 * The server's directory. `where` is NULL or "auto" (below the server's own group, where that may be
 * done), "off", or the path of a directory of version 2 that has been delegated. BRIG_OK, with NULL
 * if there is none: `why` then says why; or BRIG_UNAVAILABLE if a path was given and cannot be used.
 */
brig_status brig_cgroups_new(const char *where, char why[BRIG_CGROUP_TEXT_BYTES],
                             brig_cgroups **ret_groups);
/* Every leaf has been freed before. NULL is allowed. */
void brig_cgroups_free(brig_cgroups *groups);

/* "cgroup v2" or "cgroup v1". */
const char *brig_cgroups_mechanism(const brig_cgroups *groups);

typedef struct brig_cgroup_limits {
    uint64_t memory_bytes;
    uint64_t processes;
    uint64_t cpu_percent; /* 100: one processor; 0: no limit */
} brig_cgroup_limits;

/*
 * A leaf without processes. On failure BRIG_UNAVAILABLE, here and below, and
 * brig_cgroups_failure() names what the kernel refused.
 */
brig_status brig_cgroup_new(brig_cgroups *groups, brig_cgroup **ret_group);
/* Set limits, read them back: what is in force may be tighter, never wider. */
brig_status brig_cgroup_limit(brig_cgroup *group, const brig_cgroup_limits *wanted,
                              brig_cgroup_limits *ret_in_force);
/* The process and all it will start. */
brig_status brig_cgroup_add(brig_cgroup *group, pid_t pid);
enum { BRIG_CGROUP_ENTRANCES = 4 }; /* at most */
/*
 * Files that let in whoever writes "0" to each: in version 1 that is much quicker. In version 2 there
 * are none. The caller closes them.
 */
brig_status brig_cgroup_open_entrances(const brig_cgroup *group, int ret_fds[BRIG_CGROUP_ENTRANCES],
                                       size_t *ret_count);
const char *brig_cgroups_failure(const brig_cgroups *groups);

/* Counters since the leaf was made. */
uint64_t brig_cgroup_cpu_ms(const brig_cgroup *group);
uint64_t brig_cgroup_refused_forks(const brig_cgroup *group);
/* Has the kernel killed a process because the leaf had reached its memory limit? */
bool brig_cgroup_is_out_of_memory(const brig_cgroup *group);

/* SIGKILL to everything in it, where the kernel can do that at once. */
void brig_cgroup_kill(const brig_cgroup *group);
/* Remove it: at once if nothing is in it any more, else as soon as that is so. NULL is allowed. */
void brig_cgroup_free(brig_cgroup *group);

#endif
