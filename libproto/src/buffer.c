/* SPDX-License-Identifier: MIT */
/* Bytes that grow up to a limit; the first fault is kept. */
#include <brig/buffer.h>

#include <assert.h>
#include <stdlib.h>

enum { BUFFER_MIN_CAPACITY = 256 };

void brig_buffer_init(brig_buffer *buffer, size_t limit_bytes)
{
    *buffer = (brig_buffer){.limit = limit_bytes};
}

/* The memory begins before .data by what was consumed. */
static uint8_t *memory_of(const brig_buffer *buffer)
{
    return buffer->data == NULL ? NULL : buffer->data - buffer->consumed;
}

void brig_buffer_done(brig_buffer *buffer)
{
    free(memory_of(buffer));
    brig_buffer_init(buffer, buffer->limit);
}

void brig_buffer_clear(brig_buffer *buffer)
{
    buffer->data = memory_of(buffer);
    buffer->consumed = 0;
    buffer->len = 0;
    buffer->fault = BRIG_OK;
}

static void move_to_front(brig_buffer *buffer)
{
    uint8_t *memory = memory_of(buffer);

    if (buffer->consumed == 0)
        return;
    if (buffer->len > 0)
        memmove(memory, buffer->data, buffer->len);
    buffer->data = memory;
    buffer->consumed = 0;
}

/* Twice what is needed, so that growing and moving cost little per byte; at most the limit. */
static size_t capacity_for(const brig_buffer *buffer, size_t needed)
{
    if (needed > buffer->limit / 2)
        return buffer->limit < BUFFER_MIN_CAPACITY ? BUFFER_MIN_CAPACITY : buffer->limit;
    return needed < BUFFER_MIN_CAPACITY / 2 ? BUFFER_MIN_CAPACITY : needed * 2;
}

uint8_t *brig_buffer_reserve(brig_buffer *buffer, size_t len)
{
    if (buffer->fault != BRIG_OK)
        return NULL;
    if (len > buffer->limit - buffer->len) {
        buffer->fault = BRIG_TOO_LARGE;
        return NULL;
    }
    if (buffer->data != NULL && len <= buffer->capacity - buffer->consumed - buffer->len)
        return buffer->data + buffer->len;

    move_to_front(buffer);
    size_t capacity = capacity_for(buffer, buffer->len + len);
    if (capacity > buffer->capacity) {
        uint8_t *memory = realloc(buffer->data, capacity);
        if (memory == NULL) {
            buffer->fault = BRIG_NO_MEMORY;
            return NULL;
        }
        buffer->data = memory;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->len;
}

void brig_buffer_grow(brig_buffer *buffer, size_t len)
{
    if (buffer->fault != BRIG_OK)
        return;
    assert(len <= buffer->capacity - buffer->consumed - buffer->len);
    buffer->len += len;
}

void brig_buffer_append(brig_buffer *buffer, brig_span bytes)
{
    uint8_t *place = brig_buffer_reserve(buffer, bytes.len);

    if (place == NULL || bytes.len == 0)
        return;
    memcpy(place, bytes.data, bytes.len);
    brig_buffer_grow(buffer, bytes.len);
}

void brig_buffer_consume(brig_buffer *buffer, size_t len)
{
    assert(len <= buffer->len);
    if (len == 0)
        return;
    buffer->data += len;
    buffer->consumed += len;
    buffer->len -= len;
    if (buffer->len == 0)
        move_to_front(buffer);
}
