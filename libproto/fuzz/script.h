/* SPDX-License-Identifier: MIT */
/* A fuzzer's octets as decisions. When they are used up, every decision is 0. */
#ifndef BRIG_FUZZ_SCRIPT_H
#define BRIG_FUZZ_SCRIPT_H

#include <brig/span.h>

struct script {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t script_byte(struct script *script)
{
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->at++;
}

/* 0 to count - 1; count is 1 to 256. */
static inline size_t script_below(struct script *script, size_t count)
{
    return script_byte(script) % count;
}

/* One of `times` times, true. */
static inline bool script_rarely(struct script *script, size_t times)
{
    return script_below(script, times) == times - 1;
}

static inline uint64_t script_uint(struct script *script, size_t bytes)
{
    uint64_t number = 0;

    while (bytes-- > 0)
        number = number << 8 | script_byte(script);
    return number;
}

/* The next octets themselves, at most so many; how many is the first octet's decision. */
static inline brig_span script_bytes(struct script *script, size_t most)
{
    size_t len = script_byte(script);

    len = len < most ? len : most;
    len = len < script->left ? len : script->left;
    const brig_span bytes = {script->at, len};
    script->at += len;
    script->left -= len;
    return bytes;
}

#endif
