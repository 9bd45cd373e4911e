/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_H
#define BRIG_SERVER_AUDIT_H

#include <stdbool.h>

#include <uv.h>

#include <brig/status.h>

#include "audit_event.h"

/*
 * The audit log: one line of JSON for each event, chained by hashes, written without holding up the
 * loop (ARCHITECTURE.md, "The audit log"). Where a function takes a log, NULL is one that is off.
 */
typedef struct brig_audit brig_audit;

typedef struct brig_audit_config {
    const char *path;     /* NULL: no audit log */
    bool refuses;         /* on_failure: stop; while it cannot be written, nothing new runs */
    bool syncs;           /* fdatasync after each write */
    bool has_code;        /* calls are logged with their code */
    uint32_t queue_bytes; /* lines that wait for the disk */
} brig_audit_config;

enum {
    BRIG_AUDIT_LEAST_QUEUE_BYTES = 262144, /* two of the longest lines */
    BRIG_AUDIT_MOST_QUEUE_BYTES = 268435456,
    BRIG_AUDIT_QUEUE_BYTES = 4194304,
};

/*
 * Open the file and go on with its chain. A line that was torn when a server died is taken off and
 * its loss logged. BRIG_OK, or a status with a sentence in error. The config is borrowed.
 */
brig_status brig_audit_new(const brig_audit_config *config, uv_loop_t *loop, char *error,
                           size_t error_bytes, brig_audit **ret_audit);

/* Log an event, which is freed. What has no place in the queue is counted, and the count logged. */
void brig_audit_write(brig_audit *audit, brig_audit_event *event);

/* Must what is not running yet be refused, because it could not be logged? */
bool brig_audit_is_refusing(const brig_audit *audit);
const brig_audit_config *brig_audit_config_of(const brig_audit *audit);

/*
 * Strangers must not fill the disk: of refused connections ten a second are told. True: tell this
 * one, and that *ret_untold before it were not.
 */
bool brig_audit_may_tell_refusal(brig_audit *audit, uint64_t now_ms, uint64_t *ret_untold);

/* The file has got another name: go on in a new one, behind the lines that were written before. */
void brig_audit_reopen(brig_audit *audit);

/* The loop ends: nothing is tried again by itself. */
void brig_audit_release(brig_audit *audit);
/* The loop has ended: write what is left, now, and close. Losses are told on standard error. */
void brig_audit_free(brig_audit *audit);

#endif
