/* SPDX-License-Identifier: MIT */
/* UTF-8: checking, counting, and cleaning what may not be UTF-8 (spec 5). */
#include "text.h"

#include <brig/message.h>

#include "ascii.h"

/* A lead byte decides the length and the range of the second byte; the others are 80 to bf. */
static const struct lead_rule {
    uint8_t first, last;
    uint8_t len;
    uint8_t second_min, second_max;
} lead_rules[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

static const struct lead_rule *rule_of(uint8_t lead)
{
    for (size_t i = 0; i < sizeof(lead_rules) / sizeof(lead_rules[0]); i++)
        if (lead >= lead_rules[i].first && lead <= lead_rules[i].last)
            return &lead_rules[i];
    return NULL;
}

size_t brig_text_point_len(brig_span bytes)
{
    const struct lead_rule *rule;

    if (bytes.data[0] < 0x80)
        return 1;
    rule = rule_of(bytes.data[0]);
    if (rule == NULL || bytes.len < rule->len)
        return 0;
    if (bytes.data[1] < rule->second_min || bytes.data[1] > rule->second_max)
        return 0;
    for (size_t i = 2; i < rule->len; i++)
        if (!is_continuation(bytes.data[i]))
            return 0;
    return rule->len;
}

static void skip(brig_span *bytes, size_t len)
{
    bytes->data += len;
    bytes->len -= len;
}

bool brig_text_is_utf8(brig_span bytes)
{
    while (bytes.len > 0) {
        size_t len = brig_text_point_len(bytes);

        if (len == 0)
            return false;
        skip(&bytes, len);
        if (len == 1)
            skip(&bytes, brig_ascii_len(bytes));
    }
    return true;
}

size_t brig_text_count_points(brig_span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += !is_continuation(text.data[i]);
    return count;
}

/* The piece of cleaned text for the front of `bytes`; *ret_used bytes of it are spent. */
static brig_span clean_front(brig_span bytes, char escape[4], size_t *ret_used)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = brig_text_point_len(bytes);

    *ret_used = len == 0 ? 1 : len;
    if (len > 0)
        return (brig_span){bytes.data, len};
    escape[0] = '\\';
    escape[1] = 'x';
    escape[2] = digits[bytes.data[0] >> 4];
    escape[3] = digits[bytes.data[0] & 0x0f];
    return (brig_span){(const uint8_t *)escape, 4};
}

void brig_text_clean(brig_span text, size_t limit_bytes, brig_buffer *to)
{
    size_t left = limit_bytes;

    while (text.len > 0 && to->fault == BRIG_OK) {
        char escape[4];
        size_t used;
        brig_span piece = clean_front(text, escape, &used);

        if (piece.len > left)
            return;
        brig_buffer_append(to, piece);
        left -= piece.len;
        skip(&text, used);
    }
}
