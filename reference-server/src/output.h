/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_OUTPUT_H
#define BRIG_SERVER_OUTPUT_H

#include "worker.h"
#include "worker_check.h"

typedef struct brig_session brig_session;

/* Output of a code call against its limits (spec 7.6, 7.7). */
typedef struct brig_output {
    uint64_t console_bytes; /* sent: streams, conditions, progress */
    uint64_t displays;      /* sent */
    uint64_t dropped[BRIG_EVENT_KIND_COUNT];
    bool is_truncated;
    bool has_logged; /* a refusal between the calls before */
    /* What came while no code call was open. */
    brig_buffer early[BRIG_RAW_COUNT];
    uint64_t early_dropped[BRIG_RAW_COUNT];
} brig_output;

/* What a wall refused (spec 7.6). */
typedef struct brig_violation {
    brig_span kind;
    brig_span layer;
    brig_span detail;
} brig_violation;

void brig_output_init(brig_output *output);
void brig_output_done(brig_output *output);

/* A code call begins at the worker: count anew, send what came early. */
void brig_output_begin(brig_session *session);

/* An EVENT of the worker that passed brig_worker_word_check(). */
void brig_output_event(brig_session *session, const brig_message *message,
                       const brig_worker_word *word);
void brig_output_raw(brig_session *session, brig_raw_stream stream, brig_span bytes);
/* The limit `processes` was met: `cgroup` refused a process, or the `watch` has counted too many. */
void brig_output_refused_fork(brig_session *session, const char *layer);
void brig_output_violation(brig_session *session, const brig_value *what);

/* Key `dropped` of code_meta; how many keys that is (0 or 1) by brig_output_has_dropped(). */
bool brig_output_has_dropped(const brig_output *output);
void brig_output_pack_dropped(const brig_output *output, brig_buffer *to);

#endif
