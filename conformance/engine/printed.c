/* SPDX-License-Identifier: MIT */
/* The printed form of values (spec 14.1). */
#include "printed.h"

#include <brig/value.h>

static size_t cut_text(brig_span text, size_t most_bytes)
{
    size_t len = text.len < most_bytes ? text.len : most_bytes;

    while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void append_digits(brig_span octets, size_t most_bytes, brig_buffer *to)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < octets.len && 2 * i + 2 <= most_bytes; i++) {
        const uint8_t pair[] = {(uint8_t)digits[octets.data[i] >> 4],
                                (uint8_t)digits[octets.data[i] & 0x0f]};

        brig_buffer_append(to, (brig_span){pair, sizeof(pair)});
    }
}

void conf_printed_append(brig_span value, size_t most_bytes, brig_buffer *to)
{
    brig_tree *tree = NULL;

    if (brig_tree_new(value, &tree) == BRIG_OK && brig_tree_root(tree)->kind == BRIG_TEXT) {
        const brig_span text = brig_tree_root(tree)->bytes;

        brig_buffer_append(to, (brig_span){text.data, cut_text(text, most_bytes)});
    } else if (most_bytes > 0) {
        brig_buffer_append(to, brig_span_text("="));
        append_digits(value, most_bytes - 1, to);
    }
    brig_tree_free(tree);
}
