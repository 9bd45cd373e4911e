/* SPDX-License-Identifier: MIT */
/* Log lines that a hostile text cannot break. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_BYTES = 2000,
    RAW_BYTES = 2 * LINE_BYTES, /* what does not fit here does not fit into a line either */
    ESCAPED_BYTES = 4,          /* \xNN */
};

size_t brig_log_escape(const char *text, char *to, size_t to_bytes)
{
    static const char digits[] = "0123456789abcdef";
    static const char mark[] = " [cut]";
    size_t room = to_bytes - sizeof(mark);
    size_t len = 0;

    for (; *text != '\0' && len + ESCAPED_BYTES <= room; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '\\')
            to[len++] = '\\';
        if (byte >= 0x20 && byte < 0x7f) {
            to[len++] = (char)byte;
            continue;
        }
        to[len++] = '\\';
        to[len++] = 'x';
        to[len++] = digits[byte >> 4];
        to[len++] = digits[byte & 15];
    }
    if (*text == '\0') {
        to[len] = '\0';
        return len;
    }
    memcpy(to + len, mark, sizeof(mark));
    return len + sizeof(mark) - 1;
}

void brig_log(const char *format, ...)
{
    char raw[RAW_BYTES];
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    if (len < 0)
        return;
    (void)brig_log_escape(raw, line, sizeof(line));
    (void)fprintf(stderr, "brigd: %s\n", line);
}
