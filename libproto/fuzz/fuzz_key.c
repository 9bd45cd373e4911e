/* SPDX-License-Identifier: MIT */
/* A key file is 64 hexadecimal digits and a newline, and nothing else is one (spec 3.2). */
#include <brig/conn.h>

#include <ctype.h>
#include <stdlib.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool is_key(brig_span text)
{
    if (text.len != 2 * (size_t)BRIG_KEY_BYTES + 1 || text.data[text.len - 1] != '\n')
        return false;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] > 0x7f || isxdigit(text.data[i]) == 0)
            return false;
    }
    return true;
}

static void check_octets(brig_span text, const uint8_t key[BRIG_KEY_BYTES])
{
    for (size_t i = 0; i < BRIG_KEY_BYTES; i++) {
        const char digits[3] = {(char)text.data[2 * i], (char)text.data[2 * i + 1], '\0'};

        CHECK(key[i] == strtoul(digits, NULL, 16), "octet %zu", i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t key[BRIG_KEY_BYTES] = {0};
    uint8_t public_key[BRIG_KEY_BYTES];
    const brig_span text = {data, len};
    brig_status status = brig_key_parse(text, key);

    CHECK((status == BRIG_OK) == is_key(text), "%s", brig_status_name(status));
    if (status != BRIG_OK) {
        CHECK(status == BRIG_MALFORMED, "%s", brig_status_name(status));
        return 0;
    }
    check_octets(text, key);
    brig_key_public(key, public_key);
    return 0;
}
