/* SPDX-License-Identifier: MIT */
/* ChaCha20-Poly1305 as Noise uses it: CipherState of revision 34, 5.1 and 12.3 (spec 3.3). */
#include "cipher.h"

#include <string.h>

#include <sodium.h>

enum {
    NONCE_BYTES = 12,
};

/* Noise 5.1 and 12: 32 zero bits, then the nonce as 64 bits, little-endian. */
static void encode_nonce(uint64_t nonce, uint8_t ret_bytes[NONCE_BYTES])
{
    memset(ret_bytes, 0, NONCE_BYTES);
    for (size_t i = 0; i < 8; i++)
        ret_bytes[4 + i] = (uint8_t)(nonce >> (8 * i));
}

brig_status brig_cipher_encrypt(brig_cipher *cipher, brig_span associated, brig_span plaintext,
                                uint8_t *to)
{
    uint8_t nonce[NONCE_BYTES];

    if (cipher->nonce == UINT64_MAX)
        return BRIG_STATE;
    encode_nonce(cipher->nonce, nonce);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(to, NULL, plaintext.data, plaintext.len,
                                                    associated.data, associated.len, NULL, nonce,
                                                    cipher->key);
    cipher->nonce++;
    return BRIG_OK;
}

brig_status brig_cipher_decrypt(brig_cipher *cipher, brig_span associated, brig_span ciphertext,
                                uint8_t *to)
{
    uint8_t nonce[NONCE_BYTES];

    if (cipher->nonce == UINT64_MAX)
        return BRIG_AUTH;
    encode_nonce(cipher->nonce, nonce);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(to, NULL, NULL, ciphertext.data, ciphertext.len,
                                                  associated.data, associated.len, nonce,
                                                  cipher->key) != 0)
        return BRIG_AUTH;
    cipher->nonce++;
    return BRIG_OK;
}
