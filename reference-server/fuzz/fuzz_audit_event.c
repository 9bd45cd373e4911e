/* SPDX-License-Identifier: MIT */
/*
 * Hostile texts in events of the audit log: one line of printable ASCII, which another reader of JSON
 * takes back; a text that is not shown as it is has its length and hash beside it.
 */
#include "audit_event.h"

#include <string.h>

#include <check.h>
#include <sodium.h>

#include "log.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    LINE_BYTES = 262144,
    ESCAPED_BYTES = 8192,
};

static void check_digest(const json_t *object, brig_span text)
{
    const json_t *digest = json_object_get(object, "text_sha256");
    const char *shown = json_string_value(json_object_get(object, "text"));
    size_t shown_len = json_string_length(json_object_get(object, "text"));
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(hash) + 1];

    CHECK(shown != NULL, "the text is missing");
    bool is_whole = brig_span_equal((brig_span){(const uint8_t *)shown, shown_len}, text);
    CHECK(is_whole == (digest == NULL), "a hash where the text is cut or changed, and only there");
    if (digest == NULL)
        return;
    (void)crypto_hash_sha256(hash, text.data, text.len);
    CHECK(strcmp(json_string_value(digest), sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash))) ==
              0,
          "another hash");
    CHECK(json_integer_value(json_object_get(object, "text_bytes")) == (json_int_t)text.len,
          "another length");
}

static void check_event(brig_span text, size_t most_bytes, uint64_t count)
{
    brig_audit_event event = brig_audit_event_make("call");
    brig_buffer line;
    json_error_t error;

    brig_buffer_init(&line, LINE_BYTES);
    brig_audit_add_long_text(&event, "text", text, most_bytes);
    brig_audit_add_count(&event, "count", count);
    brig_audit_add_digest(&event, "code", text);
    CHECK(brig_audit_event_print(&event, &line) == BRIG_OK, "not printed");
    for (size_t i = 0; i < line.len; i++)
        CHECK(line.data[i] >= ' ' && line.data[i] < 0x7f, "octet %02x", line.data[i]);
    json_t *object = json_loadb((const char *)line.data, line.len,
                                JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    CHECK(json_is_object(object), "%s", error.text);
    check_digest(object, text);
    CHECK(json_integer_value(json_object_get(object, "count")) ==
              (json_int_t)(count > INT64_MAX ? INT64_MAX : count),
          "another count");
    json_decref(object);
    brig_buffer_done(&line);
    brig_audit_event_done(&event);
}

/* The log's own escaping, at every size of the place for it. */
static void check_log(brig_span text, size_t room)
{
    static char line[ESCAPED_BYTES + 1];
    static char escaped[ESCAPED_BYTES];

    if (text.len > sizeof(line) - 1)
        return;
    if (text.len > 0)
        memcpy(line, text.data, text.len);
    line[text.len] = '\0';
    size_t len = brig_log_escape(line, escaped, room);
    CHECK(len < room && strlen(escaped) == len, "%zu of %zu", len, room);
    for (size_t i = 0; i < len; i++)
        CHECK(escaped[i] >= ' ' && escaped[i] < 0x7f, "octet %02x", (unsigned)escaped[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const size_t bounds[] = {BRIG_AUDIT_TEXT_BYTES, BRIG_AUDIT_CODE_BYTES, 1, 16};
    struct script script = {data, len};
    size_t most_bytes = bounds[script_below(&script, 4)];
    size_t room = 16 + (size_t)script_uint(&script, 2) % (ESCAPED_BYTES - 16);
    uint64_t count = script_uint(&script, script_below(&script, 9));
    const brig_span text = {script.at, script.left};

    check_event(text, most_bytes, count);
    check_log(text, room);
    return 0;
}
