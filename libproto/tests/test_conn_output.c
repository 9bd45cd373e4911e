/* SPDX-License-Identifier: MIT */
/* Sealing as the output leaves: its window, the order, and what an end does to it (spec 3.5). */
#include <brig/conn.h>

#include "check.h"
#include "conn_private.h"
#include "pair.h"

enum {
    VALUE_BYTES = 7 * BRIG_LIMIT_FRAGMENT_BYTES,
    ENVELOPE_BYTES = 4, /* of a RESULT with an id of one byte */
};

static uint8_t value[VALUE_BYTES];
static const size_t splits[] = {1, 4099, BRIG_LIMIT_RECORD_BYTES, BRIG_WINDOW_BYTES - 1, SIZE_MAX};

/*
 * A RESULT whose value is so many bytes, 259 or more: a bin with a header of 3 or 5 bytes, each
 * byte of which tells its place.
 */
static brig_message result_of(uint64_t id, size_t value_bytes)
{
    size_t header_bytes = value_bytes - 3 <= UINT16_MAX ? 3 : 5;
    size_t bin_bytes = value_bytes - header_bytes;

    CHECK(bin_bytes > UINT8_MAX && (header_bytes == 3 || bin_bytes > UINT16_MAX), "no such bin");
    for (size_t i = 0; i < value_bytes; i++)
        value[i] = (uint8_t)(i * 31 + (i >> 8));
    value[0] = header_bytes == 3 ? 0xc5 : 0xc6;
    for (size_t i = 1; i < header_bytes; i++)
        value[i] = (uint8_t)(bin_bytes >> (8 * (header_bytes - 1 - i)));
    return (brig_message){.type = BRIG_MESSAGE_RESULT, .id = id, .body = {value, value_bytes}};
}

/* A link at which a RESULT with such a value has arrived, and another message behind it. */
static brig_link *link_with_result(size_t value_bytes)
{
    const brig_link_config config = {VALUE_BYTES + 64, (size_t)2 * VALUE_BYTES};
    const brig_message messages[] = {result_of(1, value_bytes), answer_to(2)};
    brig_link *from;
    brig_link *to;

    CHECK(brig_link_new(&config, &from) == BRIG_OK && brig_link_new(&config, &to) == BRIG_OK,
          "links");
    for (size_t i = 0; i < 2; i++)
        CHECK(brig_link_send(from, &messages[i]) == BRIG_OK, "message %zu", i);
    for (brig_span output; (output = brig_link_output(from)).len > 0;) {
        brig_room room = brig_link_room(to);
        size_t part = room.len < output.len ? room.len : output.len;

        CHECK(part > 0, "room");
        memcpy(room.data, output.data, part);
        brig_link_filled(to, part);
        brig_link_sent(from, part);
    }
    brig_link_free(from);
    return to;
}

/* A connected pair; the server has this many open calls of the client. */
static struct pair pair_with_calls(uint64_t count)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);

    connect_pair(&pair);
    for (uint64_t id = 1; id <= count; id++) {
        send_ok(pair.client, call_of("brig.eval"));
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, id);
    }
    return pair;
}

/* One piece of the server's output, and what must hold after each. */
static void carry_watched(struct pair *pair, size_t most)
{
    size_t before = brig_conn_pending(pair->server);
    size_t part = carry(pair->server, pair->client, most);

    CHECK(part > 0, "something is pending, and the output has nothing");
    CHECK(brig_conn_output(pair->server).len <= BRIG_WINDOW_BYTES, "the window");
    CHECK(brig_conn_pending(pair->server) <= before - part, "less is pending");
    CHECK((brig_conn_output(pair->server).len == 0) == (brig_conn_pending(pair->server) == 0),
          "output while something is pending");
}

/* The server's next event at the client, in reads of `most` bytes. */
static void expect_watched(struct pair *pair, size_t most, brig_event *ret_event)
{
    brig_status status = brig_conn_next(pair->client, ret_event);

    while (status == BRIG_AGAIN) {
        carry_watched(pair, most);
        status = brig_conn_next(pair->client, ret_event);
    }
    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
}

/* Two large messages with a small one between, then CLOSE [CHN-029]. */
static void messages_leave_in_their_order(size_t value_bytes, size_t most)
{
    struct pair pair = pair_with_calls(3);
    brig_event event;

    for (uint64_t id = 1; id <= 3; id++)
        send_ok(pair.server, id == 2 ? answer_to(id) : result_of(id, value_bytes));
    brig_conn_close(pair.server, BRIG_CLOSE_DONE, "enough");
    CHECK(brig_conn_is_closing(pair.server), "queued");
    for (uint64_t id = 1; id <= 3; id++) {
        expect_watched(&pair, most, &event);
        CHECK(event.type == BRIG_EVENT_MESSAGE && event.message.id == id, "%zu by %zu: message %d",
              value_bytes, most, (int)id);
        if (id != 2)
            CHECK(brig_span_equal(event.message.body, (brig_span){value, value_bytes}),
                  "%zu by %zu: what was sent", value_bytes, most);
    }
    expect_watched(&pair, most, &event);
    CHECK(event.type == BRIG_EVENT_CLOSED, "%zu by %zu: event %d", value_bytes, most, event.type);
    CHECK(brig_conn_pending(pair.server) == 0, "nothing is left");
    free_pair(&pair);
}

/* Sizes on both sides of each record of the window, and many splits. */
static void every_size_and_split(void)
{
    for (size_t records = 1; records <= BRIG_WINDOW_RECORDS + 2; records++)
        for (size_t less = 0; less <= 12; less += 3)
            for (size_t i = records == BRIG_WINDOW_RECORDS + 1 && less == 9 ? 0 : 1;
                 i < sizeof(splits) / sizeof(splits[0]); i++)
                messages_leave_in_their_order(records * BRIG_LIMIT_FRAGMENT_BYTES - less,
                                              splits[i]);
}

/* What a link has brought goes on without a copy, in the same records, and the link goes on too. */
static void a_message_of_a_link_is_relayed(size_t value_bytes, size_t most, bool is_kept)
{
    struct pair pair = pair_with_calls(2);
    brig_link *link = link_with_result(value_bytes);
    size_t before = brig_link_memory_bytes(link);
    brig_message message;
    brig_event event;

    CHECK(brig_link_next(link, &message) == BRIG_OK && message.id == 1, "the first");
    message.extra = (brig_span){(const uint8_t *)"\x81\xa1k\xc3", 4};
    CHECK(brig_conn_relay(pair.server, &message, link, NULL) == BRIG_OK, "relayed");
    CHECK((brig_link_memory_bytes(link) < before) == is_kept, "%zu bytes: the link has %zu",
          value_bytes, brig_link_memory_bytes(link));
    CHECK(brig_span_equal(message.body, (brig_span){value, value_bytes}), "still readable");
    CHECK(brig_link_next(link, &message) == BRIG_OK && message.id == 2, "the second");
    CHECK(brig_conn_relay(pair.server, &message, link, NULL) == BRIG_OK, "relayed");
    CHECK(brig_link_next(link, &message) == BRIG_AGAIN, "no more");
    expect_watched(&pair, most, &event);
    CHECK(event.message.id == 1 &&
              brig_span_equal(event.message.body, (brig_span){value, value_bytes}) &&
              event.message.extra.len == 4,
          "%zu by %zu", value_bytes, most);
    expect_watched(&pair, most, &event);
    CHECK(event.message.id == 2, "%zu by %zu: the second", value_bytes, most);
    CHECK(brig_conn_give_back(pair.server, link) == is_kept, "%zu bytes: given back", value_bytes);
    CHECK(brig_link_memory_bytes(link) == before, "the link has its memory again");
    CHECK(brig_conn_memory_bytes(pair.server) <= (size_t)2 * BRIG_WINDOW_BYTES,
          "and only the link");
    CHECK(!brig_conn_give_back(pair.server, link), "once");
    brig_link_free(link);
    free_pair(&pair);
}

/* Relay the first message and have it read, up to the last of its records. */
static void relay_first(struct pair *pair, brig_link *link)
{
    brig_message message;
    brig_event event;

    CHECK(brig_link_next(link, &message) == BRIG_OK, "the first");
    CHECK(brig_conn_relay(pair->server, &message, link, NULL) == BRIG_OK, "relayed");
    CHECK(!brig_conn_give_back(pair->server, link), "it is needed yet");
    expect_watched(pair, SIZE_MAX, &event);
    CHECK(event.message.id == 1, "message %d", (int)event.message.id);
}

/* What the link holds by then moves into the memory that it gets back, and nothing of it is lost. */
static void a_link_goes_on_in_the_memory_it_gets_back(void)
{
    struct pair pair = pair_with_calls(2);
    brig_link *link = link_with_result(VALUE_BYTES);
    size_t before = brig_link_memory_bytes(link);
    brig_message message;

    relay_first(&pair, link);
    CHECK(brig_link_memory_bytes(link) < before,
          "the second message is there, in memory of its own");
    CHECK(brig_conn_give_back(pair.server, link), "given back");
    CHECK(brig_link_memory_bytes(link) == before, "%zu bytes", brig_link_memory_bytes(link));
    CHECK(brig_link_next(link, &message) == BRIG_OK && message.id == 2, "the second");
    brig_link_free(link);
    free_pair(&pair);
}

/* A message that is lent must not move, and a connection without a link keeps nothing for ever. */
static void memory_that_cannot_go_back_is_freed(void)
{
    struct pair pair = pair_with_calls(2);
    brig_link *link = link_with_result(VALUE_BYTES);
    brig_message message;

    relay_first(&pair, link);
    CHECK(brig_link_next(link, &message) == BRIG_OK && message.id == 2, "the second is lent");
    size_t before = brig_link_memory_bytes(link);
    CHECK(brig_conn_memory_bytes(pair.server) > VALUE_BYTES, "the connection has it");
    CHECK(brig_conn_give_back(pair.server, link), "it gives it away");
    CHECK(brig_conn_memory_bytes(pair.server) <= (size_t)2 * BRIG_WINDOW_BYTES, "all of it");
    CHECK(brig_link_memory_bytes(link) == before && message.id == 2, "the link goes on as it was");
    brig_link_free(link);
    free_pair(&pair);

    pair = pair_with_calls(2);
    link = link_with_result(VALUE_BYTES);
    relay_first(&pair, link);
    brig_link_free(link);
    brig_conn_trim(pair.server);
    CHECK(brig_conn_memory_bytes(pair.server) <= (size_t)2 * BRIG_WINDOW_BYTES, "trimmed");
    free_pair(&pair);
}

/* It ends with a message in its hands, and nothing of it is lost or leaks. */
static void an_end_drops_what_is_kept(void)
{
    struct pair pair = pair_with_calls(1);
    brig_link *link = link_with_result(VALUE_BYTES);
    brig_message message;

    CHECK(brig_link_next(link, &message) == BRIG_OK, "the first");
    CHECK(brig_conn_relay(pair.server, &message, link, NULL) == BRIG_OK, "relayed");
    CHECK(brig_conn_memory_bytes(pair.server) > VALUE_BYTES, "kept");
    brig_link_free(link);
    free_pair(&pair);
}

/* Nothing is taken from a link that has not lent it, or whose memory is not needed. */
static void only_what_is_lent_is_taken(void)
{
    struct pair pair = pair_with_calls(2);
    brig_link *link = link_with_result(VALUE_BYTES);
    brig_message own = result_of(1, VALUE_BYTES);
    size_t before = brig_link_memory_bytes(link);
    brig_message message;

    CHECK(brig_conn_relay(pair.server, &own, link, NULL) == BRIG_OK, "nothing is lent");
    CHECK(brig_link_memory_bytes(link) == before, "the link keeps its memory");
    CHECK(brig_link_next(link, &message) == BRIG_OK, "the first");
    message.id = 2;
    CHECK(brig_conn_relay(pair.server, &message, link, NULL) == BRIG_OK, "something waits");
    CHECK(brig_link_memory_bytes(link) == before, "it is copied behind that");
    brig_link_free(link);
    free_pair(&pair);
}

/* A small output makes the first records fewer: each place of the window is tried. */
static void a_window_that_is_partly_full(size_t first_bytes)
{
    struct pair pair = pair_with_calls(2);
    brig_event event;

    send_ok(pair.server, result_of(1, first_bytes));
    send_ok(pair.server, result_of(2, VALUE_BYTES));
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.message.id == 1, "%zu bytes before", first_bytes);
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.message.id == 2 &&
              brig_span_equal(event.message.body, (brig_span){value, VALUE_BYTES}),
          "%zu bytes before", first_bytes);
    free_pair(&pair);
}

/* [MSG-013] What is refused is refused before a byte of it is sealed. */
static void limits_hold_before_anything_leaves(void)
{
    brig_conn_config client = puppet_config(BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    brig_conn_config server = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    brig_event event;

    client.max_message_bytes = VALUE_BYTES;
    server.max_output_bytes = VALUE_BYTES + BRIG_LIMIT_FRAGMENT_BYTES;
    struct pair pair = {puppet_conn(&client), puppet_conn(&server)};
    connect_pair(&pair);
    for (uint64_t id = 1; id <= 2; id++) {
        send_ok(pair.client, call_of("brig.eval"));
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, id);
    }
    const brig_message larger = result_of(1, VALUE_BYTES);
    uint64_t nonce = pair.server->sealing.nonce;
    CHECK(brig_conn_send(pair.server, &larger, NULL) == BRIG_TOO_LARGE, "with its envelope");
    CHECK(brig_conn_pending(pair.server) == 0 && pair.server->sealing.nonce == nonce, "nothing");
    send_ok(pair.server, result_of(1, VALUE_BYTES - ENVELOPE_BYTES));
    size_t pending = brig_conn_pending(pair.server);
    nonce = pair.server->sealing.nonce;
    const brig_message second = result_of(2, (size_t)2 * BRIG_LIMIT_FRAGMENT_BYTES);
    CHECK(brig_conn_send(pair.server, &second, NULL) == BRIG_FULL, "what waits counts");
    CHECK(brig_conn_pending(pair.server) == pending && pair.server->sealing.nonce == nonce,
          "nothing was queued");
    expect_watched(&pair, SIZE_MAX, &event);
    send_ok(pair.server, second);
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.message.id == 2, "room again");
    free_pair(&pair);
}

/* Records that wait have their numbers, and CLOSE has one behind them [CHN-027]. */
static void waiting_records_have_their_numbers(void)
{
    struct pair pair = pair_with_calls(2);
    const brig_message small = answer_to(2);
    brig_event event;

    pair.server->sealing.nonce = pair.client->opening.nonce = UINT64_MAX - 8;
    send_ok(pair.server, result_of(1, VALUE_BYTES - ENVELOPE_BYTES));
    CHECK(brig_conn_send(pair.server, &small, NULL) == BRIG_STATE, "the last one is CLOSE's");
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.message.id == 1, "what waited leaves");
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.type == BRIG_EVENT_CLOSED, "then CLOSE");
    free_pair(&pair);
}

/* The peer takes leave while a message waits: it leaves, then our CLOSE, and the key goes. */
static void the_peers_close_does_not_drop_what_waits(void)
{
    static const uint8_t zeros[sizeof(brig_cipher)];
    struct pair pair = pair_with_calls(1);
    brig_event event;

    send_ok(pair.server, result_of(1, VALUE_BYTES));
    brig_conn_close(pair.client, BRIG_CLOSE_DONE, "");
    expect(pair.client, pair.server, BRIG_EVENT_CLOSED, &event);
    CHECK(memcmp(&pair.server->opening, zeros, sizeof(zeros)) == 0, "nothing more is opened");
    CHECK(memcmp(&pair.server->sealing, zeros, sizeof(zeros)) != 0, "something is to be sealed");
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(event.type == BRIG_EVENT_CLOSED, "a client that closes takes nothing but CLOSE");
    CHECK(brig_conn_pending(pair.server) == 0, "nothing is left");
    CHECK(memcmp(&pair.server->sealing, zeros, sizeof(zeros)) == 0, "wiped");
    free_pair(&pair);
}

/* [CHN-022] After a record that does not decrypt nothing is said, also of what waited. */
static void a_silent_end_drops_what_waits(void)
{
    struct pair pair = pair_with_calls(1);
    uint8_t forged[BRIG_FRAME_HEADER_BYTES + BRIG_LIMIT_RECORD_MIN_BYTES] = {
        0, BRIG_LIMIT_RECORD_MIN_BYTES};
    brig_event event;

    send_ok(pair.server, result_of(1, VALUE_BYTES));
    CHECK(puppet_feed(pair.server, forged, sizeof(forged)) == sizeof(forged), "one read");
    CHECK(brig_conn_next(pair.server, &event) == BRIG_AUTH, "forged");
    CHECK(brig_conn_output(pair.server).len == 0 && brig_conn_pending(pair.server) == 0, "silent");
    free_pair(&pair);
}

/* What a large message took is given back when it has left. */
static void memory_is_given_back(void)
{
    struct pair pair = pair_with_calls(1);
    brig_event event;

    send_ok(pair.server, result_of(1, VALUE_BYTES));
    brig_conn_trim(pair.server);
    CHECK(brig_conn_memory_bytes(pair.server) > VALUE_BYTES - BRIG_WINDOW_BYTES, "it waits");
    expect_watched(&pair, SIZE_MAX, &event);
    CHECK(brig_conn_memory_bytes(pair.server) <= (size_t)2 * BRIG_WINDOW_BYTES, "%zu bytes",
          brig_conn_memory_bytes(pair.server));
    free_pair(&pair);
}

int main(void)
{
    every_size_and_split();
    for (size_t i = 0; i < BRIG_WINDOW_RECORDS; i++)
        for (size_t more = 0; more < 3; more++)
            a_window_that_is_partly_full(i * BRIG_LIMIT_FRAGMENT_BYTES + 300 + more * 17);
    for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
        a_message_of_a_link_is_relayed(VALUE_BYTES, splits[i], true);
        a_message_of_a_link_is_relayed(BRIG_WINDOW_BYTES + 1, splits[i], true);
        a_message_of_a_link_is_relayed(BRIG_WINDOW_BYTES, splits[i], false);
        a_message_of_a_link_is_relayed(300, splits[i], false);
    }
    a_link_goes_on_in_the_memory_it_gets_back();
    memory_that_cannot_go_back_is_freed();
    an_end_drops_what_is_kept();
    only_what_is_lent_is_taken();
    limits_hold_before_anything_leaves();
    waiting_records_have_their_numbers();
    the_peers_close_does_not_drop_what_waits();
    a_silent_end_drops_what_waits();
    memory_is_given_back();
    return EXIT_SUCCESS;
}
