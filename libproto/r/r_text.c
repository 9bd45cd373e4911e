/* SPDX-License-Identifier: MIT */
/* Texts between R's encodings and the wire's UTF-8 (spec 9). */
#include "r_text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include <brig/buffer.h>
#include <brig/message.h>

#include "ascii.h"

enum { ESCAPED_BYTES = 4 /* \xNN */ };

/* Length of the UTF-8 sequence at the front, 0 if there is none. */
static size_t sequence_length(const uint8_t *at, size_t left)
{
    static const struct {
        uint8_t first, last; /* of the lead byte */
        uint8_t low, high;   /* of the second */
        uint8_t length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
        size_t length = forms[form].length;

        if (at[0] < forms[form].first || at[0] > forms[form].last)
            continue;
        if (length > left)
            return 0;
        if (length > 1 && (at[1] < forms[form].low || at[1] > forms[form].high))
            return 0;
        for (size_t i = 2; i < length; i++)
            if ((at[i] & 0xc0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}

static size_t skip_ascii(brig_span text, size_t at)
{
    return at + brig_ascii_len((brig_span){text.data + at, text.len - at});
}

static bool is_utf8(brig_span text)
{
    for (size_t at = skip_ascii(text, 0); at < text.len; at = skip_ascii(text, at)) {
        size_t length = sequence_length(text.data + at, text.len - at);

        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

static brig_span escape(brig_span text)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *escaped = (uint8_t *)R_alloc(text.len, ESCAPED_BYTES);
    size_t len = 0;
    size_t at = 0;

    while (at < text.len) {
        size_t length = sequence_length(text.data + at, text.len - at);

        if (length == 0) {
            escaped[len++] = '\\';
            escaped[len++] = 'x';
            escaped[len++] = (uint8_t)digits[text.data[at] >> 4];
            escaped[len++] = (uint8_t)digits[text.data[at] & 0xf];
            at++;
            continue;
        }
        memcpy(escaped + len, text.data + at, length);
        len += length;
        at += length;
    }
    return (brig_span){escaped, len};
}

brig_span r_text(SEXP charsxp)
{
    if (charsxp == NA_STRING)
        return (brig_span){NULL, 0};

    brig_span text = {(const uint8_t *)CHAR(charsxp), (size_t)LENGTH(charsxp)};
    if (is_utf8(text))
        return text;
    if (Rf_getCharCE(charsxp) == CE_LATIN1)
        text = brig_span_text(Rf_translateCharUTF8(charsxp));
    return is_utf8(text) ? text : escape(text);
}

brig_span r_text_element(SEXP texts, R_xlen_t i)
{
    brig_span text = {NULL, 0};

    if (TYPEOF(texts) == STRSXP && i < Rf_xlength(texts))
        text = r_text(STRING_ELT(texts, i));
    return text.data != NULL ? text : brig_span_text("");
}

SEXP r_text_new(brig_span text)
{
    if (text.len > INT_MAX || (text.len > 0 && memchr(text.data, '\0', text.len) != NULL))
        return R_NilValue;
    return Rf_mkCharLenCE(text.len > 0 ? (const char *)text.data : "", (int)text.len, CE_UTF8);
}
