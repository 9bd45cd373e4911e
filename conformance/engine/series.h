/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_SERIES_H
#define BRIG_CONF_SERIES_H

#include <brig/buffer.h>
#include <brig/value.h>

#include "arena.h"

/*
 * A vector, an array or a scalar of which each element has a plain form of its own: codes of a
 * factor become texts, dates and times ISO 8601 texts, missing ones nil.
 */
typedef struct conf_series {
    const brig_value *base;
    const brig_span *texts;  /* of a text vector; .data NULL: missing */
    const brig_span *levels; /* of a factor */
    size_t level_count;
    brig_annotation kind;
    size_t count;
} conf_series;

/* base is what an annotation of this kind has, or stands alone (`plain`). */
void conf_series_init(conf_series *series, brig_annotation kind, const brig_value *base,
                      const brig_value *attributes, conf_arena *arena);
/* Element i, unless the base is an array: its items are values of their own. */
void conf_series_pack(const conf_series *series, size_t i, brig_buffer *to);

/* A list of texts, as a vector or as an array (spec 9.5). */
const brig_span *conf_texts_collect(const brig_value *list, size_t *ret_count, conf_arena *arena);

#endif
