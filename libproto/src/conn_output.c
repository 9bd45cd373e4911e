/* SPDX-License-Identifier: MIT */
/* What a connection has for its peer: sealed as it leaves, not before (spec 3.5). */
#include <brig/conn.h>

#include <assert.h>

#include <sodium.h>

#include "conn_private.h"
#include "link_private.h"
#include "records.h"
#include "try.h"
#include "u32.h"

enum {
    BODY = 1, /* the piece of a message that can be long; the one before it is its head */
};

_Static_assert(BRIG_WINDOW_BYTES > 2 * (BRIG_LIMIT_HELLO_BYTES + BRIG_RECORD_OVERHEAD_BYTES),
               "handshake and HELLO leave at once");

size_t brig_conn_waiting(const brig_conn *conn)
{
    return conn->kept.len + conn->waiting.len +
           (size_t)conn->waiting_records * BRIG_RECORD_OVERHEAD_BYTES;
}

size_t brig_conn_pending(const brig_conn *conn)
{
    return conn->out.len + brig_conn_waiting(conn);
}

uint64_t brig_conn_records_left(const brig_conn *conn)
{
    return brig_records_left(&conn->sealing) - conn->waiting_records;
}

void brig_conn_drop_waiting(brig_conn *conn)
{
    brig_buffer_done(&conn->waiting);
    brig_buffer_done(&conn->kept_memory);
    conn->kept = (brig_span){NULL, 0};
    conn->waiting_records = 0;
    conn->front_bytes = 0;
}

static size_t window_left(const brig_conn *conn)
{
    return BRIG_WINDOW_BYTES - conn->out.len;
}

/* Memory for so much more, or for a whole window, so that sealing later cannot fail. */
static brig_status reserve(brig_conn *conn, size_t sealed_bytes)
{
    size_t left = window_left(conn);
    const uint8_t *to = brig_buffer_reserve(&conn->out, sealed_bytes < left ? sealed_bytes : left);

    return to != NULL ? BRIG_OK : BRIG_NO_MEMORY;
}

static void seal_what_fits(brig_conn *conn, brig_unsealed *message)
{
    size_t bytes = brig_record_bytes(message);

    while (message->left_bytes > 0 && bytes <= window_left(conn)) {
        uint8_t *to = brig_buffer_reserve(&conn->out, bytes);

        assert(to != NULL);
        brig_record_seal(&conn->sealing, message, to);
        brig_buffer_grow(&conn->out, bytes);
        bytes = brig_record_bytes(message);
    }
}

/* The memory is there. */
static void let_wait(brig_conn *conn, brig_unsealed *message)
{
    size_t len = message->left_bytes;

    conn->waiting_records += brig_records_count(len);
    brig_u32_append(&conn->waiting, len);
    brig_unsealed_copy(message, brig_buffer_reserve(&conn->waiting, len));
    brig_buffer_grow(&conn->waiting, len);
}

/* The same for a message whose body stays where it is; it has been sealed up to there. */
static void let_wait_kept(brig_conn *conn, brig_unsealed *message)
{
    conn->waiting_records += brig_records_count(message->left_bytes);
    conn->kept = brig_unsealed_skip_piece(message);
    conn->front_bytes = message->left_bytes;
    brig_unsealed_copy(message, brig_buffer_reserve(&conn->waiting, conn->front_bytes));
    brig_buffer_grow(&conn->waiting, conn->front_bytes);
}

/*
 * Memory for what the window does not take. The body may stay where it is only if the window will
 * end in it: when it is empty, and this is more than it takes.
 */
static brig_status prepare_to_wait(brig_conn *conn, const brig_pieces *pieces, brig_link *link,
                                   bool *ret_is_kept)
{
    bool ends_in_body = conn->is_secured && brig_conn_pending(conn) == 0 &&
                        pieces->piece[BODY].len > BRIG_WINDOW_BYTES;
    size_t beside_bytes = BRIG_U32_BYTES + pieces->total_bytes - pieces->piece[BODY].len;

    if (brig_buffer_reserve(&conn->waiting, beside_bytes) == NULL)
        return BRIG_NO_MEMORY;
    if (ends_in_body && link != NULL)
        brig_buffer_done(&conn->kept_memory);
    *ret_is_kept = ends_in_body && link != NULL &&
                   brig_link_give(link, pieces->piece[BODY], &conn->kept_memory);
    if (!*ret_is_kept &&
        brig_buffer_reserve(&conn->waiting, BRIG_U32_BYTES + pieces->total_bytes) == NULL)
        return BRIG_NO_MEMORY;
    return BRIG_OK;
}

brig_status brig_conn_seal(brig_conn *conn, const brig_pieces *pieces, brig_link *link)
{
    brig_unsealed message = brig_unsealed_of(pieces->piece, pieces->count);
    bool may_seal = conn->is_secured && brig_conn_waiting(conn) == 0;
    bool is_kept = false;

    if (brig_records_count(message.left_bytes) > brig_conn_records_left(conn))
        return BRIG_STATE;
    if (may_seal)
        TRY(reserve(conn, brig_records_bytes(message.left_bytes)));
    if (!may_seal || brig_records_bytes(message.left_bytes) > window_left(conn))
        TRY(prepare_to_wait(conn, pieces, link, &is_kept));

    /* Nothing can fail from here on. */
    if (may_seal)
        seal_what_fits(conn, &message);
    if (is_kept)
        let_wait_kept(conn, &message);
    else if (message.left_bytes > 0)
        let_wait(conn, &message);
    return BRIG_OK;
}

static void take_length(brig_conn *conn)
{
    conn->front_bytes = brig_u32_read(conn->waiting.data);
    brig_buffer_consume(&conn->waiting, BRIG_U32_BYTES);
}

/* So much of the message at the front is sealed. */
static void drop_front(brig_conn *conn, size_t len)
{
    size_t from_kept = len < conn->kept.len ? len : conn->kept.len;

    if (from_kept > 0) {
        conn->kept.data += from_kept;
        conn->kept.len -= from_kept;
        if (conn->kept.len == 0)
            brig_buffer_clear(&conn->kept_memory);
    }
    brig_buffer_consume(&conn->waiting, len - from_kept);
    conn->front_bytes -= len - from_kept;
}

/* Seal of the message at the front of those that wait; is it all? */
static bool seal_front(brig_conn *conn)
{
    if (conn->kept.len == 0 && conn->front_bytes == 0)
        take_length(conn);
    const brig_span pieces[] = {conn->kept, {conn->waiting.data, conn->front_bytes}};
    brig_unsealed message = brig_unsealed_of(pieces, sizeof(pieces) / sizeof(pieces[0]));
    size_t len = message.left_bytes;

    seal_what_fits(conn, &message);
    drop_front(conn, len - message.left_bytes);
    return message.left_bytes == 0;
}

/* All that waited is sealed. */
static void finish_waiting(brig_conn *conn)
{
    if (conn->waiting.capacity > BRIG_KEPT_BYTES)
        brig_buffer_done(&conn->waiting);
    if (conn->state == BRIG_STATE_CLOSED)
        sodium_memzero(&conn->sealing, sizeof(conn->sealing));
}

/* Seal what waits, in its order, as far as the window goes. */
static void fill_window(brig_conn *conn)
{
    uint64_t first_nonce = conn->sealing.nonce;
    bool has_room = true;

    while (has_room && conn->kept.len + conn->waiting.len > 0)
        has_room = seal_front(conn);
    conn->waiting_records -= conn->sealing.nonce - first_nonce;
    if (brig_conn_waiting(conn) == 0)
        finish_waiting(conn);
}

bool brig_conn_give_back(brig_conn *conn, brig_link *link)
{
    if (conn->kept.len > 0 || conn->kept_memory.data == NULL)
        return false;
    brig_link_take_back(link, &conn->kept_memory);
    return true;
}

brig_status brig_conn_send_hello(brig_conn *conn)
{
    brig_span bytes = brig_buffer_span(&conn->hello);
    brig_unsealed hello = brig_unsealed_of(&bytes, 1);

    if (reserve(conn, brig_record_bytes(&hello) + brig_conn_waiting(conn)) != BRIG_OK) {
        brig_conn_drop_waiting(conn);
        return BRIG_NO_MEMORY;
    }
    seal_what_fits(conn, &hello);
    assert(hello.left_bytes == 0);
    brig_buffer_done(&conn->hello);
    fill_window(conn);
    return BRIG_OK;
}

brig_span brig_conn_output(const brig_conn *conn)
{
    return brig_buffer_span(&conn->out);
}

void brig_conn_sent(brig_conn *conn, size_t len)
{
    assert(len <= conn->out.len);
    brig_buffer_consume(&conn->out, len);
    /* Only when it is empty, so that nothing in it ever has to move. */
    if (conn->out.len == 0 && conn->is_secured && brig_conn_waiting(conn) > 0)
        fill_window(conn);
}
