/* SPDX-License-Identifier: MIT */
/*
 * A peer whose every byte the test writes by hand. All keys are fixed, so the whole stream for the
 * connection under test can be made before that has said a word, and be cut anywhere.
 */
#ifndef BRIG_TESTS_PUPPET_H
#define BRIG_TESTS_PUPPET_H

#include <string.h>

#include <brig/conn.h>

#include "check.h"
#include "noise.h"
#include "records.h"

enum {
    PUPPET_PREAMBLE_BYTES = 8,
    PUPPET_STREAM_BYTES = 256 * 1024,
};

/* Byte for byte, padding too: for objects that must not have been touched. */
static inline bool is_same(const void *a, const void *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

/* Two sides that know each other. */
static inline brig_conn_config puppet_config(brig_side side, brig_suite suite)
{
    /* The server's public key and the only client's, from their secrets. */
    static uint8_t server_public[BRIG_KEY_BYTES];
    static uint8_t client_publics[1][BRIG_KEY_BYTES];
    brig_conn_config client = {.side = BRIG_SIDE_CLIENT,
                               .suite = suite,
                               .ephemeral = {8, 1},
                               .psk = {7},
                               .static_secret = {16, 1},
                               .software = "a client",
                               .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                               .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};
    brig_conn_config server = client;

    server.side = BRIG_SIDE_SERVER;
    server.suites = 1u << BRIG_SUITE_LOCAL | 1u << BRIG_SUITE_KEYED;
    server.ephemeral[0] = 24;
    server.static_secret[0] = 32;
    server.software = "a server";
    brig_key_public(server.static_secret, server_public);
    brig_key_public(client.static_secret, client_publics[0]);
    memcpy(client.server_public, server_public, BRIG_KEY_BYTES);
    server.client_publics = (const uint8_t(*)[BRIG_KEY_BYTES])client_publics;
    server.client_public_count = 1;
    return side == BRIG_SIDE_CLIENT ? client : server;
}

static inline brig_conn *puppet_conn(const brig_conn_config *config)
{
    brig_conn *conn = NULL;
    brig_status status = brig_conn_new(config, &conn);

    CHECK(status == BRIG_OK, "brig_conn_new: %s", brig_status_name(status));
    return conn;
}

/* The peer of a connection under test, and the stream for it. */
struct puppet {
    brig_cipher sealing;
    brig_cipher opening;
    size_t handshake_in_bytes;  /* of the stream, before its first record */
    size_t handshake_out_bytes; /* what the connection sends before its first record */
    size_t len;
    uint8_t stream[PUPPET_STREAM_BYTES];
};

static inline void puppet_append(struct puppet *puppet, const void *bytes, size_t len)
{
    CHECK(len <= sizeof(puppet->stream) - puppet->len, "the stream is full");
    if (len > 0)
        memcpy(puppet->stream + puppet->len, bytes, len);
    puppet->len += len;
}

static inline void puppet_frame(struct puppet *puppet, const void *bytes, size_t len)
{
    uint8_t header[BRIG_FRAME_HEADER_BYTES];

    brig_frame_header(len, header);
    puppet_append(puppet, header, sizeof(header));
    puppet_append(puppet, bytes, len);
}

/* One record with any flags and any fragment that fits a record. */
static inline void puppet_record(struct puppet *puppet, uint8_t flags, const void *fragment,
                                 size_t len)
{
    static uint8_t plaintext[BRIG_LIMIT_RECORD_BYTES];

    CHECK(len <= BRIG_LIMIT_FRAGMENT_BYTES, "a fragment of %zu bytes", len);
    plaintext[0] = flags;
    if (len > 0)
        memcpy(plaintext + 1, fragment, len);
    CHECK(brig_cipher_encrypt(&puppet->sealing, (brig_span){NULL, 0},
                              (brig_span){plaintext, len + 1}, plaintext) == BRIG_OK,
          "no nonce left");
    puppet_frame(puppet, plaintext, len + 1 + BRIG_CIPHER_TAG_BYTES);
}

/* Play both sides of the handshake; the puppet's part of it begins the stream. */
static inline void puppet_begin(struct puppet *puppet, brig_side puppet_side, brig_suite suite)
{
    const brig_conn_config client = puppet_config(BRIG_SIDE_CLIENT, suite);
    const brig_conn_config server = puppet_config(BRIG_SIDE_SERVER, suite);
    const uint8_t preamble[PUPPET_PREAMBLE_BYTES] = {'B', 'R', 'I', 'G', 1, (uint8_t)suite, 1, 0};
    const brig_span prologue = {preamble, sizeof(preamble)};
    size_t bytes[] = {brig_noise_message_bytes(suite, 0), brig_noise_message_bytes(suite, 1)};
    brig_noise_handshake sides[2];
    uint8_t messages[2][96];
    uint8_t none[1];

    for (int i = 0; i < 2; i++) {
        const brig_conn_config *config = i == 0 ? &client : &server;
        brig_noise_keys keys = {.psk = {0}};

        memcpy(keys.ephemeral_secret, config->ephemeral, BRIG_KEY_BYTES);
        memcpy(keys.static_secret, config->static_secret, BRIG_KEY_BYTES);
        memcpy(keys.psk, config->psk, BRIG_KEY_BYTES);
        if (i == 0)
            memcpy(keys.remote_public, client.server_public, BRIG_KEY_BYTES);
        brig_noise_init(&sides[i], suite, i == 0 ? BRIG_NOISE_INITIATOR : BRIG_NOISE_RESPONDER,
                        &keys, prologue);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(brig_noise_write(&sides[i], (brig_span){NULL, 0},
                               (brig_room){messages[i], bytes[i]}) == BRIG_OK,
              "message %d", i + 1);
        CHECK(brig_noise_read(&sides[1 - i], (brig_span){messages[i], bytes[i]},
                              (brig_room){none, 0}) == BRIG_OK,
              "message %d", i + 1);
    }

    int self = puppet_side == BRIG_SIDE_CLIENT ? 0 : 1;
    puppet->len = 0;
    brig_noise_split(&sides[self], &puppet->sealing, &puppet->opening);
    if (self == 0)
        puppet_append(puppet, preamble, sizeof(preamble));
    puppet_frame(puppet, messages[self], bytes[self]);
    puppet->handshake_in_bytes = puppet->len;
    puppet->handshake_out_bytes =
        BRIG_FRAME_HEADER_BYTES + bytes[1 - self] + (self == 0 ? 0 : sizeof(preamble));
}

/* Put bytes into the connection as its room allows. Returns how many it took. */
static inline size_t puppet_feed(brig_conn *conn, const uint8_t *bytes, size_t len)
{
    brig_room room = brig_conn_room(conn);
    size_t part = len < room.len ? len : room.len;

    if (part > 0) {
        memcpy(room.data, bytes, part);
        brig_conn_filled(conn, part);
    }
    return part;
}

#endif
