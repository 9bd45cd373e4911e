/* SPDX-License-Identifier: MIT */
/* What may be sent, what is filled in, and the names of errors. Parsing: test_message_vectors.c. */
#include <brig/message.h>

#include "bytes.h"
#include "check.h"

#define NAME_85 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_255 NAME_85 NAME_85 NAME_85

static const struct send_case {
    const char *name;
    brig_message message;
    brig_status status;
    brig_span bytes;
} send_cases[] = {
    {"a call with nothing has empty maps",
     {.type = BRIG_MESSAGE_CALL, .id = 1, .name = BYTES("f")},
     BRIG_OK,
     BYTES("\x95\x02\x01\xa1"
           "f"
           "\x80\x80")},
    {"a result with nothing is nil",
     {.type = BRIG_MESSAGE_RESULT, .id = 300},
     BRIG_OK,
     BYTES("\x94\x04\xcd\x01\x2c\xc0\x80")},
    {"an event carries what it is given",
     {.type = BRIG_MESSAGE_EVENT,
      .id = 2,
      .name = BYTES("stdout"),
      .body = BYTES("\xc4\x01x"),
      .extra = BYTES("\x81\xa3"
                     "raw"
                     "\xc3")},
     BRIG_OK,
     BYTES("\x95\x01\x02\xa6"
           "stdout"
           "\xc4\x01x\x81\xa3"
           "raw"
           "\xc3")},
    {"an error gets the class of its code",
     {.type = BRIG_MESSAGE_ERROR, .id = 7, .name = BYTES("busy"), .text = BYTES("no")},
     BRIG_OK,
     BYTES("\x96\x06\x07\xa4"
           "busy"
           "\xa5"
           "retry"
           "\xa2"
           "no"
           "\x80")},
    {"an error may bring its class",
     {.type = BRIG_MESSAGE_ERROR, .id = 7, .name = BYTES("new"), .class_ = BYTES("fix")},
     BRIG_OK,
     BYTES("\x96\x06\x07\xa3"
           "new"
           "\xa3"
           "fix"
           "\xa0\x80")},
    {"a close has no id",
     {.type = BRIG_MESSAGE_CLOSE, .name = BYTES("done"), .text = BYTES("bye")},
     BRIG_OK,
     BYTES("\x93\x08\xa4"
           "done"
           "\xa3"
           "bye")},
    {"a hello is a map", {.type = BRIG_MESSAGE_HELLO}, BRIG_OK, BYTES("\x92\x00\x80")},
    {"an unknown code needs a class",
     {.type = BRIG_MESSAGE_ERROR, .id = 7, .name = BYTES("new")},
     BRIG_ARGUMENT,
     BYTES("")},
    {"a class is short",
     {.type = BRIG_MESSAGE_ERROR, .id = 7, .name = BYTES("new"), .class_ = BYTES(NAME_85)},
     BRIG_ARGUMENT,
     BYTES("")},
    {"id 0 is none", {.type = BRIG_MESSAGE_RESULT}, BRIG_ARGUMENT, BYTES("")},
    {"ids end at 2^53-1",
     {.type = BRIG_MESSAGE_RESULT, .id = BRIG_LIMIT_MAX_ID + 1ULL},
     BRIG_ARGUMENT,
     BYTES("")},
    {"the last id",
     {.type = BRIG_MESSAGE_RESULT, .id = BRIG_LIMIT_MAX_ID},
     BRIG_OK,
     BYTES("\x94\x04\xcf\0\x1f\xff\xff\xff\xff\xff\xff\xc0\x80")},
    {"a call has a name", {.type = BRIG_MESSAGE_CALL, .id = 1}, BRIG_ARGUMENT, BYTES("")},
    {"a name of 255 bytes is the longest",
     {.type = BRIG_MESSAGE_CLOSE, .name = BYTES(NAME_255)},
     BRIG_OK,
     BYTES("\x93\x08\xd9\xff" NAME_255 "\xa0")},
    {"a name of 256 bytes is too long",
     {.type = BRIG_MESSAGE_CLOSE, .name = BYTES(NAME_255 "a")},
     BRIG_ARGUMENT,
     BYTES("")},
    {"an unknown odd type is not sent", {.type = 3}, BRIG_ARGUMENT, BYTES("")},
    {"an unknown even type is not sent", {.type = 10}, BRIG_ARGUMENT, BYTES("")},
    {"type 255 is not sent", {.type = 255}, BRIG_ARGUMENT, BYTES("")},
};

static void test_sending(void)
{
    for (size_t i = 0; i < COUNT_OF(send_cases); i++) {
        const struct send_case *c = &send_cases[i];
        brig_message parsed;
        brig_buffer to;

        brig_buffer_init(&to, 1000);
        CHECK(brig_message_append(&c->message, &to) == c->status, "%s", c->name);
        CHECK(brig_span_equal(brig_buffer_span(&to), c->bytes), "%s", c->name);
        CHECK(to.fault == BRIG_OK, "%s", c->name);
        if (c->status == BRIG_OK)
            CHECK(brig_message_parse(brig_buffer_span(&to), &parsed) == BRIG_OK, "%s", c->name);
        brig_buffer_done(&to);
    }
}

static void test_text_limit(void)
{
    static char text[BRIG_LIMIT_ERROR_MESSAGE_BYTES + 1];
    brig_message message = {.type = BRIG_MESSAGE_CLOSE, .name = BYTES("done")};
    brig_pieces pieces;

    message.text = (brig_span){(const uint8_t *)text, sizeof(text) - 1};
    CHECK(brig_message_pieces(&message, &pieces) == BRIG_OK, "the longest text (MSG-010)");
    message.text.len++;
    CHECK(brig_message_pieces(&message, &pieces) == BRIG_TOO_LARGE, "one byte more (MSG-010)");
}

/* A message goes into a buffer whole or not at all. */
static void test_whole_or_nothing(void)
{
    const brig_message *message = &send_cases[2].message;
    size_t len = send_cases[2].bytes.len;

    for (size_t limit = 0; limit < len; limit++) {
        brig_buffer to;

        brig_buffer_init(&to, limit);
        CHECK(brig_message_append(message, &to) == BRIG_TOO_LARGE, "limit %zu", limit);
        CHECK(to.len == 0, "limit %zu", limit);
        brig_buffer_done(&to);
    }
}

static void test_error_names(void)
{
    for (int code = 0; code < BRIG_ERROR_COUNT; code++) {
        const char *name = brig_error_name((brig_error_code)code);

        CHECK(brig_error_find(brig_span_text(name)) == (brig_error_code)code, "%s", name);
        CHECK(strlen(brig_error_class((brig_error_code)code)) > 0, "%s", name);
    }
    CHECK(brig_error_find(brig_span_text("busy ")) == BRIG_ERROR_COUNT, "only whole names");
    CHECK(brig_error_find((brig_span)BYTES("")) == BRIG_ERROR_COUNT, "nothing has no code");
    CHECK(strcmp(brig_error_name(BRIG_ERROR_COUNT), "?") == 0, "an unknown code has a text");
    CHECK(strcmp(brig_error_class(BRIG_ERROR_COUNT), "fault") == 0, "and a class");
    CHECK(strcmp(brig_status_name(BRIG_TRUNCATED), "BRIG_TRUNCATED") == 0, "names of statuses");
    CHECK(strcmp(brig_status_name((brig_status)999), "BRIG_?") == 0, "unknown status");
    CHECK(strlen(brig_status_text((brig_status)999)) > 0, "unknown status");
}

int main(void)
{
    test_sending();
    test_text_limit();
    test_whole_or_nothing();
    test_error_names();
    return EXIT_SUCCESS;
}
