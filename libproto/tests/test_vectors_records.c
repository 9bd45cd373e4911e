/* SPDX-License-Identifier: MIT */
/*
 * Replays spec/vectors/records.json: CHN-021 to CHN-026, CHN-028, CHN-030 to CHN-032, CHN-036, and
 * the rules of a connection that are seen in its records.
 */

#include "vectors_conn.h"

#include <string.h>

#include <sodium.h>

#include "check.h"
#include "vectors_records.inc"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef struct records_received_row record_case;
typedef struct records_parties_row party_row;

static const party_row *party_of(const record_case *row)
{
    for (size_t i = 0; i < COUNT(records_parties); i++)
        if (strcmp(records_parties[i].receiver_, row->receiver_) == 0 &&
            strcmp(records_parties[i].suite_, row->suite_) == 0)
            return &records_parties[i];
    CHECK(false, "%s: no party", row->name_);
    return NULL;
}

static brig_conn *receiver_of(const record_case *row, const party_row *party)
{
    struct vectors_party keys = {
        .psk = party->psk_,
        .ephemeral = party->ephemeral_,
        .static_secret = party->static_secret_,
        .server_public = party->server_public_,
        .client_publics = party->client_publics_.items,
        .client_public_count = party->client_publics_.count,
    };
    bool is_client = strcmp(row->receiver_, "client") == 0;
    brig_side side = is_client ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER;
    brig_conn_config config = vectors_config(side, row->suite_, &keys);

    if (row->max_message_ > 0)
        config.max_message_bytes = (size_t)row->max_message_;
    return vectors_conn(&config, &keys);
}

/* The handshake and, unless the case brings one, the peer's HELLO; what is answered is dropped. */
static void begin(const record_case *row, const party_row *party, brig_conn *conn,
                  struct vectors_seen *seen)
{
    vectors_feed(conn, party->handshake_, SIZE_MAX, seen);
    if (row->first_nonce_ > 0) {
        vectors_feed(conn, party->hello_, SIZE_MAX, seen);
        CHECK(seen->is_ready, "%s: not ready", row->name_);
    }
    CHECK(seen->status == BRIG_AGAIN, "%s: %s", row->name_, brig_status_name(seen->status));
    vectors_drop_output(conn);
}

/* A record of a size that JSON should not carry, from a file of its own. */
static void feed_file(const record_case *row, brig_conn *conn, struct vectors_seen *seen)
{
    uint8_t bytes[2 + BRIG_LIMIT_RECORD_BYTES];
    char path[1024];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", BRIG_VECTORS_DIR, row->received_file_);
    file = fopen(path, "rb");
    CHECK(file != NULL, "%s", path);
    CHECK(fread(bytes, 1, sizeof(bytes), file) == sizeof(bytes), "%s", path);
    (void)fclose(file);
    vectors_feed(conn, (brig_span){bytes, sizeof(bytes)}, SIZE_MAX, seen);
}

/* Our side has answered with one record: open it and look at its message. */
static void check_answer(const record_case *row, const party_row *party, brig_span output,
                         brig_message_type type, const char *code)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = {0};
    uint8_t plaintext[4096];
    unsigned long long len = 0;
    brig_message message;

    /* Our HELLO had nonce 0 and was dropped with the prefix, unless it is this record. */
    nonce[4] = type == BRIG_MESSAGE_HELLO ? 0 : 1;
    CHECK(output.len > 2 && output.len < sizeof(plaintext), "%s: answers %zu bytes", row->name_,
          output.len);
    CHECK(output.len - 2 == ((size_t)output.data[0] << 8 | output.data[1]),
          "%s: more or less than one record", row->name_);
    CHECK(crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, &len, NULL, output.data + 2,
                                                    output.len - 2, NULL, 0, nonce,
                                                    party->sending_key_.data) == 0,
          "%s: the answer does not open", row->name_);
    CHECK(len > 1 && plaintext[0] == 1, "%s: fragments", row->name_);
    CHECK(brig_message_parse((brig_span){plaintext + 1, (size_t)len - 1}, &message) == BRIG_OK,
          "%s: the answer is malformed", row->name_);
    CHECK(message.type == type, "%s: answers type %u", row->name_, message.type);
    CHECK(code == NULL || brig_span_is(message.name, code), "%s: CLOSE %.*s", row->name_,
          (int)message.name.len, (const char *)message.name.data);
}

static void check_messages(const record_case *row, const struct vectors_seen *seen)
{
    size_t at = 0;

    if (row->message_bytes_ > 0) {
        CHECK(seen->messages.len == row->message_bytes_, "%s: %zu bytes", row->name_,
              seen->messages.len);
        return;
    }
    for (size_t i = 0; i < row->messages_.count; i++) {
        brig_span expected = row->messages_.items[i];

        CHECK(expected.len <= seen->messages.len - at &&
                  memcmp(seen->messages.data + at, expected.data, expected.len) == 0,
              "%s: message %zu", row->name_, i);
        at += expected.len;
    }
    CHECK(at == seen->messages.len, "%s: more messages than there are", row->name_);
}

static void check_outcome(const record_case *row, const party_row *party, brig_conn *conn,
                          const struct vectors_seen *seen)
{
    const char *outcome = row->outcome_;
    const char *status = brig_status_name(seen->status);
    brig_span output = brig_conn_output(conn);

    if (strcmp(outcome, "closed") == 0) {
        CHECK(seen->is_closed, "%s: %s", row->name_, status);
        check_answer(row, party, output, BRIG_MESSAGE_CLOSE, NULL);
        CHECK(brig_conn_eof(conn) == BRIG_OK, "%s: truncated", row->name_);
        return;
    }
    CHECK(!seen->is_closed, "%s: closed", row->name_);
    if (strcmp(outcome, "announced") == 0) {
        CHECK(seen->status != BRIG_AGAIN && seen->status != BRIG_AUTH, "%s: %s", row->name_,
              status);
        check_answer(row, party, output, BRIG_MESSAGE_CLOSE, row->close_code_);
    } else if (strcmp(outcome, "silent") == 0) {
        CHECK(seen->status != BRIG_AGAIN, "%s: goes on", row->name_);
        CHECK(row->first_nonce_ == 0 || seen->status == BRIG_AUTH, "%s: %s", row->name_, status);
        CHECK(output.len == 0, "%s: answers %zu bytes", row->name_, output.len);
    } else {
        CHECK(seen->status == BRIG_AGAIN, "%s: %s", row->name_, status);
        if (row->first_nonce_ == 0)
            check_answer(row, party, output, BRIG_MESSAGE_HELLO, NULL);
        CHECK(brig_conn_eof(conn) == BRIG_TRUNCATED, "%s: an end without CLOSE", row->name_);
    }
}

static void check_case(const record_case *row, size_t piece_len)
{
    const party_row *party = party_of(row);
    brig_conn *conn = receiver_of(row, party);
    struct vectors_seen seen;

    vectors_seen_init(&seen);
    begin(row, party, conn, &seen);
    if (row->received_file_ != NULL)
        feed_file(row, conn, &seen);
    vectors_feed(conn, row->received_, piece_len, &seen);
    check_messages(row, &seen);
    check_outcome(row, party, conn, &seen);
    vectors_seen_done(&seen);
    brig_conn_free(conn);
}

int main(void)
{
    static const size_t piece_lens[] = {1, 20, SIZE_MAX};

    for (size_t p = 0; p < COUNT(piece_lens); p++)
        for (size_t i = 0; i < COUNT(records_received); i++)
            check_case(&records_received[i], piece_lens[p]);
    return EXIT_SUCCESS;
}
