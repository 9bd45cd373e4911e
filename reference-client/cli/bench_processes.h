/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_PROCESSES_H
#define BRIG_CLI_BENCH_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

/*
 * Proportional set size of a process and all below it: each page divided by the number of those
 * that share it. False with errno set if one of them cannot be looked at, as another user's.
 */
bool brig_bench_pss_bytes(pid_t pid, uint64_t *ret_bytes);

/* What the kernel says could be given to new programs without swapping. False if it does not. */
bool brig_bench_available_bytes(uint64_t *ret_bytes);

#endif
