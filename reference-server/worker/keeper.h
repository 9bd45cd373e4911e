/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_KEEPER_H
#define BRIG_WORKER_KEEPER_H

#include "session.h"

/*
 * Without a pid namespace no process takes a session with it when it ends. The keeper does: parent
 * of the shim and of every orphan of the code, it ends when all of them have ended, by its own hand
 * if need be, and when the session's directory is removed (ARCHITECTURE.md, "Without namespaces").
 */

/*
 * In the template: fork the keeper, which forks the shim. BRIG_OK with the keeper's pidfd, owned by
 * the caller, and the shim's pid; or BRIG_SYSTEM with errno set.
 */
brig_status brig_keeper_start(brig_session *session, int *ret_pidfd, pid_t *ret_shim);

/*
 * In the template, once: it is the keeper of keepers. One that does not end of itself ends the
 * template, with every process below it.
 */
void brig_keeper_watch(void);

#endif
