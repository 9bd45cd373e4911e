/* SPDX-License-Identifier: MIT */
/* Two connections talk: whole sessions and their ends (spec 3.6, 4 and 7.1). */
#include <brig/conn.h>

#include "bytes.h"
#include "check.h"
#include "conn_private.h"
#include "pair.h"

static void a_session_runs_to_its_end(brig_suite suite)
{
    const brig_message call = call_of("brig.eval");
    const brig_message event_out = {
        .type = BRIG_MESSAGE_EVENT, .id = 1, .name = brig_span_text("stdout")};
    uint8_t hashes[2][BRIG_HANDSHAKE_HASH_BYTES];
    struct pair pair = new_pair(suite);
    brig_event event;
    uint64_t id = 0;

    connect_pair(&pair);
    CHECK(brig_conn_handshake_hash(pair.client, hashes[0]) == BRIG_OK, "the client's");
    CHECK(brig_conn_handshake_hash(pair.server, hashes[1]) == BRIG_OK, "the server's");
    CHECK(memcmp(hashes[0], hashes[1], sizeof(hashes[0])) == 0, "one hash [CHN-020]");

    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_OK && id == 1, "the first id");
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
    CHECK(brig_conn_is_open_call(pair.server, 1), "open until answered");
    send_ok(pair.server, event_out);
    send_ok(pair.server, call_of("a_tool"));
    send_ok(pair.server, answer_to(1));
    CHECK(!brig_conn_is_open_call(pair.server, 1), "answered");
    expect_message(pair.server, pair.client, BRIG_MESSAGE_EVENT, 1);
    expect_message(pair.server, pair.client, BRIG_MESSAGE_CALL, 1);
    expect_message(pair.server, pair.client, BRIG_MESSAGE_RESULT, 1);
    send_ok(pair.client, answer_to(1));
    expect_message(pair.client, pair.server, BRIG_MESSAGE_RESULT, 1);

    brig_conn_close(pair.client, BRIG_CLOSE_DONE, "enough");
    CHECK(brig_conn_is_closing(pair.client) && !brig_conn_is_closed(pair.client), "closing");
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    CHECK(brig_span_is(event.message.name, "done"), "the code");
    CHECK(brig_span_is(event.message.text, "enough"), "the text");
    CHECK(brig_conn_is_closing(pair.server), "CLOSE is answered by CLOSE [CHN-030]");
    expect(pair.server, pair.client, BRIG_EVENT_CLOSED, &event);
    CHECK(brig_conn_output(pair.client).len == 0, "and not once more [CHN-029]");
    CHECK(brig_conn_eof(pair.client) == BRIG_OK, "a regular end");
    CHECK(brig_conn_eof(pair.server) == BRIG_OK, "a regular end");
    CHECK(brig_conn_next(pair.server, &event) == BRIG_CLOSED, "for ever");
    free_pair(&pair);
}

/* Everything the client has to say before it has read a byte, in order [STA-003] [SES-010]. */
static void calls_before_the_handshake_are_held(void)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_event event;
    uint64_t id = 0;
    const brig_message call = call_of("brig.open");

    CHECK(brig_conn_send(pair.client, &call, &id) == BRIG_OK && id == 1, "held");
    send_ok(pair.client, call_of("brig.eval"));
    CHECK(next_of(pair.client, pair.server, &event) == BRIG_AGAIN, "message 1");
    CHECK(next_of(pair.server, pair.client, &event) == BRIG_AGAIN, "message 2");
    send_ok(pair.client, call_of("brig.eval"));
    expect(pair.client, pair.server, BRIG_EVENT_READY, &event);
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 2);
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 3);
    send_ok(pair.server, answer_to(1));
    expect(pair.server, pair.client, BRIG_EVENT_READY, &event);
    expect_message(pair.server, pair.client, BRIG_MESSAGE_RESULT, 1);
    free_pair(&pair);
}

/* What may not be sent, in a session where the server has call 1 to answer. */
static const struct send_case {
    const char *name;
    brig_message message;
    brig_status status;
} send_cases[] = {
    {"an answer to no open call", {.type = BRIG_MESSAGE_RESULT, .id = 2}, BRIG_STATE},
    {"an EVENT for no open call", {.type = BRIG_MESSAGE_EVENT, .id = 2}, BRIG_STATE},
    {"a HELLO by hand", {.type = BRIG_MESSAGE_HELLO}, BRIG_ARGUMENT},
    {"a CLOSE by hand", {.type = BRIG_MESSAGE_CLOSE}, BRIG_ARGUMENT},
    {"a message of an unknown type", {.type = 3, .id = 1}, BRIG_ARGUMENT},
};

static void wrong_sends_change_nothing(void)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);

    connect_pair(&pair);
    send_ok(pair.client, call_of("brig.eval"));
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
    for (size_t i = 0; i < COUNT_OF(send_cases); i++) {
        const struct send_case *c = &send_cases[i];
        brig_status status = brig_conn_send(pair.server, &c->message, NULL);

        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        CHECK(brig_conn_output(pair.server).len == 0, "%s", c->name);
        CHECK(brig_conn_is_open_call(pair.server, 1), "%s", c->name);
    }
    send_ok(pair.server, answer_to(1));
    const brig_message again = answer_to(1);
    CHECK(brig_conn_send(pair.server, &again, NULL) == BRIG_STATE, "a second answer [SES-004]");
    free_pair(&pair);
}

/* [STA-005] Between our CLOSE and the peer's, CALLs and even nonsense are dropped. */
static void closing_drops_what_comes(void)
{
    const brig_pieces nonsense = {
        .piece = {{(const uint8_t *)"\xc1", 1}}, .count = 1, .total_bytes = 1};
    const brig_message call = call_of("a");
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_event event;

    connect_pair(&pair);
    brig_conn_close(pair.server, BRIG_CLOSE_SHUTDOWN, "the server ends");
    size_t close_bytes = brig_conn_output(pair.server).len;
    brig_conn_close(pair.server, BRIG_CLOSE_IDLE, "twice");
    CHECK(brig_conn_output(pair.server).len == close_bytes, "one CLOSE [CHN-029]");
    CHECK(brig_conn_send(pair.server, &call, NULL) == BRIG_STATE, "nothing after it [CHN-029]");
    send_ok(pair.client, call);
    CHECK(brig_conn_seal(pair.client, &nonsense, NULL) == BRIG_OK, "nonsense");
    CHECK(next_of(pair.client, pair.server, &event) == BRIG_AGAIN, "dropped");
    CHECK(!brig_conn_is_open_call(pair.server, 1), "dropped");
    expect(pair.server, pair.client, BRIG_EVENT_CLOSED, &event);
    CHECK(brig_span_is(event.message.name, "shutdown"), "the code");
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    free_pair(&pair);
}

/* A client may change its mind before the server's HELLO; that is then dropped. */
static void a_client_may_close_before_the_servers_hello(void)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_event event;

    CHECK(next_of(pair.client, pair.server, &event) == BRIG_AGAIN, "message 1");
    CHECK(next_of(pair.server, pair.client, &event) == BRIG_AGAIN, "message 2");
    brig_conn_close(pair.client, BRIG_CLOSE_DONE, "");
    expect(pair.client, pair.server, BRIG_EVENT_READY, &event);
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    expect(pair.server, pair.client, BRIG_EVENT_CLOSED, &event);
    free_pair(&pair);
}

/* Without a channel there is nobody to tell. */
static void closing_before_the_handshake_is_silent(void)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_event event;

    CHECK(next_of(pair.client, pair.server, &event) == BRIG_AGAIN, "message 1");
    brig_conn_close(pair.client, BRIG_CLOSE_DONE, "");
    CHECK(brig_conn_next(pair.client, &event) == BRIG_CLOSED, "over");
    CHECK(brig_conn_output(pair.client).len == 0, "silent");
    brig_conn_close(pair.server, BRIG_CLOSE_SHUTDOWN, "");
    CHECK(brig_conn_next(pair.server, &event) == BRIG_CLOSED, "over");
    CHECK(brig_conn_output(pair.server).len == 0, "silent [CHN-036]");
    free_pair(&pair);
}

/* [CHN-027] The last numbers: one is kept for CLOSE, and 2^64-1 is never used. */
static void record_numbers_end(void)
{
    const brig_message call = call_of("a");
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    brig_event event;

    connect_pair(&pair);
    pair.client->sealing.nonce = UINT64_MAX - 2;
    pair.server->opening.nonce = UINT64_MAX - 2;
    CHECK(brig_conn_send(pair.client, &call, NULL) == BRIG_OK, "the last but one");
    CHECK(brig_conn_send(pair.client, &call, NULL) == BRIG_STATE, "the last is for CLOSE");
    CHECK(brig_conn_is_closing(pair.client), "and it is used");
    expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, 1);
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    free_pair(&pair);
}

/* Keys do not outlive the connection's use of them. */
static void keys_are_wiped(void)
{
    static const uint8_t zeros[sizeof(brig_noise_handshake)];
    struct pair pair = new_pair(BRIG_SUITE_KEYED);
    brig_event event;

    connect_pair(&pair);
    CHECK(is_same(&pair.server->handshake, zeros, sizeof(pair.server->handshake)) &&
              is_same(&pair.server->keys, zeros, sizeof(pair.server->keys)),
          "the handshake's");
    brig_conn_close(pair.client, BRIG_CLOSE_DONE, "");
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    CHECK(is_same(&pair.server->sealing, zeros, sizeof(pair.server->sealing)) &&
              is_same(&pair.server->opening, zeros, sizeof(pair.server->opening)),
          "the records'");
    free_pair(&pair);
}

int main(void)
{
    a_session_runs_to_its_end(BRIG_SUITE_LOCAL);
    a_session_runs_to_its_end(BRIG_SUITE_KEYED);
    calls_before_the_handshake_are_held();
    wrong_sends_change_nothing();
    closing_drops_what_comes();
    a_client_may_close_before_the_servers_hello();
    closing_before_the_handshake_is_silent();
    record_numbers_end();
    keys_are_wiped();
    return EXIT_SUCCESS;
}
