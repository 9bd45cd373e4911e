/* SPDX-License-Identifier: MIT */
/* Key files and public keys (spec 3.2). */
#include <brig/conn.h>

#include "bytes.h"
#include "check.h"

#define DIGITS_62 "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"

static const struct key_case {
    const char *name;
    brig_span text;
    brig_status status;
} cases[] = {
    {"64 digits and a newline are a key", BYTES(DIGITS_62 "ff\n"), BRIG_OK},
    {"capital digits are digits", BYTES(DIGITS_62 "FF\n"), BRIG_OK},
    {"without its newline it is none [CHN-010]", BYTES(DIGITS_62 "ff"), BRIG_MALFORMED},
    {"63 digits are none [CHN-010]", BYTES(DIGITS_62 "f\n"), BRIG_MALFORMED},
    {"65 digits are none [CHN-010]", BYTES(DIGITS_62 "fff\n"), BRIG_MALFORMED},
    {"a second newline is too much [CHN-010]", BYTES(DIGITS_62 "ff\n\n"), BRIG_MALFORMED},
    {"a carriage return is no newline [CHN-010]", BYTES(DIGITS_62 "ff\r"), BRIG_MALFORMED},
    {"a space in place of a digit is refused [CHN-010]", BYTES(DIGITS_62 "f \n"), BRIG_MALFORMED},
    {"a letter that is no digit is refused [CHN-010]", BYTES(DIGITS_62 "fg\n"), BRIG_MALFORMED},
    {"a prefix is refused [CHN-010]", BYTES("0x" DIGITS_62 "\n"), BRIG_MALFORMED},
    {"nothing is no key [CHN-010]", BYTES(""), BRIG_MALFORMED},
};

static void run(const struct key_case *c)
{
    uint8_t key[BRIG_KEY_BYTES] = {0x77};

    CHECK(brig_key_parse(c->text, key) == c->status, "%s", c->name);
    if (c->status != BRIG_OK) {
        CHECK(key[0] == 0x77, "%s: written all the same", c->name);
        return;
    }
    for (size_t i = 0; i < BRIG_KEY_BYTES; i++)
        CHECK(key[i] == 0x11 * (i % 16), "%s: byte %zu", c->name, i);
}

/* RFC 7748, 6.1: Alice's keys. */
static void public_keys_are_x25519(void)
{
    const brig_span secret_text =
        BYTES("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a\n");
    const brig_span public_text =
        BYTES("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a\n");
    uint8_t secret[BRIG_KEY_BYTES];
    uint8_t expected[BRIG_KEY_BYTES];
    uint8_t public[BRIG_KEY_BYTES];

    CHECK(brig_key_parse(secret_text, secret) == BRIG_OK, "the secret");
    CHECK(brig_key_parse(public_text, expected) == BRIG_OK, "the public key");
    brig_key_public(secret, public);
    CHECK(memcmp(public, expected, sizeof(public)) == 0, "the public key of the secret");
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        run(&cases[i]);
    public_keys_are_x25519();
    return EXIT_SUCCESS;
}
