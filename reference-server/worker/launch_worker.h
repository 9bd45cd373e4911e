/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_LAUNCH_WORKER_H
#define BRIG_WORKER_LAUNCH_WORKER_H

#include "session.h"

/*
 * In pid 1 of a session, when its own walls stand: start the worker, let it raise its walls, and
 * become the shim's program, which answers `go`. Returns only if that fails, with an errno and
 * session->walls_session.failed; then there is no worker, and the caller must end.
 */
int brig_launch_worker(brig_session *session, uint64_t go_id);

#endif
