/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_VERDICT_H
#define BRIG_SANDBOX_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include <brig/status.h>

#include "probe.h"
#include "profile.h"

/* What the self-test is judged by, besides the outcomes. */
typedef struct brig_verdict_facts {
    const brig_profile *profile;
    int landlock_abi;
    unsigned exec_violations;   /* events of the kind that the server got meanwhile */
    unsigned socket_violations; /* likewise */
} brig_verdict_facts;

/* One probe, judged. */
typedef struct brig_verdict {
    bool is_stopped;          /* where code runs */
    bool is_granted;          /* it works because the profile says so */
    brig_probe_stage stopped; /* from which stage on it is refused; only if it is stopped */
    int outcome;              /* at that stage, or where code runs if it is not stopped */
} brig_verdict;

/*
 * Judge every probe. Pure. BRIG_OK: every probe is stopped or granted, and every layer is the first
 * to stop one at least; otherwise BRIG_UNAVAILABLE with a sentence in error that names probe and
 * layer. *ret_verdicts is written in either case.
 */
brig_status brig_verdicts_make(const brig_probe_outcomes *outcomes, const brig_verdict_facts *facts,
                               brig_verdict ret_verdicts[BRIG_PROBE_COUNT], char *error,
                               size_t error_bytes);

/* "vsock", "open a socket to …"; "seccomp", "resource limits". */
const char *brig_probe_name(brig_probe probe);
const char *brig_probe_what(brig_probe probe);
const char *brig_probe_stage_name(brig_probe_stage stage);
const char *brig_probe_stage_layer(brig_probe_stage stage);

#endif
