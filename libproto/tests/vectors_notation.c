/* SPDX-License-Identifier: MIT */
/* The notation of spec/vectors/README.md, written from decoded values. */

#include "vectors_notation.h"

#include <inttypes.h>
#include <stdio.h>

#include "check.h"

static const char *const type_names[] = {
    [BRIG_VECTOR_LOGICAL] = "logical", [BRIG_VECTOR_INT32] = "int32",
    [BRIG_VECTOR_INT64] = "int64",     [BRIG_VECTOR_FLOAT64] = "float64",
    [BRIG_VECTOR_COMPLEX] = "complex", [BRIG_VECTOR_TEXT] = "text",
};

static void note(brig_buffer *to, const char *text)
{
    brig_buffer_append(to, brig_span_text(text));
}

/* A short piece as printf writes it. */
#define NOTE(to, ...) \
    do { \
        char piece_[64]; \
        int len_ = snprintf(piece_, sizeof(piece_), __VA_ARGS__); \
        CHECK(len_ >= 0 && (size_t)len_ < sizeof(piece_), "a piece of %d characters", len_); \
        note(to, piece_); \
    } while (0)

static void note_hex(brig_buffer *to, brig_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        NOTE(to, "%s%02x", i == 0 ? " " : "", bytes.data[i]);
}

static void note_text(brig_buffer *to, brig_span text)
{
    note(to, "\"");
    for (size_t i = 0; i < text.len; i++) {
        uint8_t octet = text.data[i];

        if (octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\')
            NOTE(to, "%c", octet);
        else
            NOTE(to, "\\x%02x", octet);
    }
    note(to, "\"");
}

static void note_float(brig_buffer *to, double number)
{
    if (number != number) /* mingw's isnan narrows a double */
        note(to, "nan");
    else
        NOTE(to, "%.17g", number);
}

static void note_float_element(brig_buffer *to, double number)
{
    if (brig_float64_is_missing(number))
        note(to, "missing");
    else
        note_float(to, number);
}

static double float_at(const brig_value *vector, size_t offset)
{
    double number;

    memcpy(&number, vector->vector.elements.data + offset, sizeof(number));
    return number;
}

static void note_complex(brig_buffer *to, const brig_value *vector, size_t i)
{
    double real = float_at(vector, 16 * i);

    if (brig_float64_is_missing(real)) {
        note(to, "missing");
        return;
    }
    note(to, "(");
    note_float(to, real);
    note(to, ", ");
    note_float(to, float_at(vector, 16 * i + 8));
    note(to, ")");
}

static void note_integer_element(brig_buffer *to, int64_t number, int64_t missing)
{
    if (number == missing)
        note(to, "missing");
    else
        NOTE(to, "%" PRId64, number);
}

static void note_element(brig_buffer *to, const brig_value *vector, size_t i)
{
    static const char *const logicals[] = {"false", "true", "missing"};

    switch (vector->vector.type) {
    case BRIG_VECTOR_LOGICAL:
        note(to, logicals[brig_vector_logical(vector, i)]);
        break;
    case BRIG_VECTOR_INT32:
        note_integer_element(to, brig_vector_int32(vector, i), INT32_MIN);
        break;
    case BRIG_VECTOR_INT64:
        note_integer_element(to, brig_vector_int64(vector, i), INT64_MIN);
        break;
    case BRIG_VECTOR_FLOAT64:
        note_float_element(to, brig_vector_float64(vector, i));
        break;
    default:
        note_complex(to, vector, i);
    }
}

static void note_text_elements(brig_buffer *to, const brig_value *vector)
{
    brig_text_cursor cursor = brig_text_cursor_of(vector);

    for (size_t i = 0; cursor.left > 0; i++) {
        brig_span text = brig_text_cursor_next(&cursor);

        note(to, i == 0 ? "" : ", ");
        if (text.data == NULL)
            note(to, "missing");
        else
            note_text(to, text);
    }
}

static void note_vector(brig_buffer *to, const brig_value *vector)
{
    NOTE(to, "%s[", type_names[vector->vector.type]);
    if (vector->vector.type == BRIG_VECTOR_TEXT)
        note_text_elements(to, vector);
    else
        for (size_t i = 0; i < vector->vector.count; i++) {
            note(to, i == 0 ? "" : ", ");
            note_element(to, vector, i);
        }
    note(to, "]");
}

static void note_array(brig_buffer *to, const brig_value *value)
{
    note(to, "[");
    for (size_t i = 0; i < value->array.count; i++) {
        note(to, i == 0 ? "" : ", ");
        vectors_note_value(to, &value->array.items[i]);
    }
    note(to, "]");
}

static void note_map(brig_buffer *to, const brig_value *value)
{
    note(to, "{");
    for (size_t i = 0; i < value->map.count; i++) {
        note(to, i == 0 ? "" : ", ");
        vectors_note_value(to, &value->map.entries[i].key);
        note(to, ": ");
        vectors_note_value(to, &value->map.entries[i].value);
    }
    note(to, "}");
}

static void note_annotated(brig_buffer *to, const brig_value *value)
{
    brig_buffer_append(to, value->annotated.name->bytes);
    note(to, "(");
    vectors_note_value(to, value->annotated.base);
    note(to, ", ");
    vectors_note_value(to, value->annotated.attributes);
    note(to, ")");
}

static void note_ext(brig_buffer *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_VECTOR:
        note_vector(to, value);
        break;
    case BRIG_MISSING:
        NOTE(to, "missing %s", type_names[value->vector.type]);
        break;
    case BRIG_ANNOTATED:
        note_annotated(to, value);
        break;
    case BRIG_OPAQUE:
        note(to, "opaque(");
        vectors_note_value(to, value->opaque.classes);
        note(to, ", ");
        note_text(to, value->opaque.text);
        note(to, ")");
        break;
    default:
        NOTE(to, "ext %d", value->ext.type);
        note_hex(to, value->ext.bytes);
    }
}

void vectors_note_value(brig_buffer *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        note(to, "nil");
        break;
    case BRIG_BOOL:
        note(to, value->boolean ? "true" : "false");
        break;
    case BRIG_INT:
        NOTE(to, "%" PRId64, value->integer);
        break;
    case BRIG_UINT:
        NOTE(to, "%" PRIu64, value->unsigned_integer);
        break;
    case BRIG_FLOAT:
        note(to, "float ");
        note_float(to, value->number);
        break;
    case BRIG_TEXT:
        note_text(to, value->bytes);
        break;
    case BRIG_BIN:
        note(to, "bin");
        note_hex(to, value->bytes);
        break;
    case BRIG_ARRAY:
        note_array(to, value);
        break;
    case BRIG_MAP:
        note_map(to, value);
        break;
    default:
        note_ext(to, value);
    }
}
