/* SPDX-License-Identifier: MIT */
/* ext 1 and ext 2: typed vectors and missing scalars (spec 9). */
#ifndef BRIG_VECTOR_H
#define BRIG_VECTOR_H

#include <brig/value.h>

enum {
    VECTOR_TEXT_COUNT_BYTES = 4,
    VECTOR_TEXT_LENGTH_BYTES = 4,
};

/* The length of a text element that is missing. */
#define VECTOR_TEXT_MISSING UINT32_MAX

/* Bytes of one element; 0 for text. The type is one of the registry's. */
size_t brig_vector_element_bytes(brig_vector_type type);

/*
 * Check the payload of an ext 1 and take it apart. BRIG_MALFORMED: an unknown type, a length that is
 * no multiple, a logical that is not 0, 1 or 2, texts that do not fit or are not UTF-8.
 */
brig_status brig_vector_parse(brig_span payload, brig_value *ret_vector);

/* Check the payload of an ext 2. */
brig_status brig_missing_parse(brig_span payload, brig_vector_type *ret_type);

#endif
