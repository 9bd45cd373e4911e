/* SPDX-License-Identifier: MIT */
/*
 * Two readers of MessagePack: what libproto decodes, msgpack-c decodes to the same tree, and what
 * msgpack-c writes of that tree are the same octets (spec 5: there is one encoding of a value). The
 * inside of annotated and opaque values is compared in the same way.
 */
#include <brig/message.h>
#include <brig/value.h>

#include <msgpack.h>

#include "check.h"
#include "generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { OBJECT_BYTES = 65536 };

static void compare(const brig_value *ours, const msgpack_object *theirs);

static void compare_octets(brig_span ours, const void *theirs, size_t len)
{
    CHECK(brig_span_equal(ours, (brig_span){theirs, len}), "other octets");
}

/* NaNs are told apart, and both zeros. */
static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static void compare_number(const brig_value *ours, const msgpack_object *theirs)
{
    switch (ours->kind) {
    case BRIG_INT:
        if (ours->integer < 0)
            CHECK(theirs->type == MSGPACK_OBJECT_NEGATIVE_INTEGER &&
                      theirs->via.i64 == ours->integer,
                  "a negative integer");
        else
            CHECK(theirs->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
                      theirs->via.u64 == (uint64_t)ours->integer,
                  "an integer");
        break;
    case BRIG_UINT:
        CHECK(theirs->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
                  theirs->via.u64 == ours->unsigned_integer && theirs->via.u64 > INT64_MAX,
              "an integer from 2^63");
        break;
    default:
        CHECK(theirs->type == MSGPACK_OBJECT_FLOAT64 &&
                  bits_of(theirs->via.f64) == bits_of(ours->number),
              "a number");
        break;
    }
}

static void compare_containers(const brig_value *ours, const msgpack_object *theirs)
{
    if (ours->kind == BRIG_ARRAY) {
        CHECK(theirs->type == MSGPACK_OBJECT_ARRAY && theirs->via.array.size == ours->array.count,
              "an array");
        for (size_t i = 0; i < ours->array.count; i++)
            compare(&ours->array.items[i], &theirs->via.array.ptr[i]);
        return;
    }
    CHECK(theirs->type == MSGPACK_OBJECT_MAP && theirs->via.map.size == ours->map.count, "a map");
    for (size_t i = 0; i < ours->map.count; i++) {
        compare(&ours->map.entries[i].key, &theirs->via.map.ptr[i].key);
        compare(&ours->map.entries[i].value, &theirs->via.map.ptr[i].val);
    }
}

/* What is inside an ext 3 or 4, read by the other reader. */
static void compare_inside(const brig_value *ours, brig_span inside)
{
    msgpack_unpacked unpacked;
    size_t used = 0;

    msgpack_unpacked_init(&unpacked);
    CHECK(msgpack_unpack_next(&unpacked, (const char *)inside.data, inside.len, &used) ==
                  MSGPACK_UNPACK_SUCCESS &&
              used == inside.len,
          "msgpack-c refuses what is inside");
    const msgpack_object *root = &unpacked.data;
    if (ours->kind == BRIG_ANNOTATED) {
        CHECK(root->type == MSGPACK_OBJECT_ARRAY && root->via.array.size == 3, "no three parts");
        compare(ours->annotated.name, &root->via.array.ptr[0]);
        compare(ours->annotated.base, &root->via.array.ptr[1]);
        compare(ours->annotated.attributes, &root->via.array.ptr[2]);
    } else {
        CHECK(root->type == MSGPACK_OBJECT_MAP, "no map");
        for (uint32_t i = 0; i < root->via.map.size; i++) {
            const msgpack_object_kv *entry = &root->via.map.ptr[i];

            if (entry->val.type == MSGPACK_OBJECT_ARRAY)
                compare(ours->opaque.classes, &entry->val);
            else
                compare_octets(ours->opaque.text, entry->val.via.str.ptr, entry->val.via.str.size);
        }
    }
    msgpack_unpacked_destroy(&unpacked);
}

static void compare_ext(const brig_value *ours, const msgpack_object *theirs)
{
    brig_span inside = {(const uint8_t *)theirs->via.ext.ptr, theirs->via.ext.size};

    CHECK(theirs->type == MSGPACK_OBJECT_EXT, "type %d", theirs->type);
    switch (ours->kind) {
    case BRIG_VECTOR:
        CHECK(theirs->via.ext.type == BRIG_EXT_VECTOR && inside.len > 0 &&
                  inside.data[0] == ours->vector.type,
              "a vector");
        if (ours->vector.type != BRIG_VECTOR_TEXT)
            compare_octets(ours->vector.elements, inside.data + 1, inside.len - 1);
        break;
    case BRIG_MISSING:
        CHECK(theirs->via.ext.type == BRIG_EXT_MISSING && inside.len == 1 &&
                  inside.data[0] == ours->vector.type,
              "a missing value");
        break;
    case BRIG_ANNOTATED:
    case BRIG_OPAQUE:
        CHECK(theirs->via.ext.type ==
                  (ours->kind == BRIG_ANNOTATED ? BRIG_EXT_ANNOTATED : BRIG_EXT_OPAQUE),
              "an ext");
        compare_inside(ours, inside);
        break;
    default:
        CHECK(ours->kind == BRIG_EXT && theirs->via.ext.type == ours->ext.type, "an ext");
        compare_octets(ours->ext.bytes, inside.data, inside.len);
        break;
    }
}

static void compare(const brig_value *ours, const msgpack_object *theirs)
{
    switch (ours->kind) {
    case BRIG_NIL:
        CHECK(theirs->type == MSGPACK_OBJECT_NIL, "nil");
        break;
    case BRIG_BOOL:
        CHECK(theirs->type == MSGPACK_OBJECT_BOOLEAN && theirs->via.boolean == ours->boolean,
              "a truth value");
        break;
    case BRIG_INT:
    case BRIG_UINT:
    case BRIG_FLOAT:
        compare_number(ours, theirs);
        break;
    case BRIG_TEXT:
        CHECK(theirs->type == MSGPACK_OBJECT_STR, "a text");
        compare_octets(ours->bytes, theirs->via.str.ptr, theirs->via.str.size);
        break;
    case BRIG_BIN:
        CHECK(theirs->type == MSGPACK_OBJECT_BIN, "octets");
        compare_octets(ours->bytes, theirs->via.bin.ptr, theirs->via.bin.size);
        break;
    case BRIG_ARRAY:
    case BRIG_MAP:
        compare_containers(ours, theirs);
        break;
    default:
        compare_ext(ours, theirs);
        break;
    }
}

static void pack_again(const msgpack_object *object, brig_span bytes)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    CHECK(msgpack_pack_object(&packer, *object) == 0, "msgpack-c cannot pack it");
    compare_octets(bytes, buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
}

static void compare_readers(brig_span bytes)
{
    brig_tree *tree = NULL;
    msgpack_unpacked unpacked;
    size_t used = 0;

    if (brig_tree_new(bytes, &tree) != BRIG_OK)
        return;
    msgpack_unpacked_init(&unpacked);
    CHECK(msgpack_unpack_next(&unpacked, (const char *)bytes.data, bytes.len, &used) ==
                  MSGPACK_UNPACK_SUCCESS &&
              used == bytes.len,
          "msgpack-c refuses it");
    compare(brig_tree_root(tree), &unpacked.data);
    pack_again(&unpacked.data, bytes);
    msgpack_unpacked_destroy(&unpacked);
    brig_tree_free(tree);
}

/* The first octet: the rest is the encoding itself, or the script of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script script = {data, len};
    brig_buffer bytes;

    if (script_below(&script, 2) == 0) {
        compare_readers((brig_span){script.at, script.left});
        return 0;
    }
    brig_buffer_init(&bytes, OBJECT_BYTES);
    generate_object(&script, &bytes, false);
    if (bytes.fault == BRIG_OK)
        compare_readers(brig_buffer_span(&bytes));
    brig_buffer_done(&bytes);
    return 0;
}
