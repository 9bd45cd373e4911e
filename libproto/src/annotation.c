/* SPDX-License-Identifier: MIT */
/* Rules of annotated values that a receiver checks before it rebuilds anything (spec 9.5). */
#include "annotation.h"

#include <stdlib.h>

#include "generated/tables.h"
#include "mutant.h"
#include "try.h"
#include "unique.h"

static brig_status require(bool condition)
{
    return condition ? BRIG_OK : BRIG_MALFORMED;
}

static bool is_vector_of(const brig_value *value, brig_vector_type type)
{
    return value->kind == BRIG_VECTOR && value->vector.type == type;
}

static bool is_missing_of(const brig_value *value, brig_vector_type type)
{
    return value->kind == BRIG_MISSING && value->vector.type == type;
}

/* Elements of a base; what is neither vector nor container is one. */
static size_t count_of(const brig_value *base)
{
    switch (base->kind) {
    case BRIG_VECTOR:
        return base->vector.count;
    case BRIG_ARRAY:
        return base->array.count;
    case BRIG_MAP:
        return base->map.count;
    default:
        return 1;
    }
}

/* A text vector, or an array of texts. */
static bool is_text_list(const brig_value *value)
{
    if (value->kind == BRIG_VECTOR)
        return value->vector.type == BRIG_VECTOR_TEXT;
    if (value->kind != BRIG_ARRAY)
        return false;
    for (size_t i = 0; i < value->array.count; i++)
        if (value->array.items[i].kind != BRIG_TEXT)
            return false;
    return true;
}

static bool is_text_list_of(const brig_value *value, size_t count)
{
    return is_text_list(value) && count_of(value) == count;
}

/* One extent of `dim`; false if it is not a whole number from 0. */
static bool read_extent(const brig_value *dim, size_t i, uint64_t *ret_extent)
{
    int64_t extent = -1;

    if (is_vector_of(dim, BRIG_VECTOR_INT32))
        extent = brig_vector_int32(dim, i);
    else if (is_vector_of(dim, BRIG_VECTOR_INT64))
        extent = brig_vector_int64(dim, i);
    else if (dim->kind == BRIG_ARRAY && dim->array.items[i].kind == BRIG_INT)
        extent = dim->array.items[i].integer;
    if (extent < 0)
        return false;
    *ret_extent = (uint64_t)extent;
    return true;
}

/* The product of the extents is the number of elements. */
static brig_status check_dim(const brig_value *dim, size_t count)
{
    uint64_t product = 1;

    if (dim->kind != BRIG_VECTOR && dim->kind != BRIG_ARRAY)
        return BRIG_MALFORMED;
    TRY(require(count_of(dim) > 0));
    for (size_t i = 0; i < count_of(dim); i++) {
        uint64_t extent;

        TRY(require(read_extent(dim, i, &extent)));
        /* What does not fit can equal no count, but may still be multiplied by zero. */
        if (extent > 0 && product > UINT64_MAX / extent)
            product = UINT64_MAX;
        else
            product *= extent;
    }
    return require(product == count || MUTANT(accepts_any_dim));
}

/* One entry of `dimnames`, which is an array or, when the dimensions have names, a map. */
static const brig_value *dimnames_entry(const brig_value *dimnames, size_t i)
{
    return dimnames->kind == BRIG_MAP ? &dimnames->map.entries[i].value : &dimnames->array.items[i];
}

static brig_status check_dimnames(const brig_value *dimnames, const brig_value *dim)
{
    if (dim == NULL || (dimnames->kind != BRIG_ARRAY && dimnames->kind != BRIG_MAP))
        return BRIG_MALFORMED;
    TRY(require(count_of(dimnames) == count_of(dim)));
    for (size_t i = 0; i < count_of(dim); i++) {
        const brig_value *names = dimnames_entry(dimnames, i);
        uint64_t extent;

        if (names->kind == BRIG_NIL)
            continue;
        TRY(require(read_extent(dim, i, &extent)));
        TRY(require(is_text_list(names) && count_of(names) == extent));
    }
    return BRIG_OK;
}

/* names, dim and dimnames may stand on every kind. */
static brig_status check_common(const brig_value *base, const brig_value *attributes)
{
    const brig_value *names = brig_value_get(attributes, "names");
    const brig_value *dim = brig_value_get(attributes, "dim");
    const brig_value *dimnames = brig_value_get(attributes, "dimnames");

    if (names != NULL)
        TRY(require(is_text_list_of(names, count_of(base))));
    if (dim != NULL)
        TRY(check_dim(dim, count_of(base)));
    if (dimnames != NULL)
        TRY(check_dimnames(dimnames, dim));
    return BRIG_OK;
}

static brig_status check_plain(const brig_value *base, const brig_value *attributes)
{
    (void)attributes;
    return require(base->kind == BRIG_VECTOR || base->kind == BRIG_ARRAY);
}

/* A column is a vector, an array, or one of these annotated by anything but table and media. */
static brig_status check_column(const brig_value *column, uint64_t rows)
{
    const brig_value *base = column;

    if (column->kind == BRIG_ANNOTATED) {
        TRY(require(column->annotated.kind != BRIG_ANNOTATION_TABLE &&
                    column->annotated.kind != BRIG_ANNOTATION_MEDIA));
        base = column->annotated.base;
    }
    return require((base->kind == BRIG_VECTOR || base->kind == BRIG_ARRAY) &&
                   (count_of(base) == rows || MUTANT(accepts_columns_of_any_length)));
}

static brig_status check_table(const brig_value *base, const brig_value *attributes)
{
    const brig_value *rows = brig_value_get(attributes, "rows");
    const brig_value *row_names = brig_value_get(attributes, "row_names");

    if (base->kind != BRIG_ARRAY || brig_value_get(attributes, "names") == NULL)
        return BRIG_MALFORMED;
    if (rows == NULL || rows->kind != BRIG_INT || rows->integer < 0)
        return BRIG_MALFORMED;
    if (row_names != NULL)
        TRY(require((is_text_list(row_names) || is_vector_of(row_names, BRIG_VECTOR_INT32)) &&
                    count_of(row_names) == (uint64_t)rows->integer));
    for (size_t i = 0; i < base->array.count; i++)
        TRY(check_column(&base->array.items[i], (uint64_t)rows->integer));
    return BRIG_OK;
}

static struct slice slice_of(const brig_value *within, brig_span text)
{
    return (struct slice){(uint32_t)(text.data - within->encoded.data), (uint32_t)text.len};
}

/* The texts of a text list as slices of its bytes; false if one is missing. */
static bool collect_texts(const brig_value *list, struct slice *ret_slices)
{
    if (list->kind == BRIG_ARRAY) {
        for (size_t i = 0; i < list->array.count; i++)
            ret_slices[i] = slice_of(list, list->array.items[i].bytes);
        return true;
    }

    brig_text_cursor cursor = brig_text_cursor_of(list);
    for (size_t i = 0; cursor.left > 0; i++) {
        brig_span text = brig_text_cursor_next(&cursor);

        if (text.data == NULL)
            return false;
        ret_slices[i] = slice_of(list, text);
    }
    return true;
}

static brig_status check_levels(const brig_value *levels)
{
    size_t count = count_of(levels);
    struct slice *slices;
    brig_status status;

    if (count == 0)
        return BRIG_OK;
    slices = malloc(count * sizeof(*slices));
    if (slices == NULL)
        return BRIG_NO_MEMORY;
    status = require(collect_texts(levels, slices));
    if (status == BRIG_OK)
        status = brig_slices_check_unique(levels->encoded.data, slices, count);
    free(slices);
    return status;
}

static brig_status check_factor(const brig_value *base, const brig_value *attributes)
{
    const brig_value *levels = brig_value_get(attributes, "levels");
    const brig_value *ordered = brig_value_get(attributes, "ordered");

    if (!is_vector_of(base, BRIG_VECTOR_INT32) || levels == NULL || !is_text_list(levels))
        return BRIG_MALFORMED;
    TRY(require(ordered == NULL || ordered->kind == BRIG_BOOL));
    if (!MUTANT(accepts_a_level_twice))
        TRY(check_levels(levels));
    for (size_t i = 0; i < base->vector.count; i++) {
        int32_t code = brig_vector_int32(base, i);

        if (code != INT32_MIN && !MUTANT(accepts_any_code_of_a_factor))
            TRY(require(code >= 0 && (size_t)code < count_of(levels)));
    }
    return BRIG_OK;
}

static bool is_float64(const brig_value *base)
{
    return base->kind == BRIG_FLOAT || is_vector_of(base, BRIG_VECTOR_FLOAT64) ||
           is_missing_of(base, BRIG_VECTOR_FLOAT64);
}

static bool is_int32(const brig_value *base)
{
    return base->kind == BRIG_INT || is_vector_of(base, BRIG_VECTOR_INT32) ||
           is_missing_of(base, BRIG_VECTOR_INT32);
}

static brig_status check_date(const brig_value *base, const brig_value *attributes)
{
    (void)attributes;
    return require(is_float64(base) || is_int32(base));
}

static brig_status check_datetime(const brig_value *base, const brig_value *attributes)
{
    const brig_value *tz = brig_value_get(attributes, "tz");

    return require(is_float64(base) &&
                   (tz == NULL || tz->kind == BRIG_NIL || tz->kind == BRIG_TEXT));
}

static brig_status check_duration(const brig_value *base, const brig_value *attributes)
{
    (void)attributes;
    return require(is_float64(base));
}

/* -?(0|[1-9][0-9]*) */
static bool is_decimal(brig_span text)
{
    size_t i = text.len > 0 && text.data[0] == '-' ? 1 : 0;

    if (i == text.len || (text.data[i] == '0' && text.len > i + 1))
        return false;
    for (; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static brig_status check_integer(const brig_value *base, const brig_value *attributes)
{
    (void)attributes;
    if (base->kind == BRIG_TEXT)
        return require(is_decimal(base->bytes));
    TRY(require(is_vector_of(base, BRIG_VECTOR_TEXT)));
    for (brig_text_cursor cursor = brig_text_cursor_of(base); cursor.left > 0;) {
        brig_span text = brig_text_cursor_next(&cursor);

        TRY(require(text.data == NULL || is_decimal(text)));
    }
    return BRIG_OK;
}

static brig_status check_media(const brig_value *base, const brig_value *attributes)
{
    (void)attributes;
    TRY(require(base->kind == BRIG_MAP));
    for (size_t i = 0; i < base->map.count; i++) {
        brig_kind kind = base->map.entries[i].value.kind;

        TRY(require(kind == BRIG_TEXT || kind == BRIG_BIN));
    }
    return BRIG_OK;
}

static const char *const annotation_names[BRIG_ANNOTATION_COUNT] = {
#define ANNOTATION_ENTRY(constant, name) [BRIG_ANNOTATION_##constant] = (name),
    BRIG_ANNOTATION_MAP(ANNOTATION_ENTRY)
#undef ANNOTATION_ENTRY
};

typedef brig_status (*annotation_rule)(const brig_value *base, const brig_value *attributes);

static const annotation_rule annotation_rules[BRIG_ANNOTATION_COUNT] = {
    [BRIG_ANNOTATION_PLAIN] = check_plain,       [BRIG_ANNOTATION_TABLE] = check_table,
    [BRIG_ANNOTATION_FACTOR] = check_factor,     [BRIG_ANNOTATION_DATE] = check_date,
    [BRIG_ANNOTATION_DATETIME] = check_datetime, [BRIG_ANNOTATION_DURATION] = check_duration,
    [BRIG_ANNOTATION_INTEGER] = check_integer,   [BRIG_ANNOTATION_MEDIA] = check_media,
};

static brig_annotation kind_of(const brig_value *name)
{
    for (size_t i = 0; i < BRIG_ANNOTATION_COUNT; i++)
        if (brig_value_is_text(name, annotation_names[i]))
            return (brig_annotation)i;
    return BRIG_ANNOTATION_COUNT;
}

brig_status brig_annotation_check(brig_value *value)
{
    const brig_value *base = value->annotated.base;
    const brig_value *attributes = value->annotated.attributes;

    value->annotated.kind = kind_of(value->annotated.name);
    for (size_t i = 0; i < attributes->map.count; i++)
        TRY(require(attributes->map.entries[i].value.kind != BRIG_ANNOTATED));
    if (value->annotated.kind == BRIG_ANNOTATION_COUNT)
        return BRIG_OK;
    TRY(check_common(base, attributes));
    return annotation_rules[value->annotated.kind](base, attributes);
}
