/* SPDX-License-Identifier: MIT */
/* The six messages: found in checked bytes, and written as pieces (spec 6). */
#include <brig/message.h>

#include <assert.h>

#include <msgpack/pack.h>

#include "check.h"
#include "generated/tables.h"
#include "item.h"
#include "mutant.h"
#include "try.h"

enum {
    ELEMENTS_MAX = 5,
    NAME_MAX_BYTES = 255,
    CLASS_MAX_BYTES = 64,
};

/* ELEMENT_NAME fills .name first, then .class_; ELEMENT_MAP and ELEMENT_VALUE .body, then .extra. */
enum element {
    ELEMENT_ID,
    ELEMENT_NAME,
    ELEMENT_TEXT,
    ELEMENT_VALUE,
    ELEMENT_MAP,
};

struct layout {
    size_t count;
    enum element elements[ELEMENTS_MAX];
    bool is_known;
};

static const struct layout layouts[] = {
#define ELEMENTS(...) \
    { \
        __VA_ARGS__ \
    }
#define LAYOUT_ENTRY(name, count, elements) [BRIG_MESSAGE_##name] = {count, elements, true},
    BRIG_LAYOUT_MAP(LAYOUT_ENTRY)
#undef LAYOUT_ENTRY
#undef ELEMENTS
};

static const uint8_t empty_map[] = {0x80};
static const uint8_t nil[] = {0xc0};

static const struct layout *layout_of(uint8_t type)
{
    if (type >= sizeof(layouts) / sizeof(layouts[0]) || !layouts[type].is_known)
        return NULL;
    return &layouts[type];
}

static bool is_id(uint64_t id)
{
    return id >= 1 && (id <= BRIG_LIMIT_MAX_ID || MUTANT(accepts_any_id));
}

/* How many bytes a name may have that fills this field. */
static size_t name_limit(const brig_message *message, const brig_span *field)
{
    return field == &message->class_ ? CLASS_MAX_BYTES : NAME_MAX_BYTES;
}

/* The first of two fields that is still free. */
static brig_span *free_field(brig_span *first, brig_span *second)
{
    return first->data == NULL ? first : second;
}

static brig_status parse_name(const struct item *item, brig_message *message)
{
    brig_span *field = free_field(&message->name, &message->class_);

    if (item->kind != ITEM_TEXT || item->bytes.len == 0 ||
        item->bytes.len > name_limit(message, field))
        return BRIG_MALFORMED;
    *field = item->bytes;
    return BRIG_OK;
}

static brig_status parse_text(const struct item *item, brig_message *message)
{
    if (item->kind != ITEM_TEXT || item->bytes.len > BRIG_LIMIT_ERROR_MESSAGE_BYTES)
        return BRIG_MALFORMED;
    message->text = item->bytes;
    return BRIG_OK;
}

/* part is the whole element: its bytes were checked, so its head can be read. */
static brig_status parse_element(enum element element, brig_span part, brig_message *message)
{
    brig_span rest = part;
    struct item item;

    TRY(brig_item_next(&rest, &item));
    switch (element) {
    case ELEMENT_ID:
        if (item.kind != ITEM_UINT || !is_id(item.number))
            return BRIG_MALFORMED;
        message->id = item.number;
        return BRIG_OK;
    case ELEMENT_NAME:
        return parse_name(&item, message);
    case ELEMENT_TEXT:
        return parse_text(&item, message);
    case ELEMENT_MAP:
        if (item.kind != ITEM_MAP)
            return BRIG_MALFORMED;
        break;
    case ELEMENT_VALUE:
        break;
    }
    *free_field(&message->body, &message->extra) = part;
    return BRIG_OK;
}

static brig_status parse_type(const struct check_report *report, uint8_t *ret_type)
{
    brig_span rest = report->parts[0];
    struct item item;

    if (report->part_count == 0)
        return BRIG_MALFORMED;
    TRY(brig_item_next(&rest, &item));
    if (MUTANT(wraps_a_type) && item.kind == ITEM_UINT)
        item.number &= UINT8_MAX;
    if (item.kind != ITEM_UINT || item.number > UINT8_MAX)
        return BRIG_MALFORMED;
    *ret_type = (uint8_t)item.number;
    return BRIG_OK;
}

static brig_status parse_layout(const struct layout *layout, const struct check_report *report,
                                brig_message *message)
{
    if (report->part_count < 1 + layout->count)
        return BRIG_MALFORMED;
    for (size_t i = 0; i < layout->count; i++)
        TRY(parse_element(layout->elements[i], report->parts[1 + i], message));
    message->trailing = report->part_count - 1 - layout->count;
    if (MUTANT(refuses_what_stands_behind_a_layout) && message->type != BRIG_MESSAGE_CALL &&
        message->trailing > 0)
        return BRIG_MALFORMED;
    return BRIG_OK;
}

static bool is_array(brig_span encoded)
{
    struct item item;

    return brig_item_next(&encoded, &item) == BRIG_OK && item.kind == ITEM_ARRAY;
}

brig_status brig_message_parse(brig_span bytes, brig_message *ret_message)
{
    struct check_report report;
    brig_message message = {0};
    const struct layout *layout;

    if (!is_array(bytes))
        return BRIG_MALFORMED;
    TRY(brig_check_with_report(bytes, &report));
    TRY(parse_type(&report, &message.type));
    layout = layout_of(message.type);
    if (layout != NULL)
        TRY(parse_layout(layout, &report, &message));
    else if (message.type % 2 == 0 && !MUTANT(ignores_an_even_type))
        return BRIG_MALFORMED;
    *ret_message = message;
    return BRIG_OK;
}

static int write_to_head(void *data, const char *bytes, size_t len)
{
    brig_pieces *pieces = data;
    brig_span *head = &pieces->piece[0];

    assert(len <= sizeof(pieces->head_bytes) - head->len);
    memcpy(pieces->head_bytes + head->len, bytes, len);
    head->len += len;
    return 0;
}

static void add_piece(brig_pieces *pieces, brig_span piece)
{
    assert(pieces->count < sizeof(pieces->piece) / sizeof(pieces->piece[0]));
    pieces->piece[pieces->count++] = piece;
}

static void pack_name(msgpack_packer *packer, brig_span name)
{
    (void)msgpack_pack_str(packer, name.len);
    (void)msgpack_pack_str_body(packer, name.data, name.len);
}

/* The id, name, class and head of the text fit the head; text, body and extra follow as they are. */
static void pack_element(enum element element, msgpack_packer *packer, brig_message *left)
{
    brig_pieces *pieces = packer->data;
    brig_span *field;

    switch (element) {
    case ELEMENT_ID:
        if (MUTANT(sends_a_long_id))
            (void)msgpack_pack_fix_uint64(packer, left->id);
        else
            (void)msgpack_pack_uint64(packer, left->id);
        return;
    case ELEMENT_NAME:
        field = left->name.len > 0 ? &left->name : &left->class_;
        pack_name(packer, *field);
        *field = (brig_span){NULL, 0};
        return;
    case ELEMENT_TEXT:
        (void)msgpack_pack_str(packer, left->text.len);
        add_piece(pieces, left->text);
        return;
    case ELEMENT_MAP:
    case ELEMENT_VALUE:
        field = left->body.len > 0 ? &left->body : &left->extra;
        add_piece(pieces, *field);
        *field = (brig_span){NULL, 0};
        return;
    }
}

/* What is empty gets the form that the layout asks for. */
static void fill_empty(const struct layout *layout, brig_message *message)
{
    static const brig_span map = {empty_map, sizeof(empty_map)};
    bool has_value = false;

    for (size_t i = 0; i < layout->count; i++)
        has_value = has_value || layout->elements[i] == ELEMENT_VALUE;
    if (message->body.len == 0)
        message->body = has_value ? (brig_span){nil, sizeof(nil)} : map;
    if (message->extra.len == 0)
        message->extra = map;
}

static brig_status fill_class(brig_message *message)
{
    brig_error_code code;

    if (message->class_.len > 0)
        return message->class_.len <= CLASS_MAX_BYTES ? BRIG_OK : BRIG_ARGUMENT;
    code = brig_error_find(message->name);
    if (code == BRIG_ERROR_COUNT)
        return BRIG_ARGUMENT;
    message->class_ =
        brig_span_text(MUTANT(sends_a_wrong_class) ? "retry" : brig_error_class(code));
    return BRIG_OK;
}

static brig_status check_to_send(const struct layout *layout, brig_message *message)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->elements[i] == ELEMENT_ID && !is_id(message->id))
            return BRIG_ARGUMENT;
        if (layout->elements[i] == ELEMENT_NAME &&
            (message->name.len == 0 || message->name.len > NAME_MAX_BYTES))
            return BRIG_ARGUMENT;
    }
    if (message->text.len > BRIG_LIMIT_ERROR_MESSAGE_BYTES)
        return BRIG_TOO_LARGE;
    return message->type == BRIG_MESSAGE_ERROR ? fill_class(message) : BRIG_OK;
}

brig_status brig_message_pieces(const brig_message *message, brig_pieces *ret_pieces)
{
    const struct layout *layout = layout_of(message->type);
    brig_message left = *message;
    msgpack_packer packer;

    if (layout == NULL)
        return BRIG_ARGUMENT;
    TRY(check_to_send(layout, &left));
    fill_empty(layout, &left);

    ret_pieces->piece[0] = (brig_span){ret_pieces->head_bytes, 0};
    ret_pieces->count = 1;
    msgpack_packer_init(&packer, ret_pieces, write_to_head);
    (void)msgpack_pack_array(&packer, 1 + layout->count);
    (void)msgpack_pack_uint8(&packer, message->type);
    for (size_t i = 0; i < layout->count; i++)
        pack_element(layout->elements[i], &packer, &left);

    ret_pieces->total_bytes = 0;
    for (size_t i = 0; i < ret_pieces->count; i++)
        ret_pieces->total_bytes += ret_pieces->piece[i].len;
    return BRIG_OK;
}

brig_status brig_message_append(const brig_message *message, brig_buffer *to)
{
    brig_pieces pieces;

    TRY(brig_message_pieces(message, &pieces));
    /* All or nothing: a part of a message is of no use. */
    if (brig_buffer_reserve(to, pieces.total_bytes) == NULL)
        return to->fault;
    for (size_t i = 0; i < pieces.count; i++)
        brig_buffer_append(to, pieces.piece[i]);
    return to->fault;
}

static const struct error_entry {
    const char *name;
    const char *error_class;
} error_entries[] = {
#define ERROR_ENTRY(constant, name, error_class, from, by_worker) \
    [BRIG_ERROR_##constant] = {name, error_class},
    BRIG_ERROR_MAP(ERROR_ENTRY)
#undef ERROR_ENTRY
};

brig_error_code brig_error_find(brig_span name)
{
    for (size_t i = 0; i < BRIG_ERROR_COUNT; i++)
        if (brig_span_is(name, error_entries[i].name))
            return (brig_error_code)i;
    return BRIG_ERROR_COUNT;
}

const char *brig_error_name(brig_error_code code)
{
    return (size_t)code < BRIG_ERROR_COUNT ? error_entries[code].name : "?";
}

const char *brig_error_class(brig_error_code code)
{
    return (size_t)code < BRIG_ERROR_COUNT ? error_entries[code].error_class : "fault";
}
