/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_SPECULATION_H
#define BRIG_SANDBOX_SPECULATION_H

#include <stdbool.h>

/*
 * What a processor runs ahead of time leaves traces in caches that other processes share. Where the
 * kernel lets a process choose, take the choice away: no store bypass, and no branch predictions
 * shared with other processes, for this process and its children, for ever. Where the kernel has
 * decided for all, or knows no such control, there is nothing to do. 0 or an errno.
 */
int brig_speculation_restrict(void);

/* Could it still be restricted? */
bool brig_speculation_is_open(void);

#endif
