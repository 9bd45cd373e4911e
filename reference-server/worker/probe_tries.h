/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_PROBE_TRIES_H
#define BRIG_WORKER_PROBE_TRIES_H

#include "probes.h"

/* Try it once, in a process made for it: 0 if it worked, else the errno of the refusal. */
typedef int (*brig_probe_function)(const brig_probe_board *board);

extern const brig_probe_function brig_probe_tries[BRIG_PROBE_COUNT];

#endif
