/* SPDX-License-Identifier: MIT */
/* The chain of the audit log: sealing lines and reading them again. */
#include "audit_chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

enum {
    HEAD_BYTES = 256,
    TAIL_BYTES = sizeof(",\"hash\":\"\"}") - 1 + BRIG_AUDIT_HASH_BYTES - 1,
};

const brig_audit_link brig_audit_no_link = {.seq = 0, .hash = ZEROS};

static void hash_bytes(brig_span bytes, char hash[BRIG_AUDIT_HASH_BYTES])
{
    uint8_t digest[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(digest, bytes.data, bytes.len);
    (void)sodium_bin2hex(hash, BRIG_AUDIT_HASH_BYTES, digest, sizeof(digest));
}

void brig_audit_time(char to[BRIG_AUDIT_TIME_BYTES])
{
    struct timespec now = {0};
    struct tm parts;
    char seconds[BRIG_AUDIT_TIME_BYTES - 8];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(to, BRIG_AUDIT_TIME_BYTES, "%s.%03uZ", seconds,
                   (unsigned)now.tv_nsec / 1000000U % 1000U);
}

brig_status brig_audit_seal(brig_span object, const char *time, brig_audit_link *link,
                            brig_buffer *to)
{
    brig_audit_link next = {.seq = link->seq + 1};
    size_t begin = to->len;
    char text[HEAD_BYTES];

    (void)snprintf(text, sizeof(text), "{\"seq\":%" PRIu64 ",\"time\":\"%s\",\"prev\":\"%s\",",
                   next.seq, time, link->hash);
    brig_buffer_append(to, brig_span_text(text));
    brig_buffer_append(to, (brig_span){object.data + 1, object.len - 2}); /* without its braces */
    if (to->fault != BRIG_OK)
        return to->fault;
    hash_bytes((brig_span){to->data + begin, to->len - begin}, next.hash);
    (void)snprintf(text, sizeof(text), ",\"hash\":\"%s\"}\n", next.hash);
    brig_buffer_append(to, brig_span_text(text));
    if (to->fault != BRIG_OK)
        return to->fault;
    *link = next;
    return BRIG_OK;
}

static bool is_printable(brig_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < 0x20 || line.data[i] > 0x7e)
            return false;
    }
    return true;
}

static bool take_hash(const json_t *line, const char *key, char to[BRIG_AUDIT_HASH_BYTES])
{
    const char *text = json_string_value(json_object_get(line, key));

    if (text == NULL || strlen(text) != BRIG_AUDIT_HASH_BYTES - 1 ||
        strspn(text, "0123456789abcdef") != BRIG_AUDIT_HASH_BYTES - 1)
        return false;
    memcpy(to, text, BRIG_AUDIT_HASH_BYTES);
    return true;
}

static bool take_fields(const json_t *json, brig_audit_line *line)
{
    json_int_t seq = json_integer_value(json_object_get(json, "seq"));

    if (seq <= 0 || !json_is_string(json_object_get(json, "event")))
        return false;
    line->link.seq = (uint64_t)seq;
    return take_hash(json, "prev", line->prev) && take_hash(json, "hash", line->link.hash);
}

brig_status brig_audit_line_read(brig_span line, brig_audit_line *ret_line)
{
    brig_audit_line read;
    char hash[BRIG_AUDIT_HASH_BYTES];
    char tail[TAIL_BYTES + 1];

    if (line.len <= TAIL_BYTES || line.len >= BRIG_AUDIT_LINE_BYTES || !is_printable(line))
        return BRIG_MALFORMED;
    /* A hostile text may hold NUL: the line with it is as good as any other. */
    json_t *json = json_loadb((const char *)line.data, line.len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    bool is_line = take_fields(json, &read);
    json_decref(json);
    if (!is_line)
        return BRIG_MALFORMED;
    (void)snprintf(tail, sizeof(tail), ",\"hash\":\"%s\"}", read.link.hash);
    brig_span sealed = {line.data, line.len - TAIL_BYTES};
    if (memcmp(line.data + sealed.len, tail, TAIL_BYTES) != 0)
        return BRIG_MALFORMED;
    hash_bytes(sealed, hash);
    if (strcmp(hash, read.link.hash) != 0)
        return BRIG_AUTH;
    *ret_line = read;
    return BRIG_OK;
}
