/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_LAUNCH_WORKER_H
#define BRIG_WORKER_LAUNCH_WORKER_H

#include "session.h"

/*
 * In pid 1 of a session, when its own walls stand: start the worker and become the shim's program,
 * which waits for the worker's walls and answers `go`. Returns only if that fails, with an errno;
 * the caller must then end.
 */
int brig_launch_worker(brig_session *session, uint64_t go_id);

#endif
