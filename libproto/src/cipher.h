/* SPDX-License-Identifier: MIT */
/* One direction's key and nonce (spec 3.3 and 3.5). */
#ifndef BRIG_SRC_CIPHER_H
#define BRIG_SRC_CIPHER_H

#include <brig/span.h>
#include <brig/status.h>

enum {
    BRIG_CIPHER_KEY_BYTES = 32,
    BRIG_CIPHER_TAG_BYTES = 16,
};

/* A CipherState: a key and the number of the next message under it. */
typedef struct brig_cipher {
    uint8_t key[BRIG_CIPHER_KEY_BYTES];
    uint64_t nonce;
} brig_cipher;

/*
 * Encrypt with the next nonce: to receives plaintext.len + BRIG_CIPHER_TAG_BYTES bytes and may be
 * plaintext.data. BRIG_OK, or BRIG_STATE if the nonces are used up.
 */
brig_status brig_cipher_encrypt(brig_cipher *cipher, brig_span associated, brig_span plaintext,
                                uint8_t *to);

/*
 * Decrypt with the next nonce: to receives ciphertext.len - BRIG_CIPHER_TAG_BYTES bytes and may be
 * ciphertext.data. BRIG_OK, or BRIG_AUTH: then the nonce has not moved.
 */
brig_status brig_cipher_decrypt(brig_cipher *cipher, brig_span associated, brig_span ciphertext,
                                uint8_t *to);

#endif
