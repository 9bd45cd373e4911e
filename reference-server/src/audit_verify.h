/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_VERIFY_H
#define BRIG_SERVER_AUDIT_VERIFY_H

#include "audit_chain.h"

/* What is known of files of an audit log, given from the oldest to the newest. */
typedef struct brig_audit_report {
    uint64_t line_count;
    uint64_t first_seq; /* 0: there is no line */
    brig_audit_link last;
} brig_audit_report;

/*
 * Follow the chain through all lines. BRIG_OK, or the first fault with a sentence in error that
 * names file and line: BRIG_MALFORMED, BRIG_AUTH (changed), BRIG_STATE (missing, twice, in another
 * order, replaced), BRIG_TRUNCATED (unfinished), BRIG_SYSTEM (cannot be read), BRIG_NO_MEMORY.
 */
brig_status brig_audit_verify(const char *const *paths, size_t count, char *error,
                              size_t error_bytes, brig_audit_report *ret_report);

#endif
