/* SPDX-License-Identifier: MIT */
/* What a connection sends: calls and their answers, HELLO, CLOSE (spec 3.5, 3.6 and 6). */
#include <brig/conn.h>

#include <assert.h>

#include "conn_private.h"
#include "generated/tables.h"
#include "mutant.h"
#include "records.h"
#include "try.h"

enum {
    RESERVED_RECORDS = 1, /* so that a CLOSE always has its nonce */
};

_Static_assert(BRIG_LIMIT_FRAGMENT_BYTES > 2 * BRIG_LIMIT_ERROR_MESSAGE_BYTES,
               "a CLOSE fits one record");

static const char *const close_names[BRIG_CLOSE_COUNT] = {
#define CLOSE_NAME(code, name) [BRIG_CLOSE_##code] = (name),
    BRIG_CLOSE_MAP(CLOSE_NAME)
#undef CLOSE_NAME
};

brig_status brig_conn_send_close(brig_conn *conn, brig_close_code code, const char *text)
{
    brig_buffer clean;
    brig_pieces pieces;
    brig_status status;

    assert(code < BRIG_CLOSE_COUNT);
    brig_buffer_init(&clean, BRIG_LIMIT_ERROR_MESSAGE_BYTES);
    brig_text_clean(brig_span_text(text), BRIG_LIMIT_ERROR_MESSAGE_BYTES, &clean);
    status = clean.fault;
    if (status != BRIG_OK)
        goto out;
    const brig_message message = {.type = BRIG_MESSAGE_CLOSE,
                                  .name = brig_span_text(close_names[code]),
                                  .text = brig_buffer_span(&clean)};
    status = brig_message_pieces(&message, &pieces);
    if (status == BRIG_OK)
        status = brig_conn_seal(conn, &pieces, NULL);
    if (status == BRIG_OK && MUTANT(closes_twice))
        status = brig_conn_seal(conn, &pieces, NULL);
    if (status == BRIG_OK)
        conn->has_sent_close = true;

out:
    brig_buffer_done(&clean);
    return status;
}

/* Is sending legal at all? A client may call before it is connected, a server may not. */
static bool may_send(const brig_conn *conn)
{
    if (conn->fault != BRIG_OK)
        return false;
    if (conn->state == BRIG_STATE_OPEN)
        return true;
    return conn->side == BRIG_SIDE_CLIENT &&
           (conn->state == BRIG_STATE_AWAIT_HANDSHAKE || conn->state == BRIG_STATE_AWAIT_HELLO);
}

/* Choose the id of a CALL, check that of everything else. */
static brig_status number(const brig_conn *conn, brig_message *message)
{
    switch (message->type) {
    case BRIG_MESSAGE_CALL:
        if (conn->ours.last_id == BRIG_LIMIT_MAX_ID)
            return BRIG_STATE;
        if (!brig_calls_have_room(&conn->ours, brig_call_kind_of(message->name)))
            return BRIG_FULL;
        message->id = conn->ours.last_id + 1;
        return BRIG_OK;
    case BRIG_MESSAGE_RESULT:
    case BRIG_MESSAGE_ERROR:
    case BRIG_MESSAGE_EVENT:
        return brig_calls_are_open(&conn->theirs, message->id) ||
                       MUTANT(sends_an_event_after_the_end)
                   ? BRIG_OK
                   : BRIG_STATE;
    default:
        return BRIG_ARGUMENT;
    }
}

static brig_status check_size(const brig_conn *conn, size_t message_bytes)
{
    size_t limit = conn->is_ready ? conn->peer_max_message_bytes : BRIG_LIMIT_FRAGMENT_BYTES;
    if (MUTANT(ignores_the_peers_max_message))
        limit = SIZE_MAX;
    size_t waiting = conn->is_secured ? brig_conn_pending(conn) : brig_conn_waiting(conn);

    if (message_bytes > limit)
        return BRIG_TOO_LARGE;
    if (waiting > 0 && (waiting > conn->max_output_bytes ||
                        brig_records_bytes(message_bytes) > conn->max_output_bytes - waiting))
        return BRIG_FULL;
    return BRIG_OK;
}

static brig_status enqueue(brig_conn *conn, const brig_pieces *pieces, brig_link *link)
{
    if (brig_records_count(pieces->total_bytes) + RESERVED_RECORDS > brig_conn_records_left(conn)) {
        brig_conn_close(conn, BRIG_CLOSE_INTERNAL, "no record numbers are left");
        return BRIG_STATE;
    }
    return brig_conn_seal(conn, pieces, link);
}

brig_status brig_conn_send(brig_conn *conn, const brig_message *message, uint64_t *ret_id)
{
    return brig_conn_relay(conn, message, NULL, ret_id);
}

brig_status brig_conn_relay(brig_conn *conn, const brig_message *message, brig_link *link,
                            uint64_t *ret_id)
{
    brig_message numbered = *message;
    brig_pieces pieces;

    if (!may_send(conn))
        return BRIG_STATE;
    TRY(number(conn, &numbered));
    TRY(brig_message_pieces(&numbered, &pieces));
    TRY(check_size(conn, pieces.total_bytes));

    brig_status status = enqueue(conn, &pieces, link);
    if (MUTANT(answers_twice) && message->type == BRIG_MESSAGE_RESULT)
        status = enqueue(conn, &pieces, NULL);
    if (MUTANT(sends_a_call_twice) && message->type == BRIG_MESSAGE_CALL)
        status = enqueue(conn, &pieces, NULL);
    if (status == BRIG_NO_MEMORY)
        return brig_conn_fail(conn, status, "out of memory");
    if (status != BRIG_OK)
        return status;

    /* Nothing can fail from here on. */
    if (numbered.type == BRIG_MESSAGE_CALL) {
        brig_calls_add(&conn->ours, numbered.id, brig_call_kind_of(numbered.name));
        if (ret_id != NULL)
            *ret_id = numbered.id;
    } else if (numbered.type != BRIG_MESSAGE_EVENT) {
        brig_calls_remove(&conn->theirs, numbered.id);
    }
    return BRIG_OK;
}
