/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_WORKER_CHECK_H
#define BRIG_SERVER_WORKER_CHECK_H

#include <brig/message.h>
#include <brig/value.h>

/*
 * What a server accepts from a worker (spec 11.2), checked without knowing the session: form,
 * codes, kinds and keys. Ids, tools and budgets are checked by who keeps them.
 */
typedef struct brig_worker_word {
    brig_error_code code; /* ERROR */
    brig_event_kind kind; /* EVENT */
    bool is_visible;      /* RESULT */
    bool is_omitted;      /* RESULT: the value is an ext 4 in place of the real one */
    bool is_update;       /* EVENT display */
    brig_span display_id; /* EVENT display; .data NULL if it has none; borrowed */
} brig_worker_word;

/* BRIG_OK, BRIG_MALFORMED (a breach) or BRIG_NO_MEMORY. */
brig_status brig_worker_word_check(const brig_message *message, brig_worker_word *ret_word);

#endif
