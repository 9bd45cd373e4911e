/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_ARGUMENTS_H
#define BRIG_WORKER_SHIM_ARGUMENTS_H

/* Arguments of the shim's program, all text; descriptors are BRIG_SUPERVISOR_FD, BRIG_READY_FD. */
enum {
    BRIG_SHIM_PROGRAM,
    BRIG_SHIM_GO_ID,
    BRIG_SHIM_LANDLOCK_ABI, /* 0: the plan has no such wall */
    BRIG_SHIM_SECCOMP_SHA256,
    BRIG_SHIM_ARGUMENTS,
};

#endif
