/* SPDX-License-Identifier: MIT */
/* A scripted server for the client's tests, on libproto's connection. */
#include "peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "check.h"

static void flush(struct peer *peer)
{
    while (peer->fd >= 0) {
        brig_span output = brig_conn_output(peer->conn);
        ssize_t sent;

        if (output.len == 0)
            return;
        sent = send(peer->fd, output.data, output.len, MSG_NOSIGNAL);
        /* A client that has left takes nothing; its script goes on to notice that. */
        brig_conn_sent(peer->conn, sent > 0 ? (size_t)sent : output.len);
    }
}

static bool receive(struct peer *peer)
{
    brig_room room = brig_conn_room(peer->conn);
    ssize_t got = -1;

    if (peer->fd >= 0 && room.len > 0)
        got = recv(peer->fd, room.data, room.len, 0);
    if (got > 0)
        brig_conn_filled(peer->conn, (size_t)got);
    return got > 0;
}

bool peer_next(struct peer *peer, brig_event *ret_event)
{
    for (;;) {
        brig_status status = brig_conn_next(peer->conn, ret_event);

        flush(peer);
        if (status == BRIG_OK)
            return true;
        if (status != BRIG_AGAIN || !receive(peer))
            return false;
    }
}

bool peer_expect_call(struct peer *peer, brig_message *ret_call)
{
    brig_event event;

    while (peer_next(peer, &event)) {
        if (event.type == BRIG_EVENT_READY)
            continue;
        *ret_call = event.message;
        return event.type == BRIG_EVENT_MESSAGE && event.message.type == BRIG_MESSAGE_CALL;
    }
    return false;
}

uint64_t peer_send(struct peer *peer, const brig_message *message)
{
    uint64_t id = 0;
    brig_status status = brig_conn_send(peer->conn, message, &id);

    CHECK(status == BRIG_OK, "the peer cannot send: %s", brig_status_name(status));
    flush(peer);
    return id;
}

void peer_close(struct peer *peer, brig_close_code code, const char *text)
{
    brig_conn_close(peer->conn, code, text);
    flush(peer);
}

void peer_write(struct peer *peer, brig_span bytes)
{
    CHECK(send(peer->fd, bytes.data, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len, "send");
}

static void *run(void *context)
{
    struct peer *peer = context;
    brig_event event;

    if (peer->script != NULL)
        peer->script(peer);
    /* Take leave as a server does: read until the client has left. */
    while (peer_next(peer, &event))
        continue;
    if (peer->fd >= 0)
        (void)close(peer->fd);
    return NULL;
}

void peer_start_on(struct peer *peer, const peer_config *config, int fd)
{
    brig_suite suite = config->suite == 0 ? BRIG_SUITE_LOCAL : config->suite;
    uint8_t client_secret[BRIG_KEY_BYTES];
    uint8_t client_public[1][BRIG_KEY_BYTES];
    brig_conn_config conn = {.side = BRIG_SIDE_SERVER,
                             .suites = 1u << suite,
                             .client_publics = (const uint8_t(*)[BRIG_KEY_BYTES])client_public,
                             .client_public_count = 1,
                             .software = "peer",
                             .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                             .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                             .refuse_busy = config->refuses};

    CHECK(sodium_init() >= 0, "sodium");
    randombytes_buf(conn.ephemeral, sizeof(conn.ephemeral));
    memset(conn.psk, config->key_byte, sizeof(conn.psk));
    memset(conn.static_secret, config->key_byte, sizeof(conn.static_secret));
    memset(client_secret, config->client_byte, sizeof(client_secret));
    brig_key_public(client_secret, client_public[0]);
    CHECK(brig_conn_new(&conn, &peer->conn) == BRIG_OK, "peer");
    peer->fd = fd;
    peer->script = config->script;
    CHECK(pthread_create(&peer->thread, NULL, run, peer) == 0, "thread");
}

int peer_start(struct peer *peer, const peer_config *config)
{
    int pair[2];

    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    peer_start_on(peer, config, pair[1]);
    return pair[0];
}

void peer_join(struct peer *peer)
{
    CHECK(pthread_join(peer->thread, NULL) == 0, "thread");
    brig_conn_free(peer->conn);
}
