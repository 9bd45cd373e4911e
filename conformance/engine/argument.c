/* SPDX-License-Identifier: MIT */
/* Arguments as they are written (spec 14.1). */
#include "argument.h"

#include <errno.h>
#include <stdlib.h>

#include "json.h"

enum { NUMBER_BYTES = 24, VALUE_BYTES = 64 * 1024 * 1024 };

static const int64_t max_count = INT64_C(1) << 53;

static int hex_digit(uint8_t letter)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t lower = letter >= 'A' && letter <= 'F' ? (uint8_t)(letter | 0x20) : letter;
    const char *found = lower == '\0' ? NULL : strchr(digits, lower);

    return found == NULL ? -1 : (int)(found - digits);
}

int conf_hex_octet(const uint8_t *digits)
{
    int high = hex_digit(digits[0]);
    int low = hex_digit(digits[1]);

    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

static bool is_choice(brig_span word, const char *choices)
{
    while (*choices != '\0') {
        size_t len = strcspn(choices, " ");

        if (word.len == len && memcmp(word.data, choices, len) == 0)
            return true;
        choices += len + (choices[len] == ' ');
    }
    return false;
}

/* Decimal, no leading zeros; from least on. */
static bool read_number(brig_span written, int64_t least, int64_t most, int64_t *ret_number)
{
    char text[NUMBER_BYTES] = "";

    if (written.len == 0 || written.len >= sizeof(text))
        return false;
    memcpy(text, written.data, written.len);
    const char *digits = text + (text[0] == '-');
    if (strspn(digits, "0123456789") != written.len - (size_t)(digits - text) ||
        (digits[0] == '0' && (digits[1] != '\0' || digits != text)) || digits[0] == '\0')
        return false;
    errno = 0;
    *ret_number = strtoll(text, NULL, 10);
    return errno == 0 && *ret_number >= least && *ret_number <= most;
}

/* One escape at `at`, which is a backslash; how long it is, 0 if it is none. */
static size_t read_escape(brig_span written, size_t at, uint8_t *ret_octet)
{
    size_t left = written.len - at;
    int octet = -1;

    if (left >= 2 && written.data[at + 1] == 'n')
        octet = '\n';
    if (left >= 2 && written.data[at + 1] == '\\')
        octet = '\\';
    if (octet >= 0) {
        *ret_octet = (uint8_t)octet;
        return 2;
    }
    if (left < 4 || written.data[at + 1] != 'x')
        return 0;
    octet = conf_hex_octet(&written.data[at + 2]);
    *ret_octet = (uint8_t)octet;
    return octet < 0 ? 0 : 4;
}

static bool read_text(conf_arena *arena, brig_span written, brig_span *ret_text)
{
    uint8_t *octets = conf_arena_take(arena, written.len);
    size_t len = 0;

    for (size_t at = 0; at < written.len; len++) {
        size_t taken = 1;

        octets[len] = written.data[at];
        if (written.data[at] == '\\')
            taken = read_escape(written, at, &octets[len]);
        if (taken == 0)
            return false;
        at += taken;
    }
    *ret_text = (brig_span){octets, len};
    return true;
}

/* Spaces may stand between octets. */
static bool read_hex(conf_arena *arena, brig_span written, brig_span *ret_octets)
{
    uint8_t *octets = conf_arena_take(arena, written.len / 2);
    size_t len = 0;

    for (size_t at = 0; at < written.len;) {
        if (written.data[at] == ' ') {
            at++;
            continue;
        }
        int octet = written.len - at < 2 ? -1 : conf_hex_octet(&written.data[at]);
        if (octet < 0)
            return false;
        octets[len++] = (uint8_t)octet;
        at += 2;
    }
    *ret_octets = (brig_span){octets, len};
    return len > 0;
}

static bool is_frame(brig_span written)
{
    bool is_any = false;

    for (size_t at = 0; at < written.len; at++) {
        const uint8_t letter = written.data[at];

        if (letter == ' ')
            continue;
        is_any = true;
        if (letter == '@' || letter == '+')
            continue;
        if (written.len - at < 2 || conf_hex_octet(&written.data[at]) < 0)
            return false;
        at++;
    }
    return is_any;
}

static bool read_value(conf_arena *arena, brig_span written, conf_argument *to)
{
    brig_buffer value;
    bool is_good;

    if (written.len == 0)
        return false;
    const brig_span rest = {written.data + 1, written.len - 1};
    if (written.data[0] == '=')
        return read_hex(arena, rest, &to->octets);
    if (written.data[0] == '$') {
        to->is_variable = true;
        to->octets = rest;
        return rest.len > 0 && memchr(rest.data, ' ', rest.len) == NULL;
    }
    brig_buffer_init(&value, VALUE_BYTES);
    is_good = conf_json_read(written, &value);
    if (is_good)
        to->octets = conf_arena_copy(arena, brig_buffer_span(&value));
    brig_buffer_done(&value);
    return is_good;
}

bool conf_argument_read(conf_arena *arena, const conf_parameter *parameter, brig_span written,
                        conf_argument *ret_argument)
{
    ret_argument->octets = written;
    switch (parameter->kind) {
    case CONF_WORD:
        return written.len > 0;
    case CONF_CHOICE:
        return is_choice(written, parameter->choices);
    case CONF_COUNT:
        return read_number(written, 0, max_count, &ret_argument->number);
    case CONF_INT:
        return read_number(written, INT64_MIN, INT64_MAX, &ret_argument->number);
    case CONF_TEXT:
        return read_text(arena, written, &ret_argument->octets);
    case CONF_VALUE:
        return read_value(arena, written, ret_argument);
    case CONF_HEX:
        return read_hex(arena, written, &ret_argument->octets);
    case CONF_FRAME:
        return is_frame(written);
    default:
        return false;
    }
}
