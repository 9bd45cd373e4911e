/* SPDX-License-Identifier: MIT */
/* MessagePack and the values of Brig, written to the end of a buffer (spec 5 and 9). */
#include <brig/pack.h>

#include <assert.h>

#include <msgpack/pack.h>

#include "text.h"
#include "vector.h"

enum {
    EXT_HEAD_MAX_BYTES = 6, /* ext 32: lead, u32 length, type */
    ANNOTATED_PARTS = 3,
};

static int write_to_buffer(void *data, const char *bytes, size_t len)
{
    brig_buffer *to = data;

    brig_buffer_append(to, (brig_span){(const uint8_t *)bytes, len});
    return to->fault == BRIG_OK ? 0 : -1;
}

static msgpack_packer packer_to(brig_buffer *to)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, to, write_to_buffer);
    return packer;
}

static void set_fault(brig_buffer *to, brig_status fault)
{
    if (to->fault == BRIG_OK)
        to->fault = fault;
}

/* MessagePack holds no more than 2^32-1 bytes or elements. */
static bool has_room_in_head(brig_buffer *to, size_t count)
{
    if (count > UINT32_MAX)
        set_fault(to, BRIG_TOO_LARGE);
    return to->fault == BRIG_OK;
}

void brig_pack_nil(brig_buffer *to)
{
    msgpack_packer packer = packer_to(to);

    (void)msgpack_pack_nil(&packer);
}

void brig_pack_bool(brig_buffer *to, bool value)
{
    msgpack_packer packer = packer_to(to);

    (void)(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void brig_pack_int(brig_buffer *to, int64_t value)
{
    msgpack_packer packer = packer_to(to);

    (void)msgpack_pack_int64(&packer, value);
}

void brig_pack_uint(brig_buffer *to, uint64_t value)
{
    msgpack_packer packer = packer_to(to);

    (void)msgpack_pack_uint64(&packer, value);
}

void brig_pack_float(brig_buffer *to, double value)
{
    msgpack_packer packer = packer_to(to);

    (void)msgpack_pack_double(&packer, value);
}

void brig_pack_text(brig_buffer *to, brig_span text)
{
    msgpack_packer packer = packer_to(to);

    if (!has_room_in_head(to, text.len))
        return;
    if (!brig_text_is_utf8(text)) {
        set_fault(to, BRIG_MALFORMED);
        return;
    }
    (void)msgpack_pack_str(&packer, text.len);
    brig_buffer_append(to, text);
}

void brig_pack_cstring(brig_buffer *to, const char *text)
{
    brig_pack_text(to, brig_span_text(text));
}

void brig_pack_bin(brig_buffer *to, brig_span bytes)
{
    msgpack_packer packer = packer_to(to);

    if (!has_room_in_head(to, bytes.len))
        return;
    (void)msgpack_pack_bin(&packer, bytes.len);
    brig_buffer_append(to, bytes);
}

void brig_pack_array(brig_buffer *to, size_t count)
{
    msgpack_packer packer = packer_to(to);

    if (has_room_in_head(to, count))
        (void)msgpack_pack_array(&packer, count);
}

void brig_pack_map(brig_buffer *to, size_t count)
{
    msgpack_packer packer = packer_to(to);

    if (has_room_in_head(to, count))
        (void)msgpack_pack_map(&packer, count);
}

static void pack_ext_head(brig_buffer *to, int8_t type, size_t len)
{
    msgpack_packer packer = packer_to(to);

    if (has_room_in_head(to, len))
        (void)msgpack_pack_ext(&packer, len, type);
}

void brig_pack_ext(brig_buffer *to, int8_t type, brig_span bytes)
{
    pack_ext_head(to, type, bytes.len);
    brig_buffer_append(to, bytes);
}

void brig_pack_raw(brig_buffer *to, brig_span encoded)
{
    brig_buffer_append(to, encoded);
}

void brig_pack_key_text(brig_buffer *to, const char *key, const char *value)
{
    brig_pack_cstring(to, key);
    brig_pack_cstring(to, value);
}

void brig_pack_key_uint(brig_buffer *to, const char *key, uint64_t value)
{
    brig_pack_cstring(to, key);
    brig_pack_uint(to, value);
}

void brig_pack_key_bool(brig_buffer *to, const char *key, bool value)
{
    brig_pack_cstring(to, key);
    brig_pack_bool(to, value);
}

void brig_pack_missing(brig_buffer *to, brig_vector_type type)
{
    uint8_t octet = (uint8_t)type;

    brig_pack_ext(to, BRIG_EXT_MISSING, (brig_span){&octet, 1});
}

uint8_t *brig_pack_vector(brig_buffer *to, brig_vector_type type, size_t count)
{
    size_t element_bytes = brig_vector_element_bytes(type);
    uint8_t octet = (uint8_t)type;
    uint8_t *place;

    assert(element_bytes > 0); /* text has a function of its own */
    if (count > (UINT32_MAX - 1) / element_bytes) {
        set_fault(to, BRIG_TOO_LARGE);
        return NULL;
    }
    pack_ext_head(to, BRIG_EXT_VECTOR, 1 + count * element_bytes);
    brig_buffer_append(to, (brig_span){&octet, 1});
    place = brig_buffer_reserve(to, count * element_bytes);
    brig_buffer_grow(to, count * element_bytes);
    return place;
}

static void put_little_endian(brig_buffer *to, uint32_t value)
{
    uint8_t bytes[4];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    brig_buffer_append(to, (brig_span){bytes, sizeof(bytes)});
}

/* Payload of a text vector, or 0 with the fault set. */
static size_t text_vector_bytes(brig_buffer *to, const brig_span *texts, size_t count)
{
    size_t left = UINT32_MAX - 1 - VECTOR_TEXT_COUNT_BYTES;

    if (count > left / VECTOR_TEXT_LENGTH_BYTES) {
        set_fault(to, BRIG_TOO_LARGE);
        return 0;
    }
    left -= count * VECTOR_TEXT_LENGTH_BYTES;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].data == NULL)
            continue;
        if (texts[i].len > left) {
            set_fault(to, BRIG_TOO_LARGE);
            return 0;
        }
        if (!brig_text_is_utf8(texts[i])) {
            set_fault(to, BRIG_MALFORMED);
            return 0;
        }
        left -= texts[i].len;
    }
    return UINT32_MAX - left;
}

void brig_pack_text_vector(brig_buffer *to, const brig_span *texts, size_t count)
{
    const uint8_t octet = BRIG_VECTOR_TEXT;
    size_t len = text_vector_bytes(to, texts, count);

    if (len == 0)
        return;
    pack_ext_head(to, BRIG_EXT_VECTOR, len);
    brig_buffer_append(to, (brig_span){&octet, 1});
    put_little_endian(to, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put_little_endian(to, texts[i].data == NULL ? VECTOR_TEXT_MISSING : (uint32_t)texts[i].len);
    for (size_t i = 0; i < count; i++)
        if (texts[i].data != NULL)
            brig_buffer_append(to, texts[i]);
}

/*
 * An ext around what is packed next. Its length is not known yet: leave room for the longest head,
 * and close the gap at the end.
 */
static size_t begin_ext(brig_buffer *to)
{
    static const uint8_t placeholder[EXT_HEAD_MAX_BYTES] = {0};
    size_t mark = to->len;

    brig_buffer_append(to, (brig_span){placeholder, sizeof(placeholder)});
    return mark;
}

static void end_ext(brig_buffer *to, size_t mark, int8_t type)
{
    uint8_t *inside;
    size_t len;

    if (to->fault != BRIG_OK)
        return;
    assert(mark <= to->len && to->len - mark > EXT_HEAD_MAX_BYTES);
    len = to->len - mark - EXT_HEAD_MAX_BYTES;
    if (!has_room_in_head(to, len))
        return;

    /* The head goes where its room is; the inside stays behind it, uncounted meanwhile. */
    to->len = mark;
    pack_ext_head(to, type, len);
    inside = to->data + mark + EXT_HEAD_MAX_BYTES;
    memmove(to->data + to->len, inside, len);
    to->len += len;
}

size_t brig_pack_annotated_begin(brig_buffer *to, const char *kind)
{
    size_t mark = begin_ext(to);

    brig_pack_array(to, ANNOTATED_PARTS);
    brig_pack_cstring(to, kind);
    return mark;
}

void brig_pack_annotated_end(brig_buffer *to, size_t mark)
{
    end_ext(to, mark, BRIG_EXT_ANNOTATED);
}

void brig_pack_opaque(brig_buffer *to, const brig_span *classes, size_t class_count, brig_span text)
{
    size_t mark = begin_ext(to);

    brig_pack_map(to, 2);
    brig_pack_cstring(to, "class");
    brig_pack_array(to, class_count);
    for (size_t i = 0; i < class_count; i++)
        brig_pack_text(to, classes[i]);
    brig_pack_cstring(to, "text");
    brig_pack_text(to, text);
    end_ext(to, mark, BRIG_EXT_OPAQUE);
}
