/* SPDX-License-Identifier: MIT */
/* Events of the audit log as JSON that no text in them can break. */
#include "audit_event.h"

#include <stdio.h>

#include <brig/message.h>
#include <sodium.h>

enum {
    KEY_BYTES = 64,
    DELETE = 0x7f, /* the one control character that JSON_ENSURE_ASCII lets through */
};

static void add(brig_audit_event *event, const char *key, json_t *value)
{
    if (json_object_set_new(event->fields, key, value) != 0)
        event->is_broken = true;
}

brig_audit_event brig_audit_event_make(const char *name)
{
    brig_audit_event event = {.fields = json_object()};

    add(&event, "event", json_string(name));
    return event;
}

void brig_audit_event_done(brig_audit_event *event)
{
    json_decref(event->fields);
    event->fields = NULL;
}

void brig_audit_add_count(brig_audit_event *event, const char *key, uint64_t count)
{
    add(event, key, json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count));
}

void brig_audit_add_digest(brig_audit_event *event, const char *key, brig_span bytes)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    char name[KEY_BYTES];

    (void)snprintf(name, sizeof(name), "%s_bytes", key);
    brig_audit_add_count(event, name, bytes.len);
    (void)crypto_hash_sha256(digest, bytes.data, bytes.len);
    (void)snprintf(name, sizeof(name), "%s_sha256", key);
    add(event, name, json_string(sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest))));
}

void brig_audit_add_long_text(brig_audit_event *event, const char *key, brig_span text,
                              size_t most_bytes)
{
    brig_buffer shown;

    brig_buffer_init(&shown, most_bytes);
    brig_text_clean(text, most_bytes, &shown);
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.data[i] == DELETE)
            shown.data[i] = '?';
    }
    if (shown.fault != BRIG_OK)
        event->is_broken = true;
    else
        add(event, key, json_stringn(shown.len == 0 ? "" : (const char *)shown.data, shown.len));
    if (!brig_span_equal(brig_buffer_span(&shown), text))
        brig_audit_add_digest(event, key, text);
    brig_buffer_done(&shown);
}

void brig_audit_add_text(brig_audit_event *event, const char *key, brig_span text)
{
    brig_audit_add_long_text(event, key, text, BRIG_AUDIT_TEXT_BYTES);
}

static int append(const char *bytes, size_t len, void *to)
{
    brig_buffer_append(to, (brig_span){(const uint8_t *)bytes, len});
    return 0;
}

brig_status brig_audit_event_print(const brig_audit_event *event, brig_buffer *to)
{
    if (event->is_broken ||
        json_dump_callback(event->fields, append, to, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        return BRIG_NO_MEMORY;
    return to->fault;
}
