/* SPDX-License-Identifier: MIT */
/* HELLO: who speaks, and within which bounds (spec 6.2). */
#ifndef BRIG_SRC_HELLO_H
#define BRIG_SRC_HELLO_H

#include <brig/buffer.h>
#include <brig/generated/protocol.h>

/* What a HELLO says of its sender. */
typedef struct brig_hello {
    brig_span software;
    brig_span capabilities; /* encoded array of texts; empty: none */
    size_t max_message_bytes;
    size_t max_calls;
} brig_hello;

/*
 * The whole message at the end of a buffer. BRIG_OK, BRIG_ARGUMENT (a value that the peer would
 * refuse, or more than BRIG_LIMIT_HELLO_BYTES) or BRIG_NO_MEMORY.
 */
brig_status brig_hello_append(const brig_hello *hello, brig_buffer *to);

/*
 * Read the map of a received HELLO. What it does not say has the registry's default, more calls
 * than the registry's are taken as the registry's. ret_hello borrows from about. BRIG_OK,
 * BRIG_MALFORMED or BRIG_NO_MEMORY.
 */
brig_status brig_hello_parse(brig_span about, brig_hello *ret_hello);

#endif
