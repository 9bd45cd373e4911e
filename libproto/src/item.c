/* SPDX-License-Identifier: MIT */
/* The head of a MessagePack object: one table row per lead byte (spec 5). */
#include "item.h"

#include "mutant.h"
#include "try.h"

/* How the bytes after the lead byte are read. */
enum form {
    FORM_NONE,   /* nothing follows; .least is the number */
    FORM_NUMBER, /* width bytes: the number, at least .least */
    FORM_SIGNED, /* width bytes: a number below -.least */
    FORM_LENGTH, /* width bytes: a length of at least .least, then as many bytes */
    FORM_EXT,    /* as FORM_LENGTH, with the ext type between */
    FORM_FIXEXT, /* the ext type, then .least bytes */
    FORM_REFUSED,
};

/* Lead bytes c0 to df. `least` is what the next shorter form cannot hold. */
static const struct lead {
    item_kind kind;
    enum form form;
    uint8_t width;
    uint64_t least;
} leads[32] = {
    [0x00] = {ITEM_NIL, FORM_NONE, 0, 0},
    [0x01] = {ITEM_NIL, FORM_REFUSED, 0, 0}, /* never used by MessagePack */
    [0x02] = {ITEM_BOOL, FORM_NONE, 0, 0},
    [0x03] = {ITEM_BOOL, FORM_NONE, 0, 1},
    [0x04] = {ITEM_BIN, FORM_LENGTH, 1, 0},
    [0x05] = {ITEM_BIN, FORM_LENGTH, 2, 0x100},
    [0x06] = {ITEM_BIN, FORM_LENGTH, 4, 0x10000},
    [0x07] = {ITEM_EXT, FORM_EXT, 1, 0},
    [0x08] = {ITEM_EXT, FORM_EXT, 2, 0x100},
    [0x09] = {ITEM_EXT, FORM_EXT, 4, 0x10000},
    [0x0a] = {ITEM_FLOAT, FORM_REFUSED, 0, 0}, /* float32 */
    [0x0b] = {ITEM_FLOAT, FORM_NUMBER, 8, 0},
    [0x0c] = {ITEM_UINT, FORM_NUMBER, 1, 0x80},
    [0x0d] = {ITEM_UINT, FORM_NUMBER, 2, 0x100},
    [0x0e] = {ITEM_UINT, FORM_NUMBER, 4, 0x10000},
    [0x0f] = {ITEM_UINT, FORM_NUMBER, 8, 0x100000000},
    [0x10] = {ITEM_INT, FORM_SIGNED, 1, 0x20},
    [0x11] = {ITEM_INT, FORM_SIGNED, 2, 0x80},
    [0x12] = {ITEM_INT, FORM_SIGNED, 4, 0x8000},
    [0x13] = {ITEM_INT, FORM_SIGNED, 8, 0x80000000},
    [0x14] = {ITEM_EXT, FORM_FIXEXT, 0, 1},
    [0x15] = {ITEM_EXT, FORM_FIXEXT, 0, 2},
    [0x16] = {ITEM_EXT, FORM_FIXEXT, 0, 4},
    [0x17] = {ITEM_EXT, FORM_FIXEXT, 0, 8},
    [0x18] = {ITEM_EXT, FORM_FIXEXT, 0, 16},
    [0x19] = {ITEM_TEXT, FORM_LENGTH, 1, 0x20},
    [0x1a] = {ITEM_TEXT, FORM_LENGTH, 2, 0x100},
    [0x1b] = {ITEM_TEXT, FORM_LENGTH, 4, 0x10000},
    [0x1c] = {ITEM_ARRAY, FORM_NUMBER, 2, 0x10},
    [0x1d] = {ITEM_ARRAY, FORM_NUMBER, 4, 0x10000},
    [0x1e] = {ITEM_MAP, FORM_NUMBER, 2, 0x10},
    [0x1f] = {ITEM_MAP, FORM_NUMBER, 4, 0x10000},
};

static brig_status take(brig_span *rest, uint64_t len, brig_span *ret_bytes)
{
    if (len > rest->len)
        return BRIG_MALFORMED;
    *ret_bytes = (brig_span){rest->data, (size_t)len};
    rest->data += len;
    rest->len -= (size_t)len;
    return BRIG_OK;
}

static brig_status take_number(brig_span *rest, size_t width, uint64_t *ret_number)
{
    brig_span bytes;
    uint64_t number = 0;

    TRY(take(rest, width, &bytes));
    for (size_t i = 0; i < width; i++)
        number = number << 8 | bytes.data[i];
    *ret_number = number;
    return BRIG_OK;
}

static brig_status take_number_from(brig_span *rest, const struct lead *lead, uint64_t *ret_number)
{
    TRY(take_number(rest, lead->width, ret_number));
    if (*ret_number >= lead->least ||
        (MUTANT(accepts_a_longer_integer) && lead->kind == ITEM_UINT) ||
        (MUTANT(accepts_a_longer_length) && lead->kind != ITEM_UINT))
        return BRIG_OK;
    return BRIG_MALFORMED;
}

static brig_status take_negative(brig_span *rest, const struct lead *lead, uint64_t *ret_number)
{
    uint64_t number;
    uint64_t sign = UINT64_C(1) << (8 * lead->width - 1);

    TRY(take_number(rest, lead->width, &number));
    if ((number & sign) == 0) {
        *ret_number = number;
        return MUTANT(accepts_a_signed_form_of_a_positive) ? BRIG_OK : BRIG_MALFORMED;
    }
    number |= ~(sign | (sign - 1));
    *ret_number = number;
    return (int64_t)number < -(int64_t)lead->least ? BRIG_OK : BRIG_MALFORMED;
}

static brig_status take_ext(brig_span *rest, uint64_t len, struct item *item)
{
    uint64_t type;

    TRY(take_number(rest, 1, &type));
    item->ext_type = (int8_t)(uint8_t)type;
    return take(rest, len, &item->bytes);
}

static bool has_fixext(uint64_t len)
{
    return len == 1 || len == 2 || len == 4 || len == 8 || len == 16;
}

static brig_status take_form(brig_span *rest, const struct lead *lead, struct item *item)
{
    uint64_t len;

    item->kind = lead->kind;
    switch (lead->form) {
    case FORM_NONE:
        item->number = lead->least;
        return BRIG_OK;
    case FORM_NUMBER:
        return take_number_from(rest, lead, &item->number);
    case FORM_SIGNED:
        return take_negative(rest, lead, &item->number);
    case FORM_LENGTH:
        TRY(take_number_from(rest, lead, &len));
        return take(rest, len, &item->bytes);
    case FORM_EXT:
        TRY(take_number_from(rest, lead, &len));
        return has_fixext(len) ? BRIG_MALFORMED : take_ext(rest, len, item);
    case FORM_FIXEXT:
        return take_ext(rest, lead->least, item);
    case FORM_REFUSED:
        if (MUTANT(accepts_float32) && lead->kind == ITEM_FLOAT)
            return take_number(rest, sizeof(float), &item->number);
        break;
    }
    return BRIG_MALFORMED;
}

static bool has_elements(const struct item *item, brig_span rest)
{
    return item->number <= (item->kind == ITEM_MAP ? rest.len / 2 : rest.len);
}

/* c0 to df, and what of the other forms has bytes behind its lead byte. */
static brig_status take_long(brig_span *rest, uint8_t lead, struct item *item)
{
    if (lead < 0xc0) {
        item->kind = ITEM_TEXT;
        return take(rest, lead & 0x1f, &item->bytes);
    }
    TRY(take_form(rest, &leads[lead - 0xc0], item));
    if (item->kind != ITEM_ARRAY && item->kind != ITEM_MAP)
        return BRIG_OK;
    return has_elements(item, *rest) ? BRIG_OK : BRIG_MALFORMED;
}

brig_status brig_item_next(brig_span *rest, struct item *ret_item)
{
    uint8_t lead;

    if (rest->len == 0)
        return BRIG_MALFORMED;
    lead = rest->data[0];
    rest->data++;
    rest->len--;
    if (lead < 0x80) {
        ret_item->kind = ITEM_UINT;
        ret_item->number = lead;
        return BRIG_OK;
    }
    if (lead >= 0xe0) {
        ret_item->kind = ITEM_INT;
        ret_item->number = (uint64_t)(int64_t)(int8_t)lead;
        return BRIG_OK;
    }
    if (lead >= 0xa0)
        return take_long(rest, lead, ret_item);
    ret_item->kind = lead < 0x90 ? ITEM_MAP : ITEM_ARRAY;
    ret_item->number = lead & 0x0f;
    return has_elements(ret_item, *rest) ? BRIG_OK : BRIG_MALFORMED;
}
