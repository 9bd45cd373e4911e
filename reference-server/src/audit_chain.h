/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_CHAIN_H
#define BRIG_SERVER_AUDIT_CHAIN_H

#include <brig/buffer.h>

enum {
    BRIG_AUDIT_LINE_BYTES = 131072, /* a line is never longer, its newline included */
    BRIG_AUDIT_HASH_BYTES = 65,     /* 64 hex digits and NUL */
    BRIG_AUDIT_TIME_BYTES = 32,
};

/*
 * The chain of the audit log (ARCHITECTURE.md, "The audit log"): each line has its number, the hash
 * of the line before it, and its own, SHA-256 of everything in front of it. The first line has
 * number 1 and a `prev` of 64 zeros.
 */
typedef struct brig_audit_link {
    uint64_t seq; /* of the last line; 0: there is none */
    char hash[BRIG_AUDIT_HASH_BYTES];
} brig_audit_link;

/* Before the first line. */
extern const brig_audit_link brig_audit_no_link;

/*
 * Append the next line with its newline. `object` is JSON that begins with `{` and has a member.
 * BRIG_OK and *link moves on, or the buffer's fault and *link stays.
 */
brig_status brig_audit_seal(brig_span object, const char *time, brig_audit_link *link,
                            brig_buffer *to);

/* The present time as in a line: UTC with milliseconds. */
void brig_audit_time(char to[BRIG_AUDIT_TIME_BYTES]);

/* A line taken apart. */
typedef struct brig_audit_line {
    brig_audit_link link;             /* its own number and hash */
    char prev[BRIG_AUDIT_HASH_BYTES]; /* what it says of the line before */
} brig_audit_line;

/*
 * Read a line without its newline. BRIG_OK, BRIG_MALFORMED (no line of an audit log) or BRIG_AUTH
 * (its hash is not that of its bytes).
 */
brig_status brig_audit_line_read(brig_span line, brig_audit_line *ret_line);

#endif
