/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_LANDLOCK_H
#define BRIG_SANDBOX_LANDLOCK_H

#include <sys/types.h>

#include "step.h"

/*
 * From this version on Landlock can be the only lock: signals and abstract sockets have scopes (6),
 * control of devices (5), TCP (4), truncation (3) and moving between directories (2) are rights.
 */
enum { BRIG_LANDLOCK_ABI_ALONE = 6 };

/* The newest version of Landlock that kernel and we know; 0: none. */
int brig_landlock_abi(void);

/*
 * Forbid this process and its children, for ever, everything that the list does not grant: files,
 * TCP, signals and abstract sockets of others. The second lock behind the mount namespace, the only
 * one where there is none. Directories of the session's own lie below place ("" if there are none).
 * Needs no_new_privs; makes system calls only. 0 or an errno.
 */
int brig_landlock_apply(const brig_steps *steps, const brig_step *landlock, const char *place);

/*
 * Make this process and its children a domain of their own: they signal, and reach by abstract
 * sockets, nobody outside of it. Tried before it is relied on: outsider is a process of the same
 * user. 0, an errno, or ENOTSUP if the outsider can still be signalled.
 */
int brig_landlock_scope(pid_t outsider);

#endif
