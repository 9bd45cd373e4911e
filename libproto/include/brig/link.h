/* SPDX-License-Identifier: MIT */
#ifndef BRIG_LINK_H
#define BRIG_LINK_H

#include <brig/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Messages over a private socketpair (spec 11): u32 big-endian length, then one message. No
 * cryptography and no state: only framing and the structural check. Used on the worker link and
 * between brigd and its own helpers.
 *
 *     bytes arrive  -> brig_link_room(), brig_link_filled() -> brig_link_next() -> messages
 *     brig_link_send() -> brig_link_output(), brig_link_sent() -> bytes to write
 */
typedef struct brig_link brig_link;

typedef struct brig_link_config {
    size_t max_message_bytes; /* a longer incoming message is fatal */
    size_t max_output_bytes;  /* brig_link_send() answers BRIG_FULL above it */
} brig_link_config;

/* The caller owns *ret_link. Returns BRIG_OK, BRIG_ARGUMENT or BRIG_NO_MEMORY. */
BRIG_API brig_status brig_link_new(const brig_link_config *config, brig_link **ret_link);
BRIG_API void brig_link_free(brig_link *link);

/*
 * Where the next bytes from the peer go: at least 1 byte until a fault. .len 0 only while a whole
 * message waits for brig_link_next(), after a fault, or out of memory. Memory grows with the bytes
 * that have arrived, never with a length that was only announced.
 */
BRIG_API brig_room brig_link_room(brig_link *link);
BRIG_API void brig_link_filled(brig_link *link, size_t len);

/*
 * The next message: BRIG_OK, BRIG_AGAIN, or a final BRIG_MALFORMED, BRIG_TOO_LARGE or
 * BRIG_NO_MEMORY, the same from then on. The message is borrowed until the next call of
 * brig_link_next() or brig_link_room(); brig_conn_relay() may take over the memory in which it lies.
 */
BRIG_API brig_status brig_link_next(brig_link *link, brig_message *ret_message);

/* Does an unfinished message wait for bytes? A peer that ends now was cut off. */
BRIG_API bool brig_link_is_inside_message(const brig_link *link);

/*
 * Queue a message (copied). BRIG_OK, or with nothing queued BRIG_FULL (an empty queue takes any
 * message), BRIG_NO_MEMORY, or what brig_message_pieces() says.
 */
BRIG_API brig_status brig_link_send(brig_link *link, const brig_message *message);

/* Bytes for the peer; borrowed until the next call on this link. */
BRIG_API brig_span brig_link_output(const brig_link *link);
BRIG_API void brig_link_sent(brig_link *link, size_t len);

/* Memory of its buffers now; give back that of those which are empty. */
BRIG_API size_t brig_link_memory_bytes(const brig_link *link);
BRIG_API void brig_link_trim(brig_link *link);

#ifdef __cplusplus
}
#endif

#endif
