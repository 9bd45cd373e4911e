/* SPDX-License-Identifier: MIT */
/* Values of the wire as text, for tables of expected values. */
#include "test_r_notation.h"

#include <inttypes.h>
#include <math.h>

#include "check.h"

static const char *const type_names[] = {
    [BRIG_VECTOR_LOGICAL] = "lgl", [BRIG_VECTOR_INT32] = "i32",   [BRIG_VECTOR_INT64] = "i64",
    [BRIG_VECTOR_FLOAT64] = "f64", [BRIG_VECTOR_COMPLEX] = "cpl", [BRIG_VECTOR_TEXT] = "txt",
};

void print_text(FILE *to, brig_span text)
{
    (void)fputc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n')
            (void)fputs("\\n", to);
        else
            (void)fputc(text.data[i], to);
    }
    (void)fputc('"', to);
}

static void print_float(FILE *to, double number)
{
    if (brig_float64_is_missing(number))
        (void)fputs("NA", to);
    else if (isnan(number))
        (void)fputs("NaN", to);
    else if (isinf(number))
        (void)fputs(number > 0 ? "Inf" : "-Inf", to);
    else if (trunc(number) == number && fabs(number) < 1e15)
        (void)fprintf(to, "%.1f", number);
    else
        (void)fprintf(to, "%.15g", number);
}

static void print_int32(FILE *to, int32_t number)
{
    if (number == INT32_MIN)
        (void)fputs("NA", to);
    else
        (void)fprintf(to, "%" PRId32, number);
}

static void print_int64(FILE *to, int64_t number)
{
    if (number == INT64_MIN)
        (void)fputs("NA", to);
    else
        (void)fprintf(to, "%" PRId64, number);
}

static void print_complex(FILE *to, const brig_value *vector, size_t i)
{
    double parts[2];

    memcpy(parts, vector->vector.elements.data + i * sizeof(parts), sizeof(parts));
    print_float(to, parts[0]);
    (void)fputc('+', to);
    print_float(to, parts[1]);
    (void)fputc('i', to);
}

static void print_element(FILE *to, const brig_value *vector, size_t i)
{
    static const char *const logicals[] = {"false", "true", "NA"};

    switch (vector->vector.type) {
    case BRIG_VECTOR_LOGICAL:
        (void)fputs(logicals[brig_vector_logical(vector, i)], to);
        break;
    case BRIG_VECTOR_INT32:
        print_int32(to, brig_vector_int32(vector, i));
        break;
    case BRIG_VECTOR_INT64:
        print_int64(to, brig_vector_int64(vector, i));
        break;
    case BRIG_VECTOR_FLOAT64:
        print_float(to, brig_vector_float64(vector, i));
        break;
    case BRIG_VECTOR_COMPLEX:
        print_complex(to, vector, i);
        break;
    case BRIG_VECTOR_TEXT:
        break;
    }
}

static void print_vector(FILE *to, const brig_value *value)
{
    brig_text_cursor cursor = {0};

    if (value->vector.type == BRIG_VECTOR_TEXT)
        cursor = brig_text_cursor_of(value);
    (void)fprintf(to, "%s(", type_names[value->vector.type]);
    for (size_t i = 0; i < value->vector.count; i++) {
        (void)fputs(i > 0 ? ", " : "", to);
        if (value->vector.type != BRIG_VECTOR_TEXT) {
            print_element(to, value, i);
            continue;
        }
        brig_span text = brig_text_cursor_next(&cursor);
        if (text.data == NULL)
            (void)fputs("NA", to);
        else
            print_text(to, text);
    }
    (void)fputc(')', to);
}

static void print_bytes(FILE *to, brig_span bytes)
{
    (void)fputs("h'", to);
    for (size_t i = 0; i < bytes.len; i++)
        (void)fprintf(to, "%02x", bytes.data[i]);
    (void)fputc('\'', to);
}

static void print_array(FILE *to, const brig_value *value)
{
    (void)fputc('[', to);
    for (size_t i = 0; i < value->array.count; i++) {
        (void)fputs(i > 0 ? ", " : "", to);
        print_value(to, &value->array.items[i]);
    }
    (void)fputc(']', to);
}

static void print_map(FILE *to, const brig_value *value)
{
    (void)fputc('{', to);
    for (size_t i = 0; i < value->map.count; i++) {
        (void)fputs(i > 0 ? ", " : "", to);
        print_value(to, &value->map.entries[i].key);
        (void)fputs(": ", to);
        print_value(to, &value->map.entries[i].value);
    }
    (void)fputc('}', to);
}

static void print_annotated(FILE *to, const brig_value *value)
{
    const brig_span name = value->annotated.name->bytes;

    (void)fprintf(to, "%.*s(", (int)name.len, (const char *)name.data);
    print_value(to, value->annotated.base);
    if (value->annotated.attributes->map.count > 0)
        print_map(to, value->annotated.attributes);
    (void)fputc(')', to);
}

static void print_opaque(FILE *to, const brig_value *value)
{
    (void)fputs("opaque(", to);
    print_array(to, value->opaque.classes);
    (void)fputs("; ", to);
    print_text(to, value->opaque.text);
    (void)fputc(')', to);
}

static void print_scalar(FILE *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        (void)fputs("nil", to);
        break;
    case BRIG_BOOL:
        (void)fputs(value->boolean ? "true" : "false", to);
        break;
    case BRIG_INT:
        (void)fprintf(to, "%" PRId64, value->integer);
        break;
    case BRIG_UINT:
        (void)fprintf(to, "%" PRIu64, value->unsigned_integer);
        break;
    case BRIG_FLOAT:
        print_float(to, value->number);
        break;
    case BRIG_TEXT:
        print_text(to, value->bytes);
        break;
    case BRIG_BIN:
        print_bytes(to, value->bytes);
        break;
    case BRIG_MISSING:
        (void)fprintf(to, "NA:%s", type_names[value->vector.type]);
        break;
    default:
        (void)fputs("?", to);
        break;
    }
}

void print_value(FILE *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_ARRAY:
        print_array(to, value);
        break;
    case BRIG_MAP:
        print_map(to, value);
        break;
    case BRIG_VECTOR:
        print_vector(to, value);
        break;
    case BRIG_ANNOTATED:
        print_annotated(to, value);
        break;
    case BRIG_OPAQUE:
        print_opaque(to, value);
        break;
    default:
        print_scalar(to, value);
        break;
    }
}

void print_encoded(FILE *to, brig_span encoded)
{
    brig_tree *tree;

    CHECK(brig_tree_new(encoded, &tree) == BRIG_OK, "the worker sent a wrong value");
    print_value(to, brig_tree_root(tree));
    brig_tree_free(tree);
}
