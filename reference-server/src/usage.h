/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_USAGE_H
#define BRIG_SERVER_USAGE_H

#include <stdint.h>

#include <sys/types.h>

/*
 * What the kernel counts for a process, asked from outside: no word of the worker is believed and
 * none is waited for. 0 where the kernel does not say.
 */
uint64_t brig_usage_cpu_ms(pid_t pid);            /* processor time so far */
uint64_t brig_usage_peak_memory_bytes(pid_t pid); /* highest resident memory so far */

#endif
