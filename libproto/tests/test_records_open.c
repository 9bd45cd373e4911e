/* SPDX-License-Identifier: MIT */
/* Records: what is refused, what is put together (spec 3.5). */
#include "records.h"

#include <string.h>

#include "bytes.h"
#include "check.h"

static uint8_t wire[4 * (BRIG_LIMIT_RECORD_BYTES + BRIG_FRAME_HEADER_BYTES)];

static void two_ends(brig_cipher *sealing, brig_cipher *opening)
{
    *sealing = (brig_cipher){.key = {1, 2, 3}};
    *opening = *sealing;
}

/* Seal a plaintext as it is, with any flags or none at all. */
static size_t seal_plaintext(brig_cipher *sealing, brig_span plaintext, uint8_t *to)
{
    CHECK(brig_cipher_encrypt(sealing, (brig_span){NULL, 0}, plaintext, to) == BRIG_OK, "nonce");
    return plaintext.len + BRIG_CIPHER_TAG_BYTES;
}

static const struct open_case {
    const char *name;
    brig_span plaintext;
    brig_status status;
} open_cases[] = {
    {"a last fragment is opened", BYTES("\x01text"), BRIG_OK},
    {"a fragment that is not the last is opened", BYTES("\0text"), BRIG_OK},
    {"an empty last fragment is opened", BYTES("\x01"), BRIG_OK},
    {"an empty fragment that is not the last is refused [CHN-024]", BYTES("\0"), BRIG_MALFORMED},
    {"an unknown flag is refused [CHN-023]", BYTES("\x02text"), BRIG_MALFORMED},
    {"an unknown flag beside a known one is refused [CHN-023]", BYTES("\x03text"), BRIG_MALFORMED},
    {"the highest flag is refused [CHN-023]", BYTES("\x81text"), BRIG_MALFORMED},
    {"a record without flags is refused [CHN-021]", BYTES(""), BRIG_MALFORMED},
};

static void run_open(const struct open_case *c)
{
    brig_cipher sealing;
    brig_cipher opening;
    brig_fragment fragment = {.is_last = false};

    two_ends(&sealing, &opening);
    size_t len = seal_plaintext(&sealing, c->plaintext, wire);
    CHECK(brig_record_open(&opening, (brig_room){wire, len}, &fragment) == c->status, "%s",
          c->name);
    if (c->status != BRIG_OK)
        return;
    CHECK(fragment.is_last == (c->plaintext.data[0] == 1), "%s", c->name);
    CHECK(fragment.bytes.len == c->plaintext.len - 1, "%s", c->name);
    CHECK(memcmp(fragment.bytes.data, c->plaintext.data + 1, fragment.bytes.len) == 0, "%s",
          c->name);
}

/* [CHN-021] */
static void short_records_are_refused(void)
{
    for (size_t len = 0; len < BRIG_LIMIT_RECORD_MIN_BYTES; len++) {
        brig_cipher opening = {.key = {1, 2, 3}};
        brig_fragment fragment;

        memset(wire, 0, len);
        CHECK(brig_record_open(&opening, (brig_room){wire, len}, &fragment) == BRIG_MALFORMED,
              "%zu bytes", len);
        CHECK(opening.nonce == 0, "%zu bytes", len);
    }
}

/* [CHN-022] Every bit counts, also the last of the tag. */
static void changed_records_are_refused(void)
{
    const brig_span plaintext = BYTES("\x01some text");

    for (size_t bit = 0; bit < 8 * (plaintext.len + BRIG_CIPHER_TAG_BYTES); bit++) {
        brig_cipher sealing;
        brig_cipher opening;
        brig_fragment fragment;

        two_ends(&sealing, &opening);
        size_t len = seal_plaintext(&sealing, plaintext, wire);
        wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(brig_record_open(&opening, (brig_room){wire, len}, &fragment) == BRIG_AUTH, "bit %zu",
              bit);
    }
}

/* [CHN-022] A record that lost its end does not open. */
static void truncated_records_are_refused(void)
{
    const brig_span plaintext = BYTES("\x01some text");
    size_t whole = plaintext.len + BRIG_CIPHER_TAG_BYTES;

    for (size_t len = BRIG_LIMIT_RECORD_MIN_BYTES; len < whole; len++) {
        brig_cipher sealing;
        brig_cipher opening;
        brig_fragment fragment;

        two_ends(&sealing, &opening);
        (void)seal_plaintext(&sealing, plaintext, wire);
        CHECK(brig_record_open(&opening, (brig_room){wire, len}, &fragment) == BRIG_AUTH,
              "%zu bytes", len);
    }
}

/* [CHN-028] Which of three sealed records is opened, in which order; the last one must fail. */
static const struct order_case {
    const char *name;
    size_t order[3];
    size_t count;
    brig_status last;
} order_cases[] = {
    {"records in order are opened", {0, 1, 2}, 3, BRIG_OK},
    {"a repeated record is refused", {0, 0}, 2, BRIG_AUTH},
    {"an older record is refused", {0, 1, 0}, 3, BRIG_AUTH},
    {"a record out of order is refused", {1}, 1, BRIG_AUTH},
    {"a left-out record is noticed", {0, 2}, 2, BRIG_AUTH},
};

static void run_order(const struct order_case *c)
{
    const brig_span plaintext = BYTES("\x01text");
    uint8_t records[3][32];
    size_t len = 0;
    brig_cipher sealing;
    brig_cipher opening;

    two_ends(&sealing, &opening);
    for (size_t i = 0; i < 3; i++)
        len = seal_plaintext(&sealing, plaintext, records[i]);
    for (size_t i = 0; i < c->count; i++) {
        brig_fragment fragment;
        uint8_t copy[32];

        memcpy(copy, records[c->order[i]], len);
        brig_status status = brig_record_open(&opening, (brig_room){copy, len}, &fragment);
        CHECK(status == (i + 1 < c->count ? BRIG_OK : c->last), "%s", c->name);
    }
}

/* A message of this size, in pieces of odd lengths, comes back whole. */
static void run_round_trip(size_t size)
{
    static uint8_t message[3 * BRIG_LIMIT_FRAGMENT_BYTES];
    const size_t cuts[] = {size / 7, size / 7, size / 2};
    const brig_span pieces[] = {{message, cuts[0]},
                                {NULL, 0},
                                {message + cuts[0], cuts[2] - cuts[1]},
                                {message + cuts[2], size - cuts[2]}};
    size_t sealed = brig_records_bytes(size);
    size_t records = 0;
    brig_buffer assembly;
    brig_span joined = {NULL, 0};
    brig_status status = BRIG_AGAIN;
    brig_cipher sealing;
    brig_cipher opening;

    two_ends(&sealing, &opening);
    for (size_t i = 0; i < size; i++)
        message[i] = (uint8_t)(i * 31 + (i >> 8));
    brig_buffer_init(&assembly, size);
    brig_unsealed unsealed = brig_unsealed_of(pieces, 4);
    size_t end = 0;
    do {
        size_t len = brig_record_bytes(&unsealed);

        brig_record_seal(&sealing, &unsealed, wire + end);
        end += len;
    } while (unsealed.left_bytes > 0);
    CHECK(end == sealed, "size %zu: %zu bytes", size, end);
    for (size_t at = 0; at < sealed; records++) {
        size_t len = brig_frame_bytes(wire + at);
        brig_fragment fragment;

        CHECK(status == BRIG_AGAIN, "size %zu: whole too early", size);
        CHECK(brig_record_open(&opening, (brig_room){wire + at + BRIG_FRAME_HEADER_BYTES, len},
                               &fragment) == BRIG_OK,
              "size %zu", size);
        status = brig_fragment_join(&assembly, fragment, &joined);
        at += BRIG_FRAME_HEADER_BYTES + len;
    }
    CHECK(status == BRIG_OK, "size %zu: %s", size, brig_status_name(status));
    CHECK(records == brig_records_count(size), "size %zu: %zu records", size, records);
    CHECK(joined.len == size && (size == 0 || memcmp(joined.data, message, size) == 0), "size %zu",
          size);
    brig_fragment_clear(&assembly);
    CHECK(assembly.len == 0, "size %zu", size);
    brig_buffer_done(&assembly);
}

/* [CHN-025] A limit of 10 bytes, and fragments of these sizes. */
static const struct join_case {
    const char *name;
    size_t sizes[4];
    size_t count;
    bool is_ended; /* the last of them is marked last */
    brig_status status;
} join_cases[] = {
    {"a message of exactly the limit in one fragment passes", {10}, 1, true, BRIG_OK},
    {"one byte more in one fragment is refused", {11}, 1, true, BRIG_TOO_LARGE},
    {"one byte more in a fragment that is not the last is refused", {11}, 1, false, BRIG_TOO_LARGE},
    {"exactly the limit in two fragments passes", {4, 6}, 2, true, BRIG_OK},
    {"one byte more in two fragments is refused", {4, 7}, 2, true, BRIG_TOO_LARGE},
    {"it is refused before the last fragment", {4, 7}, 2, false, BRIG_TOO_LARGE},
    {"exactly the limit waits for the last fragment", {4, 6}, 2, false, BRIG_AGAIN},
    {"an empty last fragment ends a message", {4, 6, 0}, 3, true, BRIG_OK},
};

static void run_join(const struct join_case *c)
{
    const uint8_t bytes[16] = {0};
    brig_status status = BRIG_AGAIN;
    brig_buffer assembly;
    brig_span message;

    brig_buffer_init(&assembly, 10);
    for (size_t i = 0; i < c->count; i++) {
        const brig_fragment fragment = {.bytes = {bytes, c->sizes[i]},
                                        .is_last = c->is_ended && i + 1 == c->count};

        CHECK(status == BRIG_AGAIN, "%s: %s", c->name, brig_status_name(status));
        status = brig_fragment_join(&assembly, fragment, &message);
    }
    CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
    brig_buffer_done(&assembly);
}

int main(void)
{
    const size_t edge = BRIG_LIMIT_FRAGMENT_BYTES;
    const size_t sizes[] = {0, 1, 100, edge - 1, edge, edge + 1, 2 * edge, 2 * edge + 1, 3 * edge};

    for (size_t i = 0; i < COUNT_OF(open_cases); i++)
        run_open(&open_cases[i]);
    for (size_t i = 0; i < COUNT_OF(order_cases); i++)
        run_order(&order_cases[i]);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        run_round_trip(sizes[i]); /* [CHN-026] the edge fills 65,535 bytes */
    for (size_t i = 0; i < COUNT_OF(join_cases); i++)
        run_join(&join_cases[i]);
    short_records_are_refused();
    changed_records_are_refused();
    truncated_records_are_refused();
    return EXIT_SUCCESS;
}
