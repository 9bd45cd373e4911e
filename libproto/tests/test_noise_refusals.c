/* SPDX-License-Identifier: MIT */
/* Handshake messages that must fail, and that a failure changes nothing (spec 3.3). */
#include "noise.h"

#include <string.h>

#include "bytes.h"
#include "check.h"

enum { MAX_MESSAGE_BYTES = 96 };

/* Points of small order on curve25519: every shared secret with them is zero. */
static const uint8_t low_order[][BRIG_NOISE_KEY_BYTES] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

/* What the initiator has otherwise than the responder. */
typedef enum key_difference {
    SAME,
    OTHER_PSK,
    OTHER_PROLOGUE,
    OTHER_RESPONDER,
} key_difference;

struct pair {
    brig_suite suite;
    brig_noise_handshake initiator;
    brig_noise_handshake responder;
    uint8_t message[MAX_MESSAGE_BYTES + 1]; /* the last one written */
    size_t len;
};

static void begin(struct pair *pair, brig_suite suite, key_difference difference)
{
    brig_noise_keys ours = {.ephemeral_secret = {8}, .static_secret = {16}, .psk = {1}};
    brig_noise_keys theirs = {.ephemeral_secret = {24}, .static_secret = {32}, .psk = {1}};
    const char *prologue = difference == OTHER_PROLOGUE ? "Brig" : "BRIG";

    memset(pair, 0, sizeof(*pair));
    pair->suite = suite;
    if (difference == OTHER_PSK)
        ours.psk[31] ^= 1;
    brig_noise_init(&pair->responder, suite, BRIG_NOISE_RESPONDER, &theirs, brig_span_text("BRIG"));
    memcpy(ours.remote_public, pair->responder.static_public, BRIG_NOISE_KEY_BYTES);
    if (difference == OTHER_RESPONDER)
        memcpy(ours.remote_public, pair->responder.ephemeral_public, BRIG_NOISE_KEY_BYTES);
    brig_noise_init(&pair->initiator, suite, BRIG_NOISE_INITIATOR, &ours, brig_span_text(prologue));
}

static brig_status write_step(struct pair *pair, size_t step)
{
    pair->len = brig_noise_message_bytes(pair->suite, step);
    return brig_noise_write(step == 0 ? &pair->initiator : &pair->responder, (brig_span){NULL, 0},
                            (brig_room){pair->message, pair->len});
}

static brig_status read_step(struct pair *pair, size_t step)
{
    size_t exact = brig_noise_message_bytes(pair->suite, step);
    uint8_t payload[1];

    return brig_noise_read(step == 0 ? &pair->responder : &pair->initiator,
                           (brig_span){pair->message, pair->len},
                           (brig_room){payload, pair->len > exact ? pair->len - exact : 0});
}

/* Everything up to and including the writing of this step. */
static void reach(struct pair *pair, brig_suite suite, size_t step)
{
    begin(pair, suite, SAME);
    for (size_t i = 0; i <= step; i++) {
        CHECK(write_step(pair, i) == BRIG_OK, "suite %d, message %zu", suite, i);
        if (i < step)
            CHECK(read_step(pair, i) == BRIG_OK, "suite %d, message %zu", suite, i);
    }
}

static bool is_same(const void *a, const void *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

static void refuse_and_recover(struct pair *pair, size_t step, size_t at)
{
    const brig_noise_handshake *reader = step == 0 ? &pair->responder : &pair->initiator;
    brig_noise_handshake before;

    memcpy(&before, reader, sizeof(before));
    CHECK(read_step(pair, step) == BRIG_AUTH, "suite %d, message %zu, byte %zu", pair->suite, step,
          at);
    CHECK(is_same(&before, reader, sizeof(before)), "suite %d, message %zu, byte %zu", pair->suite,
          step, at);
}

static void changed_bytes_are_refused(brig_suite suite, size_t step)
{
    struct pair pair;

    reach(&pair, suite, step);
    for (size_t i = 0; i < pair.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            pair.message[i] ^= (uint8_t)(1u << bit);
            refuse_and_recover(&pair, step, i);
            pair.message[i] ^= (uint8_t)(1u << bit);
        }
    }
    CHECK(read_step(&pair, step) == BRIG_OK, "suite %d: the true message %zu", suite, step);
}

static void other_lengths_are_refused(brig_suite suite, size_t step)
{
    struct pair pair;
    size_t exact;

    reach(&pair, suite, step);
    exact = pair.len;
    for (pair.len = 0; pair.len < exact; pair.len++)
        refuse_and_recover(&pair, step, pair.len);
    pair.len = exact + 1;
    refuse_and_recover(&pair, step, pair.len);
}

/* The sender uses a point of small order as its ephemeral key and is honest otherwise. */
static void low_order_is_refused(brig_suite suite, size_t step, const uint8_t *point)
{
    struct pair pair;
    brig_status status;

    begin(&pair, suite, SAME);
    if (step == 0) {
        memcpy(pair.initiator.ephemeral_public, point, BRIG_NOISE_KEY_BYTES);
        CHECK(write_step(&pair, 0) == BRIG_OK, "suite %d", suite);
        status = read_step(&pair, 0);
        /* NNpsk0 meets the point only when it writes its answer. */
        if (suite == BRIG_SUITE_LOCAL) {
            CHECK(status == BRIG_OK, "%s", brig_status_name(status));
            status = write_step(&pair, 1);
        }
    } else {
        CHECK(write_step(&pair, 0) == BRIG_OK && read_step(&pair, 0) == BRIG_OK, "suite %d", suite);
        memcpy(pair.responder.ephemeral_public, point, BRIG_NOISE_KEY_BYTES);
        CHECK(write_step(&pair, 1) == BRIG_OK, "suite %d", suite);
        status = read_step(&pair, 1);
    }
    CHECK(status == BRIG_AUTH, "suite %d, message %zu: %s", suite, step, brig_status_name(status));
}

static const struct difference_case {
    const char *name;
    brig_suite suite;
    key_difference difference;
    brig_status first; /* what the responder makes of message 1 */
} difference_cases[] = {
    {"the same psk and prologue agree", BRIG_SUITE_LOCAL, SAME, BRIG_OK},
    {"another psk is refused", BRIG_SUITE_LOCAL, OTHER_PSK, BRIG_AUTH},
    {"another prologue is refused", BRIG_SUITE_LOCAL, OTHER_PROLOGUE, BRIG_AUTH},
    {"the pinned server agrees", BRIG_SUITE_KEYED, SAME, BRIG_OK},
    {"another prologue is refused with static keys", BRIG_SUITE_KEYED, OTHER_PROLOGUE, BRIG_AUTH},
    {"a server that is not the pinned one is refused", BRIG_SUITE_KEYED, OTHER_RESPONDER,
     BRIG_AUTH},
    {"suite keyed has no psk", BRIG_SUITE_KEYED, OTHER_PSK, BRIG_OK},
};

static void run_difference(const struct difference_case *c)
{
    struct pair pair;

    begin(&pair, c->suite, c->difference);
    CHECK(write_step(&pair, 0) == BRIG_OK, "%s", c->name);
    CHECK(read_step(&pair, 0) == c->first, "%s", c->name);
}

/* The nonce 2^64-1 is never used (Noise 5.1). */
static void nonces_end(void)
{
    brig_cipher cipher = {.nonce = UINT64_MAX - 1};
    brig_span nothing = {NULL, 0};
    uint8_t sealed[BRIG_CIPHER_TAG_BYTES];
    uint8_t opened[1];

    CHECK(brig_cipher_encrypt(&cipher, nothing, nothing, sealed) == BRIG_OK, "the last nonce");
    CHECK(brig_cipher_encrypt(&cipher, nothing, nothing, sealed) == BRIG_STATE, "none is left");
    cipher.nonce = UINT64_MAX - 1;
    CHECK(brig_cipher_decrypt(&cipher, nothing, (brig_span){sealed, sizeof(sealed)}, opened) ==
              BRIG_OK,
          "the last nonce");
    CHECK(brig_cipher_decrypt(&cipher, nothing, (brig_span){sealed, sizeof(sealed)}, opened) ==
              BRIG_AUTH,
          "none is left");
    CHECK(cipher.nonce == UINT64_MAX, "the nonce does not wrap");
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(difference_cases); i++)
        run_difference(&difference_cases[i]);
    for (int suite = BRIG_SUITE_LOCAL; suite <= BRIG_SUITE_KEYED; suite++) {
        for (size_t step = 0; step < BRIG_NOISE_MESSAGES; step++) {
            changed_bytes_are_refused((brig_suite)suite, step);
            other_lengths_are_refused((brig_suite)suite, step);
            for (size_t i = 0; i < COUNT_OF(low_order); i++)
                low_order_is_refused((brig_suite)suite, step, low_order[i]);
        }
    }
    nonces_end();
    return EXIT_SUCCESS;
}
