/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SPLIT_H
#define BRIG_WORKER_SPLIT_H

#include <sys/types.h>

/*
 * What fork() and then exec in the parent do, without a copy of the memory that exec would throw
 * away: the child shares this process's memory until execute() has executed a program, and has it
 * for itself from then on. Then it calls run(), which must not return, on the same stack, further
 * down. execute() must make only few system calls. The caller must be one thread.
 *
 * Returns an errno: of the split, or what execute() has returned because it failed; then there is no
 * child.
 */
int brig_split(void (*run)(void *context), int (*execute)(void *context), void *context);

/*
 * Where the C library keeps its idea of this thread's id: clone() by hand has to let the kernel
 * write it, as fork() does. NULL where the kernel will not say (CONFIG_CHECKPOINT_RESTORE).
 */
pid_t *brig_split_thread_id(void);

#endif
