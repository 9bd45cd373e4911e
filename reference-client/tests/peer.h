/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLIENT_TESTS_PEER_H
#define BRIG_CLIENT_TESTS_PEER_H

#include <pthread.h>

#include <brig/conn.h>

/* A server's side of a connection in a thread of the test, which follows a script. */
struct peer {
    int fd; /* the script may close it and set -1 */
    brig_conn *conn;
    pthread_t thread;
    void (*script)(struct peer *peer);
};

typedef struct peer_config {
    uint8_t key_byte; /* every byte of the shared key */
    bool refuses;     /* as a busy server does */
    brig_suite suite; /* 0: local; keyed: key_byte makes our secret, client_byte the client's */
    uint8_t client_byte;
    void (*script)(struct peer *peer); /* NULL: keep silent until the client leaves */
} peer_config;

enum { PEER_KEY_BYTE = 0x5a };

/* Start the thread; returns the client's end of the connection. */
int peer_start(struct peer *peer, const peer_config *config);
/* The same over a connected socket, which the peer then owns. */
void peer_start_on(struct peer *peer, const peer_config *config, int fd);
/* Wait for the thread's end. */
void peer_join(struct peer *peer);

/* For scripts. The next event, waiting; false at the end of the stream or after a fault. */
bool peer_next(struct peer *peer, brig_event *ret_event);
/* The next CALL: false if anything else comes. */
bool peer_expect_call(struct peer *peer, brig_message *ret_call);
/* Send now; returns the id of a CALL. Does not return if it cannot. */
uint64_t peer_send(struct peer *peer, const brig_message *message);
void peer_close(struct peer *peer, brig_close_code code, const char *text);
/* Bytes that no connection would send. */
void peer_write(struct peer *peer, brig_span bytes);

#endif
