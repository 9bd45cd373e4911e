/* SPDX-License-Identifier: MIT */
/* A connection until records flow: preamble, refusal, handshake (spec 3.1 to 3.4). */
#include <brig/conn.h>

#include <sodium.h>

#include "conn_private.h"
#include "mutant.h"
#include "records.h"

enum {
    MAGIC_BYTES = sizeof(BRIG_PROTOCOL_MAGIC) - 1,
    PREAMBLE_BYTES = 8,
    REFUSAL_BYTES = 5,
};

/* Places in the preamble and the refusal, spec 3.1. */
enum {
    PREAMBLE_VERSION = 4,
    PREAMBLE_SUITE = 5,
    PREAMBLE_HIGHEST_VERSION = 6,
    PREAMBLE_ZERO = 7,
    REFUSAL_REASON = 2,
    REFUSAL_MIN_VERSION = 3,
    REFUSAL_MAX_VERSION = 4,
};

/* The handshake is complete: take over its outcome and wipe the rest. */
static void secure(brig_conn *conn)
{
    const brig_noise_handshake *handshake = &conn->handshake;

    brig_noise_split(handshake, &conn->sealing, &conn->opening);
    memcpy(conn->handshake_hash, handshake->hash, sizeof(conn->handshake_hash));
    memcpy(conn->peer_public, handshake->remote_static, sizeof(conn->peer_public));
    conn->suite = handshake->suite;
    conn->is_secured = true;
    brig_noise_done(&conn->handshake);
    sodium_memzero(&conn->keys, sizeof(conn->keys));
}

static brig_step refuse(brig_conn *conn, brig_refusal reason)
{
    const uint8_t refusal[REFUSAL_BYTES] = {0, 0, (uint8_t)reason, BRIG_PROTOCOL_VERSION,
                                            BRIG_PROTOCOL_VERSION};

    brig_conn_end_silently(conn, BRIG_REFUSED);
    brig_buffer_append(&conn->out, (brig_span){refusal, sizeof(refusal)});
    if (MUTANT(refuses_twice))
        brig_buffer_append(&conn->out, (brig_span){refusal, sizeof(refusal)});
    return BRIG_STEP_FAULT;
}

static bool is_well_formed(const uint8_t preamble[PREAMBLE_BYTES])
{
    if (memcmp(preamble, BRIG_PROTOCOL_MAGIC, MAGIC_BYTES) != 0 && !MUTANT(accepts_any_magic))
        return false;
    if (preamble[PREAMBLE_HIGHEST_VERSION] < preamble[PREAMBLE_VERSION] &&
        !MUTANT(accepts_a_highest_version_below_the_version))
        return false;
    return preamble[PREAMBLE_ZERO] == 0 || MUTANT(accepts_any_last_octet);
}

static bool offers(const brig_conn *conn, uint8_t suite)
{
    return suite <= BRIG_SUITE_KEYED && (conn->suites >> suite & 1u) != 0;
}

/* spec 3.1. `downgrade` cannot occur: this server has no version above the one it speaks. */
brig_step brig_conn_on_preamble(brig_conn *conn, brig_event *ret_event)
{
    const uint8_t *preamble = conn->in.data;

    (void)ret_event;
    if (conn->in.len < PREAMBLE_BYTES)
        return MUTANT(refuses_half_a_preamble) && conn->in.len > 0
                   ? refuse(conn, BRIG_REFUSAL_VERSION)
                   : BRIG_STEP_WAITS;
    if (!is_well_formed(preamble))
        return MUTANT(answers_a_malformed_preamble)
                   ? refuse(conn, BRIG_REFUSAL_VERSION)
                   : brig_conn_step_fault(conn, BRIG_MALFORMED, "");
    if (conn->refuse_busy)
        return refuse(conn, BRIG_REFUSAL_BUSY);
    uint8_t suite = preamble[PREAMBLE_SUITE];
    if (MUTANT(refuses_the_suite_first) && !offers(conn, suite))
        return refuse(conn, BRIG_REFUSAL_SUITE);
    if (preamble[PREAMBLE_VERSION] != BRIG_PROTOCOL_VERSION && !MUTANT(speaks_any_version))
        return refuse(conn, BRIG_REFUSAL_VERSION);
    if (!offers(conn, suite))
        return refuse(conn, BRIG_REFUSAL_SUITE);

    brig_noise_init(&conn->handshake, (brig_suite)suite, BRIG_NOISE_RESPONDER, &conn->keys,
                    (brig_span){preamble, PREAMBLE_BYTES});
    brig_buffer_consume(&conn->in, PREAMBLE_BYTES);
    brig_conn_move(conn, BRIG_STATE_AWAIT_HANDSHAKE);
    return BRIG_STEP_DONE;
}

/* spec 3.1; nothing authenticates it. */
static brig_step on_refusal(brig_conn *conn, brig_event *ret_event)
{
    const uint8_t *refusal = conn->in.data;

    if (conn->in.len < REFUSAL_BYTES)
        return BRIG_STEP_WAITS;
    *ret_event = (brig_event){.type = BRIG_EVENT_REFUSED,
                              .refusal = {.reason = refusal[REFUSAL_REASON],
                                          .min_version = refusal[REFUSAL_MIN_VERSION],
                                          .max_version = refusal[REFUSAL_MAX_VERSION]}};
    brig_conn_end_silently(conn, BRIG_REFUSED);
    return BRIG_STEP_EVENT;
}

/* Is this client on the server's list? Looks at every key, whichever fits. */
static bool is_listed(const brig_conn *conn, const uint8_t client_public[BRIG_KEY_BYTES])
{
    unsigned found = 0;

    for (size_t i = 0; i < conn->client_public_count; i++)
        found |= sodium_memcmp(conn->client_publics[i], client_public, BRIG_KEY_BYTES) == 0;
    return found != 0 || MUTANT(serves_any_client_key);
}

/* Server: message 1 is read, message 2 is written. HELLO has to wait for the client's. */
static brig_status answer_handshake(brig_conn *conn)
{
    size_t message_bytes = brig_noise_message_bytes(conn->handshake.suite, 1);
    size_t total_bytes = BRIG_FRAME_HEADER_BYTES + message_bytes;

    if (conn->handshake.suite == BRIG_SUITE_KEYED &&
        !is_listed(conn, conn->handshake.remote_static))
        return BRIG_AUTH;
    uint8_t *to = brig_buffer_reserve(&conn->out, total_bytes);
    if (to == NULL)
        return BRIG_NO_MEMORY;
    brig_frame_header(message_bytes, to);
    brig_status status = brig_noise_write(&conn->handshake, (brig_span){NULL, 0},
                                          (brig_room){to + BRIG_FRAME_HEADER_BYTES, message_bytes});
    if (status != BRIG_OK)
        return status;
    brig_buffer_grow(&conn->out, total_bytes);
    secure(conn);
    return MUTANT(greets_a_stranger) ? brig_conn_send_hello(conn) : BRIG_OK;
}

brig_step brig_conn_on_handshake(brig_conn *conn, brig_event *ret_event)
{
    bool is_client = conn->side == BRIG_SIDE_CLIENT;
    size_t expected = brig_noise_message_bytes(conn->handshake.suite, is_client ? 1 : 0);
    uint8_t no_payload;

    if (conn->in.len < BRIG_FRAME_HEADER_BYTES)
        return BRIG_STEP_WAITS;
    size_t len = brig_frame_bytes(conn->in.data);
    if (is_client && len == 0)
        return on_refusal(conn, ret_event);
    bool is_whole = conn->in.len - BRIG_FRAME_HEADER_BYTES >= len;
    if (len != expected && (is_whole || !MUTANT(awaits_a_handshake_of_any_length)))
        return brig_conn_step_fault(conn, BRIG_MALFORMED, "");
    if (!is_whole)
        return BRIG_STEP_WAITS;

    brig_status status =
        brig_noise_read(&conn->handshake, (brig_span){conn->in.data + BRIG_FRAME_HEADER_BYTES, len},
                        (brig_room){&no_payload, 0});
    if (status != BRIG_OK && MUTANT(answers_a_handshake_that_does_not_decrypt))
        return refuse(conn, BRIG_REFUSAL_SUITE);
    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status, "");
    if (is_client) {
        secure(conn);
        status = brig_conn_send_hello(conn);
    } else {
        status = answer_handshake(conn);
    }
    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status, "");
    brig_buffer_consume(&conn->in, BRIG_FRAME_HEADER_BYTES + len);
    brig_conn_move(conn, BRIG_STATE_AWAIT_HELLO);
    return BRIG_STEP_DONE;
}

brig_status brig_conn_begin_handshake(brig_conn *conn, brig_suite suite)
{
    uint8_t preamble[PREAMBLE_BYTES] = BRIG_PROTOCOL_MAGIC;
    size_t message_bytes = brig_noise_message_bytes(suite, 0);
    size_t total_bytes = sizeof(preamble) + BRIG_FRAME_HEADER_BYTES + message_bytes;

    preamble[PREAMBLE_VERSION] = BRIG_PROTOCOL_VERSION;
    preamble[PREAMBLE_SUITE] = (uint8_t)suite;
    preamble[PREAMBLE_HIGHEST_VERSION] = BRIG_PROTOCOL_VERSION;
    if (MUTANT(speaks_another_version))
        preamble[PREAMBLE_VERSION] = preamble[PREAMBLE_HIGHEST_VERSION] = BRIG_PROTOCOL_VERSION + 1;
    brig_noise_init(&conn->handshake, suite, BRIG_NOISE_INITIATOR, &conn->keys,
                    (brig_span){preamble, sizeof(preamble)});
    uint8_t *to = brig_buffer_reserve(&conn->out, total_bytes);
    if (to == NULL)
        return BRIG_NO_MEMORY;
    memcpy(to, preamble, sizeof(preamble));
    to += sizeof(preamble);
    brig_frame_header(message_bytes, to);
    to += BRIG_FRAME_HEADER_BYTES;
    /* It fails only if the pinned key is a point of low order. */
    if (brig_noise_write(&conn->handshake, (brig_span){NULL, 0}, (brig_room){to, message_bytes}) !=
        BRIG_OK)
        return BRIG_ARGUMENT;
    brig_buffer_grow(&conn->out, total_bytes);
    return BRIG_OK;
}
