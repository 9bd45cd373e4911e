/* SPDX-License-Identifier: MIT */
/* One MessagePack object without what a container holds, in its only encoding (spec 5). */
#ifndef BRIG_ITEM_H
#define BRIG_ITEM_H

#include <brig/span.h>
#include <brig/status.h>

typedef enum item_kind {
    ITEM_NIL,
    ITEM_BOOL,  /* .number: 0 or 1 */
    ITEM_INT,   /* .number: two's complement; always negative */
    ITEM_UINT,  /* .number */
    ITEM_FLOAT, /* .number: the bits of a double */
    ITEM_TEXT,  /* .bytes */
    ITEM_BIN,   /* .bytes */
    ITEM_ARRAY, /* .number: elements that follow */
    ITEM_MAP,   /* .number: pairs that follow */
    ITEM_EXT,   /* .bytes, .ext_type */
} item_kind;

struct item {
    item_kind kind;
    int8_t ext_type;
    uint64_t number;
    brig_span bytes; /* borrowed */
};

/*
 * Take one item off the front; only the fields of its kind are set. BRIG_MALFORMED, and the rest is
 * of no use: bytes are missing, more elements are announced than bytes are left, a longer form than
 * needed, float32, c1. UTF-8 is not checked.
 */
brig_status brig_item_next(brig_span *rest, struct item *ret_item);

#endif
