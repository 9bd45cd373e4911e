/* SPDX-License-Identifier: MIT */
/* A buffer keeps its bytes, its limit and its first fault. */
#include <brig/buffer.h>

#include "bytes.h"
#include "check.h"

/* The linker sends every realloc of the library here (-Wl,--wrap), and chooses these names. */
static bool has_memory = true;

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
    return has_memory ? __real_realloc(memory, size) : NULL;
}
/* NOLINTEND(bugprone-reserved-identifier) */

static const brig_span abc = BYTES("abc");

static void test_limit_is_kept(void)
{
    brig_buffer buffer;

    brig_buffer_init(&buffer, 7);
    brig_buffer_append(&buffer, abc);
    brig_buffer_append(&buffer, abc);
    CHECK(buffer.fault == BRIG_OK && buffer.len == 6, "six bytes fit");
    brig_buffer_append(&buffer, abc);
    CHECK(buffer.fault == BRIG_TOO_LARGE && buffer.len == 6, "nine do not");
    brig_buffer_append(&buffer, (brig_span)BYTES("d"));
    CHECK(buffer.len == 6, "after a fault nothing is added, even if it would fit");
    CHECK(brig_buffer_reserve(&buffer, 0) == NULL, "after a fault there is no room");
    brig_buffer_grow(&buffer, 1);
    CHECK(buffer.len == 6, "after a fault nothing grows");
    brig_buffer_clear(&buffer);
    CHECK(buffer.fault == BRIG_OK && buffer.len == 0, "clear forgets the fault");
    brig_buffer_append(&buffer, abc);
    CHECK(brig_span_equal(brig_buffer_span(&buffer), abc), "a cleared buffer can be used");
    brig_buffer_done(&buffer);
    CHECK(buffer.data == NULL && buffer.limit == 7, "done leaves an empty buffer");
    brig_buffer_done(&buffer);
}

static void test_empty_appends(void)
{
    brig_buffer buffer;
    const brig_span nothing = {NULL, 0};

    brig_buffer_init(&buffer, 0);
    brig_buffer_append(&buffer, nothing);
    CHECK(buffer.fault == BRIG_OK, "nothing fits a buffer of limit 0");
    brig_buffer_append(&buffer, abc);
    CHECK(buffer.fault == BRIG_TOO_LARGE, "something does not");
    brig_buffer_done(&buffer);
}

static void test_huge_reserve(void)
{
    brig_buffer buffer;

    brig_buffer_init(&buffer, SIZE_MAX);
    brig_buffer_append(&buffer, abc);
    CHECK(brig_buffer_reserve(&buffer, SIZE_MAX) == NULL, "lengths do not wrap");
    CHECK(buffer.fault == BRIG_TOO_LARGE, "%s", brig_status_name(buffer.fault));
    brig_buffer_done(&buffer);
}

static void test_out_of_memory(void)
{
    brig_buffer buffer;

    brig_buffer_init(&buffer, 100000);
    has_memory = false;
    brig_buffer_append(&buffer, abc);
    CHECK(buffer.fault == BRIG_NO_MEMORY && buffer.data == NULL, "no memory at first");
    has_memory = true;
    brig_buffer_clear(&buffer);
    brig_buffer_append(&buffer, abc);
    has_memory = false;
    CHECK(brig_buffer_reserve(&buffer, 90000) == NULL, "no memory to grow");
    has_memory = true;
    CHECK(buffer.fault == BRIG_NO_MEMORY, "%s", brig_status_name(buffer.fault));
    CHECK(brig_span_equal(brig_buffer_span(&buffer), abc), "what was there is still there");
    brig_buffer_done(&buffer);
}

/* A queue of numbers: what goes in comes out, whatever is moved in between. */
static void test_queue(size_t limit, size_t in_step, size_t out_step)
{
    enum { ROUNDS = 3000 };
    brig_buffer buffer;
    uint8_t next_in = 0;
    uint8_t next_out = 0;

    brig_buffer_init(&buffer, limit);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < in_step && buffer.len < limit; i++) {
            uint8_t byte = next_in++;

            brig_buffer_append(&buffer, (brig_span){&byte, 1});
        }
        CHECK(buffer.fault == BRIG_OK && buffer.len <= limit, "round %zu", round);
        CHECK(buffer.consumed + buffer.len <= buffer.capacity, "round %zu", round);
        for (size_t i = 0; i < out_step && buffer.len > 0; i++) {
            CHECK(buffer.data[0] == next_out, "round %zu: wrong byte", round);
            next_out++;
            brig_buffer_consume(&buffer, 1);
        }
    }
    CHECK(buffer.capacity <= (limit < 256 ? 256 : limit), "memory stays within the limit");
    brig_buffer_done(&buffer);
}

int main(void)
{
    test_limit_is_kept();
    test_empty_appends();
    test_huge_reserve();
    test_out_of_memory();
    test_queue(1, 1, 1);
    test_queue(300, 7, 5);
    test_queue(5000, 40, 39);
    test_queue(100000, 64, 3);
    return EXIT_SUCCESS;
}
