/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CGROUP_INTERNAL_H
#define BRIG_SERVER_CGROUP_INTERNAL_H

#include <limits.h>

#include "cgroup.h"

/* What cgroup.c, cgroup_leaf.c and cgroup_find.c share. */

/* In version 1 each is a hierarchy of its own; in version 2 all are one. */
typedef enum cgroup_part {
    CGROUP_MEMORY,
    CGROUP_PIDS,
    CGROUP_CPU_TIME,
    CGROUP_CPU_SHARE, /* optional */
    CGROUP_PART_COUNT,
} cgroup_part;

_Static_assert((int)BRIG_CGROUP_ENTRANCES >= (int)CGROUP_PART_COUNT, "one for each part");

enum { CGROUP_NAME_BYTES = 32 };

struct brig_cgroups {
    bool is_v2;
    bool is_settled;                /* the server itself is in a group below its directory */
    int fds[CGROUP_PART_COUNT];     /* the server's directory, locked; -1: none */
    int parents[CGROUP_PART_COUNT]; /* the directory that it is in */
    char name[CGROUP_NAME_BYTES];   /* of the server's directory */
    uint64_t leaf_count;            /* that were ever made: their names */
    struct brig_cgroup *leaving;    /* not empty yet when they were freed */
    char failure[BRIG_CGROUP_TEXT_BYTES];
};

/* How many directories make a group. */
static inline int brig_cgroup_part_count(const brig_cgroups *groups)
{
    return groups->is_v2 ? 1 : CGROUP_PART_COUNT;
}

/* The v1 hierarchy of a part, or the v2 hierarchy (part: CGROUP_PART_COUNT), at the server's own
 * group; false if there is none. */
bool brig_cgroup_find_own(cgroup_part part, char ret_path[PATH_MAX]);

/* Small files. `what` of failures: name and errno. */
bool brig_cgroup_write(int directory, const char *name, const char *text);
/* The whole file, NUL-terminated; empty if it cannot be read. */
void brig_cgroup_read(int directory, const char *name, char *text, size_t text_bytes);
/* Does a list of words have this one? */
bool brig_cgroup_has_word(const char *list, const char *word);
/* Keep what the kernel refused, with errno; BRIG_UNAVAILABLE. */
brig_status brig_cgroup_refused(brig_cgroups *groups, const char *what);

/* cgroup_leaf.c: remove what has become empty; true: nothing is left. */
bool brig_cgroup_sweep(brig_cgroups *groups);
/* Give up on what is not empty even now: the next server removes it. */
void brig_cgroup_forget(brig_cgroups *groups);

#endif
