/* SPDX-License-Identifier: MIT */
/* Values and untrusted texts as JSON. */
#include "json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include <brig/message.h>

enum {
    BASE64 = sodium_base64_VARIANT_ORIGINAL,
    SHORT_DIGITS = 15,
    EXACT_DIGITS = 17, /* enough for every double */
};

json_t *brig_json_text(brig_span bytes)
{
    json_t *text =
        bytes.len == 0 ? json_string("") : json_stringn((const char *)bytes.data, bytes.len);
    brig_buffer clean;

    if (text != NULL)
        return text;
    brig_buffer_init(&clean, 4 * bytes.len + 1);
    brig_text_clean(bytes, 4 * bytes.len, &clean);
    if (clean.fault == BRIG_OK)
        text = json_stringn((const char *)clean.data, clean.len);
    brig_buffer_done(&clean);
    return text;
}

static json_t *bytes_of(brig_span bytes)
{
    size_t text_bytes = sodium_base64_ENCODED_LEN(bytes.len, BASE64);
    char *text = malloc(text_bytes);
    json_t *object = NULL;

    if (text != NULL) {
        (void)sodium_bin2base64(text, text_bytes, bytes.data, bytes.len, BASE64);
        object = json_pack("{s:s}", "base64", text);
    }
    free(text);
    return object;
}

static json_t *number_of(double number)
{
    if (isnan(number))
        return brig_float64_is_missing(number) ? json_null() : json_string("NaN");
    if (isinf(number))
        return json_string(number > 0 ? "Inf" : "-Inf");
    return json_real(number);
}

static json_t *element_of(const brig_value *vector, size_t i)
{
    switch (vector->vector.type) {
    case BRIG_VECTOR_LOGICAL:
        if (brig_vector_logical(vector, i) > 1)
            return json_null();
        return json_boolean(brig_vector_logical(vector, i));
    case BRIG_VECTOR_INT32:
        if (brig_vector_int32(vector, i) == INT32_MIN)
            return json_null();
        return json_integer(brig_vector_int32(vector, i));
    case BRIG_VECTOR_INT64:
        if (brig_vector_int64(vector, i) == INT64_MIN)
            return json_null();
        return json_integer(brig_vector_int64(vector, i));
    case BRIG_VECTOR_FLOAT64:
        return number_of(brig_vector_float64(vector, i));
    default: /* complex: its bytes, which the base64 form keeps */
        return bytes_of((brig_span){vector->vector.elements.data + 16 * i, 16});
    }
}

static json_t *vector_of(const brig_value *vector)
{
    json_t *array = json_array();

    if (vector->vector.type == BRIG_VECTOR_TEXT) {
        brig_text_cursor cursor = brig_text_cursor_of(vector);

        while (cursor.left > 0) {
            brig_span text = brig_text_cursor_next(&cursor);

            (void)json_array_append_new(array,
                                        text.data == NULL ? json_null() : brig_json_text(text));
        }
        return array;
    }
    for (size_t i = 0; i < vector->vector.count; i++)
        (void)json_array_append_new(array, element_of(vector, i));
    return array;
}

static json_t *array_of(const brig_value *value)
{
    json_t *array = json_array();

    for (size_t i = 0; i < value->array.count; i++)
        (void)json_array_append_new(array, brig_json_of(&value->array.items[i]));
    return array;
}

/* JSON's keys are texts: others, which this protocol does not use, are left out. */
static json_t *map_of(const brig_value *value)
{
    json_t *object = json_object();

    for (size_t i = 0; i < value->map.count; i++) {
        const brig_entry *entry = &value->map.entries[i];
        json_t *key = entry->key.kind == BRIG_TEXT ? brig_json_text(entry->key.bytes) : NULL;

        if (key != NULL) /* with its length: a key may hold NUL */
            (void)json_object_setn_new(object, json_string_value(key), json_string_length(key),
                                       brig_json_of(&entry->value));
        json_decref(key);
    }
    return object;
}

static json_t *compound_of(const brig_value *value)
{
    switch (value->kind) {
    case BRIG_ARRAY:
        return array_of(value);
    case BRIG_MAP:
        return map_of(value);
    case BRIG_VECTOR:
        return vector_of(value);
    case BRIG_ANNOTATED:
        return json_pack("{s:o, s:o}", "base", brig_json_of(value->annotated.base), "attributes",
                         brig_json_of(value->annotated.attributes));
    case BRIG_OPAQUE:
        return json_pack("{s:o, s:o}", "class", brig_json_of(value->opaque.classes), "text",
                         brig_json_text(value->opaque.text));
    case BRIG_EXT:
        return bytes_of(value->ext.bytes);
    default: /* BRIG_MISSING */
        return json_null();
    }
}

json_t *brig_json_of(const brig_value *value)
{
    if (value == NULL)
        return json_null();
    switch (value->kind) {
    case BRIG_NIL:
        return json_null();
    case BRIG_BOOL:
        return json_boolean(value->boolean);
    case BRIG_INT:
        return json_integer(value->integer);
    case BRIG_UINT: /* above what JSON integers of this library hold */
        return json_real((double)value->unsigned_integer);
    case BRIG_FLOAT:
        return number_of(value->number);
    case BRIG_TEXT:
        return brig_json_text(value->bytes);
    case BRIG_BIN:
        return bytes_of(value->bytes);
    default:
        return compound_of(value);
    }
}

/* Do so many digits say this number exactly? */
static bool is_exact(double number, size_t digits)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%.*g", (int)digits, number);
    return strtod(text, NULL) == number;
}

/* The fewest digits, at least so many, that say each number below exactly: 3.6, not 3.60…01. */
static size_t digits_for(json_t *object, size_t digits)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_real(object))
        while (digits < EXACT_DIGITS && !is_exact(json_real_value(object), digits))
            digits++;
    json_array_foreach(object, i, value) digits = digits_for(value, digits);
    json_object_foreach(object, key, value) digits = digits_for(value, digits);
    return digits;
}

void brig_json_print(json_t *object)
{
    size_t digits = digits_for(object, SHORT_DIGITS);

    (void)json_dumpf(object, stdout,
                     JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(digits));
    (void)fputc('\n', stdout);
    (void)fflush(stdout); /* a process forked later must not have it to print again */
}
