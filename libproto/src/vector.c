/* SPDX-License-Identifier: MIT */
/* Typed vectors: checked once as bytes, then read where they lie (spec 9). */
#include "vector.h"

#include "generated/tables.h"
#include "mutant.h"
#include "text.h"
#include "try.h"

size_t brig_vector_element_bytes(brig_vector_type type)
{
    static const uint8_t bytes[] = {
#define VECTOR_ENTRY(name, size) [BRIG_VECTOR_##name] = (size),
        BRIG_VECTOR_MAP(VECTOR_ENTRY)
#undef VECTOR_ENTRY
    };

    return bytes[type];
}

static uint64_t read_little_endian(const uint8_t *from, size_t width)
{
    uint64_t value = 0;

    for (size_t i = width; i-- > 0;)
        value = value << 8 | from[i];
    return value;
}

static brig_status check_type(uint8_t type)
{
    switch (type) {
#define VECTOR_ENTRY(name, size) case BRIG_VECTOR_##name:
        BRIG_VECTOR_MAP(VECTOR_ENTRY)
#undef VECTOR_ENTRY
        return BRIG_OK;
    default:
        return BRIG_MALFORMED;
    }
}

static brig_status check_logicals(brig_span elements)
{
    for (size_t i = 0; i < elements.len; i++)
        if (elements.data[i] > 2 && !MUTANT(accepts_any_logical))
            return BRIG_MALFORMED;
    return BRIG_OK;
}

/* elements: the lengths, then the bytes, which they must use up exactly. */
static brig_status check_texts(brig_span elements, size_t count)
{
    const uint8_t *length = elements.data;
    brig_span rest = {elements.data + count * VECTOR_TEXT_LENGTH_BYTES,
                      elements.len - count * VECTOR_TEXT_LENGTH_BYTES};

    for (size_t i = 0; i < count; i++, length += VECTOR_TEXT_LENGTH_BYTES) {
        uint64_t len = read_little_endian(length, VECTOR_TEXT_LENGTH_BYTES);

        if (len == VECTOR_TEXT_MISSING)
            continue;
        if (len > rest.len || !brig_text_is_utf8((brig_span){rest.data, (size_t)len}))
            return BRIG_MALFORMED;
        rest.data += len;
        rest.len -= (size_t)len;
    }
    return rest.len == 0 || MUTANT(accepts_unused_octets_of_texts) ? BRIG_OK : BRIG_MALFORMED;
}

static brig_status parse_texts(brig_span payload, brig_value *ret_vector)
{
    uint64_t count;
    brig_span elements;

    if (payload.len < VECTOR_TEXT_COUNT_BYTES)
        return BRIG_MALFORMED;
    count = read_little_endian(payload.data, VECTOR_TEXT_COUNT_BYTES);
    elements =
        (brig_span){payload.data + VECTOR_TEXT_COUNT_BYTES, payload.len - VECTOR_TEXT_COUNT_BYTES};
    if (count > elements.len / VECTOR_TEXT_LENGTH_BYTES)
        return BRIG_MALFORMED;
    TRY(check_texts(elements, (size_t)count));
    ret_vector->vector.count = (size_t)count;
    ret_vector->vector.elements = elements;
    return BRIG_OK;
}

static brig_status parse_fixed(brig_span elements, brig_vector_type type, brig_value *ret_vector)
{
    size_t element_bytes = brig_vector_element_bytes(type);

    if (elements.len % element_bytes != 0 && !MUTANT(accepts_a_part_of_an_element))
        return BRIG_MALFORMED;
    if (type == BRIG_VECTOR_LOGICAL)
        TRY(check_logicals(elements));
    ret_vector->vector.count = elements.len / element_bytes;
    ret_vector->vector.elements = elements;
    return BRIG_OK;
}

brig_status brig_vector_parse(brig_span payload, brig_value *ret_vector)
{
    if (payload.len < 1)
        return BRIG_MALFORMED;
    TRY(check_type(payload.data[0]));

    brig_vector_type type = (brig_vector_type)payload.data[0];
    brig_span elements = {payload.data + 1, payload.len - 1};
    brig_value vector = {.kind = BRIG_VECTOR};
    if (type == BRIG_VECTOR_TEXT)
        TRY(parse_texts(elements, &vector));
    else
        TRY(parse_fixed(elements, type, &vector));
    vector.vector.type = type;
    *ret_vector = vector;
    return BRIG_OK;
}

brig_status brig_missing_parse(brig_span payload, brig_vector_type *ret_type)
{
    if (payload.len != 1)
        return BRIG_MALFORMED;
    if (!MUTANT(accepts_a_missing_of_no_type))
        TRY(check_type(payload.data[0]));
    *ret_type = (brig_vector_type)payload.data[0];
    return BRIG_OK;
}

uint8_t brig_vector_logical(const brig_value *vector, size_t i)
{
    return vector->vector.elements.data[i];
}

int32_t brig_vector_int32(const brig_value *vector, size_t i)
{
    return (int32_t)(uint32_t)read_little_endian(vector->vector.elements.data + 4 * i, 4);
}

int64_t brig_vector_int64(const brig_value *vector, size_t i)
{
    return (int64_t)read_little_endian(vector->vector.elements.data + 8 * i, 8);
}

double brig_vector_float64(const brig_value *vector, size_t i)
{
    uint64_t bits = read_little_endian(vector->vector.elements.data + 8 * i, 8);
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

bool brig_float64_is_missing(double number)
{
    enum { MISSING_LOW_WORD = 1954 };
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return number != number &&
           ((uint32_t)bits == MISSING_LOW_WORD || MUTANT(takes_every_nan_as_missing));
}

brig_text_cursor brig_text_cursor_of(const brig_value *text_vector)
{
    const uint8_t *lengths = text_vector->vector.elements.data;
    size_t count = text_vector->vector.count;

    return (brig_text_cursor){lengths, lengths + count * VECTOR_TEXT_LENGTH_BYTES, count};
}

brig_span brig_text_cursor_next(brig_text_cursor *cursor)
{
    uint64_t len = read_little_endian(cursor->length, VECTOR_TEXT_LENGTH_BYTES);
    brig_span text = {NULL, 0};

    cursor->length += VECTOR_TEXT_LENGTH_BYTES;
    cursor->left--;
    if (len == VECTOR_TEXT_MISSING)
        return text;
    text = (brig_span){cursor->bytes, (size_t)len};
    cursor->bytes += len;
    return text;
}
