/* SPDX-License-Identifier: MIT */
/*
 * The structural check beyond its vectors: no prefix of a valid object is valid, it agrees with
 * another reader of MessagePack, it takes no memory, and no order of keys makes it slow.
 */
#include <brig/message.h>

#include <msgpack/unpack.h>

#include <brig/pack.h>

#include "bytes.h"
#include "check.h"

/* The linker sends every call of the library here (-Wl,--wrap), and chooses these names. */
static size_t allocations;

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

/* NOLINTEND(bugprone-reserved-identifier) */

static brig_status check_without_memory(brig_span bytes, size_t depth)
{
    size_t before = allocations;
    brig_status status = brig_check(bytes, depth, NULL);

    CHECK(allocations == before, "the check allocated");
    return status;
}

static const struct check_case {
    const char *name;
    brig_span bytes;
    brig_status status;
} check_cases[] = {
    {"an int where its only form is the shortest (ENC-001)", BYTES("\xcd\x01\x00"), BRIG_OK},
    {"an int in a longer form (ENC-001)", BYTES("\xcd\x00\xff"), BRIG_MALFORMED},
    {"a positive int in a signed form (ENC-002)", BYTES("\xd1\x01\x00"), BRIG_MALFORMED},
    {"a negative int in a longer form (ENC-001)", BYTES("\xd0\xe0"), BRIG_MALFORMED},
    {"a text length in a longer form (ENC-001)",
     BYTES("\xd9\x01"
           "a"),
     BRIG_MALFORMED},
    {"a bin length in a longer form (ENC-001)",
     BYTES("\xc5\x00\x01"
           "a"),
     BRIG_MALFORMED},
    {"an array count in a longer form (ENC-001)", BYTES("\xdc\x00\x01\xc0"), BRIG_MALFORMED},
    {"a map count in a longer form (ENC-001)", BYTES("\xde\x00\x00"), BRIG_MALFORMED},
    {"an ext length with a form of its own (ENC-001)", BYTES("\xc7\x01\x64\x00"), BRIG_MALFORMED},
    {"float32 (ENC-003)", BYTES("\xca\0\0\0\0"), BRIG_MALFORMED},
    {"c1 (ENC-003)", BYTES("\xc1"), BRIG_MALFORMED},
    {"a key that is not text (ENC-005)", BYTES("\x81\x01\x02"), BRIG_MALFORMED},
    {"two equal keys (ENC-006)",
     BYTES("\x82\xa1"
           "a"
           "\x01\xa1"
           "a"
           "\x02"),
     BRIG_MALFORMED},
    {"the same key in two maps",
     BYTES("\x81\xa1"
           "a"
           "\x81\xa1"
           "a"
           "\x02"),
     BRIG_OK},
    {"equal keys around a map (ENC-006)",
     BYTES("\x82\xa1"
           "a"
           "\x81\xa1"
           "b"
           "\x01\xa1"
           "a"
           "\x02"),
     BRIG_MALFORMED},
    {"bytes behind the object (ENC-007)", BYTES("\x01\x02"), BRIG_MALFORMED},
    {"nothing (ENC-007)", BYTES(""), BRIG_MALFORMED},
    {"a count above what is there", BYTES("\xdd\xff\xff\xff\xff\xc0"), BRIG_MALFORMED},
    {"a map count above what is there", BYTES("\xdf\xff\xff\xff\xff\xc0\xc0"), BRIG_MALFORMED},
    {"a text above what is there",
     BYTES("\xdb\xff\xff\xff\xff"
           "a"),
     BRIG_MALFORMED},
    {"annotated inside reaches its end exactly",
     BYTES("\xc7\x09\x03\x93\xa5"
           "plain"
           "\x90\x80"),
     BRIG_OK},
    {"annotated with a byte behind its array (VAL-012)",
     BYTES("\xc7\x0a\x03\x93\xa5"
           "plain"
           "\x90\x80\xc0"),
     BRIG_MALFORMED},
    {"annotated that borrows from behind it (VAL-012)",
     BYTES("\x92\xd7\x03\x93\xa5"
           "plain"
           "\x90\x80\xc0"),
     BRIG_MALFORMED},
    {"annotated that is not a text first (VAL-012)", BYTES("\xd6\x03\x93\x01\x90\x80"),
     BRIG_MALFORMED},
    {"annotated without a map (VAL-012)",
     BYTES("\xc7\x05\x03\x93\xa1"
           "a"
           "\x90\x90"),
     BRIG_MALFORMED},
    {"annotated in annotated (VAL-012)",
     BYTES("\xc7\x0c\x03\x93\xa1"
           "a"
           "\xc7\x05\x03\x93\xa1"
           "b"
           "\x90\x80\x80"),
     BRIG_MALFORMED},
    {"annotated as an element of a base",
     BYTES("\xc7\x0d\x03\x93\xa1"
           "a"
           "\x91\xc7\x05\x03\x93\xa1"
           "b"
           "\x90\x80\x80"),
     BRIG_OK},
};

static void test_cases(void)
{
    for (size_t i = 0; i < COUNT_OF(check_cases); i++) {
        const struct check_case *c = &check_cases[i];
        brig_status status = check_without_memory(c->bytes, 0);

        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        for (size_t len = 0; status == BRIG_OK && len < c->bytes.len; len++)
            CHECK(check_without_memory((brig_span){c->bytes.data, len}, 0) == BRIG_MALFORMED,
                  "%s: cut at %zu", c->name, len);
    }
}

static void test_depth(void)
{
    for (size_t depth = 1; depth <= 40; depth++) {
        for (size_t start = 0; start <= 33; start++) {
            brig_status expected = start + depth <= BRIG_LIMIT_MAX_DEPTH ? BRIG_OK : BRIG_TOO_LARGE;
            uint8_t bytes[40];

            memset(bytes, 0x91, depth);
            bytes[depth - 1] = 0x90;
            CHECK(check_without_memory((brig_span){bytes, depth}, start) == expected,
                  "%zu arrays below %zu (ENC-008)", depth, start);
        }
    }
    CHECK(check_without_memory((brig_span)BYTES("\xc0"), 99) == BRIG_OK, "a scalar has no depth");
}

static void test_limits(void)
{
    const brig_span bytes = BYTES("\x93\x90\xc0\xc0");
    const brig_check_limits tight = {.depth = 2, .elements = 4};
    const brig_check_limits shallow = {.depth = 1};
    const brig_check_limits few = {.elements = 3};
    const brig_check_limits loose = {.depth = 1000, .elements = SIZE_MAX};
    uint8_t deep[33];

    CHECK(brig_check(bytes, 0, &tight) == BRIG_OK, "limits that just suffice");
    CHECK(brig_check(bytes, 0, &shallow) == BRIG_TOO_LARGE, "one level less");
    CHECK(brig_check(bytes, 0, &few) == BRIG_TOO_LARGE, "one element less");
    memset(deep, 0x91, sizeof(deep));
    deep[32] = 0x90;
    CHECK(brig_check((brig_span){deep, 33}, 0, &loose) == BRIG_TOO_LARGE, "limits only tighten");
}

/* The number as a key of fixed length, least significant digit first or last. */
static void append_key(brig_buffer *to, size_t number, int is_reversed)
{
    char text[6];

    for (size_t i = 0; i < 5; i++, number /= 10)
        text[is_reversed ? i : 4 - i] = (char)('0' + number % 10);
    text[5] = '\0';
    brig_pack_cstring(to, text);
}

/* Maps as large as they may be, one pair of equal keys as far apart as can be. */
static void test_many_keys(int is_reversed)
{
    for (size_t twin = 0; twin < 2; twin++) {
        brig_buffer to;

        brig_buffer_init(&to, 1 << 20);
        brig_pack_map(&to, BRIG_LIMIT_MAX_MAP_KEYS);
        for (size_t i = 0; i < BRIG_LIMIT_MAX_MAP_KEYS; i++) {
            append_key(&to, twin == 1 && i == BRIG_LIMIT_MAX_MAP_KEYS - 1 ? 0 : i, is_reversed);
            brig_pack_nil(&to);
        }
        CHECK(check_without_memory(brig_buffer_span(&to), 0) ==
                  (twin == 1 ? BRIG_MALFORMED : BRIG_OK),
              "twin %zu (ENC-006)", twin);
        brig_buffer_done(&to);
    }
}

/* Maps in maps share the bound, and give back what they used when they end. */
static void test_nested_keys(size_t inner, size_t repeats, brig_status expected)
{
    const size_t outer = BRIG_LIMIT_MAX_MAP_KEYS / 2;
    brig_buffer to;

    brig_buffer_init(&to, 1 << 20);
    brig_pack_map(&to, outer);
    for (size_t i = 0; i < outer; i++) {
        append_key(&to, i, 0);
        if (i + repeats < outer) {
            brig_pack_nil(&to);
            continue;
        }
        brig_pack_map(&to, inner);
        for (size_t j = 0; j < inner; j++) {
            append_key(&to, j, 0);
            brig_pack_nil(&to);
        }
    }
    CHECK(check_without_memory(brig_buffer_span(&to), 0) == expected,
          "%zu maps of %zu keys in a map of %zu (ENC-010)", repeats, inner, outer);
    brig_buffer_done(&to);
}

/* Numbers that look like chance and are the same every time. */
static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Some valid object; a budget keeps it small. */
static void pack_something(brig_buffer *to, uint32_t *state, size_t depth)
{
    uint32_t choice = next_number(state) % (depth == 0 ? 7 : 9);
    size_t count = next_number(state) % 5;
    uint8_t bytes[300] = {0};

    switch (choice) {
    case 0:
        brig_pack_nil(to);
        break;
    case 1:
        brig_pack_bool(to, count > 2);
        break;
    case 2:
        brig_pack_int(to, (int64_t)((uint64_t)next_number(state) << (8 * count)) *
                              (count % 2 == 0 ? 1 : -1));
        break;
    case 3:
        brig_pack_float(to, (double)next_number(state) / 3.0);
        break;
    case 4:
        brig_pack_text(to, (brig_span){bytes, next_number(state) % sizeof(bytes)});
        break;
    case 5:
        brig_pack_bin(to, (brig_span){bytes, next_number(state) % sizeof(bytes)});
        break;
    case 6:
        brig_pack_ext(to, 77, (brig_span){bytes, next_number(state) % 20});
        break;
    case 7:
        brig_pack_array(to, count);
        for (size_t i = 0; i < count; i++)
            pack_something(to, state, depth - 1);
        break;
    default:
        brig_pack_map(to, count);
        for (size_t i = 0; i < count; i++) {
            append_key(to, i, 0);
            pack_something(to, state, depth - 1);
        }
    }
}

static msgpack_unpack_return unpack(brig_span bytes, size_t *ret_used)
{
    msgpack_unpacked object;
    msgpack_unpack_return result;

    msgpack_unpacked_init(&object);
    *ret_used = 0;
    result = msgpack_unpack_next(&object, (const char *)bytes.data, bytes.len, ret_used);
    msgpack_unpacked_destroy(&object);
    return result;
}

/*
 * What the check accepts, msgpack-c reads to its last byte; where a bit is flipped as well. What
 * msgpack-c cannot read, the check has refused.
 */
static void test_against_msgpack_c(void)
{
    uint32_t state = 1;
    size_t accepted = 0;
    size_t refused = 0;

    for (size_t round = 0; round < 4000; round++) {
        brig_buffer to;
        size_t used;

        brig_buffer_init(&to, 1 << 20);
        pack_something(&to, &state, 4);
        CHECK(to.fault == BRIG_OK, "round %zu", round);
        CHECK(check_without_memory(brig_buffer_span(&to), 0) == BRIG_OK, "round %zu", round);
        CHECK(unpack(brig_buffer_span(&to), &used) == MSGPACK_UNPACK_SUCCESS && used == to.len,
              "round %zu", round);
        to.data[next_number(&state) % to.len] ^= (uint8_t)(1u << next_number(&state) % 8);
        if (check_without_memory(brig_buffer_span(&to), 0) == BRIG_OK) {
            accepted++;
            CHECK(unpack(brig_buffer_span(&to), &used) == MSGPACK_UNPACK_SUCCESS && used == to.len,
                  "round %zu, flipped", round);
        } else {
            refused++;
        }
        brig_buffer_done(&to);
    }
    CHECK(accepted > 100 && refused > 100, "accepted %zu, refused %zu", accepted, refused);
}

int main(void)
{
    test_cases();
    test_depth();
    test_limits();
    test_many_keys(0);
    test_many_keys(1);
    test_nested_keys(BRIG_LIMIT_MAX_MAP_KEYS / 2, 3, BRIG_OK);
    test_nested_keys(BRIG_LIMIT_MAX_MAP_KEYS / 2 + 1, 1, BRIG_TOO_LARGE);
    test_against_msgpack_c();
    CHECK(allocations > 0, "the count of allocations counts");
    return EXIT_SUCCESS;
}
