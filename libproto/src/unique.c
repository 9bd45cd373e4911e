/* SPDX-License-Identifier: MIT */
/* Sort, then compare neighbours: a hostile order costs no more than another. */
#include "unique.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum { PAIRWISE_MAX = 8 };

static int compare(const uint8_t *base, struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len == 0 ? 0 : memcmp(base + a.at, base + b.at, a.len);
}

static void swap(struct slice *a, struct slice *b)
{
    struct slice old = *a;

    *a = *b;
    *b = old;
}

/* Restore the heap of `count` slices below `root`. */
static void sift_down(const uint8_t *base, struct slice *slices, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= count)
            return;
        if (child + 1 < count && compare(base, slices[child], slices[child + 1]) < 0)
            child++;
        if (compare(base, slices[root], slices[child]) >= 0)
            return;
        swap(&slices[root], &slices[child]);
        root = child;
    }
}

static void sort(const uint8_t *base, struct slice *slices, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sift_down(base, slices, root, count);
    for (size_t last = count; last-- > 1;) {
        swap(&slices[0], &slices[last]);
        sift_down(base, slices, 0, last);
    }
}

static bool are_unique_pairwise(const uint8_t *base, const struct slice *slices, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (compare(base, slices[i], slices[j]) == 0)
                return false;
    return true;
}

bool brig_slices_are_unique(const uint8_t *base, struct slice *slices, size_t count)
{
    if (count <= PAIRWISE_MAX)
        return are_unique_pairwise(base, slices, count);
    sort(base, slices, count);
    for (size_t i = 1; i < count; i++)
        if (compare(base, slices[i - 1], slices[i]) == 0)
            return false;
    return true;
}

/* A slice with a hash of its bytes, so that sorting many does not touch them all over memory. */
struct hashed {
    uint64_t hash;
    struct slice slice;
};

/*
 * The key is public: whoever makes two texts of one hash, at 2^32 tries, has only made them be
 * compared byte by byte.
 */
static void hash_slices(const uint8_t *base, const struct slice *slices, size_t count,
                        struct hashed *ret_hashed)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES] = {0};

    for (size_t i = 0; i < count; i++) {
        uint8_t hash[crypto_shorthash_BYTES];

        (void)crypto_shorthash(hash, base + slices[i].at, slices[i].len, key);
        memcpy(&ret_hashed[i].hash, hash, sizeof(hash));
        ret_hashed[i].slice = slices[i];
    }
}

/* Merge two sorted runs that lie side by side: from `left` to `middle`, from there to `right`. */
static void merge(const struct hashed *from, size_t left, size_t middle, size_t right,
                  struct hashed *to)
{
    size_t a = left;
    size_t b = middle;

    for (size_t i = left; i < right; i++) {
        if (a < middle && (b >= right || from[a].hash <= from[b].hash))
            to[i] = from[a++];
        else
            to[i] = from[b++];
    }
}

/* Both arrays hold count elements; returns the one that is sorted in the end. */
static const struct hashed *merge_sort(struct hashed *from, struct hashed *to, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        struct hashed *sorted = to;

        for (size_t left = 0; left < count; left += 2 * run) {
            size_t middle = count - left > run ? left + run : count;
            size_t right = count - middle > run ? middle + run : count;

            merge(from, left, middle, right, to);
        }
        to = from;
        from = sorted;
    }
    return from;
}

static bool is_found_before(const uint8_t *base, const struct hashed *sorted, size_t i)
{
    for (size_t before = i; before-- > 0 && sorted[before].hash == sorted[i].hash;)
        if (compare(base, sorted[before].slice, sorted[i].slice) == 0)
            return true;
    return false;
}

brig_status brig_slices_check_unique(const uint8_t *base, const struct slice *slices, size_t count)
{
    struct hashed *hashed = calloc(count + 1, 2 * sizeof(*hashed));
    const struct hashed *sorted;
    brig_status status = BRIG_OK;

    if (hashed == NULL)
        return BRIG_NO_MEMORY;
    hash_slices(base, slices, count, hashed);
    sorted = merge_sort(hashed, hashed + count, count);
    for (size_t i = 0; i < count && status == BRIG_OK; i++)
        if (is_found_before(base, sorted, i))
            status = BRIG_MALFORMED;
    free(hashed);
    return status;
}
