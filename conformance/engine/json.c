/* SPDX-License-Identifier: MIT */
/* JSON to MessagePack, in one pass. */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <brig/message.h>
#include <brig/pack.h>

enum { MAX_DEPTH = 64, NUMBER_BYTES = 400, ESCAPE_DIGITS = 4 };

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    unsigned depth;
} reader;

static bool read_any(reader *from, brig_buffer *to);

static void skip_space(reader *from)
{
    while (from->at < from->end &&
           (*from->at == ' ' || *from->at == '\t' || *from->at == '\n' || *from->at == '\r'))
        from->at++;
}

static bool take(reader *from, char wanted)
{
    skip_space(from);
    if (from->at == from->end || *from->at != (uint8_t)wanted)
        return false;
    from->at++;
    return true;
}

static bool take_word(reader *from, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(from->end - from->at) < len || memcmp(from->at, word, len) != 0)
        return false;
    from->at += len;
    return true;
}

static void append_octets(brig_buffer *to, const uint8_t *octets, size_t len)
{
    brig_buffer_append(to, (brig_span){octets, len});
}

static void append_code_point(brig_buffer *to, uint32_t code)
{
    const uint8_t tail = (uint8_t)(0x80 | (code & 0x3f));
    const uint8_t middle = (uint8_t)(0x80 | ((code >> 6) & 0x3f));

    if (code < 0x80)
        append_octets(to, (const uint8_t[]){(uint8_t)code}, 1);
    else if (code < 0x800)
        append_octets(to, (const uint8_t[]){(uint8_t)(0xc0 | (code >> 6)), tail}, 2);
    else if (code < 0x10000)
        append_octets(to, (const uint8_t[]){(uint8_t)(0xe0 | (code >> 12)), middle, tail}, 3);
    else
        append_octets(to,
                      (const uint8_t[]){(uint8_t)(0xf0 | (code >> 18)),
                                        (uint8_t)(0x80 | ((code >> 12) & 0x3f)), middle, tail},
                      4);
}

static bool take_digits(reader *from, uint32_t *ret_unit)
{
    char digits[ESCAPE_DIGITS + 1] = "";

    if (from->end - from->at < ESCAPE_DIGITS)
        return false;
    memcpy(digits, from->at, ESCAPE_DIGITS);
    if (strspn(digits, "0123456789abcdefABCDEF") != ESCAPE_DIGITS)
        return false;
    from->at += ESCAPE_DIGITS;
    *ret_unit = (uint32_t)strtoul(digits, NULL, 16);
    return true;
}

/* Behind `\u`: one unit, or the two of a pair; half a pair is no text. */
static bool read_unicode(reader *from, brig_buffer *to)
{
    uint32_t high;
    uint32_t low;

    if (!take_digits(from, &high))
        return false;
    if (high >= 0xd800 && high < 0xdc00) {
        if (!take_word(from, "\\u") || !take_digits(from, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    } else if (high >= 0xdc00 && high < 0xe000) {
        return false;
    }
    append_code_point(to, high);
    return true;
}

static bool read_escape(reader *from, brig_buffer *to)
{
    static const char written[] = "\"\\/bfnrt";
    static const uint8_t meant[] = "\"\\/\b\f\n\r\t";

    if (from->at == from->end)
        return false;
    const uint8_t letter = *from->at++;
    if (letter == 'u')
        return read_unicode(from, to);
    const char *found = letter == '\0' ? NULL : strchr(written, letter);
    if (found == NULL)
        return false;
    append_octets(to, &meant[found - written], 1);
    return true;
}

static bool read_characters(reader *from, brig_buffer *text)
{
    for (;;) {
        const uint8_t *begin = from->at;

        while (from->at < from->end && *from->at != '"' && *from->at != '\\' && *from->at >= ' ')
            from->at++;
        append_octets(text, begin, (size_t)(from->at - begin));
        if (from->at == from->end || *from->at < ' ')
            return false;
        if (*from->at++ == '"')
            return true;
        if (!read_escape(from, text))
            return false;
    }
}

/* The opening quote has been read. */
static bool read_text(reader *from, brig_buffer *to)
{
    brig_buffer text;
    bool is_good;

    brig_buffer_init(&text, to->limit);
    is_good = read_characters(from, &text);
    if (is_good)
        brig_pack_text(to, brig_buffer_span(&text));
    is_good = is_good && text.fault == BRIG_OK && to->fault == BRIG_OK;
    brig_buffer_done(&text);
    return is_good;
}

static size_t span_of(const char *text, const char *set, size_t at)
{
    return at + strspn(text + at, set);
}

/* How many characters of text are a number; 0 if none. */
static size_t measure_number(const char *text, bool *ret_is_float)
{
    static const char digits[] = "0123456789";
    size_t at = text[0] == '-' ? 1 : 0;
    size_t end = text[at] == '0' ? at + 1 : span_of(text, digits, at);

    *ret_is_float = false;
    if (end == at)
        return 0;
    if (text[end] == '.') {
        size_t begin = end + 1;

        *ret_is_float = true;
        end = span_of(text, digits, begin);
        if (end == begin)
            return 0;
    }
    if (text[end] == 'e' || text[end] == 'E') {
        size_t begin = end + 1;

        *ret_is_float = true;
        begin += text[begin] == '+' || text[begin] == '-' ? 1 : 0;
        end = span_of(text, digits, begin);
        if (end == begin)
            return 0;
    }
    return end;
}

static bool read_number(reader *from, brig_buffer *to)
{
    char text[NUMBER_BYTES] = "";
    size_t len = (size_t)(from->end - from->at);
    bool is_float;

    memcpy(text, from->at, len < sizeof(text) ? len : sizeof(text) - 1);
    len = measure_number(text, &is_float);
    if (len == 0 || len == sizeof(text) - 1)
        return false;
    text[len] = '\0';
    from->at += len;
    errno = 0;
    if (is_float) {
        double number = strtod(text, NULL);

        brig_pack_float(to, number);
        return isfinite(number);
    }
    if (text[0] == '-')
        brig_pack_int(to, strtoll(text, NULL, 10));
    else
        brig_pack_uint(to, strtoull(text, NULL, 10));
    return errno == 0;
}

/* Elements or entries, up to the closing character. */
static bool read_items(reader *from, bool is_map, brig_buffer *items, size_t *ret_count)
{
    const char close = is_map ? '}' : ']';

    *ret_count = 0;
    if (take(from, close))
        return true;
    do {
        if (is_map && !(take(from, '"') && read_text(from, items) && take(from, ':')))
            return false;
        if (!read_any(from, items))
            return false;
        (*ret_count)++;
    } while (take(from, ','));
    return take(from, close);
}

static bool read_container(reader *from, bool is_map, brig_buffer *to)
{
    brig_buffer items;
    size_t count;
    bool is_good;

    if (from->depth == MAX_DEPTH)
        return false;
    from->depth++;
    brig_buffer_init(&items, to->limit);
    is_good = read_items(from, is_map, &items, &count);
    if (is_good && is_map)
        brig_pack_map(to, count);
    else if (is_good)
        brig_pack_array(to, count);
    if (is_good)
        brig_buffer_append(to, brig_buffer_span(&items));
    is_good = is_good && items.fault == BRIG_OK;
    brig_buffer_done(&items);
    from->depth--;
    return is_good;
}

static bool read_any(reader *from, brig_buffer *to)
{
    skip_space(from);
    if (take(from, '"'))
        return read_text(from, to);
    if (take(from, '{'))
        return read_container(from, true, to);
    if (take(from, '['))
        return read_container(from, false, to);
    if (take_word(from, "null")) {
        brig_pack_nil(to);
        return true;
    }
    if (take_word(from, "true")) {
        brig_pack_bool(to, true);
        return true;
    }
    if (take_word(from, "false")) {
        brig_pack_bool(to, false);
        return true;
    }
    return read_number(from, to);
}

bool conf_json_read(brig_span text, brig_buffer *to)
{
    reader from = {text.data, text.data + text.len, 0};

    if (text.len == 0 || !read_any(&from, to) || to->fault != BRIG_OK)
        return false;
    skip_space(&from);
    /* What is too large for a message is still a value, as a key that is there twice is not. */
    return from.at == from.end && brig_check(brig_buffer_span(to), 0, NULL) != BRIG_MALFORMED;
}
