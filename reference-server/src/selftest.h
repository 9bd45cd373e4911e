/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_SELFTEST_H
#define BRIG_SERVER_SELFTEST_H

#include <stdio.h>

#include "../sandbox/verdict.h"
#include "worker.h"

/*
 * One self-test of a template (ARCHITECTURE.md, "The self-test"): a session of its own, in which
 * native code tries what the walls must stop.
 */
typedef struct brig_selftest brig_selftest;

typedef struct brig_selftest_result {
    const brig_profile *profile;
    bool is_judged; /* false: it did not get that far, and there are no verdicts */
    bool is_passed;
    brig_verdict verdicts[BRIG_PROBE_COUNT];
    uint64_t took_ms;
    char failure[512]; /* empty if it passed */
} brig_selftest_result;

typedef struct brig_selftest_config {
    brig_loop *loop;
    brig_template *template;
    const brig_profile *profile;
    brig_cgroups *groups; /* as of the worker */
    /* Once, never inside brig_selftest_new(). The test frees itself afterwards. */
    void (*on_done)(void *owner, const brig_selftest_result *result);
    void *owner;
    void (*on_freed)(void *server); /* as of the worker */
    void *server;
} brig_selftest_config;

/*
 * BRIG_OK, or another status: then neither on_done nor on_freed is called. The name of the variable
 * that brig_selftest_lay_bait() set must still be in the environment.
 */
brig_status brig_selftest_new(const brig_selftest_config *config, brig_selftest **ret_test);

/* The owner goes: no on_done. */
void brig_selftest_cancel(brig_selftest *test);

/* Before any template starts: a variable in our own environment that no session may see. */
brig_status brig_selftest_lay_bait(void);

/*
 * A line for each probe, its parts between tabs: name, what became of it (`stopped`, `granted` or
 * `OPEN`), the layer that stopped it, how, what was tried.
 */
void brig_selftest_print(const brig_selftest_result *result, FILE *to);

/* What it found, as a map for the statement's `mechanisms`. */
void brig_selftest_pack(const brig_selftest_result *result, brig_buffer *to);

#endif
