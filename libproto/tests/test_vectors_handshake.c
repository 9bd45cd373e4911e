/* SPDX-License-Identifier: MIT */
/* Replays spec/vectors/handshake.json: CHN-001 to CHN-007, CHN-014 to CHN-018, CHN-031, CHN-036. */

#include "vectors_conn.h"

#include <string.h>

#include "check.h"
#include "noise.h"
#include "vectors_handshake.inc"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void append_framed(brig_buffer *to, brig_span message)
{
    uint8_t length[2] = {(uint8_t)(message.len >> 8), (uint8_t)message.len};

    brig_buffer_append(to, (brig_span){length, sizeof(length)});
    brig_buffer_append(to, message);
}

/* The stream of one side up to its last record. */
static void stream_of(const struct handshake_complete_row *row, brig_side sender, brig_buffer *to)
{
    bool is_client = sender == BRIG_SIDE_CLIENT;
    const struct vector_list *records = is_client ? &row->client_records_ : &row->server_records_;

    brig_buffer_init(to, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    if (is_client)
        brig_buffer_append(to, row->preamble_);
    append_framed(to, is_client ? row->message_1_ : row->message_2_);
    for (size_t i = 0; i < records->count; i++)
        brig_buffer_append(to, records->items[i]);
    CHECK(to->fault == BRIG_OK, "%s", row->name_);
}

static brig_conn *complete_conn(const struct handshake_complete_row *row, brig_side side)
{
    bool is_client = side == BRIG_SIDE_CLIENT;
    struct vectors_party party = {
        .psk = row->psk_,
        .ephemeral = is_client ? row->client_ephemeral_ : row->server_ephemeral_,
        .static_secret = is_client ? row->client_static_ : row->server_static_,
        .server_public = row->server_public_,
        .client_publics = &row->client_public_,
        .client_public_count = row->client_public_.len > 0,
    };
    brig_conn_config config = vectors_config(side, row->suite_, &party);

    return vectors_conn(&config, &party);
}

static void check_hash(const struct handshake_complete_row *row, const brig_conn *conn)
{
    uint8_t hash[BRIG_HANDSHAKE_HASH_BYTES];

    CHECK(brig_conn_handshake_hash(conn, hash) == BRIG_OK, "%s: no handshake hash", row->name_);
    CHECK(memcmp(hash, row->handshake_hash_.data, sizeof(hash)) == 0, "%s: hash", row->name_);
}

/* A server that reads the client's stream, in pieces of every length. */
static void check_server(const struct handshake_complete_row *row, size_t piece_len)
{
    brig_conn *conn = complete_conn(row, BRIG_SIDE_SERVER);
    struct vectors_seen seen;
    brig_buffer stream;
    brig_buffer answer;

    vectors_seen_init(&seen);
    stream_of(row, BRIG_SIDE_CLIENT, &stream);
    brig_buffer_init(&answer, BRIG_LIMIT_RECORD_BYTES);
    append_framed(&answer, row->message_2_);
    vectors_feed(conn, brig_buffer_span(&stream), piece_len, &seen);
    CHECK(seen.is_ready && seen.is_closed, "%s: %s", row->name_, brig_status_name(seen.status));
    CHECK(brig_conn_output(conn).len > answer.len &&
              memcmp(brig_conn_output(conn).data, answer.data, answer.len) == 0,
          "%s: message 2 differs", row->name_);
    check_hash(row, conn);
    CHECK(brig_conn_eof(conn) == BRIG_OK, "%s: end of stream", row->name_);
    brig_buffer_done(&answer);
    brig_buffer_done(&stream);
    vectors_seen_done(&seen);
    brig_conn_free(conn);
}

/* The client's call whose answer the server's stream holds. */
static void send_ping(brig_conn *conn)
{
    brig_message ping = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("brig.ping")};

    CHECK(brig_conn_send(conn, &ping, NULL) == BRIG_OK, "brig.ping");
}

static void check_client(const struct handshake_complete_row *row, size_t piece_len)
{
    brig_conn *conn = complete_conn(row, BRIG_SIDE_CLIENT);
    struct vectors_seen seen;
    brig_buffer stream;
    brig_buffer start;

    vectors_seen_init(&seen);
    stream_of(row, BRIG_SIDE_SERVER, &stream);
    brig_buffer_init(&start, BRIG_LIMIT_RECORD_BYTES);
    brig_buffer_append(&start, row->preamble_);
    append_framed(&start, row->message_1_);
    CHECK(brig_span_equal(brig_conn_output(conn), brig_buffer_span(&start)), "%s: first bytes",
          row->name_);
    send_ping(conn);
    vectors_feed(conn, brig_buffer_span(&stream), piece_len, &seen);
    CHECK(seen.is_ready && seen.is_closed, "%s: %s", row->name_, brig_status_name(seen.status));
    CHECK(seen.messages.len > 0, "%s: no answer to brig.ping", row->name_);
    check_hash(row, conn);
    brig_buffer_done(&start);
    brig_buffer_done(&stream);
    vectors_seen_done(&seen);
    brig_conn_free(conn);
}

static void copy_key(uint8_t to[BRIG_NOISE_KEY_BYTES], brig_span key)
{
    if (key.len == BRIG_NOISE_KEY_BYTES)
        memcpy(to, key.data, key.len);
}

static void begin_noise(const struct handshake_complete_row *row, brig_noise_role role,
                        brig_noise_handshake *handshake)
{
    bool is_client = role == BRIG_NOISE_INITIATOR;
    brig_noise_keys keys = {.psk = {0}};

    copy_key(keys.psk, row->psk_);
    copy_key(keys.ephemeral_secret, is_client ? row->client_ephemeral_ : row->server_ephemeral_);
    copy_key(keys.static_secret, is_client ? row->client_static_ : row->server_static_);
    copy_key(keys.remote_public, row->server_public_);
    brig_noise_init(handshake, vectors_suite(row->suite_), role, &keys, row->preamble_);
}

static void check_state(const struct handshake_complete_row *row, size_t step,
                        const brig_noise_handshake *handshake)
{
    CHECK(memcmp(handshake->hash, row->message_hashes_.items[step].data, 32) == 0,
          "%s: h after message %zu", row->name_, step + 1);
    CHECK(memcmp(handshake->chaining_key, row->message_chaining_keys_.items[step].data, 32) == 0,
          "%s: ck after message %zu", row->name_, step + 1);
}

/* Both messages, with the symmetric state of both sides after each. */
static void check_noise(const struct handshake_complete_row *row)
{
    const brig_span messages[2] = {row->message_1_, row->message_2_};
    brig_noise_handshake sides[2];

    begin_noise(row, BRIG_NOISE_INITIATOR, &sides[0]);
    begin_noise(row, BRIG_NOISE_RESPONDER, &sides[1]);
    for (size_t step = 0; step < 2; step++) {
        brig_noise_handshake *writer = &sides[step];
        brig_noise_handshake *reader = &sides[1 - step];
        uint8_t written[128];

        CHECK(messages[step].len <= sizeof(written), "%s", row->name_);
        CHECK(brig_noise_write(writer, (brig_span){NULL, 0},
                               (brig_room){written, messages[step].len}) == BRIG_OK,
              "%s: message %zu", row->name_, step + 1);
        CHECK(memcmp(written, messages[step].data, messages[step].len) == 0, "%s: message %zu",
              row->name_, step + 1);
        CHECK(brig_noise_read(reader, messages[step], (brig_room){NULL, 0}) == BRIG_OK,
              "%s: message %zu is refused", row->name_, step + 1);
        check_state(row, step, writer);
        check_state(row, step, reader);
    }
    brig_noise_done(&sides[0]);
    brig_noise_done(&sides[1]);
}

static brig_conn *receiver_of(const struct handshake_received_row *row)
{
    bool is_client = strcmp(row->receiver_, "client") == 0;
    struct vectors_party party = {
        .psk = row->psk_,
        .ephemeral = row->ephemeral_,
        .static_secret = row->static_secret_,
        .server_public = row->server_public_,
        .client_publics = row->client_publics_.items,
        .client_public_count = row->client_publics_.count,
    };
    brig_side side = is_client ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER;
    brig_conn_config config = vectors_config(side, row->suite_, &party);

    config.refuse_busy = row->busy_;
    return vectors_conn(&config, &party);
}

static bool is_final(brig_status status)
{
    return status != BRIG_OK && status != BRIG_AGAIN && status != BRIG_NO_MEMORY;
}

static void check_outcome(const struct handshake_received_row *row, brig_conn *conn,
                          const struct vectors_seen *seen)
{
    const char *outcome = row->outcome_;
    bool is_client = strcmp(row->receiver_, "client") == 0;
    const char *status = brig_status_name(seen->status);

    if (strcmp(outcome, "accepted") == 0) {
        CHECK(seen->status == BRIG_AGAIN, "%s: %s", row->name_, status);
    } else if (strcmp(outcome, "truncated") == 0) {
        CHECK(seen->status == BRIG_AGAIN, "%s: %s", row->name_, status);
        CHECK(brig_conn_eof(conn) == BRIG_TRUNCATED, "%s: no truncation", row->name_);
    } else if (strcmp(outcome, "refused") == 0) {
        uint8_t refusal[3] = {(uint8_t)row->reason_, (uint8_t)row->min_version_,
                              (uint8_t)row->max_version_};

        CHECK(seen->is_refused, "%s: %s", row->name_, status);
        CHECK(memcmp(seen->refusal, refusal, sizeof(refusal)) == 0, "%s: refusal", row->name_);
    } else {
        CHECK(is_final(seen->status), "%s: goes on", row->name_);
    }
    /* What a client says once its handshake is done is its HELLO, with keys of its own choice. */
    if (!is_client || strcmp(outcome, "accepted") != 0)
        CHECK(brig_span_equal(brig_conn_output(conn), row->answer_), "%s: answers %zu bytes",
              row->name_, brig_conn_output(conn).len);
    CHECK(!seen->is_ready, "%s: ready without a HELLO", row->name_);
}

static void check_received(const struct handshake_received_row *row, size_t piece_len)
{
    brig_conn *conn = receiver_of(row);
    struct vectors_seen seen;

    vectors_seen_init(&seen);
    CHECK(brig_span_equal(brig_conn_output(conn), row->sent_), "%s: first bytes", row->name_);
    vectors_drop_output(conn);
    vectors_feed(conn, row->received_, piece_len, &seen);
    check_outcome(row, conn, &seen);
    vectors_seen_done(&seen);
    brig_conn_free(conn);
}

int main(void)
{
    static const size_t piece_lens[] = {1, 7, 50, SIZE_MAX};

    for (size_t i = 0; i < COUNT(handshake_complete); i++)
        check_noise(&handshake_complete[i]);
    for (size_t p = 0; p < COUNT(piece_lens); p++) {
        for (size_t i = 0; i < COUNT(handshake_complete); i++) {
            check_server(&handshake_complete[i], piece_lens[p]);
            check_client(&handshake_complete[i], piece_lens[p]);
        }
        for (size_t i = 0; i < COUNT(handshake_received); i++)
            check_received(&handshake_received[i], piece_lens[p]);
    }
    return EXIT_SUCCESS;
}
