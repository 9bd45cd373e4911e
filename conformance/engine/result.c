/* SPDX-License-Identifier: MIT */
/* The value of a program in the form that was asked for (spec 7.2, 14.1). */
#include "result.h"

#include <brig/message.h>
#include <brig/pack.h>

#include "link.h"
#include "outcome.h"
#include "plain.h"
#include "printed.h"

enum { SHOWN_BYTES = 256, META_BYTES = 64, STAND_IN_BYTES = 1024, VALUE_DEPTH = 1 };

static bool is_opaque(brig_span value)
{
    brig_tree *tree = NULL;
    bool is_it = false;

    if (brig_tree_new(value, &tree) == BRIG_OK)
        is_it = brig_tree_root(tree)->kind == BRIG_OPAQUE;
    brig_tree_free(tree);
    return is_it;
}

static void pack_stand_in(brig_span value, brig_buffer *to)
{
    const brig_span class_name = brig_span_text("conf");
    brig_buffer printed;

    brig_buffer_init(&printed, SHOWN_BYTES);
    conf_printed_append(value, SHOWN_BYTES, &printed);
    brig_buffer_clear(to);
    brig_pack_opaque(to, &class_name, 1, brig_buffer_span(&printed));
    brig_buffer_done(&printed);
}

/* One octet more than there is room for says that it does not fit. */
static void pack_printed(brig_span value, brig_buffer *to)
{
    brig_buffer printed;

    brig_buffer_init(&printed, to->limit + 1);
    conf_printed_append(value, to->limit + 1, &printed);
    brig_pack_text(to, brig_buffer_span(&printed));
    brig_buffer_done(&printed);
}

/* In its form; whatever does not fit is the buffer's fault. */
static void pack_form(brig_span value, const brig_value *form, brig_buffer *to)
{
    if (brig_value_is_text(form, "none"))
        brig_pack_nil(to);
    else if (brig_value_is_text(form, "text"))
        pack_printed(value, to);
    else if (brig_value_is_text(form, "plain"))
        conf_plain_pack(value, to);
    else
        brig_pack_raw(to, value);
}

static void send(brig_span value, bool is_omitted)
{
    brig_buffer meta;

    brig_buffer_init(&meta, META_BYTES);
    brig_pack_map(&meta, is_omitted ? 2 : 1);
    if (is_omitted)
        brig_pack_key_text(&meta, "value", "omitted");
    brig_pack_key_bool(&meta, "visible", conf_outcome_is_visible());
    brig_message result = {
        .type = BRIG_MESSAGE_RESULT, .body = value, .extra = brig_buffer_span(&meta)};
    conf_link_send(&result);
    brig_buffer_done(&meta);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void conf_result_send(const brig_value *args, uint64_t most_bytes)
{
    const uint64_t asked_bytes = brig_value_get_uint(args, "value_bytes", UINT64_MAX);
    const brig_span value = conf_outcome_value();
    brig_buffer formed;
    bool is_omitted;

    brig_buffer_init(&formed, least(least(asked_bytes, most_bytes), conf_link_room()));
    pack_form(value, brig_value_get(args, "value"), &formed);
    /* Octets that are no value are for the server to notice; too many of them are not. */
    is_omitted = formed.fault != BRIG_OK ||
                 brig_check(brig_buffer_span(&formed), VALUE_DEPTH, NULL) == BRIG_TOO_LARGE;
    if (is_omitted) {
        formed.limit = STAND_IN_BYTES;
        pack_stand_in(value, &formed);
    }
    send(brig_buffer_span(&formed), is_omitted || is_opaque(brig_buffer_span(&formed)));
    brig_buffer_done(&formed);
}

void conf_result_send_empty_map(void)
{
    static const uint8_t empty_map[] = {0x80};
    brig_message result = {.type = BRIG_MESSAGE_RESULT,
                           .body = (brig_span){empty_map, sizeof(empty_map)}};

    conf_link_send(&result);
}
