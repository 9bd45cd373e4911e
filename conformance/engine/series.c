/* SPDX-License-Identifier: MIT */
/* Elements of vectors in plain form (spec 7.2, 9.5). */
#include "series.h"

#include <math.h>
#include <stdio.h>

#include <brig/pack.h>

#include "printed.h"

enum { TIME_BYTES = 64, DAY_SECONDS = 86400, COMPLEX_BYTES = 16, VALUE_BYTES = 64 };

/* Days and seconds that a year of at most six digits can hold. */
static const double max_days = 3e8;

const brig_span *conf_texts_collect(const brig_value *list, size_t *ret_count, conf_arena *arena)
{
    const bool is_array = list->kind == BRIG_ARRAY;
    const size_t count = is_array ? list->array.count : list->vector.count;
    brig_span *texts = conf_arena_take(arena, count * sizeof(*texts));

    if (is_array) {
        for (size_t i = 0; i < count; i++)
            texts[i] = list->array.items[i].bytes;
    } else {
        brig_text_cursor cursor = brig_text_cursor_of(list);

        for (size_t i = 0; i < count; i++)
            texts[i] = brig_text_cursor_next(&cursor);
    }
    *ret_count = count;
    return texts;
}

void conf_series_init(conf_series *series, brig_annotation kind, const brig_value *base,
                      const brig_value *attributes, conf_arena *arena)
{
    const brig_value *levels = brig_value_get(attributes, "levels");

    *series = (conf_series){.base = base, .kind = kind, .count = 1};
    if (base->kind == BRIG_ARRAY)
        series->count = base->array.count;
    if (base->kind == BRIG_VECTOR)
        series->count = base->vector.count;
    if (base->kind == BRIG_VECTOR && base->vector.type == BRIG_VECTOR_TEXT)
        series->texts = conf_texts_collect(base, &series->count, arena);
    if (kind == BRIG_ANNOTATION_FACTOR && levels != NULL)
        series->levels = conf_texts_collect(levels, &series->level_count, arena);
}

static void pack_complex(const brig_value *vector, size_t i, brig_buffer *to)
{
    brig_buffer value;
    brig_buffer printed;

    brig_buffer_init(&value, VALUE_BYTES);
    brig_buffer_init(&printed, 2 * (size_t)VALUE_BYTES);
    uint8_t *place = brig_pack_vector(&value, BRIG_VECTOR_COMPLEX, 1);
    if (place != NULL)
        memcpy(place, vector->vector.elements.data + i * COMPLEX_BYTES, COMPLEX_BYTES);
    conf_printed_append(brig_buffer_span(&value), printed.limit, &printed);
    brig_pack_text(to, brig_buffer_span(&printed));
    brig_buffer_done(&value);
    brig_buffer_done(&printed);
}

/* The civil date of a day, counted from 1970-01-01; years begin in March, so that a leap day is last. */
static int write_date(int64_t day, char *text, size_t bytes)
{
    const int64_t shifted = day + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t of_era = shifted - era * 146097;
    const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    const int64_t year = year_of_era + era * 400 + (month >= 10 ? 1 : 0);

    return snprintf(text, bytes, "%04lld-%02d-%02d", (long long)year,
                    (int)(month < 10 ? month + 3 : month - 9),
                    (int)(of_year - (153 * month + 2) / 5 + 1));
}

/* Whole seconds and, if there are any, microseconds. */
static void write_time(double seconds, char *text, size_t bytes)
{
    const double whole = floor(seconds);
    const int64_t day = (int64_t)floor(whole / DAY_SECONDS);
    const int left = (int)(whole - (double)day * DAY_SECONDS);
    const int micro = (int)((seconds - whole) * 1e6);
    int len = write_date(day, text, bytes);

    len += snprintf(text + len, bytes - (size_t)len, "T%02d:%02d:%02d", left / 3600, left / 60 % 60,
                    left % 60);
    if (micro > 0)
        len += snprintf(text + len, bytes - (size_t)len, ".%06d", micro);
    (void)snprintf(text + len, bytes - (size_t)len, "Z");
}

static void pack_number(const conf_series *series, double number, brig_buffer *to)
{
    const double days = series->kind == BRIG_ANNOTATION_DATETIME ? number / DAY_SECONDS : number;
    char text[TIME_BYTES] = "";

    if (brig_float64_is_missing(number)) {
        brig_pack_nil(to);
    } else if ((series->kind != BRIG_ANNOTATION_DATE && series->kind != BRIG_ANNOTATION_DATETIME) ||
               !(fabs(days) < max_days)) {
        brig_pack_float(to, number);
    } else {
        if (series->kind == BRIG_ANNOTATION_DATE)
            (void)write_date((int64_t)floor(number), text, sizeof(text));
        else
            write_time(number, text, sizeof(text));
        brig_pack_cstring(to, text);
    }
}

static void pack_integer(const conf_series *series, int64_t number, bool is_missing,
                         brig_buffer *to)
{
    if (is_missing)
        brig_pack_nil(to);
    else if (series->kind == BRIG_ANNOTATION_DATE)
        pack_number(series, (double)number, to);
    else if (series->kind == BRIG_ANNOTATION_FACTOR && number >= 0 &&
             (uint64_t)number < series->level_count)
        brig_pack_text(to, series->levels[number]);
    else
        brig_pack_int(to, number);
}

static void pack_element(const conf_series *series, size_t i, brig_buffer *to)
{
    const brig_value *vector = series->base;

    switch (vector->vector.type) {
    case BRIG_VECTOR_LOGICAL:
        if (brig_vector_logical(vector, i) == 2)
            brig_pack_nil(to);
        else
            brig_pack_bool(to, brig_vector_logical(vector, i) == 1);
        break;
    case BRIG_VECTOR_INT32:
        pack_integer(series, brig_vector_int32(vector, i),
                     brig_vector_int32(vector, i) == INT32_MIN, to);
        break;
    case BRIG_VECTOR_INT64:
        pack_integer(series, brig_vector_int64(vector, i),
                     brig_vector_int64(vector, i) == INT64_MIN, to);
        break;
    case BRIG_VECTOR_FLOAT64:
        pack_number(series, brig_vector_float64(vector, i), to);
        break;
    case BRIG_VECTOR_COMPLEX:
        pack_complex(vector, i, to);
        break;
    default:
        if (series->texts[i].data == NULL)
            brig_pack_nil(to);
        else
            brig_pack_text(to, series->texts[i]);
        break;
    }
}

void conf_series_pack(const conf_series *series, size_t i, brig_buffer *to)
{
    const brig_value *base = series->base;

    if (base->kind == BRIG_VECTOR)
        pack_element(series, i, to);
    else if (base->kind == BRIG_MISSING)
        brig_pack_nil(to);
    else if (base->kind == BRIG_FLOAT)
        pack_number(series, base->number, to);
    else if (base->kind == BRIG_INT)
        pack_integer(series, base->integer, false, to);
    else
        brig_pack_raw(to, base->encoded);
}
