/* SPDX-License-Identifier: MIT */
/* Records: u16 framing, sealing, fragments to messages (spec 3.5). */
#ifndef BRIG_SRC_RECORDS_H
#define BRIG_SRC_RECORDS_H

#include <brig/buffer.h>
#include <brig/generated/protocol.h>

#include "cipher.h"

enum {
    BRIG_FRAME_HEADER_BYTES = 2, /* length of what follows, big-endian */
    BRIG_RECORD_LAST = 1u << 0,  /* flags: the fragment ends its message */
    BRIG_RECORD_OVERHEAD_BYTES = BRIG_FRAME_HEADER_BYTES + 1 + BRIG_CIPHER_TAG_BYTES,
};

/* The length in a frame's header. */
static inline size_t brig_frame_bytes(const uint8_t header[BRIG_FRAME_HEADER_BYTES])
{
    return (size_t)header[0] << 8 | header[1];
}

static inline void brig_frame_header(size_t len, uint8_t ret_header[BRIG_FRAME_HEADER_BYTES])
{
    ret_header[0] = (uint8_t)(len >> 8);
    ret_header[1] = (uint8_t)len;
}

/* Records that a message of this size takes, and their bytes on the wire, headers included. */
size_t brig_records_count(size_t message_bytes);
size_t brig_records_bytes(size_t message_bytes);

/* Records that may still be sealed or opened before the nonces are used up. */
uint64_t brig_records_left(const brig_cipher *cipher);

/* What is not sealed yet of the message that some pieces make up; borrows them. */
typedef struct brig_unsealed {
    const brig_span *piece;
    size_t offset; /* into the first piece */
    size_t left_bytes;
} brig_unsealed;

brig_unsealed brig_unsealed_of(const brig_span *pieces, size_t count);

/* What is left of the piece that comes next; it is then left out. */
brig_span brig_unsealed_skip_piece(brig_unsealed *message);

/* Copy all that is left. */
void brig_unsealed_copy(brig_unsealed *message, uint8_t *to);

/* Bytes of the message's next record on the wire. */
size_t brig_record_bytes(const brig_unsealed *message);

/*
 * Seal the next record of the message into `to`, which has brig_record_bytes(). The last one ends
 * the message. The caller has seen to brig_records_left().
 */
void brig_record_seal(brig_cipher *cipher, brig_unsealed *message, uint8_t *to);

typedef struct brig_fragment {
    brig_span bytes;
    bool is_last;
} brig_fragment;

/*
 * Open one record (without its header) in place. ret_fragment borrows the record's bytes.
 * BRIG_MALFORMED (size, flags, an empty fragment that is not the last) or BRIG_AUTH.
 */
brig_status brig_record_open(brig_cipher *cipher, brig_room record, brig_fragment *ret_fragment);

/*
 * Put fragments together. BRIG_OK: *ret_message is whole, borrowed from the fragment (if it was
 * the only one) or from the assembly until the next call; BRIG_AGAIN: more are needed;
 * BRIG_TOO_LARGE; BRIG_NO_MEMORY. Begin with brig_buffer_init(), whose limit is the largest
 * message; end with brig_buffer_done().
 */
brig_status brig_fragment_join(brig_buffer *assembly, brig_fragment fragment,
                               brig_span *ret_message);

/* The joined message is used: forget it. Memory beyond a small message's is given back. */
void brig_fragment_clear(brig_buffer *assembly);

#endif
