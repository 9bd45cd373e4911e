/* SPDX-License-Identifier: MIT */
/* libproto alone, both ends in one process: no socket, no kernel. */
#include "bench.h"

#include <string.h>

#include <sodium.h>

#include <brig/conn.h>
#include <brig/pack.h>

enum {
    ROUND_CALLS = 32, /* calls and then their answers, sealed before the other side opens them */
    RUN_ROUNDS = 1000,
    RUN_MESSAGES = 2 * ROUND_CALLS * RUN_ROUNDS,
    CALL_BYTES = 32, /* sealed, about what such a call has: its flags and itself */
};

static bool make_end(brig_side side, brig_conn **ret_conn)
{
    brig_conn_config config = {.side = side,
                               .suite = BRIG_SUITE_LOCAL,
                               .suites = 1u << BRIG_SUITE_LOCAL,
                               .software = "bench",
                               .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                               .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};

    memset(config.psk, 1, sizeof(config.psk)); /* the same on both sides; it hides nothing */
    randombytes_buf(config.ephemeral, sizeof(config.ephemeral));
    return brig_conn_new(&config, ret_conn) == BRIG_OK;
}

/* What one has for the other. */
static void carry(brig_conn *from, brig_conn *to)
{
    for (;;) {
        brig_span output = brig_conn_output(from);
        brig_room room = output.len == 0 ? (brig_room){NULL, 0} : brig_conn_room(to);
        size_t len = output.len < room.len ? output.len : room.len;

        if (len == 0)
            return;
        memcpy(room.data, output.data, len);
        brig_conn_filled(to, len);
        brig_conn_sent(from, len);
    }
}

/* Take what is there; each CALL is answered with `answer`. The number of messages. */
static size_t take(brig_conn *conn, brig_span answer)
{
    brig_event event;
    size_t count = 0;

    while (brig_conn_next(conn, &event) == BRIG_OK) {
        const brig_message result = {
            .type = BRIG_MESSAGE_RESULT, .id = event.message.id, .body = answer};

        if (event.type != BRIG_EVENT_MESSAGE)
            continue;
        count++;
        if (event.message.type == BRIG_MESSAGE_CALL &&
            brig_conn_send(conn, &result, NULL) != BRIG_OK)
            return 0;
    }
    return count;
}

static bool greet(brig_conn *client, brig_conn *server)
{
    for (int i = 0; i < 8 && !(brig_conn_is_ready(client) && brig_conn_is_ready(server)); i++) {
        carry(client, server);
        (void)take(server, (brig_span){NULL, 0});
        carry(server, client);
        (void)take(client, (brig_span){NULL, 0});
    }
    return brig_conn_is_ready(client) && brig_conn_is_ready(server);
}

static bool exchange(brig_conn *client, brig_conn *server, brig_span body)
{
    const brig_message call = {
        .type = BRIG_MESSAGE_CALL, .name = brig_span_text("brig.eval"), .body = body};

    for (int i = 0; i < ROUND_CALLS; i++)
        if (brig_conn_send(client, &call, NULL) != BRIG_OK)
            return false;
    carry(client, server);
    if (take(server, body) != ROUND_CALLS)
        return false;
    carry(server, client);
    return take(client, body) == ROUND_CALLS;
}

static bool measure_once(brig_conn *client, brig_conn *server, brig_span body,
                         brig_samples *samples)
{
    uint64_t begin = brig_bench_cpu_ns();

    for (int i = 0; i < RUN_ROUNDS; i++)
        if (!exchange(client, server, body))
            return false;
    brig_samples_add(samples, RUN_MESSAGES * 1e9 / (double)(brig_bench_cpu_ns() - begin));
    return true;
}

bool brig_measure_proto(brig_bench *bench, size_t runs, brig_samples *samples)
{
    brig_conn *client = NULL;
    brig_conn *server = NULL;
    brig_buffer body;
    bool is_good;

    (void)bench;
    brig_buffer_init(&body, FLOOR_MESSAGE_BYTES);
    brig_pack_map(&body, 1);
    brig_pack_key_text(&body, "code", "1 + 1");
    is_good = body.fault == BRIG_OK && make_end(BRIG_SIDE_CLIENT, &client) &&
              make_end(BRIG_SIDE_SERVER, &server) && greet(client, server);
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = measure_once(client, server, brig_buffer_span(&body), samples);
    brig_conn_free(client);
    brig_conn_free(server);
    brig_buffer_done(&body);
    return is_good;
}

bool brig_floor_cipher(brig_bench *bench, size_t runs, brig_samples *samples)
{
    uint8_t plain[CALL_BYTES] = {0};
    uint8_t sealed[CALL_BYTES + crypto_aead_chacha20poly1305_IETF_ABYTES];
    uint8_t key[crypto_aead_chacha20poly1305_IETF_KEYBYTES] = {1};
    uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = {0};

    (void)bench;
    for (size_t i = 0; i < runs; i++) {
        uint64_t begin = brig_bench_cpu_ns();

        for (uint32_t j = 0; j < RUN_MESSAGES; j++) {
            memcpy(nonce, &j, sizeof(j));
            (void)crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain, sizeof(plain),
                                                            NULL, 0, NULL, nonce, key);
            if (crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, sizeof(sealed),
                                                          NULL, 0, nonce, key) != 0)
                return false;
        }
        brig_samples_add(samples, RUN_MESSAGES * 1e9 / (double)(brig_bench_cpu_ns() - begin));
    }
    return true;
}
