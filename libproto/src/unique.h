/* SPDX-License-Identifier: MIT */
/* Are byte strings different from each other? For keys of maps and levels of factors. */
#ifndef BRIG_UNIQUE_H
#define BRIG_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* len bytes at base + at. Half the size of a span: there may be many. */
struct slice {
    uint32_t at;
    uint32_t len;
};

/* Reorders the slices. Takes O(n log n) comparisons and no memory. */
bool slices_are_unique(const uint8_t *base, struct slice *slices, size_t count);

#endif
