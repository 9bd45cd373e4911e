/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SPLIT_H
#define BRIG_WORKER_SPLIT_H

#include <sys/types.h>

/*
 * What fork() and then exec in the parent do, without a copy of the memory that exec would throw
 * away, and without a descriptor that would have to be passed on: the child shares this process's
 * memory and its table of descriptors, on the same stack, further down. One of them runs at a time:
 *
 *   child   run() until it calls brig_split_part()
 *   parent  execute(), which executes a program
 *   child   goes on in run(), which must not return; the memory is its own
 *
 * The table is shared until the child leaves it (close_range() with CLOSE_RANGE_UNSHARE), which it
 * must have done when it parts. execute() must make only few system calls. The caller must be one
 * thread, whose signals are blocked.
 *
 * Returns an errno: of the split, ECHILD if the child ended before it parted, or what execute() has
 * returned because it failed. Then there is no child.
 */
typedef struct brig_split brig_split;
int brig_split_run(void (*run)(brig_split *split, void *context),
                   int (*execute)(pid_t child, void *context), void *context);
void brig_split_part(brig_split *split);

/*
 * Where the C library keeps its idea of this thread's id: clone() by hand has to let the kernel
 * write it, as fork() does. NULL where the kernel will not say (CONFIG_CHECKPOINT_RESTORE).
 */
pid_t *brig_split_thread_id(void);

#endif
