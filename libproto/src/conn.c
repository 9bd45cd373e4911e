/* SPDX-License-Identifier: MIT */
/* A connection's life: configuration, state, end, and what the caller may ask (spec 3 and 4). */
#include <brig/conn.h>

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "conn_private.h"
#include "generated/tables.h"
#include "hello.h"
#include "mutant.h"

enum {
    FIRST_READ_BYTES = 4 * 1024,
    IN_LIMIT_BYTES = 256 * 1024,
    OFFERED_SUITES = 1u << BRIG_SUITE_LOCAL | 1u << BRIG_SUITE_KEYED,
};

static const struct state_rule {
    unsigned receives; /* bit set of message types */
    unsigned moves;    /* bit set of states */
} state_rules[BRIG_STATE_COUNT] = {
#define MESSAGE(type)                (1u << BRIG_MESSAGE_##type)
#define STATE(state)                 (1u << BRIG_STATE_##state)
#define RULE(state, receives, moves) [BRIG_STATE_##state] = {(receives), (moves)},
    BRIG_STATE_MAP(RULE)
#undef RULE
#undef STATE
#undef MESSAGE
};

bool brig_conn_may_receive(const brig_conn *conn, uint8_t type)
{
    return type <= BRIG_MESSAGE_CLOSE && (state_rules[conn->state].receives >> type & 1u) != 0;
}

static void wipe_keys(brig_conn *conn)
{
    sodium_memzero(&conn->keys, sizeof(conn->keys));
    brig_noise_done(&conn->handshake);
    sodium_memzero(&conn->opening, sizeof(conn->opening));
    /* What was sent before the end still leaves; its key goes with it. */
    if (!conn->is_secured)
        brig_conn_drop_waiting(conn);
    if (brig_conn_waiting(conn) == 0)
        sodium_memzero(&conn->sealing, sizeof(conn->sealing));
}

void brig_conn_move(brig_conn *conn, brig_state to)
{
    assert((state_rules[conn->state].moves >> to & 1u) != 0);
    conn->state = to;
    if (to == BRIG_STATE_CLOSED)
        wipe_keys(conn);
}

/* May we say why we close? A server says nothing to a peer that has not shown a HELLO. */
static bool may_send_close(const brig_conn *conn)
{
    return conn->state == BRIG_STATE_OPEN ||
           (conn->state == BRIG_STATE_AWAIT_HELLO &&
            (conn->side == BRIG_SIDE_CLIENT || MUTANT(tells_a_stranger_its_fault)));
}

void brig_conn_end_silently(brig_conn *conn, brig_status status)
{
    conn->fault = status;
    brig_buffer_clear(&conn->out);
    brig_conn_drop_waiting(conn);
    if (conn->state != BRIG_STATE_CLOSED)
        brig_conn_move(conn, BRIG_STATE_CLOSED);
}

static brig_close_code close_code_of(brig_status status)
{
    switch (status) {
    case BRIG_MALFORMED:
    case BRIG_STATE:
        return MUTANT(calls_a_fault_internal) ? BRIG_CLOSE_INTERNAL : BRIG_CLOSE_PROTOCOL;
    case BRIG_TOO_LARGE:
        return MUTANT(calls_too_large_a_fault) ? BRIG_CLOSE_PROTOCOL : BRIG_CLOSE_TOO_LARGE;
    default:
        return BRIG_CLOSE_INTERNAL;
    }
}

brig_status brig_conn_fail(brig_conn *conn, brig_status status, const char *reason)
{
    assert(conn->fault == BRIG_OK);
    bool is_silent = status == BRIG_AUTH && !MUTANT(says_that_a_record_does_not_decrypt);
    if (is_silent || (conn->state != BRIG_STATE_CLOSING && !may_send_close(conn))) {
        brig_conn_end_silently(conn, status);
        return status;
    }
    conn->fault = status;
    if (may_send_close(conn) && !MUTANT(leaves_without_a_word) &&
        brig_conn_send_close(conn, close_code_of(status), reason) == BRIG_OK)
        brig_conn_move(conn, BRIG_STATE_CLOSING);
    else
        brig_conn_move(conn, BRIG_STATE_CLOSED);
    return status;
}

void brig_conn_close(brig_conn *conn, brig_close_code code, const char *text)
{
    if (conn->fault != BRIG_OK || conn->has_sent_close)
        return;
    if (!may_send_close(conn)) {
        brig_conn_end_silently(conn, BRIG_CLOSED);
        return;
    }
    brig_status status = brig_conn_send_close(conn, code, text);
    if (status == BRIG_OK) {
        brig_conn_move(conn, BRIG_STATE_CLOSING);
    } else {
        conn->fault = status;
        brig_conn_move(conn, BRIG_STATE_CLOSED);
    }
}

brig_status brig_conn_eof(brig_conn *conn)
{
    if (conn->has_received_close || MUTANT(takes_a_truncation_for_an_end))
        return BRIG_OK;
    if (conn->fault == BRIG_OK)
        conn->fault = BRIG_TRUNCATED;
    if (conn->state != BRIG_STATE_CLOSED)
        brig_conn_move(conn, BRIG_STATE_CLOSED);
    return BRIG_TRUNCATED;
}

bool brig_conn_is_closing(const brig_conn *conn)
{
    return conn->has_sent_close;
}

bool brig_conn_is_closed(const brig_conn *conn)
{
    return conn->has_received_close;
}

bool brig_conn_is_ready(const brig_conn *conn)
{
    return conn->is_ready;
}

bool brig_conn_is_open_call(const brig_conn *conn, uint64_t id)
{
    return brig_calls_are_open(&conn->theirs, id);
}

size_t brig_conn_peer_max_message(const brig_conn *conn)
{
    return conn->peer_max_message_bytes;
}

size_t brig_conn_memory_bytes(const brig_conn *conn)
{
    return conn->in.capacity + conn->assembly.capacity + conn->out.capacity +
           conn->waiting.capacity + conn->kept_memory.capacity;
}

void brig_conn_trim(brig_conn *conn)
{
    /* What is lent with an event has a length until it is given back. */
    if (conn->in.len == 0)
        brig_buffer_done(&conn->in);
    if (conn->assembly.len == 0)
        brig_buffer_done(&conn->assembly);
    if (conn->waiting.len == 0)
        brig_buffer_done(&conn->waiting);
    if (conn->kept.len == 0)
        brig_buffer_done(&conn->kept_memory);
    if (brig_conn_pending(conn) == 0) /* what waits must find a window */
        brig_buffer_done(&conn->out);
}

brig_status brig_conn_handshake_hash(const brig_conn *conn,
                                     uint8_t ret_hash[BRIG_HANDSHAKE_HASH_BYTES])
{
    if (!conn->is_secured)
        return BRIG_STATE;
    memcpy(ret_hash, conn->handshake_hash, sizeof(conn->handshake_hash));
    return BRIG_OK;
}

brig_status brig_conn_peer_public(const brig_conn *conn, uint8_t ret_public[BRIG_KEY_BYTES])
{
    if (!conn->is_secured || conn->suite != BRIG_SUITE_KEYED)
        return BRIG_STATE;
    memcpy(ret_public, conn->peer_public, sizeof(conn->peer_public));
    return BRIG_OK;
}

/* All-zero bytes are a key that somebody forgot to set. */
static bool is_set(const uint8_t key[BRIG_KEY_BYTES])
{
    return sodium_is_zero(key, BRIG_KEY_BYTES) == 0;
}

static unsigned suites_of(const brig_conn_config *config)
{
    return config->side == BRIG_SIDE_CLIENT ? 1u << config->suite : config->suites;
}

static bool has_keys(const brig_conn_config *config)
{
    unsigned suites = suites_of(config);
    bool is_client = config->side == BRIG_SIDE_CLIENT;

    if (suites == 0 || (suites & ~(unsigned)OFFERED_SUITES) != 0 || !is_set(config->ephemeral))
        return false;
    if ((suites & 1u << BRIG_SUITE_LOCAL) != 0 && !is_set(config->psk))
        return false;
    if ((suites & 1u << BRIG_SUITE_KEYED) == 0)
        return true;
    return is_set(config->static_secret) &&
           (is_client ? is_set(config->server_public) : config->client_public_count > 0);
}

static bool is_possible(const brig_conn_config *config)
{
    if (config->side != BRIG_SIDE_CLIENT && config->side != BRIG_SIDE_SERVER)
        return false;
    if (config->side == BRIG_SIDE_CLIENT && config->suite != BRIG_SUITE_LOCAL &&
        config->suite != BRIG_SUITE_KEYED)
        return false;
    /* One record may arrive before the peer has read our HELLO. */
    if (config->max_message_bytes < BRIG_LIMIT_FRAGMENT_BYTES ||
        config->max_message_bytes > BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES)
        return false;
    return config->software != NULL && has_keys(config);
}

static brig_status copy_client_publics(brig_conn *conn, const brig_conn_config *config)
{
    size_t count = config->client_public_count;

    if (config->side != BRIG_SIDE_SERVER || count == 0)
        return BRIG_OK;
    conn->client_publics = calloc(count, BRIG_KEY_BYTES);
    if (conn->client_publics == NULL)
        return BRIG_NO_MEMORY;
    memcpy(conn->client_publics, config->client_publics, count * BRIG_KEY_BYTES);
    conn->client_public_count = count;
    return BRIG_OK;
}

static void set_up(brig_conn *conn, const brig_conn_config *config)
{
    bool is_client = config->side == BRIG_SIDE_CLIENT;

    conn->side = config->side;
    conn->state = is_client ? BRIG_STATE_AWAIT_HANDSHAKE : BRIG_STATE_AWAIT_PREAMBLE;
    conn->suites = suites_of(config);
    conn->refuse_busy = config->refuse_busy;
    memcpy(conn->keys.ephemeral_secret, config->ephemeral, BRIG_KEY_BYTES);
    memcpy(conn->keys.static_secret, config->static_secret, BRIG_KEY_BYTES);
    memcpy(conn->keys.psk, config->psk, BRIG_KEY_BYTES);
    if (is_client)
        memcpy(conn->keys.remote_public, config->server_public, BRIG_KEY_BYTES);
    brig_calls_init(&conn->ours, BRIG_LIMIT_MAX_CALLS);
    brig_calls_init(&conn->theirs, BRIG_LIMIT_MAX_CALLS);
    conn->peer_max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES;
    conn->max_output_bytes = config->max_output_bytes;
    conn->read_bytes = FIRST_READ_BYTES;
    brig_buffer_init(&conn->in, IN_LIMIT_BYTES);
    brig_buffer_init(&conn->assembly,
                     config->max_message_bytes * (MUTANT(joins_twice_max_message) ? 2 : 1));
    brig_buffer_init(&conn->out, BRIG_WINDOW_BYTES);
    brig_buffer_init(&conn->waiting, SIZE_MAX); /* brig_conn_send() keeps it bounded */
    brig_buffer_init(&conn->hello, BRIG_LIMIT_HELLO_BYTES);
}

brig_status brig_conn_new(const brig_conn_config *config, brig_conn **ret_conn)
{
    brig_conn *conn = NULL;
    brig_status status = BRIG_ARGUMENT;

    if (!is_possible(config))
        goto out;
    status = BRIG_UNAVAILABLE;
    if (sodium_init() < 0)
        goto out;
    status = BRIG_NO_MEMORY;
    conn = calloc(1, sizeof(*conn));
    if (conn == NULL)
        goto out;

    set_up(conn, config);
    const brig_hello hello = {.software = brig_span_text(config->software),
                              .capabilities = config->capabilities,
                              .max_message_bytes = config->max_message_bytes,
                              .max_calls = BRIG_LIMIT_MAX_CALLS};
    status = brig_hello_append(&hello, &conn->hello);
    if (status == BRIG_OK)
        status = copy_client_publics(conn, config);
    if (status == BRIG_OK && config->side == BRIG_SIDE_CLIENT)
        status = brig_conn_begin_handshake(conn, config->suite);
    if (status != BRIG_OK)
        goto out;
    *ret_conn = conn;
    conn = NULL;

out:
    brig_conn_free(conn);
    return status;
}

void brig_conn_free(brig_conn *conn)
{
    if (conn == NULL)
        return;
    free(conn->client_publics);
    brig_buffer_done(&conn->in);
    brig_buffer_done(&conn->assembly);
    brig_buffer_done(&conn->out);
    brig_buffer_done(&conn->hello);
    brig_buffer_done(&conn->waiting);
    brig_buffer_done(&conn->kept_memory);
    sodium_memzero(conn, sizeof(*conn));
    free(conn);
}
