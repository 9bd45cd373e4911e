/* SPDX-License-Identifier: MIT */
/* A decoded value holds everything that was sent: packed again, it is the same bytes (spec 9). */
#include <brig/message.h>
#include <brig/pack.h>
#include <brig/value.h>

#include <stdlib.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void pack_value(brig_buffer *to, const brig_value *value);

static void pack_texts(brig_buffer *to, const brig_value *vector)
{
    brig_text_cursor cursor = brig_text_cursor_of(vector);
    brig_span *texts = malloc((vector->vector.count + 1) * sizeof(*texts));

    CHECK(texts != NULL, "out of memory");
    for (size_t i = 0; cursor.left > 0; i++)
        texts[i] = brig_text_cursor_next(&cursor);
    brig_pack_text_vector(to, texts, vector->vector.count);
    free(texts);
}

static void pack_vector(brig_buffer *to, const brig_value *value)
{
    brig_span elements = value->vector.elements;
    uint8_t *place;

    if (value->vector.type == BRIG_VECTOR_TEXT) {
        pack_texts(to, value);
        return;
    }
    place = brig_pack_vector(to, value->vector.type, value->vector.count);
    if (place != NULL && elements.len > 0)
        memcpy(place, elements.data, elements.len);
}

static void pack_annotated(brig_buffer *to, const brig_value *value)
{
    char name[256];
    brig_span kind = value->annotated.name->bytes;

    /* A kind is packed as a C string: others are taken as they came. */
    if (kind.len >= sizeof(name) || memchr(kind.data, '\0', kind.len) != NULL) {
        brig_pack_raw(to, value->encoded);
        return;
    }
    memcpy(name, kind.data, kind.len);
    name[kind.len] = '\0';
    size_t mark = brig_pack_annotated_begin(to, name);
    pack_value(to, value->annotated.base);
    pack_value(to, value->annotated.attributes);
    brig_pack_annotated_end(to, mark);
}

static void pack_container(brig_buffer *to, const brig_value *value)
{
    if (value->kind == BRIG_ARRAY) {
        brig_pack_array(to, value->array.count);
        for (size_t i = 0; i < value->array.count; i++)
            pack_value(to, &value->array.items[i]);
        return;
    }
    brig_pack_map(to, value->map.count);
    for (size_t i = 0; i < value->map.count; i++) {
        pack_value(to, &value->map.entries[i].key);
        pack_value(to, &value->map.entries[i].value);
    }
}

static void pack_value(brig_buffer *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        brig_pack_nil(to);
        break;
    case BRIG_BOOL:
        brig_pack_bool(to, value->boolean);
        break;
    case BRIG_INT:
        brig_pack_int(to, value->integer);
        break;
    case BRIG_UINT:
        brig_pack_uint(to, value->unsigned_integer);
        break;
    case BRIG_FLOAT:
        brig_pack_float(to, value->number);
        break;
    case BRIG_TEXT:
        brig_pack_text(to, value->bytes);
        break;
    case BRIG_BIN:
        brig_pack_bin(to, value->bytes);
        break;
    case BRIG_ARRAY:
    case BRIG_MAP:
        pack_container(to, value);
        break;
    case BRIG_VECTOR:
        pack_vector(to, value);
        break;
    case BRIG_MISSING:
        brig_pack_missing(to, value->vector.type);
        break;
    case BRIG_ANNOTATED:
        pack_annotated(to, value);
        break;
    case BRIG_OPAQUE: /* its two keys may come in either order */
        CHECK(value->opaque.classes->kind == BRIG_ARRAY, "no class names");
        brig_pack_raw(to, value->encoded);
        break;
    case BRIG_EXT:
        brig_pack_ext(to, value->ext.type, value->ext.bytes);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const brig_span bytes = {data, len};
    brig_tree *tree;
    brig_buffer again;

    if (brig_tree_new(bytes, &tree) != BRIG_OK)
        return 0;
    CHECK(brig_check(bytes, 0, NULL) == BRIG_OK, "decoded, but not well-formed");
    brig_buffer_init(&again, 2 * len + 64); /* annotated values need some more room on the way */
    pack_value(&again, brig_tree_root(tree));
    CHECK(again.fault == BRIG_OK, "%s", brig_status_name(again.fault));
    CHECK(brig_span_equal(brig_buffer_span(&again), bytes), "packed otherwise");
    brig_buffer_done(&again);
    brig_tree_free(tree);
    return 0;
}
