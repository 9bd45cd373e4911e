/* SPDX-License-Identifier: MIT */
/* What is packed is the only encoding of it, passes the check, and decodes to the same. */
#include <brig/pack.h>

#include <brig/message.h>
#include <brig/value.h>

#include "bytes.h"
#include "check.h"

static void pack_int_edges(brig_buffer *to)
{
    brig_pack_array(to, 6);
    brig_pack_int(to, 127);
    brig_pack_int(to, 128);
    brig_pack_int(to, -32);
    brig_pack_int(to, -33);
    brig_pack_int(to, INT64_MIN);
    brig_pack_uint(to, UINT64_MAX);
}

static void pack_scalars(brig_buffer *to)
{
    brig_pack_array(to, 5);
    brig_pack_nil(to);
    brig_pack_bool(to, true);
    brig_pack_bool(to, false);
    brig_pack_float(to, 1.0);
    brig_pack_bin(to, (brig_span)BYTES("\xff"));
}

static void pack_keys(brig_buffer *to)
{
    brig_pack_map(to, 3);
    brig_pack_key_text(to, "a", "b");
    brig_pack_key_uint(to, "c", 300);
    brig_pack_key_bool(to, "d", true);
}

static void pack_missing(brig_buffer *to)
{
    brig_pack_missing(to, BRIG_VECTOR_TEXT);
}

static void pack_vector(brig_buffer *to)
{
    static const uint8_t elements[] = {1, 0, 0, 0, 0, 0, 0, 0x80};
    uint8_t *place = brig_pack_vector(to, BRIG_VECTOR_INT32, 2);

    if (place != NULL)
        memcpy(place, elements, sizeof(elements));
}

static void pack_empty_vector(brig_buffer *to)
{
    uint8_t *place = brig_pack_vector(to, BRIG_VECTOR_FLOAT64, 0);

    CHECK((place != NULL) == (to->fault == BRIG_OK), "an empty vector has a place, too");
}

static void pack_texts(brig_buffer *to)
{
    const brig_span texts[] = {BYTES("ab"), {NULL, 0}, BYTES("")};

    brig_pack_text_vector(to, texts, COUNT_OF(texts));
}

static void pack_annotated(brig_buffer *to)
{
    size_t mark = brig_pack_annotated_begin(to, "date");

    brig_pack_float(to, 1.0);
    brig_pack_map(to, 0);
    brig_pack_annotated_end(to, mark);
}

static void pack_list_of_dates(brig_buffer *to)
{
    size_t outer = brig_pack_annotated_begin(to, "plain");

    brig_pack_array(to, 1);
    pack_annotated(to);
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "names");
    brig_pack_array(to, 1);
    brig_pack_cstring(to, "d");
    brig_pack_annotated_end(to, outer);
}

static void pack_opaque(brig_buffer *to)
{
    const brig_span classes[] = {BYTES("lm"), BYTES("x")};

    brig_pack_opaque(to, classes, COUNT_OF(classes), brig_span_text("<lm>"));
}

static void pack_fixext(brig_buffer *to)
{
    brig_pack_ext(to, -1, (brig_span)BYTES("\1\2\3\4"));
}

#define DATE \
    "\xd8\x03\x93\xa4" \
    "date" \
    "\xcb\x3f\xf0\0\0\0\0\0\0\x80"

static const struct pack_case {
    const char *name;
    void (*pack)(brig_buffer *to);
    brig_span bytes;
} pack_cases[] = {
    {"integers take the shortest form", pack_int_edges,
     BYTES("\x96\x7f\xcc\x80\xe0\xd0\xdf\xd3\x80\0\0\0\0\0\0\0"
           "\xcf\xff\xff\xff\xff\xff\xff\xff\xff")},
    {"scalars", pack_scalars, BYTES("\x95\xc0\xc3\xc2\xcb\x3f\xf0\0\0\0\0\0\0\xc4\x01\xff")},
    {"keys and values", pack_keys,
     BYTES("\x83\xa1"
           "a"
           "\xa1"
           "b"
           "\xa1"
           "c"
           "\xcd\x01\x2c\xa1"
           "d"
           "\xc3")},
    {"a missing text", pack_missing, BYTES("\xd4\x02\x06")},
    {"a vector", pack_vector, BYTES("\xc7\x09\x01\x02\1\0\0\0\0\0\0\x80")},
    {"an empty vector", pack_empty_vector, BYTES("\xd4\x01\x04")},
    {"texts with a missing one", pack_texts,
     BYTES("\xc7\x13\x01\x06\3\0\0\0\2\0\0\0\xff\xff\xff\xff\0\0\0\0"
           "ab")},
    {"an annotated value", pack_annotated, BYTES(DATE)},
    {"annotated within annotated", pack_list_of_dates,
     BYTES("\xc7\x24\x03\x93\xa5"
           "plain"
           "\x91" DATE "\x81\xa5"
           "names"
           "\x91\xa1"
           "d")},
    {"what has no portable form", pack_opaque,
     BYTES("\xc7\x17\x04\x82\xa5"
           "class"
           "\x92\xa2"
           "lm"
           "\xa1"
           "x"
           "\xa4"
           "text"
           "\xa4"
           "<lm>")},
    {"an ext of 4 bytes has a form of its own", pack_fixext, BYTES("\xd6\xff\1\2\3\4")},
};

static void test_bytes(void)
{
    for (size_t i = 0; i < COUNT_OF(pack_cases); i++) {
        const struct pack_case *c = &pack_cases[i];
        brig_buffer to;
        brig_tree *tree = NULL;

        brig_buffer_init(&to, 1000);
        c->pack(&to);
        CHECK(to.fault == BRIG_OK, "%s", c->name);
        CHECK(brig_span_equal(brig_buffer_span(&to), c->bytes), "%s", c->name);
        CHECK(brig_tree_new(brig_buffer_span(&to), &tree) == BRIG_OK, "%s", c->name);
        brig_tree_free(tree);
        brig_buffer_done(&to);
    }
}

/* Every limit: the fault is kept, nothing is written beyond it. */
static void test_every_limit(void)
{
    for (size_t i = 0; i < COUNT_OF(pack_cases); i++)
        for (size_t limit = 0; limit < pack_cases[i].bytes.len; limit++) {
            brig_buffer to;

            brig_buffer_init(&to, limit);
            pack_cases[i].pack(&to);
            CHECK(to.fault == BRIG_TOO_LARGE && to.len <= limit, "%s, limit %zu",
                  pack_cases[i].name, limit);
            brig_buffer_done(&to);
        }
}

/* Lengths on both sides of every head, of each thing that has a length. */
static void test_heads(void)
{
    static const size_t lengths[] = {0,  1,  2,  3,  4,   5,   7,     8,     9,    15,
                                     16, 17, 31, 32, 255, 256, 65535, 65536, 65537};
    static uint8_t zeros[70000];

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        brig_span bytes = {zeros, lengths[i]};
        brig_buffer to;
        size_t mark;

        brig_buffer_init(&to, 1 << 20);
        brig_pack_array(&to, 5);
        brig_pack_text(&to, bytes);
        brig_pack_bin(&to, bytes);
        brig_pack_ext(&to, 100, bytes);
        brig_pack_array(&to, bytes.len);
        for (size_t n = 0; n < bytes.len; n++)
            brig_pack_nil(&to);
        mark = brig_pack_annotated_begin(&to, "an unknown kind");
        brig_pack_bin(&to, bytes);
        brig_pack_map(&to, 0);
        brig_pack_annotated_end(&to, mark);
        CHECK(to.fault == BRIG_OK, "length %zu", lengths[i]);
        CHECK(brig_check(brig_buffer_span(&to), 0, NULL) == BRIG_OK, "length %zu", lengths[i]);
        brig_buffer_done(&to);
    }
}

static void test_faults(void)
{
    const brig_span bad = BYTES("\xff");
    brig_buffer to;

    brig_buffer_init(&to, 1000);
    brig_pack_text(&to, bad);
    brig_pack_nil(&to);
    CHECK(to.fault == BRIG_MALFORMED && to.len == 0, "text is UTF-8 or nothing");
    brig_buffer_clear(&to);
    brig_pack_text_vector(&to, &bad, 1);
    CHECK(to.fault == BRIG_MALFORMED && to.len == 0, "so are texts in a vector");
    brig_buffer_clear(&to);
    CHECK(brig_pack_vector(&to, BRIG_VECTOR_COMPLEX, SIZE_MAX / 8) == NULL, "lengths do not wrap");
    CHECK(to.fault == BRIG_TOO_LARGE, "%s", brig_status_name(to.fault));
    brig_buffer_clear(&to);
    brig_pack_array(&to, (size_t)UINT32_MAX + 1);
    CHECK(to.fault == BRIG_TOO_LARGE, "no head holds more than 32 bits");
    brig_buffer_done(&to);
}

int main(void)
{
    test_bytes();
    test_every_limit();
    test_heads();
    test_faults();
    return EXIT_SUCCESS;
}
