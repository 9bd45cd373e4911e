/* SPDX-License-Identifier: MIT */
/* Are byte strings different from each other? For keys of maps and levels of factors. */
#ifndef BRIG_UNIQUE_H
#define BRIG_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <brig/status.h>

/* len bytes at base + at. Half the size of a span: there may be many. */
struct slice {
    uint32_t at;
    uint32_t len;
};

/* Reorders the slices. Takes O(n log n) comparisons and no memory: for a few thousand. */
bool brig_slices_are_unique(const uint8_t *base, struct slice *slices, size_t count);

/*
 * The same for any number: BRIG_OK, BRIG_MALFORMED if two are equal, or BRIG_NO_MEMORY. Takes 32
 * bytes of memory for each, and hostile texts cost no more time than others.
 */
brig_status brig_slices_check_unique(const uint8_t *base, const struct slice *slices, size_t count);

#endif
