/* SPDX-License-Identifier: MIT */
/* A connection from inside: conn.c owns its state, the other files one way or phase. */
#ifndef BRIG_SRC_CONN_PRIVATE_H
#define BRIG_SRC_CONN_PRIVATE_H

#include <brig/conn.h>

#include "calls.h"
#include "cipher.h"
#include "noise.h"
#include "records.h"

enum {
    BRIG_KEPT_BYTES = 256 * 1024, /* an empty buffer larger than this is freed */
};

struct brig_conn {
    brig_side side;
    brig_state state;
    brig_status fault; /* BRIG_OK until the connection is over for the caller */
    bool is_ready;     /* the peer's HELLO has arrived */
    bool has_sent_close;
    bool has_received_close;

    /* Handshake: wiped when it is done. */
    unsigned suites; /* server */
    bool refuse_busy;
    uint8_t (*client_publics)[BRIG_KEY_BYTES];
    size_t client_public_count;
    brig_noise_keys keys;
    brig_noise_handshake handshake;

    /* Its outcome. */
    bool is_secured;
    brig_suite suite;
    uint8_t handshake_hash[BRIG_HANDSHAKE_HASH_BYTES];
    uint8_t peer_public[BRIG_KEY_BYTES]; /* suite keyed */
    brig_cipher sealing;
    brig_cipher opening;

    brig_calls ours;
    brig_calls theirs;
    size_t peer_max_message_bytes;
    size_t max_output_bytes;

    brig_buffer in;       /* as read; records are opened in place */
    size_t read_bytes;    /* room to offer for the next read */
    size_t taken_bytes;   /* front of .in that was handed out with the last event */
    brig_buffer assembly; /* fragments of an unfinished message; limit: our max_message */
    bool is_assembly_taken;

    brig_buffer hello;   /* our HELLO, whole, until it is sealed */
    brig_buffer out;     /* for the peer; limit: the window */
    brig_buffer waiting; /* messages that .out has no room for, each u32 length and plain bytes */
    size_t front_bytes;  /* of the first one, when its length is taken and a part is sealed */
    brig_span kept; /* a part of the first one that comes before those bytes, in .kept_memory */
    brig_buffer kept_memory;
    uint64_t waiting_records;
};

/* Change the state; the move must be in the registry. Entering CLOSED wipes every key. */
void brig_conn_move(brig_conn *conn, brig_state to);

/* May this message be received now (registry, spec 4)? */
bool brig_conn_may_receive(const brig_conn *conn, uint8_t type);

/*
 * Keep a fault, for ever, and return it; there was none before. A peer with which records flow is
 * told in a CLOSE with this reason; after BRIG_AUTH, and by a server before HELLO, nothing is sent.
 */
brig_status brig_conn_fail(brig_conn *conn, brig_status status, const char *reason);

/* Nothing more is sent or received: drop what is queued. */
void brig_conn_end_silently(brig_conn *conn, brig_status status);

/* What one step of receiving came to. */
typedef enum brig_step {
    BRIG_STEP_DONE,  /* something was consumed; go on */
    BRIG_STEP_WAITS, /* more bytes are needed */
    BRIG_STEP_EVENT, /* *ret_event is set */
    BRIG_STEP_FAULT, /* the connection keeps the fault */
} brig_step;

/* brig_conn_fail() as the result of a step. */
static inline brig_step brig_conn_step_fault(brig_conn *conn, brig_status status,
                                             const char *reason)
{
    (void)brig_conn_fail(conn, status, reason);
    return BRIG_STEP_FAULT;
}

/* Queue a client's preamble and message 1. BRIG_ARGUMENT: the pinned key is of low order. */
brig_status brig_conn_begin_handshake(brig_conn *conn, brig_suite suite);

brig_step brig_conn_on_preamble(brig_conn *conn, brig_event *ret_event);
brig_step brig_conn_on_handshake(brig_conn *conn, brig_event *ret_event);

/*
 * Queue bytes that are one message: what the window has room for is sealed, the rest waits. It is
 * copied, but for a body that lies in what the link (may be NULL) handed out last, whose memory the
 * connection then takes. BRIG_OK, BRIG_STATE (nonces used up) or BRIG_NO_MEMORY.
 */
brig_status brig_conn_seal(brig_conn *conn, const brig_pieces *pieces, brig_link *link);

/* Records that may still be sealed beside those that wait. */
uint64_t brig_conn_records_left(const brig_conn *conn);

/* What the messages that wait will take on the wire; 4 bytes more for each. 0: none waits. */
size_t brig_conn_waiting(const brig_conn *conn);

/* Forget the messages that wait. */
void brig_conn_drop_waiting(brig_conn *conn);

/* Seal our HELLO and, for a client, what has waited for it. */
brig_status brig_conn_send_hello(brig_conn *conn);

/* The output's window: it holds this much at most. */
enum {
    BRIG_WINDOW_RECORDS = 4,
    BRIG_WINDOW_BYTES = BRIG_WINDOW_RECORDS * (BRIG_FRAME_HEADER_BYTES + BRIG_LIMIT_RECORD_BYTES),
};

/* Queue our CLOSE without regard to the state. */
brig_status brig_conn_send_close(brig_conn *conn, brig_close_code code, const char *text);

#endif
