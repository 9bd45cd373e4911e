/* SPDX-License-Identifier: MIT */
/* From the last value of the code to RESULT (spec 7.2). */
#include "r_result.h"

#include <stdlib.h>

#include <brig/message.h>
#include <brig/pack.h>

#include "r_channel.h"
#include "r_form.h"
#include "r_guard.h"

enum {
    META_BYTES = 64,
    OMITTED_TEXT_BYTES = 4096,
    MESSAGE_SPARE_BYTES = 64 * 1024, /* for the rest of the message, and an ext 4 in any case */
};

static struct {
    SEXP kept; /* list of one */
    brig_buffer value;
    bool is_refused;
} result;

struct encoding {
    const struct r_result_form *form;
};

struct r_result_form r_result_form_of(const brig_value *args, uint64_t value_bytes)
{
    static const char *const names[] = {"none", "text", "plain", "full"};
    const uint64_t most = r_channel_most() - MESSAGE_SPARE_BYTES;
    brig_span name = brig_value_get_text(args, "value", "full");
    uint64_t wanted = brig_value_get_uint(args, "value_bytes", value_bytes);
    struct r_result_form form = {.form = R_VALUE_FULL};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (brig_span_is(name, names[i]))
            form.form = i;
    wanted = wanted < value_bytes ? wanted : value_bytes;
    form.value_bytes = (size_t)(wanted < most ? wanted : most);
    return form;
}

void r_result_keep(SEXP value)
{
    SET_VECTOR_ELT(result.kept, 0, value);
}

static SEXP kept_value(void)
{
    return VECTOR_ELT(result.kept, 0);
}

/* An ext 4 in place of the whole value is for a value without a form of its own. */
static bool is_opaque(brig_span encoded)
{
    static const uint8_t ext8 = 0xc7;
    static const uint8_t ext32 = 0xc9;
    size_t type_at;

    if (encoded.len < 4)
        return false;
    if (encoded.data[0] >= ext8 && encoded.data[0] <= ext32)
        type_at = (size_t)1 + ((size_t)1 << (encoded.data[0] - ext8));
    else if (encoded.data[0] >= 0xd4 && encoded.data[0] <= 0xd8)
        type_at = 1;
    else
        return false;
    return type_at < encoded.len && encoded.data[type_at] == BRIG_EXT_OPAQUE;
}

static void encode_printed_text(brig_buffer *to)
{
    const size_t header_bytes = 5; /* of a str */
    brig_buffer text;
    bool is_whole;

    brig_buffer_init(&text, to->limit > header_bytes ? to->limit - header_bytes : 0);
    is_whole = r_form_printed(&text, kept_value(), 0);
    if (is_whole)
        brig_pack_text(to, brig_buffer_span(&text));
    else
        result.is_refused = true;
    brig_buffer_done(&text);
}

static void encode_value(void *data)
{
    const struct encoding *encoding = data;
    struct r_encoder encoder = r_form_encoder(&result.value);

    switch (encoding->form->form) {
    case R_VALUE_NONE:
        brig_pack_nil(&result.value);
        break;
    case R_VALUE_TEXT:
        encode_printed_text(&result.value);
        break;
    case R_VALUE_PLAIN:
        r_form_plain(&encoder, kept_value());
        break;
    case R_VALUE_FULL:
        r_encode_full(&encoder, kept_value());
        break;
    }
    result.is_refused = result.is_refused || encoder.is_refused;
}

static void encode_stand_in(void *data)
{
    (void)data;
    r_form_opaque(&result.value, kept_value(), OMITTED_TEXT_BYTES);
}

static bool is_sendable(void)
{
    return !result.is_refused && result.value.fault == BRIG_OK &&
           brig_check(brig_buffer_span(&result.value), 1, NULL) == BRIG_OK;
}

static void reset_value(size_t limit_bytes)
{
    brig_buffer_clear(&result.value);
    result.value.limit = limit_bytes;
    result.is_refused = false;
}

/* When even the class and the printed form cannot be had. */
static void pack_last_resort(void)
{
    reset_value(MESSAGE_SPARE_BYTES);
    brig_pack_opaque(&result.value, NULL, 0, brig_span_text(""));
}

void r_result_send(const struct r_result_form *form, unsigned is_visible)
{
    struct encoding encoding = {form};
    bool is_omitted;
    brig_buffer meta;

    reset_value(form->value_bytes);
    is_omitted = r_guard(R_GUARD_QUIET, encode_value, &encoding) != R_DONE || !is_sendable();
    if (is_omitted) {
        reset_value(MESSAGE_SPARE_BYTES);
        if (r_guard(R_GUARD_QUIET, encode_stand_in, NULL) != R_DONE || !is_sendable())
            pack_last_resort();
    }
    is_omitted = is_omitted || is_opaque(brig_buffer_span(&result.value));
    brig_buffer_init(&meta, META_BYTES);
    brig_pack_map(&meta, is_omitted ? 2 : 1);
    if (is_omitted)
        brig_pack_key_text(&meta, "value", "omitted");
    brig_pack_key_bool(&meta, "visible", is_visible != 0);
    r_channel_result(brig_buffer_span(&result.value), brig_buffer_span(&meta));
    brig_buffer_done(&meta);
}

void r_result_send_empty_map(void)
{
    static const uint8_t empty_map = 0x80;

    r_channel_result((brig_span){&empty_map, sizeof(empty_map)}, (brig_span){NULL, 0});
}

void r_result_start(void)
{
    brig_buffer_init(&result.value, MESSAGE_SPARE_BYTES);
    result.kept = Rf_allocVector(VECSXP, 1);
    R_PreserveObject(result.kept);
}
