/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SESSION_H
#define BRIG_WORKER_SESSION_H

#include <walls.h>

#include "control.h"
#include "engine.h"
#include "probes.h"

enum { BRIG_ID_MAP_BYTES = 48 };

typedef struct brig_session_variable {
    char *name;
    char *value;
} brig_session_variable;

/* Everything a session needs, ready before it is forked. Descriptors are borrowed. */
typedef struct brig_session {
    const brig_engine *engine;
    const brig_walls *walls;
    brig_walls_session walls_session;
    int fds[BRIG_SESSION_FDS];
    int entrances[BRIG_SESSION_ENTRANCES]; /* of groups: who writes "0" is in */
    size_t entrance_count;
    int early_error;          /* of the keeper, before there was a shim to tell it; else 0 */
    int shim_fd;              /* the shim's program */
    brig_probe_board *probes; /* a self-test's, or NULL */
    brig_session_variable *variables;
    size_t variable_count;
    char uid_map[BRIG_ID_MAP_BYTES];
    char gid_map[BRIG_ID_MAP_BYTES];
} brig_session;

/*
 * Read the args of `start`. BRIG_OK, BRIG_NO_MEMORY, or BRIG_ARGUMENT with a sentence in error.
 * .engine, .walls, .fds, .entrances and .shim_fd are left to the caller. brig_session_done() afterwards.
 */
brig_status brig_session_parse(const brig_value *args, brig_session *ret_session, char *error,
                               size_t error_bytes);
void brig_session_done(brig_session *session);

/*
 * Fork the shim into namespaces of its own, or below a keeper where there are none. It waits for
 * `go` on the supervisor channel. BRIG_OK with the pidfd of whichever ends last, owned by the
 * caller, and the shim's pid if that is another process, otherwise 0; or BRIG_SYSTEM with errno
 * set.
 */
brig_status brig_session_start(brig_session *session, int *ret_pidfd, pid_t *ret_shim);

#endif
