/* SPDX-License-Identifier: MIT */
/* Random octets, repeatable by a seed. */
#include "chance.h"

#include <string.h>

#include <sodium.h>

static struct {
    uint8_t seed[randombytes_SEEDBYTES];
    uint64_t draws;
} chance;

void conf_chance_seed(const int64_t *seed)
{
    memset(&chance, 0, sizeof(chance));
    if (seed == NULL)
        randombytes_buf(chance.seed, sizeof(chance.seed));
    else
        memcpy(chance.seed, seed, sizeof(*seed));
}

/* Each draw has a seed of its own, made of the session's and the number of the draw. */
void conf_chance_draw(uint8_t *octets, size_t len)
{
    uint8_t seed[crypto_hash_sha256_BYTES];

    chance.draws++;
    (void)crypto_hash_sha256(seed, (const uint8_t *)&chance, sizeof(chance));
    randombytes_buf_deterministic(octets, len, seed);
}
