/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_LAUNCH_H
#define BRIG_WORKER_LAUNCH_H

#include "session.h"

/*
 * In the child of clone3, pid 1 of a session: raise the walls, start the worker and become the
 * shim's program. Until the walls stand only system calls are made.
 */
_Noreturn void brig_launch_run(brig_session *session);

#endif
