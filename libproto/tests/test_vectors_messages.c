/* SPDX-License-Identifier: MIT */
/* Replays spec/vectors/messages.json: ENC-001 to ENC-010, ENC-016, MSG-001 to MSG-006, MSG-010. */

#include <brig/message.h>

#include <string.h>

#include "check.h"
#include "vectors_messages.inc"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *status_word(brig_status status)
{
    switch (status) {
    case BRIG_OK:
        return "ok";
    case BRIG_MALFORMED:
        return "malformed";
    case BRIG_TOO_LARGE:
        return "too_large";
    default:
        return brig_status_name(status);
    }
}

static void check_span(const char *name, const char *what, brig_span found, brig_span expected)
{
    CHECK(brig_span_equal(found, expected), "%s: %s differs (%zu bytes, expected %zu)", name, what,
          found.len, expected.len);
}

static void check_accepted(const struct messages_accepted_row *row)
{
    brig_message message;
    brig_status status = brig_message_parse(row->bytes_, &message);

    CHECK(status == BRIG_OK, "%s: %s", row->name_, brig_status_name(status));
    CHECK(brig_check(row->bytes_, 0, NULL) == BRIG_OK, "%s: brig_check", row->name_);
    CHECK(message.type == row->type_, "%s: type %u", row->name_, message.type);
    if (!row->known_)
        return;
    CHECK(message.id == row->id_, "%s: id", row->name_);
    CHECK(message.trailing == row->trailing_, "%s: trailing %zu", row->name_, message.trailing);
    check_span(row->name_, "name", message.name, row->name_field_);
    check_span(row->name_, "class", message.class_, row->class_);
    check_span(row->name_, "text", message.text, row->text_);
    check_span(row->name_, "body", message.body, row->body_);
    check_span(row->name_, "extra", message.extra, row->extra_);
}

/* What was parsed and has no trailing elements is written again octet by octet. */
static void check_written(const struct messages_accepted_row *row)
{
    brig_message message;
    brig_buffer buffer;

    if (!row->known_ || row->trailing_ > 0)
        return;
    brig_buffer_init(&buffer, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    CHECK(brig_message_parse(row->bytes_, &message) == BRIG_OK, "%s", row->name_);
    CHECK(brig_message_append(&message, &buffer) == BRIG_OK, "%s: append", row->name_);
    check_span(row->name_, "written message", brig_buffer_span(&buffer), row->bytes_);
    brig_buffer_done(&buffer);
}

/* A refusal must not depend on what lies behind the bytes: they end where their memory ends. */
static void check_refused(const struct messages_refused_row *row)
{
    brig_message message;
    uint8_t *copy = malloc(row->bytes_.len > 0 ? row->bytes_.len : 1);
    brig_status status;

    CHECK(copy != NULL, "%s: out of memory", row->name_);
    if (row->bytes_.len > 0)
        memcpy(copy, row->bytes_.data, row->bytes_.len);
    status = brig_message_parse((brig_span){copy, row->bytes_.len}, &message);
    free(copy);
    CHECK(strcmp(status_word(status), row->status_) == 0, "%s: %s, expected %s", row->name_,
          status_word(status), row->status_);
}

/* The number of a piece in `digits` decimal digits. */
static void append_number(brig_buffer *buffer, size_t number, size_t digits)
{
    uint8_t *to = digits > 0 ? brig_buffer_reserve(buffer, digits) : NULL;

    for (size_t i = digits; to != NULL && i > 0; i--) {
        to[i - 1] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
    if (to != NULL)
        brig_buffer_grow(buffer, digits);
}

static void check_generated(const struct messages_generated_row *row)
{
    brig_message message;
    brig_buffer buffer;
    brig_status status;

    brig_buffer_init(&buffer, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    brig_buffer_append(&buffer, row->prefix_);
    for (size_t i = 0; i < row->count_; i++) {
        brig_buffer_append(&buffer, row->head_);
        append_number(&buffer, i, (size_t)row->digits_);
        brig_buffer_append(&buffer, row->tail_);
    }
    brig_buffer_append(&buffer, row->suffix_);
    CHECK(buffer.fault == BRIG_OK, "%s", row->name_);
    status = brig_message_parse(brig_buffer_span(&buffer), &message);
    CHECK(strcmp(status_word(status), row->status_) == 0, "%s: %s, expected %s", row->name_,
          status_word(status), row->status_);
    brig_buffer_done(&buffer);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(messages_accepted); i++) {
        check_accepted(&messages_accepted[i]);
        check_written(&messages_accepted[i]);
    }
    for (size_t i = 0; i < COUNT(messages_refused); i++)
        check_refused(&messages_refused[i]);
    for (size_t i = 0; i < COUNT(messages_generated); i++)
        check_generated(&messages_generated[i]);
    return EXIT_SUCCESS;
}
