/* SPDX-License-Identifier: MIT */
/* Sizes and counts: max_message, max_calls, the output queue (spec 3.5, 6.2 and 7.1). */
#include <brig/conn.h>

#include "check.h"
#include "pair.h"

enum { LARGE_BYTES = 16 * 1024 * 1024 };

/* A RESULT whose whole message has exactly this size. */
static brig_message large_result(uint64_t id, uint8_t *value, size_t message_bytes)
{
    /* [4, id, bin32, {}]: envelope 3 bytes and 1 behind, header of the bin 5. */
    size_t len = message_bytes - 4;
    size_t bin_bytes = len - 5;

    memset(value, 0x5a, len);
    value[0] = 0xc6;
    for (size_t i = 0; i < 4; i++)
        value[1 + i] = (uint8_t)(bin_bytes >> (24 - 8 * i));
    return (brig_message){.type = BRIG_MESSAGE_RESULT, .id = id, .body = {value, len}};
}

/* [MSG-013] 16 MiB pass, one byte more does not; reads of `most` bytes. */
static void a_large_message_passes(size_t most)
{
    uint8_t *value = malloc(LARGE_BYTES + 1);
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_status status = BRIG_AGAIN;
    brig_event event;

    CHECK(value != NULL, "memory");
    connect_pair(&pair);
    send_ok(pair.client, call_of("brig.eval"));
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
    const brig_message larger = large_result(1, value, LARGE_BYTES + 1);
    CHECK(brig_conn_send(pair.server, &larger, NULL) == BRIG_TOO_LARGE, "one byte more");
    CHECK(brig_conn_is_open_call(pair.server, 1), "nothing was sent");
    const brig_message large = large_result(1, value, LARGE_BYTES);
    send_ok(pair.server, large);
    while (status == BRIG_AGAIN) {
        CHECK(carry(pair.server, pair.client, most) > 0, "the message is not whole");
        status = brig_conn_next(pair.client, &event);
    }
    CHECK(status == BRIG_OK && event.message.type == BRIG_MESSAGE_RESULT, "%s",
          brig_status_name(status));
    CHECK(brig_span_equal(event.message.body, large.body), "what was sent");
    CHECK(brig_conn_output(pair.server).len == 0, "nothing is left");
    free_pair(&pair);
    free(value);
}

static void send_expecting(brig_conn *conn, brig_message message, brig_status expected)
{
    brig_status status = brig_conn_send(conn, &message, NULL);

    CHECK(status == expected, "%s", brig_status_name(status));
}

/* A CALL whose whole message has exactly this size: [2, 1, "q", {"k": bin16}, {}]. */
static brig_message large_call(uint8_t *args, size_t message_bytes)
{
    size_t bin_bytes = message_bytes - 12;

    memset(args, 0x5a, message_bytes);
    args[0] = 0x81;
    args[1] = 0xa1;
    args[2] = 'k';
    args[3] = 0xc5;
    args[4] = (uint8_t)(bin_bytes >> 8);
    args[5] = (uint8_t)bin_bytes;
    return (brig_message){
        .type = BRIG_MESSAGE_CALL, .name = brig_span_text("q"), .body = {args, 6 + bin_bytes}};
}

/* [SES-010] One fragment before the server's HELLO; [MSG-013] then what that says. */
static void the_peers_max_message_is_kept(void)
{
    const size_t fragment = BRIG_LIMIT_FRAGMENT_BYTES;
    static uint8_t args[BRIG_LIMIT_FRAGMENT_BYTES + 1];
    const brig_conn_config client = puppet_config(BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    brig_conn_config server = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);

    for (size_t limit = fragment; limit <= fragment + 1; limit++) {
        server.max_message_bytes = limit;
        struct pair pair = {puppet_conn(&client), puppet_conn(&server)};

        send_expecting(pair.client, large_call(args, fragment + 1), BRIG_TOO_LARGE);
        send_expecting(pair.client, large_call(args, fragment), BRIG_OK);
        CHECK(brig_conn_peer_max_message(pair.client) == BRIG_LIMIT_MAX_MESSAGE_BYTES, "default");
        connect_pair(&pair);
        CHECK(brig_conn_peer_max_message(pair.client) == limit, "as HELLO says");
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
        send_expecting(pair.client, large_call(args, fragment + 1),
                       limit == fragment ? BRIG_TOO_LARGE : BRIG_OK);
        if (limit > fragment)
            expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 2);
        free_pair(&pair);
    }
}

/* [CHN-025] The bound is the receiver's own: a sender that does not keep it is told so. */
static void a_message_above_our_limit_is_fatal(void)
{
    static struct puppet puppet;
    static const uint8_t zeros[BRIG_LIMIT_FRAGMENT_BYTES];
    const char hello[] = "\x92\x00\x81\xa8software\xa1t";
    brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    brig_status status = BRIG_AGAIN;
    brig_event event;

    config.max_message_bytes = BRIG_LIMIT_FRAGMENT_BYTES;
    brig_conn *conn = puppet_conn(&config);
    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    puppet_record(&puppet, BRIG_RECORD_LAST, hello, sizeof(hello) - 1);
    puppet_record(&puppet, 0, zeros, sizeof(zeros));
    puppet_record(&puppet, 0, zeros, 1);
    for (size_t at = 0; at < puppet.len && (status == BRIG_AGAIN || status == BRIG_OK);) {
        at += puppet_feed(conn, puppet.stream + at, puppet.len - at);
        status = brig_conn_next(conn, &event);
    }
    while (status == BRIG_OK)
        status = brig_conn_next(conn, &event);
    CHECK(status == BRIG_TOO_LARGE, "%s", brig_status_name(status));
    CHECK(brig_conn_is_closing(conn), "a CLOSE says why [CHN-032]");
    brig_conn_free(conn);
}

/* [SES-006] [SES-007] The sender keeps the limits by itself. */
static void calls_are_limited(void)
{
    const brig_message call = call_of("a");
    const brig_message ping = call_of("brig.ping");
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    uint64_t id = 0;

    connect_pair(&pair);
    for (uint64_t i = 1; i <= BRIG_LIMIT_MAX_CALLS; i++) {
        CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_OK && id == i, "call %d", (int)i);
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, i);
    }
    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_FULL, "one call above max_calls");
    for (uint64_t i = 1; i <= BRIG_LIMIT_MAX_CONTROL_CALLS; i++)
        CHECK(brig_conn_send(pair.client, &ping, &id) == BRIG_OK && id == BRIG_LIMIT_MAX_CALLS + i,
              "ping %d", (int)i);
    CHECK(brig_conn_send(pair.client, &ping, &id) == BRIG_FULL, "one ping above");
    send_ok(pair.server, answer_to(7));
    expect_message(pair.server, pair.client, BRIG_MESSAGE_RESULT, 7);
    CHECK(brig_conn_send(pair.client, &ping, &id) == BRIG_FULL, "a call's place is not a ping's");
    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_OK, "a place is free");
    free_pair(&pair);
}

/* [SES-006] [SES-007] A sender that does not keep them is told so; records by hand. */
static void calls_above_the_limit_are_fatal(const char *procedure, uint8_t limit)
{
    static struct puppet puppet;
    const char hello[] = "\x92\x00\x81\xa8software\xa1t";
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    brig_conn *conn = puppet_conn(&config);
    brig_status status = BRIG_AGAIN;
    unsigned count = 0;
    brig_event event;

    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    puppet_record(&puppet, BRIG_RECORD_LAST, hello, sizeof(hello) - 1);
    for (uint8_t id = 1; id <= limit + 1; id++) {
        brig_span name = brig_span_text(procedure);
        uint8_t call[32] = {0x95, 2, id, (uint8_t)(0xa0 | name.len)};
        size_t len = 4 + name.len;

        memcpy(call + 4, name.data, name.len);
        call[len++] = 0x80;
        call[len++] = 0x80;
        puppet_record(&puppet, BRIG_RECORD_LAST, call, len);
    }
    for (size_t at = 0; at < puppet.len && status == BRIG_AGAIN;) {
        at += puppet_feed(conn, puppet.stream + at, puppet.len - at);
        while ((status = brig_conn_next(conn, &event)) == BRIG_OK)
            count += event.type == BRIG_EVENT_MESSAGE;
    }
    CHECK(status == BRIG_STATE && count == limit, "%s: %u, %s", procedure, count,
          brig_status_name(status));
    brig_conn_free(conn);
}

/* [MSG-014] The peer's max_calls bounds us, also below 64. */
static void the_peers_max_calls_is_kept(void)
{
    static struct puppet puppet;
    const char hello[] = "\x92\x00\x82\xa8software\xa1t\xa9max_calls\x02";
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    const brig_message call = call_of("a_tool");
    brig_conn *conn = puppet_conn(&config);
    brig_event event;

    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    puppet_record(&puppet, BRIG_RECORD_LAST, hello, sizeof(hello) - 1);
    CHECK(puppet_feed(conn, puppet.stream, puppet.len) == puppet.len, "one read");
    CHECK(brig_conn_send(conn, &call, NULL) == BRIG_STATE, "no CALL to a stranger [CHN-036]");
    CHECK(brig_conn_next(conn, &event) == BRIG_OK && event.type == BRIG_EVENT_READY, "HELLO");
    CHECK(brig_conn_send(conn, &call, NULL) == BRIG_OK, "1");
    CHECK(brig_conn_send(conn, &call, NULL) == BRIG_OK, "2");
    CHECK(brig_conn_send(conn, &call, NULL) == BRIG_FULL, "3");
    brig_conn_free(conn);
}

/* An output that is not read: BRIG_FULL, nothing queued, and room again after writing. */
static void a_full_output_is_said(void)
{
    brig_conn_config config = puppet_config(BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    const brig_message call = call_of("a");
    struct pair pair;
    size_t queued = 0;
    uint64_t id = 0;
    uint64_t last_id = 0;

    config.max_output_bytes = 256;
    pair.client = puppet_conn(&config);
    config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    pair.server = puppet_conn(&config);
    connect_pair(&pair);
    while (brig_conn_send(pair.client, &call, &id) == BRIG_OK) {
        queued = brig_conn_output(pair.client).len;
        last_id = id;
    }
    CHECK(queued > 0 && queued <= 256, "%zu bytes", queued);
    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_FULL && id == last_id, "still full");
    CHECK(brig_conn_output(pair.client).len == queued, "nothing was queued");
    for (uint64_t i = 1; i <= last_id; i++)
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, i);
    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_OK && id == last_id + 1, "room again");
    free_pair(&pair);
}

int main(void)
{
    a_large_message_passes(SIZE_MAX);
    a_large_message_passes(4097);
    the_peers_max_message_is_kept();
    a_message_above_our_limit_is_fatal();
    calls_are_limited();
    calls_above_the_limit_are_fatal("a", BRIG_LIMIT_MAX_CALLS);
    calls_above_the_limit_are_fatal("brig.ping", BRIG_LIMIT_MAX_CONTROL_CALLS);
    the_peers_max_calls_is_kept();
    a_full_output_is_said();
    return EXIT_SUCCESS;
}
