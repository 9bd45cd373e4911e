/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_STATEMENT_H
#define BRIG_SERVER_STATEMENT_H

#include <brig/buffer.h>
#include <brig/value.h>

#include "../sandbox/profile.h"
#include "worker.h"

/* What a statement is made from, besides the shim's report. */
typedef struct brig_statement_facts {
    const brig_profile *profile;
    unsigned template_uid; /* 0: the server's own user */
    brig_span proof;       /* of the self-test, encoded; empty: there was none */
    brig_worker_counting memory;
} brig_statement_facts;

/*
 * The sandbox statement (spec 7.5) of one worker: what its shim measured, in the words of the
 * registry. BRIG_OK, or BRIG_UNAVAILABLE if fewer walls stand than the profile names: such a worker
 * must not run code. *ret_missing then names the first that is missing.
 */
brig_status brig_statement_pack(const brig_value *report, const brig_statement_facts *facts,
                                brig_buffer *to, const char **ret_missing);

#endif
