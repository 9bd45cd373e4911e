/* SPDX-License-Identifier: MIT */
/* Noise_NNpsk0 and Noise_IK over 25519, ChaChaPoly and SHA256, after revision 34 (spec 3.3). */
#include "noise.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "generated/tables.h"
#include "mutant.h"

enum {
    MAX_TOKENS = 4,
};

typedef enum pattern_token {
    TOKEN_END,
    TOKEN_E,
    TOKEN_S,
    TOKEN_EE,
    TOKEN_ES,
    TOKEN_SE,
    TOKEN_SS,
    TOKEN_PSK,
} pattern_token;

/* Noise 7.5 and 9.4. No other pattern exists in version 1. */
static const struct pattern {
    bool has_psk;
    bool has_statics; /* of both sides; the responder's is known before: <- s */
    pattern_token messages[BRIG_NOISE_MESSAGES][MAX_TOKENS + 1];
} patterns[] = {
    [BRIG_SUITE_LOCAL] = {.has_psk = true, .messages = {{TOKEN_PSK, TOKEN_E}, {TOKEN_E, TOKEN_EE}}},
    [BRIG_SUITE_KEYED] = {.has_statics = true,
                          .messages = {{TOKEN_E, TOKEN_ES, TOKEN_S, TOKEN_SS},
                                       {TOKEN_E, TOKEN_EE, TOKEN_SE}}},
};

static const struct suite {
    const char *name;
    size_t message_bytes[BRIG_NOISE_MESSAGES]; /* with an empty payload */
} suites[] = {
#define SUITE(name, noise_name, first_bytes, second_bytes) \
    [BRIG_SUITE_##name] = {(noise_name), {(first_bytes), (second_bytes)}},
    BRIG_SUITE_MAP(SUITE)
#undef SUITE
};

/* HMAC-SHA256 over data and one more octet, which is left out if it is 0. */
static void hmac(const uint8_t key[BRIG_NOISE_HASH_BYTES], brig_span data, uint8_t octet,
                 uint8_t ret_mac[BRIG_NOISE_HASH_BYTES])
{
    crypto_auth_hmacsha256_state state;

    (void)crypto_auth_hmacsha256_init(&state, key, BRIG_NOISE_HASH_BYTES);
    (void)crypto_auth_hmacsha256_update(&state, data.data, data.len);
    if (octet != 0)
        (void)crypto_auth_hmacsha256_update(&state, &octet, 1);
    (void)crypto_auth_hmacsha256_final(&state, ret_mac);
    sodium_memzero(&state, sizeof(state));
}

/* HKDF(chaining_key, input, count), Noise 4.3: count outputs of 32 bytes one after another. */
static void derive(const uint8_t chaining_key[BRIG_NOISE_HASH_BYTES], brig_span input, size_t count,
                   uint8_t (*ret_outputs)[BRIG_NOISE_HASH_BYTES])
{
    uint8_t temp_key[BRIG_NOISE_HASH_BYTES];
    brig_span previous = {NULL, 0};

    hmac(chaining_key, input, 0, temp_key);
    for (size_t i = 0; i < count; i++) {
        hmac(temp_key, previous, (uint8_t)(i + 1), ret_outputs[i]);
        previous = (brig_span){ret_outputs[i], BRIG_NOISE_HASH_BYTES};
    }
    sodium_memzero(temp_key, sizeof(temp_key));
}

static void mix_hash(brig_noise_handshake *handshake, brig_span data)
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, handshake->hash, BRIG_NOISE_HASH_BYTES);
    (void)crypto_hash_sha256_update(&state, data.data, data.len);
    (void)crypto_hash_sha256_final(&state, handshake->hash);
}

static void initialize_key(brig_noise_handshake *handshake, const uint8_t key[BRIG_NOISE_KEY_BYTES])
{
    memcpy(handshake->cipher.key, key, BRIG_NOISE_KEY_BYTES);
    handshake->cipher.nonce = 0;
    handshake->has_key = true;
}

static void mix_key(brig_noise_handshake *handshake, brig_span input)
{
    uint8_t outputs[2][BRIG_NOISE_HASH_BYTES];

    derive(handshake->chaining_key, input, 2, outputs);
    memcpy(handshake->chaining_key, outputs[0], BRIG_NOISE_HASH_BYTES);
    initialize_key(handshake, outputs[1]);
    sodium_memzero(outputs, sizeof(outputs));
}

static void mix_key_and_hash(brig_noise_handshake *handshake, brig_span input)
{
    uint8_t outputs[3][BRIG_NOISE_HASH_BYTES];

    derive(handshake->chaining_key, input, 3, outputs);
    memcpy(handshake->chaining_key, outputs[0], BRIG_NOISE_HASH_BYTES);
    mix_hash(handshake, (brig_span){outputs[1], BRIG_NOISE_HASH_BYTES});
    initialize_key(handshake, outputs[2]);
    sodium_memzero(outputs, sizeof(outputs));
}

static brig_status mix_dh(brig_noise_handshake *handshake,
                          const uint8_t secret[BRIG_NOISE_KEY_BYTES],
                          const uint8_t remote[BRIG_NOISE_KEY_BYTES])
{
    uint8_t shared[BRIG_NOISE_KEY_BYTES];
    brig_status status = BRIG_AUTH;

    /* It also fails for an all-zero result: a peer's point of low order. */
    if (crypto_scalarmult_curve25519(shared, secret, remote) != 0 && !MUTANT(accepts_a_zero_secret))
        goto out;
    mix_key(handshake, (brig_span){shared, sizeof(shared)});
    status = BRIG_OK;

out:
    sodium_memzero(shared, sizeof(shared));
    return status;
}

/* EncryptAndHash: both patterns have a key before their first ciphertext. */
static brig_status encrypt_and_hash(brig_noise_handshake *handshake, brig_span plaintext,
                                    uint8_t *to)
{
    assert(handshake->has_key);
    brig_status status = brig_cipher_encrypt(
        &handshake->cipher, (brig_span){handshake->hash, BRIG_NOISE_HASH_BYTES}, plaintext, to);
    if (status == BRIG_OK)
        mix_hash(handshake, (brig_span){to, plaintext.len + BRIG_CIPHER_TAG_BYTES});
    return status;
}

static brig_status decrypt_and_hash(brig_noise_handshake *handshake, brig_span ciphertext,
                                    uint8_t *to)
{
    assert(handshake->has_key);
    brig_status status = brig_cipher_decrypt(
        &handshake->cipher, (brig_span){handshake->hash, BRIG_NOISE_HASH_BYTES}, ciphertext, to);
    if (status == BRIG_OK)
        mix_hash(handshake, ciphertext);
    return status;
}

static void mix_ephemeral(brig_noise_handshake *handshake,
                          const uint8_t public[BRIG_NOISE_KEY_BYTES])
{
    brig_span key = {public, BRIG_NOISE_KEY_BYTES};

    mix_hash(handshake, key);
    /* Noise 9.2: with a psk, an ephemeral key also randomises the chaining key. */
    if (patterns[handshake->suite].has_psk)
        mix_key(handshake, key);
}

/* The tokens that both sides process alike. */
static brig_status mix_token(brig_noise_handshake *handshake, pattern_token token)
{
    const brig_noise_keys *keys = &handshake->keys;
    bool is_initiator = handshake->role == BRIG_NOISE_INITIATOR;

    switch (token) {
    case TOKEN_PSK:
        mix_key_and_hash(handshake, (brig_span){keys->psk, BRIG_NOISE_KEY_BYTES});
        return BRIG_OK;
    case TOKEN_EE:
        return mix_dh(handshake, keys->ephemeral_secret, handshake->remote_ephemeral);
    case TOKEN_SS:
        return mix_dh(handshake, keys->static_secret, handshake->remote_static);
    case TOKEN_ES:
        return is_initiator ? mix_dh(handshake, keys->ephemeral_secret, handshake->remote_static)
                            : mix_dh(handshake, keys->static_secret, handshake->remote_ephemeral);
    case TOKEN_SE:
        return is_initiator ? mix_dh(handshake, keys->static_secret, handshake->remote_ephemeral)
                            : mix_dh(handshake, keys->ephemeral_secret, handshake->remote_static);
    case TOKEN_END:
    case TOKEN_E:
    case TOKEN_S:
        break;
    }
    assert(false && "a token that only one side processes");
    return BRIG_STATE;
}

/* Write one token and move `to` behind what it puts on the wire. */
static brig_status write_token(brig_noise_handshake *handshake, pattern_token token, uint8_t **to)
{
    brig_span own_static = {handshake->static_public, BRIG_NOISE_KEY_BYTES};
    brig_status status = BRIG_OK;

    if (token == TOKEN_E) {
        memcpy(*to, handshake->ephemeral_public, BRIG_NOISE_KEY_BYTES);
        *to += BRIG_NOISE_KEY_BYTES;
        mix_ephemeral(handshake, handshake->ephemeral_public);
    } else if (token == TOKEN_S) {
        status = encrypt_and_hash(handshake, own_static, *to);
        *to += BRIG_NOISE_KEY_BYTES + BRIG_CIPHER_TAG_BYTES;
    } else {
        status = mix_token(handshake, token);
    }
    return status;
}

static brig_status read_token(brig_noise_handshake *handshake, pattern_token token,
                              const uint8_t **from)
{
    brig_span sealed_static = {*from, BRIG_NOISE_KEY_BYTES + BRIG_CIPHER_TAG_BYTES};
    brig_status status = BRIG_OK;

    if (token == TOKEN_E) {
        memcpy(handshake->remote_ephemeral, *from, BRIG_NOISE_KEY_BYTES);
        *from += BRIG_NOISE_KEY_BYTES;
        mix_ephemeral(handshake, handshake->remote_ephemeral);
    } else if (token == TOKEN_S) {
        status = decrypt_and_hash(handshake, sealed_static, handshake->remote_static);
        *from += sealed_static.len;
    } else {
        status = mix_token(handshake, token);
    }
    return status;
}

static bool is_our_turn(const brig_noise_handshake *handshake)
{
    return handshake->step < BRIG_NOISE_MESSAGES &&
           (handshake->step % 2 == 0) == (handshake->role == BRIG_NOISE_INITIATOR);
}

void brig_noise_init(brig_noise_handshake *handshake, brig_suite suite, brig_noise_role role,
                     const brig_noise_keys *keys, brig_span prologue)
{
    const struct pattern *pattern = &patterns[suite];
    brig_span name = brig_span_text(suites[suite].name);

    memset(handshake, 0, sizeof(*handshake));
    handshake->suite = suite;
    handshake->role = role;
    handshake->keys = *keys;
    (void)crypto_scalarmult_curve25519_base(handshake->ephemeral_public, keys->ephemeral_secret);
    if (pattern->has_statics)
        (void)crypto_scalarmult_curve25519_base(handshake->static_public, keys->static_secret);
    memcpy(handshake->remote_static, keys->remote_public, BRIG_NOISE_KEY_BYTES);

    /* InitializeSymmetric: a name of up to 32 bytes stands for itself. */
    if (name.len <= BRIG_NOISE_HASH_BYTES)
        memcpy(handshake->hash, name.data, name.len);
    else
        (void)crypto_hash_sha256(handshake->hash, name.data, name.len);
    memcpy(handshake->chaining_key, handshake->hash, BRIG_NOISE_HASH_BYTES);
    mix_hash(handshake, prologue);
    if (pattern->has_statics)
        mix_hash(handshake, (brig_span){role == BRIG_NOISE_INITIATOR ? handshake->remote_static
                                                                     : handshake->static_public,
                                        BRIG_NOISE_KEY_BYTES});
}

void brig_noise_done(brig_noise_handshake *handshake)
{
    sodium_memzero(handshake, sizeof(*handshake));
}

size_t brig_noise_message_bytes(brig_suite suite, size_t step)
{
    assert(step < BRIG_NOISE_MESSAGES);
    return suites[suite].message_bytes[step];
}

brig_status brig_noise_write(brig_noise_handshake *handshake, brig_span payload, brig_room to)
{
    const pattern_token *tokens = patterns[handshake->suite].messages[handshake->step];
    brig_noise_handshake next = *handshake;
    uint8_t *place = to.data;
    brig_status status = BRIG_OK;

    assert(is_our_turn(handshake));
    assert(to.len == brig_noise_message_bytes(next.suite, next.step) + payload.len);
    for (const pattern_token *token = tokens; *token != TOKEN_END; token++) {
        status = write_token(&next, *token, &place);
        if (status != BRIG_OK)
            goto out;
    }
    status = encrypt_and_hash(&next, payload, place);
    if (status != BRIG_OK)
        goto out;
    next.step++;
    *handshake = next;

out:
    brig_noise_done(&next);
    return status;
}

brig_status brig_noise_read(brig_noise_handshake *handshake, brig_span message,
                            brig_room ret_payload)
{
    const pattern_token *tokens = patterns[handshake->suite].messages[handshake->step];
    brig_noise_handshake next = *handshake;
    size_t envelope_bytes = brig_noise_message_bytes(next.suite, next.step);
    const uint8_t *place = message.data;
    brig_status status = BRIG_AUTH;

    assert(handshake->step < BRIG_NOISE_MESSAGES && !is_our_turn(handshake));
    if (message.len < envelope_bytes)
        goto out;
    assert(ret_payload.len == message.len - envelope_bytes);
    for (const pattern_token *token = tokens; *token != TOKEN_END; token++) {
        status = read_token(&next, *token, &place);
        if (status != BRIG_OK)
            goto out;
    }
    status = decrypt_and_hash(&next, (brig_span){place, ret_payload.len + BRIG_CIPHER_TAG_BYTES},
                              ret_payload.data);
    if (status != BRIG_OK)
        goto out;
    next.step++;
    *handshake = next;

out:
    brig_noise_done(&next);
    return status;
}

void brig_noise_split(const brig_noise_handshake *handshake, brig_cipher *ret_send,
                      brig_cipher *ret_receive)
{
    uint8_t outputs[2][BRIG_NOISE_HASH_BYTES];
    bool is_initiator = handshake->role == BRIG_NOISE_INITIATOR;
    brig_cipher *first = is_initiator ? ret_send : ret_receive;
    brig_cipher *second = is_initiator ? ret_receive : ret_send;

    assert(handshake->step == BRIG_NOISE_MESSAGES);
    derive(handshake->chaining_key, (brig_span){NULL, 0}, 2, outputs);
    memcpy(first->key, outputs[0], BRIG_NOISE_KEY_BYTES);
    memcpy(second->key, outputs[1], BRIG_NOISE_KEY_BYTES);
    first->nonce = 0;
    second->nonce = 0;
    sodium_memzero(outputs, sizeof(outputs));
}
