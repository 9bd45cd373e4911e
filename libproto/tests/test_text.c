/* SPDX-License-Identifier: MIT */
/* UTF-8 as spec 5.1 wants it, and texts made fit to be sent. */
#include "text.h"

#include <brig/message.h>

#include "bytes.h"
#include "check.h"

static const struct utf8_case {
    const char *name;
    brig_span bytes;
    size_t points; /* 0: not UTF-8 */
} utf8_cases[] = {
    {"ASCII is UTF-8", BYTES("plain"), 5},
    {"long ASCII is UTF-8", BYTES("abcdefghijklmnopqrstuvwxyz"), 26},
    {"U+0000 is allowed", BYTES("a\0b"), 3},
    {"two bytes, lowest", BYTES("\xc2\x80"), 1},
    {"two bytes, highest", BYTES("\xdf\xbf"), 1},
    {"three bytes, lowest", BYTES("\xe0\xa0\x80"), 1},
    {"the last before the surrogates", BYTES("\xed\x9f\xbf"), 1},
    {"the first behind the surrogates", BYTES("\xee\x80\x80"), 1},
    {"three bytes, highest", BYTES("\xef\xbf\xbf"), 1},
    {"four bytes, lowest", BYTES("\xf0\x90\x80\x80"), 1},
    {"U+10FFFF", BYTES("\xf4\x8f\xbf\xbf"), 1},
    {"a mixture", BYTES("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"), 9},
    {"a lone continuation", BYTES("\x80"), 0},
    {"a continuation behind ASCII", BYTES("aaaaaaaaa\xbf"), 0},
    {"overlong two bytes, c0", BYTES("\xc0\x80"), 0},
    {"overlong two bytes, c1", BYTES("\xc1\xbf"), 0},
    {"overlong three bytes", BYTES("\xe0\x9f\xbf"), 0},
    {"overlong four bytes", BYTES("\xf0\x8f\xbf\xbf"), 0},
    {"the first surrogate", BYTES("\xed\xa0\x80"), 0},
    {"the last surrogate", BYTES("\xed\xbf\xbf"), 0},
    {"above U+10FFFF", BYTES("\xf4\x90\x80\x80"), 0},
    {"f5 leads nothing", BYTES("\xf5\x80\x80\x80"), 0},
    {"fe leads nothing", BYTES("\xfe"), 0},
    {"two bytes cut", BYTES("a\xc3"), 0},
    {"three bytes cut", BYTES("\xe2\x82"), 0},
    {"four bytes cut", BYTES("\xf0\x9f\x98"), 0},
    {"a third byte that does not continue", BYTES("\xe2\x82\x41"), 0},
    {"a fourth byte that does not continue", BYTES("\xf0\x9f\x98\xc0"), 0},
};

static const struct clean_case {
    const char *name;
    brig_span bytes;
    size_t limit;
    brig_span cleaned;
} clean_cases[] = {
    {"UTF-8 stays", BYTES("a\xc3\xaf"), 10, BYTES("a\xc3\xaf")},
    {"other bytes are shown", BYTES("a\xff\xc3z"), 20, BYTES("a\\xff\\xc3z")},
    {"a cut character is shown", BYTES("\xe2\x82"), 20, BYTES("\\xe2\\x82")},
    {"a character is not cut", BYTES("ab\xe2\x82\xac"), 4, BYTES("ab")},
    {"an escape is not cut", BYTES("ab\xff"), 5, BYTES("ab")},
    {"what fits exactly stays", BYTES("ab\xff"), 6, BYTES("ab\\xff")},
    {"nothing stays nothing", BYTES(""), 5, BYTES("")},
};

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(utf8_cases); i++) {
        const struct utf8_case *c = &utf8_cases[i];

        CHECK(brig_text_is_utf8(c->bytes) == (c->points > 0), "%s", c->name);
        if (c->points > 0)
            CHECK(brig_text_count_points(c->bytes) == c->points, "%s", c->name);
    }
    for (size_t i = 0; i < COUNT_OF(clean_cases); i++) {
        const struct clean_case *c = &clean_cases[i];
        brig_buffer to;

        brig_buffer_init(&to, 100);
        brig_text_clean(c->bytes, c->limit, &to);
        CHECK(brig_span_equal(brig_buffer_span(&to), c->cleaned), "%s: %.*s", c->name, (int)to.len,
              (const char *)to.data);
        CHECK(brig_text_is_utf8(brig_buffer_span(&to)), "%s", c->name);
        brig_buffer_done(&to);
    }
    return EXIT_SUCCESS;
}
