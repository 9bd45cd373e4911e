/* SPDX-License-Identifier: MIT */
/* What a connection makes of the peer's records and messages (spec 3.5, 3.6, 4, 6 and 7.1). */
#include <brig/conn.h>

#include <assert.h>

#include "conn_private.h"
#include "hello.h"
#include "mutant.h"
#include "records.h"

enum {
    MAX_READ_BYTES = 128 * 1024,
    HELLO_RECORD_BYTES = BRIG_LIMIT_HELLO_BYTES + BRIG_LIMIT_RECORD_MIN_BYTES,
    LAST_KNOWN_MESSAGE = BRIG_MESSAGE_CLOSE,
};

/* What the caller was lent with the last event goes back. */
static void release(brig_conn *conn)
{
    brig_buffer_consume(&conn->in, conn->taken_bytes);
    conn->taken_bytes = 0;
    if (conn->is_assembly_taken)
        brig_fragment_clear(&conn->assembly);
    conn->is_assembly_taken = false;
}

brig_room brig_conn_room(brig_conn *conn)
{
    brig_room nothing = {NULL, 0};

    if (conn->fault != BRIG_OK)
        return nothing;
    release(conn);
    size_t left = conn->in.limit - conn->in.len;
    size_t len = conn->read_bytes < left ? conn->read_bytes : left;
    if (len == 0)
        return nothing;
    uint8_t *data = brig_buffer_reserve(&conn->in, len);
    if (data == NULL) {
        (void)brig_conn_fail(conn, BRIG_NO_MEMORY, "out of memory");
        return nothing;
    }
    return (brig_room){data, len};
}

void brig_conn_filled(brig_conn *conn, size_t len)
{
    assert(len <= conn->read_bytes && len <= conn->in.limit - conn->in.len);
    brig_buffer_grow(&conn->in, len);
    /* A peer that fills its room has more to say; one that is not known yet has to wait. */
    if (len == conn->read_bytes && conn->is_ready && conn->read_bytes < MAX_READ_BYTES)
        conn->read_bytes *= 2;
}

static brig_step on_hello(brig_conn *conn, const brig_message *message, brig_event *ret_event)
{
    brig_hello hello;
    brig_status status = brig_hello_parse(message->body, &hello);

    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status, "the HELLO is not valid");
    if (conn->side == BRIG_SIDE_SERVER && !MUTANT(greets_a_stranger)) {
        status = brig_conn_send_hello(conn);
        if (status != BRIG_OK)
            return brig_conn_step_fault(conn, status, "out of memory");
    }

    /* Nothing can fail from here on; only now does the connection believe the peer. */
    conn->peer_max_message_bytes = hello.max_message_bytes;
    conn->ours.limits[BRIG_CALL_ORDINARY] = hello.max_calls;
    conn->is_ready = true;
    brig_conn_move(conn, BRIG_STATE_OPEN);
    *ret_event = (brig_event){.type = BRIG_EVENT_READY, .message = *message};
    return BRIG_STEP_EVENT;
}

static brig_step deliver(const brig_message *message, brig_event *ret_event)
{
    *ret_event = (brig_event){.type = BRIG_EVENT_MESSAGE, .message = *message};
    return BRIG_STEP_EVENT;
}

static brig_step on_call(brig_conn *conn, const brig_message *message, brig_event *ret_event)
{
    brig_call_kind kind = brig_call_kind_of(message->name);

    if (message->id <= conn->theirs.last_id && !MUTANT(accepts_a_used_id))
        return brig_conn_step_fault(conn, BRIG_STATE, "the id of a CALL is not above the last one");
    if (!brig_calls_have_room(&conn->theirs, kind))
        return brig_conn_step_fault(conn, BRIG_STATE,
                                    "more CALLs are unanswered than max_calls allows");
    brig_calls_add(&conn->theirs, message->id, kind);
    return deliver(message, ret_event);
}

static brig_step on_answer(brig_conn *conn, const brig_message *message, brig_event *ret_event)
{
    bool is_awaited = brig_calls_are_open(&conn->ours, message->id);
    if (!is_awaited && MUTANT(ignores_an_answer_to_no_call))
        return BRIG_STEP_DONE;
    if (!is_awaited)
        return brig_conn_step_fault(conn, BRIG_STATE, "an answer has the id of no open CALL");
    brig_calls_remove(&conn->ours, message->id);
    return deliver(message, ret_event);
}

static brig_step on_event(brig_conn *conn, const brig_message *message, brig_event *ret_event)
{
    if (!brig_calls_are_open(&conn->ours, message->id) && !MUTANT(takes_an_event_of_no_call))
        return brig_conn_step_fault(conn, BRIG_STATE, "an EVENT has the id of no open CALL");
    return deliver(message, ret_event);
}

/* spec 3.6: CLOSE is answered by CLOSE. */
static brig_step on_close(brig_conn *conn, const brig_message *message, brig_event *ret_event)
{
    conn->has_received_close = true;
    if (!conn->has_sent_close && !MUTANT(does_not_answer_close))
        (void)brig_conn_send_close(conn, BRIG_CLOSE_DONE, "");
    conn->fault = BRIG_CLOSED;
    brig_conn_move(conn, BRIG_STATE_CLOSED);
    *ret_event = (brig_event){.type = BRIG_EVENT_CLOSED, .message = *message};
    return BRIG_STEP_EVENT;
}

static brig_step (*const message_handlers[LAST_KNOWN_MESSAGE + 1])(brig_conn *conn,
                                                                   const brig_message *message,
                                                                   brig_event *ret_event) = {
    [BRIG_MESSAGE_HELLO] = on_hello,  [BRIG_MESSAGE_EVENT] = on_event,
    [BRIG_MESSAGE_CALL] = on_call,    [BRIG_MESSAGE_RESULT] = on_answer,
    [BRIG_MESSAGE_ERROR] = on_answer, [BRIG_MESSAGE_CLOSE] = on_close,
};

static bool is_known(const brig_message *message)
{
    return message->type <= LAST_KNOWN_MESSAGE && message_handlers[message->type] != NULL;
}

static brig_step on_message(brig_conn *conn, brig_span bytes, brig_event *ret_event)
{
    bool is_closing = conn->state == BRIG_STATE_CLOSING;
    brig_message message;
    brig_status status = brig_message_parse(bytes, &message);

    if (is_closing && (status != BRIG_OK || message.type != BRIG_MESSAGE_CLOSE))
        return BRIG_STEP_DONE;
    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status,
                                    status == BRIG_TOO_LARGE
                                        ? "a message is nested too deep or has too many elements"
                                        : "a message is not well-formed");
    if (!is_known(&message) && conn->state == BRIG_STATE_OPEN && !MUTANT(refuses_an_odd_type))
        return BRIG_STEP_DONE; /* odd: the parser has refused the even ones (spec 6.1) */
    if (MUTANT(ignores_what_is_not_legal_now) && !brig_conn_may_receive(conn, message.type))
        return BRIG_STEP_DONE;
    if (!brig_conn_may_receive(conn, message.type))
        return brig_conn_step_fault(conn, BRIG_STATE, "this message is not legal now");
    return message_handlers[message.type](conn, &message, ret_event);
}

/* spec 3.5 */
static brig_step on_fragment(brig_conn *conn, brig_fragment fragment, brig_event *ret_event)
{
    bool is_first = conn->assembly.len == 0;
    brig_span message;

    if (conn->state == BRIG_STATE_AWAIT_HELLO && !fragment.is_last)
        return brig_conn_step_fault(conn, BRIG_MALFORMED, "HELLO is longer than one record");
    brig_status status = brig_fragment_join(&conn->assembly, fragment, &message);
    if (status == BRIG_AGAIN)
        return BRIG_STEP_DONE;
    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status, "a message is larger than max_message");
    conn->is_assembly_taken = !is_first;
    return on_message(conn, message, ret_event);
}

static brig_step on_record(brig_conn *conn, brig_event *ret_event)
{
    size_t limit = conn->is_ready || conn->has_sent_close || MUTANT(accepts_a_hello_of_any_length)
                       ? BRIG_LIMIT_RECORD_BYTES - (MUTANT(refuses_the_largest_record) ? 1 : 0)
                       : HELLO_RECORD_BYTES;
    brig_fragment fragment;

    if (conn->in.len < BRIG_FRAME_HEADER_BYTES)
        return BRIG_STEP_WAITS;
    size_t len = brig_frame_bytes(conn->in.data);
    if (len < BRIG_LIMIT_RECORD_MIN_BYTES && !MUTANT(skips_a_short_record))
        return brig_conn_step_fault(conn, BRIG_MALFORMED, "a record is shorter than 17 bytes");
    if (len > limit)
        return brig_conn_step_fault(conn, BRIG_TOO_LARGE, "HELLO is longer than 4096 bytes");
    if (conn->in.len - BRIG_FRAME_HEADER_BYTES < len)
        return BRIG_STEP_WAITS;

    brig_status status = brig_record_open(
        &conn->opening, (brig_room){conn->in.data + BRIG_FRAME_HEADER_BYTES, len}, &fragment);
    conn->taken_bytes = BRIG_FRAME_HEADER_BYTES + len;
    if ((MUTANT(skips_a_short_record) && len < BRIG_LIMIT_RECORD_MIN_BYTES) ||
        (MUTANT(skips_a_record_that_does_not_decrypt) && status == BRIG_AUTH))
        return BRIG_STEP_DONE;
    if (status != BRIG_OK)
        return brig_conn_step_fault(conn, status,
                                    "a record's flags or its empty fragment are not legal");
    return on_fragment(conn, fragment, ret_event);
}

/* One row per state that awaits bytes. */
static brig_step (*const steps[BRIG_STATE_COUNT])(brig_conn *conn, brig_event *ret_event) = {
    [BRIG_STATE_AWAIT_PREAMBLE] = brig_conn_on_preamble,
    [BRIG_STATE_AWAIT_HANDSHAKE] = brig_conn_on_handshake,
    [BRIG_STATE_AWAIT_HELLO] = on_record,
    [BRIG_STATE_OPEN] = on_record,
    [BRIG_STATE_CLOSING] = on_record,
};

brig_status brig_conn_next(brig_conn *conn, brig_event *ret_event)
{
    brig_event event;

    while (conn->fault == BRIG_OK) {
        release(conn);
        assert(steps[conn->state] != NULL);
        switch (steps[conn->state](conn, &event)) {
        case BRIG_STEP_EVENT:
            *ret_event = event;
            return BRIG_OK;
        case BRIG_STEP_WAITS:
            return BRIG_AGAIN;
        case BRIG_STEP_DONE:
        case BRIG_STEP_FAULT:
            break;
        }
    }
    return conn->fault;
}
