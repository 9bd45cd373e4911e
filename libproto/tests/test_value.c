/* SPDX-License-Identifier: MIT */
/* Decoded values: every kind, its bytes, its elements; annotated values; out of memory. */
#include <brig/value.h>

#include <brig/pack.h>

#include "bytes.h"
#include "check.h"
#include "notation.h"

/*
 * The linker sends the library's malloc and calloc here (-Wl,--wrap), and chooses these names. They
 * fail after so many.
 */
static size_t allocations_left = SIZE_MAX;

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool may_allocate(void)
{
    if (allocations_left == 0)
        return false;
    allocations_left--;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

/* NOLINTEND(bugprone-reserved-identifier) */

static const struct kind_case {
    const char *name;
    brig_span bytes;
    brig_kind kind;
} kind_cases[] = {
    {"nil", BYTES("\xc0"), BRIG_NIL},
    {"true", BYTES("\xc3"), BRIG_BOOL},
    {"a positive int", BYTES("\xcc\xff"), BRIG_INT},
    {"a negative int", BYTES("\xd0\x80"), BRIG_INT},
    {"2^63-1", BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), BRIG_INT},
    {"2^63", BYTES("\xcf\x80\0\0\0\0\0\0\0"), BRIG_UINT},
    {"a float", BYTES("\xcb\x3f\xf8\0\0\0\0\0\0"), BRIG_FLOAT},
    {"a text with a NUL",
     BYTES("\xa3"
           "a\0b"),
     BRIG_TEXT},
    {"bytes", BYTES("\xc4\x02\xff\xfe"), BRIG_BIN},
    {"an empty array", BYTES("\x90"), BRIG_ARRAY},
    {"an empty map", BYTES("\x80"), BRIG_MAP},
    {"a vector", BYTES("\xc7\x05\x01\x02\1\0\0\0"), BRIG_VECTOR},
    {"a missing scalar", BYTES("\xd4\x02\x04"), BRIG_MISSING},
    {"an annotated value",
     BYTES("\xc7\x09\x03\x93\xa5"
           "plain"
           "\x90\x80"),
     BRIG_ANNOTATED},
    {"what has no portable form",
     BYTES("\xc7\x11\x04\x82\xa4"
           "text"
           "\xa1"
           "f"
           "\xa5"
           "class"
           "\x91\xa1"
           "x"),
     BRIG_OPAQUE},
    {"another ext", BYTES("\xd5\xff\1\2"), BRIG_EXT},
};

static void test_kinds(void)
{
    for (size_t i = 0; i < COUNT_OF(kind_cases); i++) {
        const struct kind_case *c = &kind_cases[i];
        brig_tree *tree = NULL;

        CHECK(brig_tree_new(c->bytes, &tree) == BRIG_OK, "%s", c->name);
        CHECK(brig_tree_root(tree)->kind == c->kind, "%s", c->name);
        CHECK(brig_span_equal(brig_tree_root(tree)->encoded, c->bytes), "%s", c->name);
        brig_tree_free(tree);
    }
    brig_tree_free(NULL);
    CHECK(brig_tree_root(NULL) == NULL, "no tree has no root");
}

/* The kinds of all that a value holds, in order; each object's bytes follow its neighbour's. */
static void describe(const brig_value *value, char *to, size_t *len)
{
    static const char letters[] = "nbiuftBAMVmDOX";
    const uint8_t *end = NULL;

    to[(*len)++] = letters[value->kind];
    if (value->kind == BRIG_ARRAY)
        for (size_t i = 0; i < value->array.count; i++) {
            const brig_value *item = &value->array.items[i];

            CHECK(end == NULL || item->encoded.data == end, "elements lie side by side");
            end = item->encoded.data + item->encoded.len;
            describe(item, to, len);
        }
    if (value->kind == BRIG_MAP)
        for (size_t i = 0; i < value->map.count; i++) {
            const brig_entry *entry = &value->map.entries[i];

            CHECK(end == NULL || entry->key.encoded.data == end, "entries lie side by side");
            end = entry->value.encoded.data + entry->value.encoded.len;
            describe(&entry->key, to, len);
            describe(&entry->value, to, len);
        }
    if (value->kind == BRIG_ANNOTATED) {
        describe(value->annotated.name, to, len);
        describe(value->annotated.base, to, len);
        describe(value->annotated.attributes, to, len);
        end = value->annotated.attributes->encoded.data + value->annotated.attributes->encoded.len;
    }
    CHECK(end == NULL || end == value->encoded.data + value->encoded.len, "the last ends it");
}

static void test_nesting(void)
{
    const brig_span bytes = BYTES("\x93\x82\xa1"
                                  "a"
                                  "\x91\xc0\xa1"
                                  "b"
                                  "\xc2\xc7\x0a\x03\x93\xa5"
                                  "plain"
                                  "\x91\x01\x80\x05");
    char seen[64] = "";
    size_t len = 0;
    brig_tree *tree;

    CHECK(brig_tree_new(bytes, &tree) == BRIG_OK, "nested");
    describe(brig_tree_root(tree), seen, &len);
    CHECK(strcmp(seen, "AMtAntbDtAiMi") == 0, "%s", seen);
    brig_tree_free(tree);
}

static void test_deepest(void)
{
    uint8_t bytes[BRIG_LIMIT_MAX_DEPTH + 1];
    brig_tree *tree = NULL;

    memset(bytes, 0x91, sizeof(bytes));
    bytes[BRIG_LIMIT_MAX_DEPTH] = 0xc0;
    CHECK(brig_tree_new((brig_span){bytes, sizeof(bytes)}, &tree) == BRIG_OK, "32 arrays");
    brig_tree_free(tree);
    bytes[BRIG_LIMIT_MAX_DEPTH] = 0x90;
    CHECK(brig_tree_new((brig_span){bytes, sizeof(bytes)}, &tree) == BRIG_TOO_LARGE, "33 arrays");
}

static void test_keys(void)
{
    struct written map = write_value("{'a': 'text', 'n': 7, 'big': 18446744073709551615,"
                                     " 'minus': -1, 'yes': true, 'nil': null}");

    CHECK(brig_value_is_text(brig_value_get(map.value, "a"), "text"), "a text");
    CHECK(!brig_value_is_text(brig_value_get(map.value, "a"), "tex"), "not its beginning");
    CHECK(!brig_value_is_text(NULL, "text"), "nothing is no text");
    CHECK(brig_value_get(map.value, "b") == NULL, "no such key");
    CHECK(brig_value_get(NULL, "a") == NULL, "no map");
    CHECK(brig_value_get(brig_value_get(map.value, "a"), "a") == NULL, "a text has no keys");
    CHECK(brig_span_is(brig_value_get_text(map.value, "a", "x"), "text"), "text");
    CHECK(brig_span_is(brig_value_get_text(map.value, "n", "x"), "x"), "fallback");
    CHECK(brig_value_get_text(map.value, "n", NULL).data == NULL, "fallback NULL");
    CHECK(brig_value_get_uint(map.value, "n", 1) == 7, "number");
    CHECK(brig_value_get_uint(map.value, "big", 1) == UINT64_MAX, "the largest number");
    CHECK(brig_value_get_uint(map.value, "minus", 1) == 1, "a negative number is none");
    CHECK(brig_value_get_bool(map.value, "yes", false), "bool");
    CHECK(brig_value_get_bool(map.value, "nil", true), "fallback");
    written_done(&map);
}

static void test_vectors(void)
{
    const brig_span bytes = BYTES("\x95"
                                  "\xd6\x01\x01\0\1\2"
                                  "\xc7\x09\x01\x02\xfe\xff\xff\xff\0\0\0\x80"
                                  "\xc7\x09\x01\x03\xfe\xff\xff\xff\xff\xff\xff\xff"
                                  "\xc7\x11\x01\x04\0\0\0\0\0\0\xf8\x3f\xa2\x07\0\0\0\0\xf0\x7f"
                                  "\xc7\x13\x01\x06\3\0\0\0\2\0\0\0\xff\xff\xff\xff\0\0\0\0"
                                  "ab");
    brig_tree *tree;
    const brig_value *item;

    CHECK(brig_tree_new(bytes, &tree) == BRIG_OK, "vectors");
    item = brig_tree_root(tree)->array.items;
    CHECK(item->vector.count == 3 && brig_vector_logical(item, 2) == 2, "logical");
    item++;
    CHECK(item->vector.count == 2 && brig_vector_int32(item, 0) == -2, "int32");
    CHECK(brig_vector_int32(item, 1) == INT32_MIN, "missing int32");
    item++;
    CHECK(item->vector.count == 1 && brig_vector_int64(item, 0) == -2, "int64");
    item++;
    CHECK(item->vector.count == 2 && brig_vector_float64(item, 0) == 1.5, "float64");
    CHECK(brig_float64_is_missing(brig_vector_float64(item, 1)), "missing float64 (VAL-010)");
    item++;
    brig_text_cursor cursor = brig_text_cursor_of(item);
    CHECK(cursor.left == 3 && brig_span_is(brig_text_cursor_next(&cursor), "ab"), "text");
    CHECK(brig_text_cursor_next(&cursor).data == NULL, "missing text");
    brig_span empty = brig_text_cursor_next(&cursor);
    CHECK(empty.data != NULL && empty.len == 0 && cursor.left == 0, "empty text");
    brig_tree_free(tree);
}

static double from_bits(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

static void test_missing_numbers(void)
{
    CHECK(brig_float64_is_missing(from_bits(0x7ff00000000007a2)), "as it is written (VAL-009)");
    CHECK(brig_float64_is_missing(from_bits(0x7ff80000000007a2)), "quiet (VAL-010)");
    CHECK(brig_float64_is_missing(from_bits(0xfff80000000007a2)), "with a sign (VAL-010)");
    CHECK(!brig_float64_is_missing(from_bits(0x7ff8000000000000)), "NaN (VAL-010)");
    CHECK(!brig_float64_is_missing(from_bits(0x40000000000007a2)), "a number (VAL-010)");
    CHECK(!brig_float64_is_missing(from_bits(0x7ff0000000000000)), "infinity");
}

/* Annotated values that differ in one thing from one that is right. Bases are written in notation,
 * or as one of the vectors below. */
static void pack_base(brig_buffer *to, const char *base)
{
    static const struct {
        const char *name;
        brig_span bytes;
    } vectors[] = {
        {"codes 0 1", BYTES("\xc7\x09\x01\x02\0\0\0\0\1\0\0\0")},
        {"codes 0 missing", BYTES("\xc7\x09\x01\x02\0\0\0\0\0\0\0\x80")},
        {"codes -1", BYTES("\xc7\x05\x01\x02\xff\xff\xff\xff")},
        {"no codes", BYTES("\xd4\x01\x02")},
        {"int64 0", BYTES("\xc7\x09\x01\x03\0\0\0\0\0\0\0\0")},
        {"floats", BYTES("\xc7\x09\x01\x04\0\0\0\0\0\0\0\0")},
        {"logicals", BYTES("\xd5\x01\x01\1")},
    };

    for (size_t i = 0; i < COUNT_OF(vectors); i++)
        if (strcmp(vectors[i].name, base) == 0) {
            brig_pack_raw(to, vectors[i].bytes);
            return;
        }
    (void)notation_value(base, to);
}

static const struct annotated_case {
    const char *name;
    const char *kind;
    const char *base;
    const char *attributes;
    brig_status status;
} annotated_cases[] = {
    {"plain with names", "plain", "[1, 2]", "{'names': ['a', 'a']}", BRIG_OK},
    {"too few names", "plain", "[1, 2]", "{'names': ['a']}", BRIG_MALFORMED},
    {"names that are a text", "plain", "[1]", "{'names': 'a'}", BRIG_MALFORMED},
    {"names that are numbers", "plain", "[1]", "{'names': [1]}", BRIG_MALFORMED},
    {"names that are another vector", "plain", "[1, 2]", "{'names': null}", BRIG_MALFORMED},
    {"a scalar is not annotated plain", "plain", "1", "{}", BRIG_MALFORMED},
    {"dim (VAL-018)", "plain", "[1, 2, 3, 4, 5, 6]", "{'dim': [2, 3]}", BRIG_OK},
    {"dim that does not fit (VAL-018)", "plain", "[1, 2, 3, 4, 5]", "{'dim': [2, 3]}",
     BRIG_MALFORMED},
    {"dim that would wrap (VAL-018)", "plain", "[]", "{'dim': [4294967296, 4294967296]}",
     BRIG_MALFORMED},
    {"dim with a zero behind what would wrap (VAL-018)", "plain", "[]",
     "{'dim': [4294967296, 4294967296, 0]}", BRIG_OK},
    {"dim of nothing (VAL-018)", "plain", "[1]", "{'dim': []}", BRIG_MALFORMED},
    {"dim below zero (VAL-018)", "plain", "[1]", "{'dim': [-1, -1]}", BRIG_MALFORMED},
    {"dim that is a number (VAL-018)", "plain", "[1]", "{'dim': 1}", BRIG_MALFORMED},
    {"dimnames", "plain", "[1, 2]", "{'dim': [2, 1], 'dimnames': [['a', 'b'], null]}", BRIG_OK},
    {"dimnames with names", "plain", "[1, 2]",
     "{'dim': [2, 1], 'dimnames': {'r': ['a', 'b'], 'c': null}}", BRIG_OK},
    {"dimnames without dim", "plain", "[1, 2]", "{'dimnames': [null]}", BRIG_MALFORMED},
    {"too few dimnames", "plain", "[1, 2]", "{'dim': [2, 1], 'dimnames': [null]}", BRIG_MALFORMED},
    {"dimnames of another length", "plain", "[1, 2]", "{'dim': [2], 'dimnames': [['a']]}",
     BRIG_MALFORMED},
    {"unknown attributes are kept", "plain", "[]", "{'units': 'cm'}", BRIG_OK},
    {"an unknown kind is kept (VAL-019)", "matrix", "1", "{'dim': 'x'}", BRIG_OK},
    {"a factor", "factor", "codes 0 1", "{'levels': ['a', 'b'], 'ordered': true}", BRIG_OK},
    {"a missing code (VAL-016)", "factor", "codes 0 missing", "{'levels': ['a']}", BRIG_OK},
    {"a code above the levels (VAL-016)", "factor", "codes 0 1", "{'levels': ['a']}",
     BRIG_MALFORMED},
    {"a code below zero (VAL-016)", "factor", "codes -1", "{'levels': ['a']}", BRIG_MALFORMED},
    {"a factor of nothing", "factor", "no codes", "{'levels': []}", BRIG_OK},
    {"equal levels (VAL-017)", "factor", "no codes", "{'levels': ['a', 'b', 'a']}", BRIG_MALFORMED},
    {"equal levels among many (VAL-017)", "factor", "no codes",
     "{'levels': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'c']}", BRIG_MALFORMED},
    {"many levels (VAL-017)", "factor", "no codes",
     "{'levels': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']}", BRIG_OK},
    {"a factor without levels", "factor", "no codes", "{}", BRIG_MALFORMED},
    {"a factor of texts", "factor", "['a']", "{'levels': ['a']}", BRIG_MALFORMED},
    {"ordered that is no bool", "factor", "no codes", "{'levels': [], 'ordered': 1}",
     BRIG_MALFORMED},
    {"a table", "table", "[[1, 2], ['a', 'b']]", "{'names': ['x', 'x'], 'rows': 2}", BRIG_OK},
    {"a table of nothing", "table", "[]", "{'names': [], 'rows': 5}", BRIG_OK},
    {"a table with row names", "table", "[[1, 2]]",
     "{'names': ['x'], 'rows': 2, 'row_names': ['a', 'b']}", BRIG_OK},
    {"too few row names", "table", "[[1, 2]]", "{'names': ['x'], 'rows': 2, 'row_names': ['a']}",
     BRIG_MALFORMED},
    {"a table without rows", "table", "[[1]]", "{'names': ['x']}", BRIG_MALFORMED},
    {"a table without names (VAL-015)", "table", "[[1]]", "{'rows': 1}", BRIG_MALFORMED},
    {"too many names (VAL-015)", "table", "[[1]]", "{'names': ['x', 'y'], 'rows': 1}",
     BRIG_MALFORMED},
    {"columns of other lengths (VAL-014)", "table", "[[1], [1, 2]]",
     "{'names': ['x', 'y'], 'rows': 1}", BRIG_MALFORMED},
    {"a column that is a scalar (VAL-014)", "table", "[1]", "{'names': ['x'], 'rows': 1}",
     BRIG_MALFORMED},
    {"rows below zero", "table", "[]", "{'names': [], 'rows': -1}", BRIG_MALFORMED},
    {"a table that is a map", "table", "{}", "{'names': [], 'rows': 0}", BRIG_MALFORMED},
    {"a date", "date", "1", "{}", BRIG_OK},
    {"a date with a fraction", "date", "1.5", "{}", BRIG_OK},
    {"a missing date", "date", "<02>", "{}", BRIG_OK},
    {"a date of another type", "date", "logicals", "{}", BRIG_MALFORMED},
    {"a date that is text", "date", "'2024-01-01'", "{}", BRIG_MALFORMED},
    {"a date of int64", "date", "int64 0", "{}", BRIG_MALFORMED},
    {"a time", "datetime", "1.5", "{'tz': 'UTC'}", BRIG_OK},
    {"times", "datetime", "floats", "{'tz': null}", BRIG_OK},
    {"a time of an int", "datetime", "1", "{}", BRIG_MALFORMED},
    {"a time zone that is a number", "datetime", "1.5", "{'tz': 1}", BRIG_MALFORMED},
    {"a duration", "duration", "1.5", "{}", BRIG_OK},
    {"a duration that is text", "duration", "'1 s'", "{}", BRIG_MALFORMED},
    {"an integer", "integer", "'-123456789012345678901234567890'", "{}", BRIG_OK},
    {"zero", "integer", "'0'", "{}", BRIG_OK},
    {"a leading zero", "integer", "'01'", "{}", BRIG_MALFORMED},
    {"a plus", "integer", "'+1'", "{}", BRIG_MALFORMED},
    {"only a minus", "integer", "'-'", "{}", BRIG_MALFORMED},
    {"nothing", "integer", "''", "{}", BRIG_MALFORMED},
    {"a fraction", "integer", "'1.0'", "{}", BRIG_MALFORMED},
    {"an integer that is an int", "integer", "1", "{}", BRIG_MALFORMED},
    {"media", "media", "{'text/plain': 'a'}", "{}", BRIG_OK},
    {"media of numbers", "media", "{'text/plain': 1}", "{}", BRIG_MALFORMED},
    {"media of a text", "media", "'a'", "{}", BRIG_MALFORMED},
};

static void pack_annotated_case(brig_buffer *to, const struct annotated_case *c)
{
    size_t mark = brig_pack_annotated_begin(to, c->kind);

    pack_base(to, c->base);
    (void)notation_value(c->attributes, to);
    brig_pack_annotated_end(to, mark);
    CHECK(to->fault == BRIG_OK, "%s", c->name);
}

static void test_annotated(void)
{
    for (size_t i = 0; i < COUNT_OF(annotated_cases); i++) {
        const struct annotated_case *c = &annotated_cases[i];
        brig_tree *tree = NULL;
        brig_buffer bytes;
        brig_status status;

        brig_buffer_init(&bytes, 1000);
        pack_annotated_case(&bytes, c);
        status = brig_tree_new(brig_buffer_span(&bytes), &tree);
        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        if (status == BRIG_OK)
            CHECK(brig_value_is_text(brig_tree_root(tree)->annotated.name, c->kind), "%s", c->name);
        brig_tree_free(tree);
        brig_buffer_done(&bytes);
    }
}

static void test_unknown_kind(void)
{
    brig_tree *tree;

    CHECK(brig_tree_new((brig_span)BYTES("\xc7\x05\x03\x93\xa1"
                                         "z"
                                         "\x01\x80"),
                        &tree) == BRIG_OK,
          "an unknown kind");
    CHECK(brig_tree_root(tree)->annotated.kind == BRIG_ANNOTATION_COUNT, "has no number");
    CHECK(brig_tree_root(tree)->annotated.base->integer == 1, "but a base");
    brig_tree_free(tree);
}

/* Many levels in an order that is no order, all different, then one equal to another. */
static void test_many_levels(void)
{
    enum { LEVELS = 100000 };
    static char texts[LEVELS][8];
    static brig_span spans[LEVELS];

    for (size_t i = 0; i < LEVELS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%zu", i * 7919 % LEVELS);
        spans[i] = brig_span_text(texts[i]);
    }
    for (int twin = 0; twin < 2; twin++) {
        brig_buffer bytes;
        brig_tree *tree = NULL;
        size_t mark;

        brig_buffer_init(&bytes, 1 << 24);
        mark = brig_pack_annotated_begin(&bytes, "factor");
        pack_base(&bytes, "no codes");
        brig_pack_map(&bytes, 1);
        brig_pack_cstring(&bytes, "levels");
        brig_pack_text_vector(&bytes, spans, LEVELS);
        brig_pack_annotated_end(&bytes, mark);
        CHECK(brig_tree_new(brig_buffer_span(&bytes), &tree) ==
                  (twin == 0 ? BRIG_OK : BRIG_MALFORMED),
              "twin %d (VAL-017)", twin);
        brig_tree_free(tree);
        brig_buffer_done(&bytes);
        spans[LEVELS - 1] = spans[1];
    }
}

/* One allocation after the other fails; the tree is refused and nothing leaks. */
static void test_out_of_memory(void)
{
    const struct annotated_case factor = {"factor", "factor", "codes 0 1", "{'levels': ['a', 'b']}",
                                          BRIG_OK};
    brig_buffer bytes;

    brig_buffer_init(&bytes, 1000);
    pack_annotated_case(&bytes, &factor);
    for (size_t allowed = 0; allowed <= 3; allowed++) {
        brig_tree *tree = NULL;
        brig_status status;

        allocations_left = allowed;
        status = brig_tree_new(brig_buffer_span(&bytes), &tree);
        allocations_left = SIZE_MAX;
        CHECK(status == (allowed < 3 ? BRIG_NO_MEMORY : BRIG_OK), "%zu allowed: %s", allowed,
              brig_status_name(status));
        brig_tree_free(tree);
    }
    brig_buffer_done(&bytes);
}

int main(void)
{
    test_kinds();
    test_nesting();
    test_deepest();
    test_keys();
    test_vectors();
    test_missing_numbers();
    test_annotated();
    test_unknown_kind();
    test_many_levels();
    test_out_of_memory();
    return EXIT_SUCCESS;
}
