/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SRC_U32_H
#define BRIG_SRC_U32_H

#include <brig/buffer.h>

/* A length before what it counts: four bytes, big-endian. */
enum { BRIG_U32_BYTES = 4 };

static inline void brig_u32_append(brig_buffer *to, size_t number)
{
    const uint8_t bytes[BRIG_U32_BYTES] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                                           (uint8_t)(number >> 8), (uint8_t)number};

    brig_buffer_append(to, (brig_span){bytes, sizeof(bytes)});
}

static inline size_t brig_u32_read(const uint8_t bytes[BRIG_U32_BYTES])
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

#endif
