/* SPDX-License-Identifier: MIT */
/* Ids of the calls of one direction: which was the last, which are unanswered (spec 7.1). */
#ifndef BRIG_SRC_CALLS_H
#define BRIG_SRC_CALLS_H

#include <brig/generated/protocol.h>
#include <brig/span.h>
#include <brig/status.h>

enum { BRIG_CALLS_CAPACITY = BRIG_LIMIT_MAX_CALLS + BRIG_LIMIT_MAX_CONTROL_CALLS };

/* brig.cancel and brig.ping are counted apart, so that a full table can still be cancelled. */
typedef enum brig_call_kind {
    BRIG_CALL_ORDINARY,
    BRIG_CALL_CONTROL,
    BRIG_CALL_KIND_COUNT,
} brig_call_kind;

/* Zero-initialised with limits it is ready to use. */
typedef struct brig_calls {
    uint64_t last_id;
    size_t limits[BRIG_CALL_KIND_COUNT];
    size_t counts[BRIG_CALL_KIND_COUNT];
    struct {
        uint64_t id;
        brig_call_kind kind;
    } open[BRIG_CALLS_CAPACITY]; /* the first counts[…] + counts[…], in no order */
} brig_calls;

/* An empty table with max_calls (at most BRIG_LIMIT_MAX_CALLS) for ordinary calls. */
void brig_calls_init(brig_calls *calls, size_t max_calls);

brig_call_kind brig_call_kind_of(brig_span procedure);

/* Is there a place for one more of this kind? */
bool brig_calls_have_room(const brig_calls *calls, brig_call_kind kind);

/* Add a call. The caller has seen that there is room and that the id is above .last_id. */
void brig_calls_add(brig_calls *calls, uint64_t id, brig_call_kind kind);

bool brig_calls_are_open(const brig_calls *calls, uint64_t id);

/* The call is answered. The caller has seen that it is open. */
void brig_calls_remove(brig_calls *calls, uint64_t id);

#endif
