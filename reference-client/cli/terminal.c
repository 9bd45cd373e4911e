/* SPDX-License-Identifier: MIT */
/* Output of untrusted code, made harmless for terminals. */
#include "terminal.h"

#include <string.h>

#include <unistd.h>

void brig_terminal_init(terminal *to, FILE *stream, terminal_mode mode)
{
    memset(to, 0, sizeof(*to));
    to->stream = stream;
    to->escapes = mode == TERMINAL_SAFE && isatty(fileno(stream)) == 1;
}

/* Bytes of the character that begins with this one; 0: none does. */
static size_t character_bytes(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The code point, or UINT32_MAX if the bytes are not its only legal form. */
static uint32_t code_point(const uint8_t *bytes, size_t len)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t point = len == 1 ? bytes[0] : bytes[0] & (0xffu >> (len + 1));

    for (size_t i = 1; i < len; i++)
        point = point << 6 | (bytes[i] & 0x3fu);
    if (point < smallest[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return UINT32_MAX;
    return point;
}

static bool is_harmless(uint32_t point)
{
    if (point < 0x20)
        return point == '\n' || point == '\t' || point == '\r';
    if (point >= 0x7f && point < 0xa0)
        return false;
    /* Direction marks, embeddings, overrides and isolates; line and paragraph separators. */
    return !(point >= 0x200e && point <= 0x200f) && !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2066 && point <= 0x2069);
}

static void put_character(terminal *to)
{
    uint32_t point = code_point(to->partial, to->partial_len);

    if (point == UINT32_MAX)
        for (size_t i = 0; i < to->partial_len; i++)
            (void)fprintf(to->stream, "\\x%02x", to->partial[i]);
    else if (is_harmless(point))
        (void)fwrite(to->partial, 1, to->partial_len, to->stream);
    else if (point < 0x80)
        (void)fprintf(to->stream, "\\x%02x", (unsigned)point);
    else
        (void)fprintf(to->stream, "\\u{%04x}", (unsigned)point);
    to->partial_len = 0;
}

static void put_unfinished(terminal *to)
{
    for (size_t i = 0; i < to->partial_len; i++)
        (void)fprintf(to->stream, "\\x%02x", to->partial[i]);
    to->partial_len = 0;
}

static void put_byte(terminal *to, uint8_t byte)
{
    bool continues = (byte & 0xc0) == 0x80;

    if (to->partial_len > 0 && !continues)
        put_unfinished(to);
    if (to->partial_len == 0 && character_bytes(byte) == 0) {
        (void)fprintf(to->stream, "\\x%02x", byte);
        return;
    }
    to->partial[to->partial_len++] = byte;
    if (to->partial_len == character_bytes(to->partial[0]))
        put_character(to);
}

void brig_terminal_write(terminal *to, brig_span bytes)
{
    if (!to->escapes) {
        (void)fwrite(bytes.data, 1, bytes.len, to->stream);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++)
        put_byte(to, bytes.data[i]);
}

void brig_terminal_finish(terminal *to)
{
    put_unfinished(to);
    (void)fflush(to->stream);
}
