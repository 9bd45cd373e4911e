/* SPDX-License-Identifier: MIT */
/* What the schema language compares: type names, numbers, whole values (spec 7.4). */
#include "schema_type.h"

schema_type brig_schema_type_find(brig_span name)
{
    static const char *const names[] = {
#define SCHEMA_TYPE_ENTRY(constant, name) [SCHEMA_TYPE_##constant] = (name),
        BRIG_SCHEMA_TYPE_MAP(SCHEMA_TYPE_ENTRY)
#undef SCHEMA_TYPE_ENTRY
    };

    for (size_t i = 0; i < SCHEMA_TYPE_COUNT; i++)
        if (brig_span_is(name, names[i]))
            return (schema_type)i;
    return SCHEMA_TYPE_COUNT;
}

bool brig_schema_is_comparable(const brig_value *value)
{
    return value->kind == BRIG_INT || value->kind == BRIG_UINT ||
           (value->kind == BRIG_FLOAT && value->number == value->number);
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_float(double a, double b)
{
    return (a > b) - (a < b);
}

/* Powers of two are exact in a double, so the integer part can be compared as an integer. */
static int compare_int_to_float(int64_t a, double b)
{
    int64_t whole;

    if (b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    whole = (int64_t)b;
    return a != whole ? compare_int(a, whole) : compare_float(0.0, b - (double)whole);
}

/* An integer from 2^63, where a double has no fraction. */
static int compare_uint_to_float(uint64_t a, double b)
{
    uint64_t whole;

    if (b >= 0x1p64)
        return -1;
    if (b < 0x1p63)
        return 1;
    whole = (uint64_t)b;
    return (a > whole) - (a < whole);
}

static int compare_to_float(const brig_value *a, double b)
{
    switch (a->kind) {
    case BRIG_INT:
        return compare_int_to_float(a->integer, b);
    case BRIG_UINT:
        return compare_uint_to_float(a->unsigned_integer, b);
    default:
        return compare_float(a->number, b);
    }
}

int brig_schema_compare_numbers(const brig_value *a, const brig_value *b)
{
    if (b->kind == BRIG_FLOAT)
        return compare_to_float(a, b->number);
    if (a->kind == BRIG_FLOAT)
        return -compare_to_float(b, a->number);
    if (a->kind == BRIG_INT && b->kind == BRIG_INT)
        return compare_int(a->integer, b->integer);
    if (a->kind == BRIG_UINT && b->kind == BRIG_UINT)
        return (a->unsigned_integer > b->unsigned_integer) -
               (a->unsigned_integer < b->unsigned_integer);
    return a->kind == BRIG_UINT ? 1 : -1;
}

static bool are_equal_arrays(const brig_value *a, const brig_value *b)
{
    if (a->array.count != b->array.count)
        return false;
    for (size_t i = 0; i < a->array.count; i++)
        if (!brig_schema_is_equal(&a->array.items[i], &b->array.items[i]))
            return false;
    return true;
}

static const brig_value *find_key(const brig_value *map, brig_span key)
{
    for (size_t i = 0; i < map->map.count; i++)
        if (brig_span_equal(map->map.entries[i].key.bytes, key))
            return &map->map.entries[i].value;
    return NULL;
}

/* Keys are unique, so as many and all found is the same set. */
static bool are_equal_maps(const brig_value *a, const brig_value *b)
{
    if (a->map.count != b->map.count)
        return false;
    for (size_t i = 0; i < a->map.count; i++) {
        const brig_value *value = find_key(b, a->map.entries[i].key.bytes);

        if (value == NULL || !brig_schema_is_equal(&a->map.entries[i].value, value))
            return false;
    }
    return true;
}

bool brig_schema_is_equal(const brig_value *a, const brig_value *b)
{
    if (brig_schema_is_comparable(a) && brig_schema_is_comparable(b))
        return brig_schema_compare_numbers(a, b) == 0;
    if (a->kind != b->kind)
        return false;
    if (a->kind == BRIG_ARRAY)
        return are_equal_arrays(a, b);
    if (a->kind == BRIG_MAP)
        return are_equal_maps(a, b);
    /* Everything else has one encoding only. */
    return brig_span_equal(a->encoded, b->encoded);
}
