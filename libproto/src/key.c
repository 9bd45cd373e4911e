/* SPDX-License-Identifier: MIT */
/* Keys as the caller has them (spec 3.2). */
#include <brig/conn.h>

#include <sodium.h>

#include "mutant.h"

enum { HEX_DIGITS = 2 * BRIG_KEY_BYTES };

void brig_key_public(const uint8_t secret[BRIG_KEY_BYTES], uint8_t ret_public[BRIG_KEY_BYTES])
{
    (void)crypto_scalarmult_curve25519_base(ret_public, secret);
}

brig_status brig_key_parse(brig_span text, uint8_t ret_key[BRIG_KEY_BYTES])
{
    uint8_t key[BRIG_KEY_BYTES];
    size_t key_bytes = 0;
    brig_status status = BRIG_MALFORMED;

    bool is_framed = text.len == HEX_DIGITS + 1 && text.data[HEX_DIGITS] == '\n';
    if (text.len < HEX_DIGITS || (!is_framed && !MUTANT(accepts_a_key_without_its_end)))
        goto out;
    if (sodium_hex2bin(key, sizeof(key), (const char *)text.data, HEX_DIGITS, NULL, &key_bytes,
                       NULL) != 0 ||
        key_bytes != sizeof(key))
        goto out;
    memcpy(ret_key, key, sizeof(key));
    status = BRIG_OK;

out:
    sodium_memzero(key, sizeof(key));
    return status;
}
