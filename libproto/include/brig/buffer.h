/* SPDX-License-Identifier: MIT */
#ifndef BRIG_BUFFER_H
#define BRIG_BUFFER_H

#include <brig/api.h>
#include <brig/span.h>
#include <brig/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bytes that grow up to a limit. The first failure is kept in .fault (BRIG_TOO_LARGE or
 * BRIG_NO_MEMORY) and makes every later append do nothing: write all, then ask once.
 * Zero-initialised with a limit it is ready to use; fields are read-only to callers.
 */
typedef struct brig_buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t limit;
    brig_status fault;
    size_t consumed; /* bytes of the memory before .data, dropped but not yet reused */
} brig_buffer;

/* An empty buffer that holds at most limit_bytes. Allocates nothing yet. */
BRIG_API void brig_buffer_init(brig_buffer *buffer, size_t limit_bytes);

/* Wipe nothing, free the memory. The buffer is then as after brig_buffer_init(). */
BRIG_API void brig_buffer_done(brig_buffer *buffer);

/* Forget contents and fault, keep the memory. */
BRIG_API void brig_buffer_clear(brig_buffer *buffer);

/* Copy bytes to the end. */
BRIG_API void brig_buffer_append(brig_buffer *buffer, brig_span bytes);

/* Make room for len more bytes and return it, or NULL with .fault set. Then brig_buffer_grow(). */
BRIG_API uint8_t *brig_buffer_reserve(brig_buffer *buffer, size_t len);

/* Say that len bytes of the last brig_buffer_reserve() were written. */
BRIG_API void brig_buffer_grow(brig_buffer *buffer, size_t len);

/* Drop the first len bytes. Moves nothing until the room is needed. */
BRIG_API void brig_buffer_consume(brig_buffer *buffer, size_t len);

/* The contents; borrowed until the buffer changes. */
static inline brig_span brig_buffer_span(const brig_buffer *buffer)
{
    brig_span span = {buffer->data, buffer->len};

    return span;
}

#ifdef __cplusplus
}
#endif

#endif
