/* SPDX-License-Identifier: MIT */
/* Connections as the vectors' parties have them, fed with whole streams. */
#ifndef BRIG_TESTS_VECTORS_CONN_H
#define BRIG_TESTS_VECTORS_CONN_H

#include <brig/conn.h>

enum { VECTORS_MAX_PUBLICS = 4 };

/* What a side holds; empty spans are keys that it does not use. */
struct vectors_party {
    brig_span psk;
    brig_span ephemeral;
    brig_span static_secret;
    brig_span server_public;
    const brig_span *client_publics;
    size_t client_public_count;
};

/* The suite with this name in the vectors. */
brig_suite vectors_suite(const char *name);

/* A config with these keys; the caller may change the rest before vectors_conn(). */
brig_conn_config vectors_config(brig_side side, const char *suite,
                                const struct vectors_party *party);

/* A connection with this config and the listed client keys of the party. */
brig_conn *vectors_conn(brig_conn_config *config, const struct vectors_party *party);

/* What a connection made of a stream: the last status, and its messages laid end to end. */
struct vectors_seen {
    brig_status status;   /* the one that ended the feeding: BRIG_AGAIN, or a final one */
    bool is_ready;        /* BRIG_EVENT_READY has come */
    bool is_closed;       /* BRIG_EVENT_CLOSED has come */
    bool is_refused;      /* BRIG_EVENT_REFUSED has come, with: */
    uint8_t refusal[3];   /* reason, lowest version, highest version */
    brig_buffer messages; /* every BRIG_EVENT_MESSAGE, encoded again */
};

/* Feed a stream in pieces of at most piece_len bytes; *seen goes on from where it is. */
void vectors_feed(brig_conn *conn, brig_span stream, size_t piece_len, struct vectors_seen *seen);

void vectors_seen_init(struct vectors_seen *seen);
void vectors_seen_done(struct vectors_seen *seen);

/* Drop what waits to be sent. */
void vectors_drop_output(brig_conn *conn);

#endif
