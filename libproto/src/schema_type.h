/* SPDX-License-Identifier: MIT */
/* Types of the schema language, and numbers of two kinds side by side (spec 7.4). */
#ifndef BRIG_SCHEMA_TYPE_H
#define BRIG_SCHEMA_TYPE_H

#include <brig/value.h>

#include "generated/tables.h"

typedef enum schema_type {
#define SCHEMA_TYPE_ENTRY(constant, name) SCHEMA_TYPE_##constant,
    BRIG_SCHEMA_TYPE_MAP(SCHEMA_TYPE_ENTRY)
#undef SCHEMA_TYPE_ENTRY
        SCHEMA_TYPE_COUNT,
} schema_type;

/* The type with this name, or SCHEMA_TYPE_COUNT. */
schema_type brig_schema_type_find(brig_span name);

/* Is it an int or a float64 that is not NaN? */
bool brig_schema_is_comparable(const brig_value *value);

/* Below 0, 0, or above 0; exact, also between int and float64. Both are comparable. */
int brig_schema_compare_numbers(const brig_value *a, const brig_value *b);

/* Same kind and content; an int equals a float64 of the same number; keys in any order. */
bool brig_schema_is_equal(const brig_value *a, const brig_value *b);

#endif
