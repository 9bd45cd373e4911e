/* SPDX-License-Identifier: MIT */
/* The Noise handshakes of the two suites, Noise revision 34 (spec 3.3). */
#ifndef BRIG_SRC_NOISE_H
#define BRIG_SRC_NOISE_H

#include <brig/generated/protocol.h>
#include <brig/span.h>
#include <brig/status.h>

#include "cipher.h"

enum {
    BRIG_NOISE_KEY_BYTES = 32,  /* X25519 keys, pre-shared keys */
    BRIG_NOISE_HASH_BYTES = 32, /* SHA-256 */
    BRIG_NOISE_MESSAGES = 2,    /* of both patterns */
};

typedef enum brig_noise_role {
    BRIG_NOISE_INITIATOR,
    BRIG_NOISE_RESPONDER,
} brig_noise_role;

/* What the caller brings to a handshake; a pattern reads only the keys that it uses. */
typedef struct brig_noise_keys {
    uint8_t ephemeral_secret[BRIG_NOISE_KEY_BYTES];
    uint8_t static_secret[BRIG_NOISE_KEY_BYTES];
    uint8_t remote_public[BRIG_NOISE_KEY_BYTES]; /* static; initiator of IK */
    uint8_t psk[BRIG_NOISE_KEY_BYTES];
} brig_noise_keys;

/* A HandshakeState with its SymmetricState. Holds secrets: wipe with brig_noise_done(). */
typedef struct brig_noise_handshake {
    brig_suite suite;
    brig_noise_role role;
    size_t step; /* messages written and read so far */
    bool has_key;
    brig_cipher cipher;
    uint8_t chaining_key[BRIG_NOISE_HASH_BYTES];
    uint8_t hash[BRIG_NOISE_HASH_BYTES];
    brig_noise_keys keys;
    uint8_t ephemeral_public[BRIG_NOISE_KEY_BYTES];
    uint8_t static_public[BRIG_NOISE_KEY_BYTES];
    uint8_t remote_ephemeral[BRIG_NOISE_KEY_BYTES];
    uint8_t remote_static[BRIG_NOISE_KEY_BYTES];
} brig_noise_handshake;

/* Begin a handshake; the keys are copied. */
void brig_noise_init(brig_noise_handshake *handshake, brig_suite suite, brig_noise_role role,
                     const brig_noise_keys *keys, brig_span prologue);
void brig_noise_done(brig_noise_handshake *handshake);

/* Length of a message (0 or 1) with an empty payload. */
size_t brig_noise_message_bytes(brig_suite suite, size_t step);

/*
 * Write our message. `to` has exactly the message's length with that payload. BRIG_OK or
 * BRIG_AUTH (an all-zero Diffie-Hellman result).
 */
brig_status brig_noise_write(brig_noise_handshake *handshake, brig_span payload, brig_room to);

/*
 * Read the peer's message; the payload goes to ret_payload, which has exactly its length. BRIG_OK
 * or BRIG_AUTH: the message is short, forged or of low order; then the handshake has not changed.
 */
brig_status brig_noise_read(brig_noise_handshake *handshake, brig_span message,
                            brig_room ret_payload);

/* Both messages are through: the keys of the two directions. The hash stays in the handshake. */
void brig_noise_split(const brig_noise_handshake *handshake, brig_cipher *ret_send,
                      brig_cipher *ret_receive);

#endif
