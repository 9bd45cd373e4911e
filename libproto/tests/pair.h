/* SPDX-License-Identifier: MIT */
/* Two connections and the bytes between them. */
#ifndef BRIG_TESTS_PAIR_H
#define BRIG_TESTS_PAIR_H

#include "puppet.h"

struct pair {
    brig_conn *client;
    brig_conn *server;
};

static inline struct pair new_pair(brig_suite suite)
{
    const brig_conn_config client = puppet_config(BRIG_SIDE_CLIENT, suite);
    const brig_conn_config server = puppet_config(BRIG_SIDE_SERVER, suite);

    return (struct pair){puppet_conn(&client), puppet_conn(&server)};
}

static inline void free_pair(struct pair *pair)
{
    brig_conn_free(pair->client);
    brig_conn_free(pair->server);
}

/* One read of at most `most` bytes; how many there were. */
static inline size_t carry(brig_conn *from, brig_conn *to, size_t most)
{
    brig_span out = brig_conn_output(from);
    size_t part = puppet_feed(to, out.data, out.len < most ? out.len : most);

    brig_conn_sent(from, part);
    return part;
}

/* Carry until the receiver has an event or a fault, or the sender has no more. */
static inline brig_status next_of(brig_conn *from, brig_conn *to, brig_event *ret_event)
{
    brig_status status = brig_conn_next(to, ret_event);

    while (status == BRIG_AGAIN && carry(from, to, SIZE_MAX) > 0)
        status = brig_conn_next(to, ret_event);
    return status;
}

static inline void expect(brig_conn *from, brig_conn *to, brig_event_type type,
                          brig_event *ret_event)
{
    brig_status status = next_of(from, to, ret_event);

    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
    CHECK(ret_event->type == type, "event %d", ret_event->type);
}

static inline void expect_message(brig_conn *from, brig_conn *to, uint8_t type, uint64_t id)
{
    brig_event event;

    expect(from, to, BRIG_EVENT_MESSAGE, &event);
    CHECK(event.message.type == type && event.message.id == id, "type %u, id %llu",
          event.message.type, (unsigned long long)event.message.id);
}

static inline void connect_pair(struct pair *pair)
{
    brig_event event;

    CHECK(next_of(pair->client, pair->server, &event) == BRIG_AGAIN, "message 1");
    CHECK(next_of(pair->server, pair->client, &event) == BRIG_AGAIN, "message 2");
    expect(pair->client, pair->server, BRIG_EVENT_READY, &event);
    expect(pair->server, pair->client, BRIG_EVENT_READY, &event);
}

static inline brig_message call_of(const char *procedure)
{
    return (brig_message){.type = BRIG_MESSAGE_CALL, .name = brig_span_text(procedure)};
}

static inline brig_message answer_to(uint64_t id)
{
    return (brig_message){.type = BRIG_MESSAGE_RESULT, .id = id};
}

static inline void send_ok(brig_conn *conn, brig_message message)
{
    brig_status status = brig_conn_send(conn, &message, NULL);

    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
}

#endif
