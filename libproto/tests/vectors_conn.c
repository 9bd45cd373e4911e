/* SPDX-License-Identifier: MIT */
/* Connections as the vectors' parties have them, fed with whole streams. */

#include "vectors_conn.h"

#include <string.h>

#include "check.h"

brig_suite vectors_suite(const char *name)
{
    CHECK(strcmp(name, "local") == 0 || strcmp(name, "keyed") == 0, "suite %s", name);
    return name[0] == 'l' ? BRIG_SUITE_LOCAL : BRIG_SUITE_KEYED;
}

static void copy_key(uint8_t to[BRIG_KEY_BYTES], brig_span key)
{
    CHECK(key.len == 0 || key.len == BRIG_KEY_BYTES, "a key of %zu bytes", key.len);
    if (key.len > 0)
        memcpy(to, key.data, key.len);
}

brig_conn_config vectors_config(brig_side side, const char *suite,
                                const struct vectors_party *party)
{
    brig_conn_config config = {
        .side = side,
        .suite = vectors_suite(suite),
        .suites = 1u << vectors_suite(suite),
        .software = "vectors 1.0",
        .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
        .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
    };

    copy_key(config.psk, party->psk);
    copy_key(config.ephemeral, party->ephemeral);
    copy_key(config.static_secret, party->static_secret);
    copy_key(config.server_public, party->server_public);
    return config;
}

brig_conn *vectors_conn(brig_conn_config *config, const struct vectors_party *party)
{
    uint8_t publics[VECTORS_MAX_PUBLICS][BRIG_KEY_BYTES] = {{0}};
    brig_conn *conn = NULL;
    brig_status status;

    CHECK(party->client_public_count <= VECTORS_MAX_PUBLICS, "too many client keys");
    for (size_t i = 0; i < party->client_public_count; i++)
        copy_key(publics[i], party->client_publics[i]);
    config->client_publics = (const uint8_t(*)[BRIG_KEY_BYTES])publics;
    config->client_public_count = party->client_public_count;
    status = brig_conn_new(config, &conn);
    CHECK(status == BRIG_OK, "brig_conn_new: %s", brig_status_name(status));
    return conn;
}

static void record_event(const brig_event *event, struct vectors_seen *seen)
{
    switch (event->type) {
    case BRIG_EVENT_READY:
        seen->is_ready = true;
        break;
    case BRIG_EVENT_MESSAGE:
        CHECK(brig_message_append(&event->message, &seen->messages) == BRIG_OK, "append");
        break;
    case BRIG_EVENT_CLOSED:
        seen->is_closed = true;
        break;
    default:
        seen->is_refused = true;
        seen->refusal[0] = event->refusal.reason;
        seen->refusal[1] = event->refusal.min_version;
        seen->refusal[2] = event->refusal.max_version;
    }
}

static void take_events(brig_conn *conn, struct vectors_seen *seen)
{
    brig_event event;

    while ((seen->status = brig_conn_next(conn, &event)) == BRIG_OK)
        record_event(&event, seen);
}

void vectors_feed(brig_conn *conn, brig_span stream, size_t piece_len, struct vectors_seen *seen)
{
    take_events(conn, seen);
    while (stream.len > 0 && seen->status == BRIG_AGAIN) {
        brig_room room = brig_conn_room(conn);
        size_t len = stream.len < piece_len ? stream.len : piece_len;

        CHECK(room.len > 0, "no room without a fault");
        len = len < room.len ? len : room.len;
        memcpy(room.data, stream.data, len);
        brig_conn_filled(conn, len);
        stream.data += len;
        stream.len -= len;
        take_events(conn, seen);
    }
}

void vectors_seen_init(struct vectors_seen *seen)
{
    *seen = (struct vectors_seen){.status = BRIG_AGAIN};
    brig_buffer_init(&seen->messages, BRIG_LIMIT_MAX_MESSAGE_BYTES);
}

void vectors_seen_done(struct vectors_seen *seen)
{
    brig_buffer_done(&seen->messages);
}

void vectors_drop_output(brig_conn *conn)
{
    brig_conn_sent(conn, brig_conn_output(conn).len);
}
