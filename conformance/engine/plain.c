/* SPDX-License-Identifier: MIT */
/* The plain form of values (spec 7.2). */
#include "plain.h"

#include <brig/pack.h>
#include <brig/value.h>

#include "arena.h"
#include "printed.h"
#include "series.h"

typedef struct packer {
    conf_arena arena;
    brig_buffer *to;
} packer;

static void pack_any(packer *with, const brig_value *value);

static void pack_item(packer *with, const conf_series *series, size_t i)
{
    if (series->base->kind == BRIG_ARRAY)
        pack_any(with, &series->base->array.items[i]);
    else
        conf_series_pack(series, i, with->to);
}

/* Elements first, first + step, …: a row of a matrix is strided. */
static void pack_array(packer *with, const conf_series *series, size_t first, size_t step)
{
    const size_t count = series->count > first ? (series->count - first + step - 1) / step : 0;

    brig_pack_array(with->to, count);
    for (size_t i = 0; i < count; i++)
        pack_item(with, series, first + i * step);
}

/* Keys of a map are all there, not empty and different from each other. */
static bool are_keys(const brig_span *names, size_t count)
{
    if (names == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (names[i].len == 0)
            return false;
        for (size_t k = 0; k < i; k++)
            if (brig_span_equal(names[i], names[k]))
                return false;
    }
    return true;
}

static const brig_span *find_names(packer *with, const brig_value *attributes, size_t count)
{
    const brig_value *names = brig_value_get(attributes, "names");
    const brig_span *texts;
    size_t name_count = 0;

    if (names == NULL || count > BRIG_LIMIT_MAX_MAP_KEYS)
        return NULL;
    texts = conf_texts_collect(names, &name_count, &with->arena);
    return are_keys(texts, name_count) ? texts : NULL;
}

/* How many rows a matrix has; false if this is none. */
static bool find_rows(const brig_value *attributes, size_t *ret_rows)
{
    const brig_value *dim = brig_value_get(attributes, "dim");

    if (dim == NULL)
        return false;
    if (dim->kind == BRIG_ARRAY) {
        *ret_rows = dim->array.count == 2 ? (size_t)dim->array.items[0].integer : 0;
        return dim->array.count == 2;
    }
    if (dim->vector.count != 2)
        return false;
    *ret_rows = dim->vector.type == BRIG_VECTOR_INT64 ? (size_t)brig_vector_int64(dim, 0)
                                                      : (size_t)brig_vector_int32(dim, 0);
    return true;
}

static void pack_series(packer *with, const conf_series *series, const brig_value *attributes)
{
    const brig_span *names = find_names(with, attributes, series->count);
    size_t rows = 0;

    if (find_rows(attributes, &rows)) {
        brig_pack_array(with->to, rows);
        for (size_t row = 0; row < rows && with->to->fault == BRIG_OK; row++)
            pack_array(with, series, row, rows);
    } else if (names != NULL) {
        brig_pack_map(with->to, series->count);
        for (size_t i = 0; i < series->count; i++) {
            brig_pack_text(with->to, names[i]);
            pack_item(with, series, i);
        }
    } else if (series->base->kind != BRIG_ARRAY && series->count == 1) {
        pack_item(with, series, 0);
    } else {
        pack_array(with, series, 0, 1);
    }
}

/* An array also when the table has one row. */
static void pack_column(packer *with, const brig_value *column)
{
    const bool is_annotated = column->kind == BRIG_ANNOTATED;
    conf_series series;

    conf_series_init(&series, is_annotated ? column->annotated.kind : BRIG_ANNOTATION_PLAIN,
                     is_annotated ? column->annotated.base : column,
                     is_annotated ? column->annotated.attributes : NULL, &with->arena);
    pack_array(with, &series, 0, 1);
}

static void pack_table(packer *with, const brig_value *table)
{
    const brig_value *columns = table->annotated.base;
    const brig_span *names = find_names(with, table->annotated.attributes, columns->array.count);

    if (names != NULL)
        brig_pack_map(with->to, columns->array.count);
    else
        brig_pack_array(with->to, columns->array.count);
    for (size_t i = 0; i < columns->array.count; i++) {
        if (names != NULL)
            brig_pack_text(with->to, names[i]);
        pack_column(with, &columns->array.items[i]);
    }
}

static void pack_annotated(packer *with, const brig_value *value)
{
    conf_series series;

    switch (value->annotated.kind) {
    case BRIG_ANNOTATION_TABLE:
        pack_table(with, value);
        break;
    case BRIG_ANNOTATION_MEDIA:
    case BRIG_ANNOTATION_COUNT: /* of a kind that this version does not know */
        pack_any(with, value->annotated.base);
        break;
    default:
        conf_series_init(&series, value->annotated.kind, value->annotated.base,
                         value->annotated.attributes, &with->arena);
        pack_series(with, &series, value->annotated.attributes);
        break;
    }
}

static void pack_printed(packer *with, const brig_value *value)
{
    brig_buffer printed;

    brig_buffer_init(&printed, with->to->limit + 1);
    if (value->kind == BRIG_OPAQUE)
        brig_buffer_append(&printed, value->opaque.text);
    else
        conf_printed_append(value->encoded, printed.limit, &printed);
    brig_pack_text(with->to, brig_buffer_span(&printed));
    brig_buffer_done(&printed);
}

static void pack_map(packer *with, const brig_value *value)
{
    brig_pack_map(with->to, value->map.count);
    for (size_t i = 0; i < value->map.count; i++) {
        brig_pack_text(with->to, value->map.entries[i].key.bytes);
        pack_any(with, &value->map.entries[i].value);
    }
}

static void pack_any(packer *with, const brig_value *value)
{
    conf_series series;

    switch (value->kind) {
    case BRIG_ARRAY:
    case BRIG_VECTOR:
        conf_series_init(&series, BRIG_ANNOTATION_PLAIN, value, NULL, &with->arena);
        pack_series(with, &series, NULL);
        break;
    case BRIG_MISSING:
        brig_pack_nil(with->to);
        break;
    case BRIG_MAP:
        pack_map(with, value);
        break;
    case BRIG_ANNOTATED:
        pack_annotated(with, value);
        break;
    case BRIG_OPAQUE:
    case BRIG_EXT:
        pack_printed(with, value);
        break;
    default:
        brig_pack_raw(with->to, value->encoded);
        break;
    }
}

void conf_plain_pack(brig_span value, brig_buffer *to)
{
    packer with = {.to = to};
    brig_tree *tree = NULL;

    if (brig_tree_new(value, &tree) == BRIG_OK)
        pack_any(&with, brig_tree_root(tree));
    else
        brig_pack_raw(to, value);
    brig_tree_free(tree);
    conf_arena_done(&with.arena);
}
