/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SPAN_H
#define BRIG_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A view of bytes that somebody else owns. An empty span may have data NULL. */
typedef struct brig_span {
    const uint8_t *data;
    size_t len;
} brig_span;

/* A place that may be written: len bytes from data. */
typedef struct brig_room {
    uint8_t *data;
    size_t len;
} brig_room;

/* A view of a NUL-terminated text, without its NUL. */
static inline brig_span brig_span_text(const char *text)
{
    brig_span span = {(const uint8_t *)text, strlen(text)};

    return span;
}

static inline bool brig_span_equal(brig_span a, brig_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool brig_span_is(brig_span span, const char *text)
{
    return brig_span_equal(span, brig_span_text(text));
}

#ifdef __cplusplus
}
#endif

#endif
