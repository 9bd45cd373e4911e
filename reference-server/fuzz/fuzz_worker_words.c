/* SPDX-License-Identifier: MIT */
/*
 * The acceptance table of the worker profile (spec 11.2): what passes is one of the few things that
 * a worker may say, and what is borrowed from it lies within it.
 */
#include "worker_check.h"

#include <check.h>

#include "generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    OBJECT_BYTES = 65536,
    WHOLE_BYTES = 2 * OBJECT_BYTES,
};

static void check_word(const brig_message *message)
{
    brig_worker_word word;
    brig_status status = brig_worker_word_check(message, &word);

    CHECK(status == BRIG_OK || status == BRIG_MALFORMED, "%s", brig_status_name(status));
    if (status != BRIG_OK)
        return;
    CHECK(message->trailing == 0, "more elements than there are");
    switch (message->type) {
    case BRIG_MESSAGE_ERROR:
        CHECK(word.code < BRIG_ERROR_COUNT &&
                  brig_span_is(message->name, brig_error_name(word.code)),
              "a code");
        break;
    case BRIG_MESSAGE_EVENT:
        CHECK(word.kind < BRIG_EVENT_KIND_COUNT && word.kind != BRIG_EVENT_KIND_VIOLATION &&
                  word.kind != BRIG_EVENT_KIND_TRUNCATED,
              "an event that is the server's");
        break;
    default:
        CHECK(message->type == BRIG_MESSAGE_RESULT || message->type == BRIG_MESSAGE_CALL, "type %u",
              message->type);
        break;
    }
    if (word.display_id.len > 0)
        CHECK(word.display_id.data >= message->extra.data &&
                  word.display_id.data + word.display_id.len <=
                      message->extra.data + message->extra.len,
              "borrowed from elsewhere");
}

/* The octets of a whole message, as they came. */
static void check_octets(brig_span bytes)
{
    brig_message message;

    if (brig_message_parse(bytes, &message) == BRIG_OK)
        check_word(&message);
}

static void check_made(struct script *script)
{
    static const char *const names[] = {"stdout",  "stderr",    "message",       "warning",
                                        "display", "progress",  "violation",     "parse",
                                        "runtime", "cancelled", "bad_arguments", "unknown_tool",
                                        "memory",  "brig.input"};
    brig_message message = {.type = (uint8_t)script_below(script, 9),
                            .id = 1,
                            .name = brig_span_text(names[script_below(script, 14)])};
    brig_buffer whole;
    brig_buffer body;
    brig_buffer extra;

    brig_buffer_init(&whole, WHOLE_BYTES);
    brig_buffer_init(&body, OBJECT_BYTES);
    brig_buffer_init(&extra, OBJECT_BYTES);
    generate_object(script, &body, false);
    if (script_rarely(script, 2))
        generate_object(script, &extra, false);
    else
        generate_record(script, BRIG_RECORD_EVENT_META, &extra);
    message.body = brig_buffer_span(&body);
    message.extra = brig_buffer_span(&extra);
    if (brig_message_append(&message, &whole) == BRIG_OK)
        check_octets(brig_buffer_span(&whole));
    brig_buffer_done(&extra);
    brig_buffer_done(&body);
    brig_buffer_done(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script script = {data, len};

    if (script_below(&script, 2) == 0)
        check_octets((brig_span){script.at, script.left});
    else
        check_made(&script);
    return 0;
}
