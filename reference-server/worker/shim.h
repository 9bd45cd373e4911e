/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_H
#define BRIG_WORKER_SHIM_H

#include "session.h"

/*
 * The life of a shim, pid 1 of a session: raise the walls, fork the worker, serve the supervisor
 * channel until the worker or brigd is gone (ARCHITECTURE.md, "Supervisor channel"). Entered in the
 * child of clone3; until the walls stand only system calls are made.
 */
_Noreturn void brig_shim_run(brig_session *session);

#endif
