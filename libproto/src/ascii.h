/* SPDX-License-Identifier: MIT */
/* Most texts are ASCII, and texts can be large: their beginning, many bytes at a time. */
#ifndef BRIG_ASCII_H
#define BRIG_ASCII_H

#include <brig/span.h>

enum { BRIG_ASCII_BLOCK_BYTES = 64 }; /* a fixed count, so that compilers make vectors of it */

/* How many bytes at the front are ASCII. */
static inline size_t brig_ascii_len(brig_span bytes)
{
    size_t len = 0;

    while (bytes.len - len >= BRIG_ASCII_BLOCK_BYTES) {
        uint8_t any = 0;

        for (size_t i = 0; i < BRIG_ASCII_BLOCK_BYTES; i++)
            any |= bytes.data[len + i];
        if (any >= 0x80)
            break;
        len += BRIG_ASCII_BLOCK_BYTES;
    }
    while (len < bytes.len && bytes.data[len] < 0x80)
        len++;
    return len;
}

#endif
