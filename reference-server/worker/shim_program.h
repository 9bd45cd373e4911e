/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_PROGRAM_H
#define BRIG_WORKER_SHIM_PROGRAM_H

/*
 * The shim's program, which every worker program carries in itself, as a descriptor to execute. It
 * is close-on-exec, and can be neither changed nor read. -1 with errno set if the kernel refuses
 * it. The caller closes it.
 */
int brig_shim_program_open(void);

#endif
