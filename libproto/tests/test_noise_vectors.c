/* SPDX-License-Identifier: MIT */
/* Our Noise against public vectors of two other implementations (spec 3.3). */
#include "noise.h"

#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "check.h"

enum { MAX_MESSAGES = 8, MAX_BYTES = 256 };

static const struct noise_vector {
    const char *name;
    const char *protocol;
    const char *prologue;
    const char *psk;
    const char *init_static;
    const char *resp_static;
    const char *init_ephemeral;
    const char *resp_ephemeral;
    const char *handshake_hash; /* empty: the source does not say */
    struct {
        const char *payload;
        const char *sealed;
    } messages[MAX_MESSAGES]; /* they alternate, the initiator's first */
} vectors[] = {
#include "noise_vectors.inc"
};

struct bytes {
    uint8_t data[MAX_BYTES];
    size_t len;
};

static struct bytes from_hex(const char *hex)
{
    struct bytes bytes = {.len = 0};

    CHECK(sodium_hex2bin(bytes.data, sizeof(bytes.data), hex, strlen(hex), NULL, &bytes.len,
                         NULL) == 0,
          "%s", hex);
    CHECK(2 * bytes.len == strlen(hex), "%s", hex);
    return bytes;
}

/* A key that the vector does not have stays zero. */
static void read_key(const char *hex, uint8_t ret_key[BRIG_NOISE_KEY_BYTES])
{
    struct bytes key = from_hex(hex);

    CHECK(key.len == 0 || key.len == BRIG_NOISE_KEY_BYTES, "%s", hex);
    memcpy(ret_key, key.data, key.len);
}

struct peer {
    brig_noise_handshake handshake;
    brig_cipher send;
    brig_cipher receive;
};

static void begin(struct peer *peer, const struct noise_vector *vector, brig_noise_role role)
{
    bool is_initiator = role == BRIG_NOISE_INITIATOR;
    bool is_ik = strncmp(vector->protocol, "Noise_IK_", 9) == 0;
    struct bytes prologue = from_hex(vector->prologue);
    brig_noise_keys keys = {.psk = {0}};
    uint8_t responder_secret[BRIG_NOISE_KEY_BYTES] = {0};

    read_key(vector->psk, keys.psk);
    read_key(is_initiator ? vector->init_ephemeral : vector->resp_ephemeral, keys.ephemeral_secret);
    read_key(is_initiator ? vector->init_static : vector->resp_static, keys.static_secret);
    read_key(vector->resp_static, responder_secret);
    if (is_initiator && is_ik)
        (void)crypto_scalarmult_curve25519_base(keys.remote_public, responder_secret);
    brig_noise_init(&peer->handshake, is_ik ? BRIG_SUITE_KEYED : BRIG_SUITE_LOCAL, role, &keys,
                    (brig_span){prologue.data, prologue.len});
}

static void check_handshake(const struct noise_vector *vector, size_t i, struct peer *from,
                            struct peer *to)
{
    struct bytes payload = from_hex(vector->messages[i].payload);
    struct bytes sealed = from_hex(vector->messages[i].sealed);
    uint8_t written[MAX_BYTES];
    uint8_t opened[MAX_BYTES];

    CHECK(brig_noise_write(&from->handshake, (brig_span){payload.data, payload.len},
                           (brig_room){written, sealed.len}) == BRIG_OK,
          "%s: message %zu", vector->name, i);
    CHECK(memcmp(written, sealed.data, sealed.len) == 0, "%s: message %zu", vector->name, i);
    CHECK(brig_noise_read(&to->handshake, (brig_span){sealed.data, sealed.len},
                          (brig_room){opened, payload.len}) == BRIG_OK,
          "%s: message %zu", vector->name, i);
    CHECK(memcmp(opened, payload.data, payload.len) == 0, "%s: message %zu", vector->name, i);
}

static void check_transport(const struct noise_vector *vector, size_t i, struct peer *from,
                            struct peer *to)
{
    struct bytes payload = from_hex(vector->messages[i].payload);
    struct bytes sealed = from_hex(vector->messages[i].sealed);
    uint8_t bytes[MAX_BYTES];

    /* In place, as records are. */
    memcpy(bytes, payload.data, payload.len);
    CHECK(brig_cipher_encrypt(&from->send, (brig_span){NULL, 0}, (brig_span){bytes, payload.len},
                              bytes) == BRIG_OK,
          "%s: message %zu", vector->name, i);
    CHECK(payload.len + BRIG_CIPHER_TAG_BYTES == sealed.len, "%s: message %zu", vector->name, i);
    CHECK(memcmp(bytes, sealed.data, sealed.len) == 0, "%s: message %zu", vector->name, i);
    CHECK(brig_cipher_decrypt(&to->receive, (brig_span){NULL, 0}, (brig_span){bytes, sealed.len},
                              bytes) == BRIG_OK,
          "%s: message %zu", vector->name, i);
    CHECK(memcmp(bytes, payload.data, payload.len) == 0, "%s: message %zu", vector->name, i);
}

static void check_hash(const struct noise_vector *vector, const struct peer *peers)
{
    struct bytes hash = from_hex(vector->handshake_hash);

    CHECK(memcmp(peers[0].handshake.hash, peers[1].handshake.hash, BRIG_NOISE_HASH_BYTES) == 0,
          "%s", vector->name);
    if (hash.len > 0)
        CHECK(memcmp(peers[0].handshake.hash, hash.data, BRIG_NOISE_HASH_BYTES) == 0, "%s",
              vector->name);
}

static void run(const struct noise_vector *vector)
{
    struct peer peers[2]; /* initiator, responder */
    size_t i = 0;

    begin(&peers[0], vector, BRIG_NOISE_INITIATOR);
    begin(&peers[1], vector, BRIG_NOISE_RESPONDER);
    for (; i < BRIG_NOISE_MESSAGES; i++)
        check_handshake(vector, i, &peers[i % 2], &peers[1 - i % 2]);
    for (size_t p = 0; p < 2; p++)
        brig_noise_split(&peers[p].handshake, &peers[p].send, &peers[p].receive);
    check_hash(vector, peers);
    for (; i < MAX_MESSAGES && vector->messages[i].sealed != NULL; i++)
        check_transport(vector, i, &peers[i % 2], &peers[1 - i % 2]);
    CHECK(i > BRIG_NOISE_MESSAGES, "%s: no transport messages", vector->name);
}

int main(void)
{
    size_t count = COUNT_OF(vectors);

    CHECK(count == 10, "%zu vectors", count);
    for (size_t i = 0; i < count; i++)
        run(&vectors[i]);
    return EXIT_SUCCESS;
}
