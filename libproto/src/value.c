/* SPDX-License-Identifier: MIT */
/* A decoded object as one block of memory, built from checked bytes (spec 5 and 9). */
#include <brig/value.h>

#include <assert.h>
#include <stdlib.h>

#include "annotation.h"
#include "check.h"
#include "item.h"
#include "tree.h"
#include "try.h"
#include "vector.h"

/*
 * The children of a container lie side by side, the pairs of a map as two values each, so that a
 * count of objects is all that has to be known before.
 */
struct brig_tree {
    size_t used;
    brig_value nodes[];
};

static_assert(sizeof(brig_entry) == 2 * sizeof(brig_value), "an entry is two values in a row");

enum { ANNOTATED_PARTS = 3 };

/* A container whose children are being read. */
struct frame {
    brig_value *container;
    brig_value *children;
    size_t count;
    size_t done;
};

struct builder {
    brig_tree *tree;
    brig_span rest;
    bool is_data; /* annotated values are not looked into */
    size_t open;
    struct frame frames[BRIG_LIMIT_MAX_DEPTH];
};

static brig_value *take_nodes(brig_tree *tree, size_t count)
{
    brig_value *nodes = tree->nodes + tree->used;

    tree->used += count;
    return nodes;
}

static void open_frame(struct builder *builder, brig_value *container, size_t count)
{
    assert(builder->open < BRIG_LIMIT_MAX_DEPTH);
    builder->frames[builder->open++] =
        (struct frame){container, take_nodes(builder->tree, count), count, 0};
}

static const brig_value *children_of(const struct builder *builder)
{
    return builder->frames[builder->open - 1].children;
}

static void open_annotated(struct builder *builder, brig_value *value, brig_span payload)
{
    struct item array;
    brig_span inside = payload;
    brig_status status = brig_item_next(&inside, &array);

    assert(status == BRIG_OK);
    (void)status;
    /* What is inside stands in the message as if it had no ext around it. */
    builder->rest.len += (size_t)(builder->rest.data - inside.data);
    builder->rest.data = inside.data;
    value->kind = BRIG_ANNOTATED;
    open_frame(builder, value, ANNOTATED_PARTS);
    value->annotated.name = children_of(builder);
    value->annotated.base = value->annotated.name + 1;
    value->annotated.attributes = value->annotated.name + 2;
}

static brig_span next_text(brig_span *rest)
{
    struct item item;
    brig_status status = brig_item_next(rest, &item);

    assert(status == BRIG_OK && item.kind == ITEM_TEXT);
    (void)status;
    return item.bytes;
}

static const brig_value *build_class_names(struct builder *builder, brig_span *rest)
{
    brig_value *array = take_nodes(builder->tree, 1);
    const uint8_t *start = rest->data;
    struct item item;
    brig_status status = brig_item_next(rest, &item);
    brig_value *names;

    assert(status == BRIG_OK && item.kind == ITEM_ARRAY);
    (void)status;
    names = take_nodes(builder->tree, (size_t)item.number);
    for (size_t i = 0; i < item.number; i++) {
        const uint8_t *name = rest->data;

        names[i] = (brig_value){.kind = BRIG_TEXT, .bytes = next_text(rest)};
        names[i].encoded = (brig_span){name, (size_t)(rest->data - name)};
    }
    *array = (brig_value){.kind = BRIG_ARRAY,
                          .encoded = {start, (size_t)(rest->data - start)},
                          .array = {names, (size_t)item.number}};
    return array;
}

static void build_opaque(struct builder *builder, brig_value *value, brig_span payload)
{
    struct item map;
    brig_status status = brig_item_next(&payload, &map);

    assert(status == BRIG_OK && map.kind == ITEM_MAP);
    (void)status;
    value->kind = BRIG_OPAQUE;
    for (uint64_t left = map.number; left > 0; left--) {
        if (brig_span_is(next_text(&payload), "class"))
            value->opaque.classes = build_class_names(builder, &payload);
        else
            value->opaque.text = next_text(&payload);
    }
}

static brig_status build_ext(struct builder *builder, brig_value *value, const struct item *item)
{
    switch (item->ext_type) {
    case BRIG_EXT_VECTOR: {
        brig_span encoded = value->encoded;

        TRY(brig_vector_parse(item->bytes, value));
        value->encoded = encoded;
        return BRIG_OK;
    }
    case BRIG_EXT_MISSING:
        value->kind = BRIG_MISSING;
        return brig_missing_parse(item->bytes, &value->vector.type);
    case BRIG_EXT_ANNOTATED:
        open_annotated(builder, value, item->bytes);
        return BRIG_OK;
    case BRIG_EXT_OPAQUE:
        build_opaque(builder, value, item->bytes);
        return BRIG_OK;
    default:
        value->kind = BRIG_EXT;
        value->ext.type = item->ext_type;
        value->ext.bytes = item->bytes;
        return BRIG_OK;
    }
}

static void build_unsigned(brig_value *value, uint64_t number)
{
    if (number <= INT64_MAX) {
        value->kind = BRIG_INT;
        value->integer = (int64_t)number;
    } else {
        value->kind = BRIG_UINT;
        value->unsigned_integer = number;
    }
}

static brig_status build_from(struct builder *builder, brig_value *value, const struct item *item)
{
    switch (item->kind) {
    case ITEM_NIL:
        value->kind = BRIG_NIL;
        break;
    case ITEM_BOOL:
        value->kind = BRIG_BOOL;
        value->boolean = item->number != 0;
        break;
    case ITEM_INT:
        value->kind = BRIG_INT;
        value->integer = (int64_t)item->number;
        break;
    case ITEM_UINT:
        build_unsigned(value, item->number);
        break;
    case ITEM_FLOAT:
        value->kind = BRIG_FLOAT;
        memcpy(&value->number, &item->number, sizeof(value->number));
        break;
    case ITEM_TEXT:
    case ITEM_BIN:
        value->kind = item->kind == ITEM_TEXT ? BRIG_TEXT : BRIG_BIN;
        value->bytes = item->bytes;
        break;
    case ITEM_ARRAY:
        value->kind = BRIG_ARRAY;
        open_frame(builder, value, (size_t)item->number);
        value->array.items = children_of(builder);
        value->array.count = (size_t)item->number;
        break;
    case ITEM_MAP:
        value->kind = BRIG_MAP;
        open_frame(builder, value, (size_t)item->number * 2);
        value->map.entries = (const brig_entry *)(const void *)children_of(builder);
        value->map.count = (size_t)item->number;
        break;
    case ITEM_EXT:
        return build_ext(builder, value, item);
    }
    return BRIG_OK;
}

static void set_end(const struct builder *builder, brig_value *value)
{
    value->encoded.len = (size_t)(builder->rest.data - value->encoded.data);
}

static brig_status close_annotated(const struct builder *builder, brig_value *value)
{
    if (!builder->is_data)
        return brig_annotation_check(value);
    value->annotated.kind = BRIG_ANNOTATION_COUNT;
    return BRIG_OK;
}

/* Close the containers that are complete, from the inside out. */
static brig_status close_complete(struct builder *builder)
{
    while (builder->open > 0) {
        const struct frame *top = &builder->frames[builder->open - 1];

        if (top->done < top->count)
            break;
        set_end(builder, top->container);
        if (top->container->kind == BRIG_ANNOTATED)
            TRY(close_annotated(builder, top->container));
        builder->open--;
    }
    return BRIG_OK;
}

static brig_value *next_place(struct builder *builder)
{
    struct frame *top;

    if (builder->open == 0)
        return take_nodes(builder->tree, 1);
    top = &builder->frames[builder->open - 1];
    return &top->children[top->done++];
}

static brig_status build(struct builder *builder)
{
    do {
        brig_value *value = next_place(builder);
        size_t open = builder->open;
        struct item item;

        *value = (brig_value){.encoded = {builder->rest.data, 0}};
        TRY(brig_item_next(&builder->rest, &item));
        TRY(build_from(builder, value, &item));
        if (builder->open == open)
            set_end(builder, value);
        TRY(close_complete(builder));
    } while (builder->open > 0);
    return BRIG_OK;
}

static brig_status new_tree(brig_span encoded, bool is_data, brig_tree **ret_tree)
{
    struct builder builder = {.rest = encoded, .is_data = is_data};
    struct check_report report;
    brig_status status;

    TRY(brig_check_with_report(encoded, &report));
    builder.tree = malloc(sizeof(brig_tree) + report.elements * sizeof(brig_value));
    if (builder.tree == NULL)
        return BRIG_NO_MEMORY;
    builder.tree->used = 0;
    status = build(&builder);
    if (status != BRIG_OK) {
        brig_tree_free(builder.tree);
        return status;
    }
    assert(builder.tree->used <= report.elements);
    *ret_tree = builder.tree;
    return BRIG_OK;
}

brig_status brig_tree_new(brig_span encoded, brig_tree **ret_tree)
{
    return new_tree(encoded, false, ret_tree);
}

brig_status brig_tree_new_as_data(brig_span encoded, brig_tree **ret_tree)
{
    return new_tree(encoded, true, ret_tree);
}

const brig_value *brig_tree_root(const brig_tree *tree)
{
    return tree == NULL ? NULL : tree->nodes;
}

void brig_tree_free(brig_tree *tree)
{
    free(tree);
}

const brig_value *brig_value_get(const brig_value *map, const char *key)
{
    if (map == NULL || map->kind != BRIG_MAP)
        return NULL;
    for (size_t i = 0; i < map->map.count; i++)
        if (brig_value_is_text(&map->map.entries[i].key, key))
            return &map->map.entries[i].value;
    return NULL;
}

brig_span brig_value_get_text(const brig_value *map, const char *key, const char *fallback)
{
    const brig_value *value = brig_value_get(map, key);

    if (value != NULL && value->kind == BRIG_TEXT)
        return value->bytes;
    return fallback == NULL ? (brig_span){NULL, 0} : brig_span_text(fallback);
}

uint64_t brig_value_get_uint(const brig_value *map, const char *key, uint64_t fallback)
{
    const brig_value *value = brig_value_get(map, key);

    if (value != NULL && value->kind == BRIG_INT && value->integer >= 0)
        return (uint64_t)value->integer;
    if (value != NULL && value->kind == BRIG_UINT)
        return value->unsigned_integer;
    return fallback;
}

bool brig_value_get_bool(const brig_value *map, const char *key, bool fallback)
{
    const brig_value *value = brig_value_get(map, key);

    return value != NULL && value->kind == BRIG_BOOL ? value->boolean : fallback;
}

bool brig_value_is_text(const brig_value *value, const char *text)
{
    return value != NULL && value->kind == BRIG_TEXT && brig_span_is(value->bytes, text);
}
