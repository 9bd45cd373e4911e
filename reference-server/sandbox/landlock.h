/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_LANDLOCK_H
#define BRIG_SANDBOX_LANDLOCK_H

#include "step.h"

/* The newest version of Landlock that kernel and we know; 0: none. */
int brig_landlock_abi(void);

/*
 * Forbid this process and its children, for ever, everything that the plan's mounts do not grant:
 * files, TCP, signals and abstract sockets of others. The second lock behind the mount namespace.
 * Needs no_new_privs; makes system calls only. 0 or an errno.
 */
int brig_landlock_apply(const brig_steps *steps, const brig_step *landlock);

#endif
