/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_EVENT_H
#define BRIG_SERVER_AUDIT_EVENT_H

#include <stdint.h>

#include <brig/buffer.h>

#include <jansson.h>

enum {
    BRIG_AUDIT_TEXT_BYTES = 256,   /* of any text */
    BRIG_AUDIT_CODE_BYTES = 16384, /* of code, where the configuration asks for it */
};

/*
 * One event as a JSON object, built field by field and asked once: what cannot be added makes the
 * whole event broken, and a broken event counts as lost. Texts may be hostile: an event is printable
 * ASCII whatever is in them. A text that does not appear exactly as it is (cut, not UTF-8, with
 * DEL) is followed by its length, KEY_bytes, and its SHA-256, KEY_sha256.
 */
typedef struct brig_audit_event {
    json_t *fields;
    bool is_broken;
} brig_audit_event;

brig_audit_event brig_audit_event_make(const char *name);
void brig_audit_event_done(brig_audit_event *event);

void brig_audit_add_text(brig_audit_event *event, const char *key, brig_span text);
/* The same with another bound than BRIG_AUDIT_TEXT_BYTES. */
void brig_audit_add_long_text(brig_audit_event *event, const char *key, brig_span text,
                              size_t most_bytes);
void brig_audit_add_count(brig_audit_event *event, const char *key, uint64_t count);
/* Length and SHA-256 alone, as KEY_bytes and KEY_sha256. */
void brig_audit_add_digest(brig_audit_event *event, const char *key, brig_span bytes);

/* The object on one line, at the end of a buffer; BRIG_OK, or a fault: the buffer's, or BRIG_NO_MEMORY. */
brig_status brig_audit_event_print(const brig_audit_event *event, brig_buffer *to);

#endif
