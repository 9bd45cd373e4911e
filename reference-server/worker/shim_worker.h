/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_WORKER_H
#define BRIG_WORKER_SHIM_WORKER_H

#include <sys/types.h>

#include "session.h"

/*
 * In the shim: fork the worker and wait until its walls stand. 0, with the worker's pid and, in
 * session->walls_session, the limits in force and the listener; or an errno, with .failed set.
 */
int brig_worker_fork(brig_session *session, pid_t *ret_worker);

#endif
