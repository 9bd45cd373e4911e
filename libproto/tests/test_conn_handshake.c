/* SPDX-License-Identifier: MIT */
/* Preamble, refusal and handshake as a connection meets them (spec 3.1 to 3.4). */
#include <brig/conn.h>

#include "bytes.h"
#include "check.h"
#include "puppet.h"

enum {
    LOCAL = 1u << BRIG_SUITE_LOCAL,
    KEYED = 1u << BRIG_SUITE_KEYED,
    BOTH = LOCAL | KEYED,
};

typedef enum readiness {
    TAKES_CLIENTS,
    IS_BUSY,
} readiness;

/* The first bytes of a client, and all that a server says to them. */
static const struct preamble_case {
    const char *name;
    brig_span bytes;
    unsigned suites;
    readiness readiness;
    brig_status status;
    brig_span answer;
} preamble_cases[] = {
    {"half a preamble waits [CHN-003]", BYTES("BRIG\x01\x01\x01"), BOTH, TAKES_CLIENTS, BRIG_AGAIN,
     BYTES("")},
    {"a preamble alone is not answered", BYTES("BRIG\x01\x01\x01\x00"), BOTH, TAKES_CLIENTS,
     BRIG_AGAIN, BYTES("")},
    {"suite keyed is known", BYTES("BRIG\x01\x02\x01\x00"), KEYED, TAKES_CLIENTS, BRIG_AGAIN,
     BYTES("")},
    {"a client that could speak more is welcome", BYTES("BRIG\x01\x01\x09\x00"), BOTH,
     TAKES_CLIENTS, BRIG_AGAIN, BYTES("")},
    {"another protocol is not answered [CHN-002]", BYTES("GET / HT"), BOTH, TAKES_CLIENTS,
     BRIG_MALFORMED, BYTES("")},
    {"small letters are another protocol [CHN-002]", BYTES("BRIg\x01\x01\x01\x00"), BOTH,
     TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"a last octet other than 0 is not answered [CHN-002]", BYTES("BRIG\x01\x01\x01\x01"), BOTH,
     TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"a highest version below the version is not answered [CHN-002]", BYTES("BRIG\x01\x01\x00\x00"),
     BOTH, TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"a busy server does not answer another protocol [CHN-002]", BYTES("GET / HT"), BOTH, IS_BUSY,
     BRIG_MALFORMED, BYTES("")},
    {"a newer version is refused [CHN-005]", BYTES("BRIG\x02\x01\x02\x00"), BOTH, TAKES_CLIENTS,
     BRIG_REFUSED, BYTES("\x00\x00\x01\x01\x01")},
    {"version 0 is refused", BYTES("BRIG\x00\x01\x01\x00"), BOTH, TAKES_CLIENTS, BRIG_REFUSED,
     BYTES("\x00\x00\x01\x01\x01")},
    {"a suite that is not offered is refused", BYTES("BRIG\x01\x02\x01\x00"), LOCAL, TAKES_CLIENTS,
     BRIG_REFUSED, BYTES("\x00\x00\x02\x01\x01")},
    {"suite 0 is refused", BYTES("BRIG\x01\x00\x01\x00"), BOTH, TAKES_CLIENTS, BRIG_REFUSED,
     BYTES("\x00\x00\x02\x01\x01")},
    {"an unknown suite is refused", BYTES("BRIG\x01\xff\x01\x00"), BOTH, TAKES_CLIENTS,
     BRIG_REFUSED, BYTES("\x00\x00\x02\x01\x01")},
    {"a busy server says so", BYTES("BRIG\x01\x01\x01\x00"), BOTH, IS_BUSY, BRIG_REFUSED,
     BYTES("\x00\x00\x03\x01\x01")},
    {"busy goes before version and suite [CHN-004]", BYTES("BRIG\x02\xff\x02\x00"), BOTH, IS_BUSY,
     BRIG_REFUSED, BYTES("\x00\x00\x03\x01\x01")},
    {"version goes before suite [CHN-004]", BYTES("BRIG\x02\xff\x02\x00"), BOTH, TAKES_CLIENTS,
     BRIG_REFUSED, BYTES("\x00\x00\x01\x01\x01")},
    {"a wrong length of message 1 ends it before the message [CHN-014]",
     BYTES("BRIG\x01\x01\x01\x00\x00\x31"), BOTH, TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"message 1 has no length 0 [CHN-014]", BYTES("BRIG\x01\x01\x01\x00\x00\x00"), BOTH,
     TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"message 1 of suite keyed is longer [CHN-014]", BYTES("BRIG\x01\x02\x01\x00\x00\x30"), BOTH,
     TAKES_CLIENTS, BRIG_MALFORMED, BYTES("")},
    {"the right length waits", BYTES("BRIG\x01\x02\x01\x00\x00\x60"), BOTH, TAKES_CLIENTS,
     BRIG_AGAIN, BYTES("")},
};

/* The first bytes of a server, and what a client makes of them. */
static const struct answer_case {
    const char *name;
    brig_span bytes;
    brig_status status;
    int reason; /* -1: no refusal */
} answer_cases[] = {
    {"a refusal is reported with its reason [CHN-007]", BYTES("\x00\x00\x03\x01\x01"), BRIG_REFUSED,
     BRIG_REFUSAL_BUSY},
    {"a refusal for a reason that is not known is one, too", BYTES("\x00\x00\xc8\x01\x07"),
     BRIG_REFUSED, 0xc8},
    {"half a refusal waits", BYTES("\x00\x00\x03\x01"), BRIG_AGAIN, -1},
    {"a longer message 2 ends it before the message [CHN-015]", BYTES("\x00\x31"), BRIG_MALFORMED,
     -1},
    {"a shorter message 2 ends it before the message [CHN-015]", BYTES("\x00\x2f"), BRIG_MALFORMED,
     -1},
    {"the right length waits", BYTES("\x00\x30"), BRIG_AGAIN, -1},
};

static brig_status feed_all(brig_conn *conn, const uint8_t *bytes, size_t len, brig_event *event)
{
    brig_status status = BRIG_AGAIN;

    for (size_t at = 0; at < len && status == BRIG_AGAIN;) {
        size_t part = puppet_feed(conn, bytes + at, len - at);

        CHECK(part > 0, "no room");
        at += part;
        status = brig_conn_next(conn, event);
    }
    return status;
}

static void run_preamble(const struct preamble_case *c, size_t cut)
{
    brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    brig_event event;

    config.suites = c->suites;
    config.refuse_busy = c->readiness == IS_BUSY;
    brig_conn *conn = puppet_conn(&config);
    brig_status status = feed_all(conn, c->bytes.data, cut, &event);
    if (status == BRIG_AGAIN)
        status = feed_all(conn, c->bytes.data + cut, c->bytes.len - cut, &event);
    CHECK(status == c->status, "%s, cut at %zu: %s", c->name, cut, brig_status_name(status));
    CHECK(brig_span_equal(brig_conn_output(conn), c->answer), "%s, cut at %zu", c->name, cut);
    CHECK(!brig_conn_is_ready(conn), "%s, cut at %zu", c->name, cut);
    brig_conn_close(conn, BRIG_CLOSE_SHUTDOWN, "the server ends");
    CHECK(brig_span_equal(brig_conn_output(conn), c->answer), "%s: nothing more [CHN-006]",
          c->name);
    brig_conn_free(conn);
}

static void run_answer(const struct answer_case *c, size_t cut)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    brig_conn *conn = puppet_conn(&config);
    brig_event event = {.type = BRIG_EVENT_READY};

    brig_status status = feed_all(conn, c->bytes.data, cut, &event);
    if (status == BRIG_AGAIN)
        status = feed_all(conn, c->bytes.data + cut, c->bytes.len - cut, &event);
    if (c->reason >= 0) {
        CHECK(status == BRIG_OK, "%s, cut at %zu", c->name, cut);
        CHECK(event.type == BRIG_EVENT_REFUSED && event.refusal.reason == c->reason, "%s", c->name);
        CHECK(event.refusal.min_version == c->bytes.data[3], "%s", c->name);
        CHECK(event.refusal.max_version == c->bytes.data[4], "%s", c->name);
        status = brig_conn_next(conn, &event);
    }
    CHECK(status == c->status, "%s, cut at %zu: %s", c->name, cut, brig_status_name(status));
    if (status != BRIG_AGAIN)
        CHECK(brig_conn_output(conn).len == 0, "%s: nothing is sent to a stranger", c->name);
    brig_conn_free(conn);
}

static struct puppet puppet;

static brig_side other(brig_side side)
{
    return side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER;
}

/* The whole handshake passes at every cut; the server says message 2, never HELLO [CHN-036]. */
static void handshake_passes(brig_side side, brig_suite suite)
{
    const brig_conn_config config = puppet_config(side, suite);
    brig_event event;

    puppet_begin(&puppet, other(side), suite);
    for (size_t cut = 0; cut <= puppet.len; cut++) {
        uint8_t hash[BRIG_HANDSHAKE_HASH_BYTES];
        brig_conn *conn = puppet_conn(&config);

        CHECK(brig_conn_handshake_hash(conn, hash) == BRIG_STATE, "not yet");
        CHECK(feed_all(conn, puppet.stream, cut, &event) == BRIG_AGAIN, "cut at %zu", cut);
        CHECK(feed_all(conn, puppet.stream + cut, puppet.len - cut, &event) == BRIG_AGAIN,
              "cut at %zu", cut);
        CHECK(brig_conn_handshake_hash(conn, hash) == BRIG_OK, "cut at %zu", cut);
        if (side == BRIG_SIDE_SERVER)
            CHECK(brig_conn_output(conn).len == puppet.handshake_out_bytes, "only message 2");
        brig_conn_free(conn);
    }
}

/* [CHN-017] [CHN-018] Every changed byte of the peer's handshake ends it in silence. */
static void changed_bytes_end_it(brig_side side, brig_suite suite)
{
    const brig_conn_config config = puppet_config(side, suite);
    size_t preamble_bytes = side == BRIG_SIDE_SERVER ? PUPPET_PREAMBLE_BYTES : 0;

    puppet_begin(&puppet, other(side), suite);
    for (size_t i = preamble_bytes + BRIG_FRAME_HEADER_BYTES; i < puppet.len; i++) {
        brig_conn *conn = puppet_conn(&config);
        brig_event event;

        puppet.stream[i] ^= 0x40;
        CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AUTH, "byte %zu", i);
        puppet.stream[i] ^= 0x40;
        CHECK(brig_conn_output(conn).len == 0, "byte %zu", i);
        brig_conn_free(conn);
    }
}

/* The highest version is not checked by its value, but it is part of the prologue. */
static void the_preamble_is_authenticated(void)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    brig_conn *conn = puppet_conn(&config);
    brig_event event;

    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    puppet.stream[6] = 2;
    CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AUTH, "a changed preamble");
    brig_conn_free(conn);
}

/* [CHN-016] All zeros as the client's ephemeral key. */
static void all_zero_results_end_it(brig_suite suite)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, suite);
    const uint8_t preamble[PUPPET_PREAMBLE_BYTES] = {'B', 'R', 'I', 'G', 1, (uint8_t)suite, 1, 0};
    brig_conn *conn = puppet_conn(&config);
    brig_noise_handshake client;
    brig_noise_keys keys = {.ephemeral_secret = {8}, .static_secret = {16, 1}, .psk = {7}};
    uint8_t message[96];
    size_t len = brig_noise_message_bytes(suite, 0);
    brig_event event;

    brig_key_public(config.static_secret, keys.remote_public);
    brig_noise_init(&client, suite, BRIG_NOISE_INITIATOR, &keys,
                    (brig_span){preamble, sizeof(preamble)});
    memset(client.ephemeral_public, 0, sizeof(client.ephemeral_public));
    CHECK(brig_noise_write(&client, (brig_span){NULL, 0}, (brig_room){message, len}) == BRIG_OK,
          "message 1");
    puppet.len = 0;
    puppet_append(&puppet, preamble, sizeof(preamble));
    puppet_frame(&puppet, message, len);
    CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AUTH, "suite %d", suite);
    CHECK(brig_conn_output(conn).len == 0, "suite %d", suite);
    brig_conn_free(conn);
}

/* [CHN-017] A client with the right server key that nobody listed. */
static void unlisted_clients_are_not_answered(void)
{
    const uint8_t others[2][BRIG_KEY_BYTES] = {{1}, {2}};
    brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_KEYED);
    brig_event event;

    config.client_publics = others;
    config.client_public_count = 2;
    brig_conn *conn = puppet_conn(&config);
    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED);
    CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AUTH, "an unlisted client");
    CHECK(brig_conn_output(conn).len == 0, "an unlisted client");
    brig_conn_free(conn);
}

static void the_client_key_is_known(void)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_KEYED);
    brig_conn *conn = puppet_conn(&config);
    uint8_t key[BRIG_KEY_BYTES];
    brig_event event;

    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED);
    CHECK(brig_conn_peer_public(conn, key) == BRIG_STATE, "not yet");
    CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AGAIN, "the handshake");
    CHECK(brig_conn_peer_public(conn, key) == BRIG_OK, "the client's key");
    CHECK(memcmp(key, config.client_publics[0], BRIG_KEY_BYTES) == 0, "the client's key");
    brig_conn_free(conn);

    conn = puppet_conn(&config);
    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    CHECK(feed_all(conn, puppet.stream, puppet.len, &event) == BRIG_AGAIN, "the handshake");
    CHECK(brig_conn_peer_public(conn, key) == BRIG_STATE, "suite local has none");
    brig_conn_free(conn);
}

/* What the first record of a stranger may be announced as: HELLO and nothing larger [MSG-011]. */
static void long_first_records_end_it(void)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    const size_t largest = BRIG_LIMIT_HELLO_BYTES + BRIG_LIMIT_RECORD_MIN_BYTES;

    for (size_t len = largest; len <= largest + 1; len++) {
        brig_conn *conn = puppet_conn(&config);
        uint8_t header[BRIG_FRAME_HEADER_BYTES];
        brig_event event;

        puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
        brig_frame_header(len, header);
        puppet_append(&puppet, header, sizeof(header));
        brig_status status = feed_all(conn, puppet.stream, puppet.len, &event);
        CHECK(status == (len == largest ? BRIG_AGAIN : BRIG_TOO_LARGE), "%zu bytes: %s", len,
              brig_status_name(status));
        brig_conn_free(conn);
    }
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(preamble_cases); i++)
        for (size_t cut = 0; cut <= preamble_cases[i].bytes.len; cut++)
            run_preamble(&preamble_cases[i], cut);
    for (size_t i = 0; i < COUNT_OF(answer_cases); i++)
        for (size_t cut = 0; cut <= answer_cases[i].bytes.len; cut++)
            run_answer(&answer_cases[i], cut);
    for (int suite = BRIG_SUITE_LOCAL; suite <= BRIG_SUITE_KEYED; suite++) {
        for (int side = BRIG_SIDE_CLIENT; side <= BRIG_SIDE_SERVER; side++) {
            handshake_passes((brig_side)side, (brig_suite)suite);
            changed_bytes_end_it((brig_side)side, (brig_suite)suite);
        }
        all_zero_results_end_it((brig_suite)suite);
    }
    the_preamble_is_authenticated();
    unlisted_clients_are_not_answered();
    the_client_key_is_known();
    long_first_records_end_it();
    return EXIT_SUCCESS;
}
