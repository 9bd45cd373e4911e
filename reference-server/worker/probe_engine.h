/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_PROBE_ENGINE_H
#define BRIG_WORKER_PROBE_ENGINE_H

#include "engine.h"
#include "probes.h"

/*
 * What a session of a self-test runs instead of the language (ARCHITECTURE.md, "The self-test"): it
 * answers `brig.open` with {} and `probe` with the outcomes. It has no start(): it is forked from
 * the template of another engine.
 */
extern const brig_engine brig_engine_probe;

/* Before the fork: where the outcomes are. Borrowed. */
void brig_probe_engine_take(brig_probe_board *probes);

#endif
