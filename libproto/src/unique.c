/* SPDX-License-Identifier: MIT */
/* Heapsort, then neighbours: a hostile order costs no more than another. */
#include "unique.h"

#include <string.h>

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

bool slices_are_unique(const uint8_t *base, struct slice *slices, size_t count)
{
    if (count <= PAIRWISE_MAX)
        return are_unique_pairwise(base, slices, count);
    sort(base, slices, count);
    for (size_t i = 1; i < count; i++)
        if (compare(base, slices[i - 1], slices[i]) == 0)
            return false;
    return true;
}
