/* SPDX-License-Identifier: MIT */
/* Any value of spec 9, made of a script. */
#include "generate.h"

#include <math.h>

#include <brig/message.h>

#include "generate_private.h"

enum {
    MAX_ITEMS = 6,
    MAX_KEYS = 8,
    VECTOR_ITEMS = 5,
    TEXT_BYTES = 40,
    CLEAN_BYTES = 4 * TEXT_BYTES,
};

static const char *const texts[] = {
    "",          "a",          "name",
    "growth",    "population", "text/plain",
    "image/png", "names",      "dim",
    "rows",      "levels",     "tz",
    "ordered",   "row_names",  "dimnames",
    "UTC",       "1e400",      "omitted",
    "kept",      "\xc3\xa9",   "\xf0\x9f\x98\x80",
    "a/b~c",     "none",       "18446744073709551616",
};

static const int64_t integers[] = {
    0,
    1,
    -1,
    2,
    31,
    32,
    -32,
    -33,
    127,
    128,
    -128,
    -129,
    255,
    256,
    65535,
    65536,
    INT32_MAX,
    INT32_MIN,
    UINT32_MAX,
    INT64_C(1) << 32,
    BRIG_LIMIT_MAX_ID,
    BRIG_LIMIT_MAX_ID + 1,
    -BRIG_LIMIT_MAX_ID,
    INT64_MAX,
    INT64_MIN,
};

static const double numbers[] = {0.0,    -0.0,   1.0,    -1.5,   3.0,      1e308, -1e308,
                                 5e-324, 0x1p53, 0x1p63, 0x1p64, INFINITY, NAN};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void generate_text(struct script *script, brig_buffer *to)
{
    size_t choice = script_below(script, COUNT_OF(texts) + 8);
    brig_buffer clean;

    if (choice < COUNT_OF(texts)) {
        brig_pack_cstring(to, texts[choice]);
        return;
    }
    brig_buffer_init(&clean, CLEAN_BYTES);
    brig_text_clean(script_bytes(script, TEXT_BYTES), CLEAN_BYTES, &clean);
    brig_pack_text(to, brig_buffer_span(&clean));
    brig_buffer_done(&clean);
}

void generate_uint(struct script *script, uint64_t minimum, brig_buffer *to)
{
    if (script_rarely(script, 8))
        brig_pack_uint(to, script_uint(script, 8));
    else
        brig_pack_uint(to, minimum + script_uint(script, 1 + script_below(script, 3)));
}

void generate_number(struct script *script, brig_buffer *to)
{
    switch (script_below(script, 4)) {
    case 0:
        brig_pack_int(to, integers[script_below(script, COUNT_OF(integers))]);
        break;
    case 1:
        brig_pack_float(to, numbers[script_below(script, COUNT_OF(numbers))]);
        break;
    case 2:
        brig_pack_int(to, (int64_t)script_byte(script) - 64);
        break;
    default: {
        uint64_t bits = script_uint(script, 8);
        double number;

        memcpy(&number, &bits, sizeof(number));
        brig_pack_float(to, number);
    }
    }
}

static brig_vector_type vector_type(struct script *script)
{
    return (brig_vector_type)(BRIG_VECTOR_LOGICAL + script_below(script, BRIG_VECTOR_TEXT));
}

static void generate_text_vector(struct script *script, size_t count, brig_buffer *to)
{
    brig_span items[VECTOR_ITEMS];

    for (size_t i = 0; i < count; i++)
        items[i] = script_rarely(script, 4)
                       ? (brig_span){NULL, 0}
                       : brig_span_text(texts[script_below(script, COUNT_OF(texts))]);
    brig_pack_text_vector(to, items, count);
}

/* One of the types, and so many elements. */
static void generate_vector(struct script *script, brig_vector_type type, size_t count,
                            brig_buffer *to)
{
    static const size_t sizes[] = {[BRIG_VECTOR_LOGICAL] = 1,
                                   [BRIG_VECTOR_INT32] = 4,
                                   [BRIG_VECTOR_INT64] = 8,
                                   [BRIG_VECTOR_FLOAT64] = 8,
                                   [BRIG_VECTOR_COMPLEX] = 16};

    if (type == BRIG_VECTOR_TEXT) {
        generate_text_vector(script, count, to);
        return;
    }
    uint8_t *place = brig_pack_vector(to, type, count);
    for (size_t i = 0; place != NULL && i < count * sizes[type]; i++) {
        uint8_t octet = script_byte(script);

        /* Logical has three values; small numbers are codes, dims and rows. */
        place[i] = type == BRIG_VECTOR_LOGICAL ? octet % 3 : i % sizes[type] == 0 ? octet : 0;
    }
}

static void generate_items(struct script *script, size_t depth, brig_buffer *to)
{
    size_t count = script_below(script, MAX_ITEMS);

    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        generate_inside(script, depth, to);
}

static void generate_entries(struct script *script, size_t depth, brig_buffer *to)
{
    size_t count = script_below(script, MAX_KEYS);
    size_t first = script_below(script, COUNT_OF(texts));
    bool has_nul = count == MAX_KEYS - 1; /* one more key, which C strings cut */

    brig_pack_map(to, count + (has_nul ? 1 : 0));
    for (size_t i = 0; i < count; i++) { /* neighbours in the list: unique */
        brig_pack_cstring(to, texts[(first + i) % COUNT_OF(texts)]);
        generate_inside(script, depth, to);
    }
    if (has_nul) {
        brig_pack_text(to, (brig_span){(const uint8_t *)"a\0b", 3});
        brig_pack_nil(to);
    }
}

/* Columns of one length, levels for codes, a dim that fits: what the annotations are about. */
static void generate_table(struct script *script, brig_buffer *to)
{
    size_t columns = script_below(script, 4);
    size_t rows = script_below(script, VECTOR_ITEMS);
    size_t mark = brig_pack_annotated_begin(to, "table");

    brig_pack_array(to, columns);
    for (size_t i = 0; i < columns; i++)
        generate_vector(script, vector_type(script), script_rarely(script, 8) ? 1 : rows, to);
    brig_pack_map(to, 2);
    brig_pack_cstring(to, "names");
    generate_vector(script, BRIG_VECTOR_TEXT, columns, to);
    brig_pack_key_uint(to, "rows", rows);
    brig_pack_annotated_end(to, mark);
}

static void generate_factor(struct script *script, brig_buffer *to)
{
    size_t mark = brig_pack_annotated_begin(to, "factor");

    generate_vector(script, BRIG_VECTOR_INT32, script_below(script, VECTOR_ITEMS), to);
    brig_pack_map(to, 2);
    brig_pack_cstring(to, "levels");
    generate_vector(script, BRIG_VECTOR_TEXT, script_below(script, VECTOR_ITEMS), to);
    brig_pack_key_bool(to, "ordered", script_rarely(script, 2));
    brig_pack_annotated_end(to, mark);
}

static void generate_shape(struct script *script, brig_buffer *to)
{
    size_t mark = brig_pack_annotated_begin(to, "plain");
    size_t rows = script_below(script, 3);
    size_t columns = script_below(script, 3);
    size_t count = rows * columns;

    generate_vector(script, vector_type(script), count < VECTOR_ITEMS ? count : VECTOR_ITEMS, to);
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "dim");
    uint8_t *dim = brig_pack_vector(to, BRIG_VECTOR_INT32, 2);
    if (dim != NULL) {
        memset(dim, 0, 8);
        dim[0] = (uint8_t)rows;
        dim[4] = (uint8_t)(script_rarely(script, 8) ? 255 : columns);
    }
    brig_pack_annotated_end(to, mark);
}

/* Any kind around any base with any attributes. */
static void generate_annotated(struct script *script, size_t depth, brig_buffer *to)
{
    static const char *const kinds[] = {"plain",    "table",   "factor", "date", "datetime",
                                        "duration", "integer", "media",  "else", ""};
    size_t mark = brig_pack_annotated_begin(to, kinds[script_below(script, COUNT_OF(kinds))]);

    generate_inside(script, depth, to);
    generate_entries(script, depth, to);
    brig_pack_annotated_end(to, mark);
}

static void generate_time(struct script *script, brig_buffer *to)
{
    static const char *const kinds[] = {"date", "datetime", "duration", "integer"};
    size_t kind = script_below(script, COUNT_OF(kinds));
    size_t mark = brig_pack_annotated_begin(to, kinds[kind]);

    if (script_rarely(script, 2))
        generate_vector(script, kind == 3 ? BRIG_VECTOR_TEXT : BRIG_VECTOR_FLOAT64,
                        script_below(script, VECTOR_ITEMS), to);
    else if (kind == 3)
        generate_text(script, to);
    else
        generate_number(script, to);
    brig_pack_map(to, kind == 1 ? 1 : 0);
    if (kind == 1)
        brig_pack_key_text(to, "tz", "UTC");
    brig_pack_annotated_end(to, mark);
}

static void generate_media(struct script *script, brig_buffer *to)
{
    size_t mark = brig_pack_annotated_begin(to, "media");

    brig_pack_map(to, 2);
    brig_pack_cstring(to, "text/plain");
    generate_text(script, to);
    brig_pack_cstring(to, "image/png");
    brig_pack_bin(to, script_bytes(script, TEXT_BYTES));
    brig_pack_map(to, 0);
    brig_pack_annotated_end(to, mark);
}

static void generate_opaque(struct script *script, brig_buffer *to)
{
    const brig_span classes[] = {brig_span_text("function"), brig_span_text("R6")};

    brig_pack_opaque(to, classes, script_below(script, 3), brig_span_text("<closure>"));
}

static void generate_simple(struct script *script, brig_buffer *to)
{
    switch (script_below(script, 6)) {
    case 0:
        brig_pack_nil(to);
        break;
    case 1:
        brig_pack_bool(to, script_rarely(script, 2));
        break;
    case 2:
        brig_pack_uint(to, UINT64_MAX - script_byte(script));
        break;
    case 3:
        brig_pack_bin(to, script_bytes(script, TEXT_BYTES));
        break;
    case 4:
        brig_pack_missing(to, vector_type(script));
        break;
    default:
        brig_pack_ext(to, (int8_t)script_byte(script), script_bytes(script, TEXT_BYTES));
        break;
    }
}

void generate_inside(struct script *script, size_t depth, brig_buffer *to)
{
    static void (*const flat[])(struct script *, brig_buffer *) = {
        generate_simple, generate_text, generate_number, generate_table,  generate_factor,
        generate_shape,  generate_time, generate_media,  generate_opaque,
    };
    size_t choice = script_below(script, COUNT_OF(flat) + 4);

    if (choice < COUNT_OF(flat))
        flat[choice](script, to);
    else if (depth == 0 || choice == COUNT_OF(flat))
        generate_vector(script, vector_type(script), script_below(script, VECTOR_ITEMS), to);
    else if (choice == COUNT_OF(flat) + 1)
        generate_items(script, depth - 1, to);
    else if (choice == COUNT_OF(flat) + 2)
        generate_entries(script, depth - 1, to);
    else
        generate_annotated(script, depth - 1, to);
}

void generate_object(struct script *script, brig_buffer *to, bool is_wild)
{
    if (is_wild && script_rarely(script, 8))
        brig_pack_raw(to, script_bytes(script, UINT8_MAX));
    else
        generate_inside(script, GENERATE_DEPTH, to);
}
