/* SPDX-License-Identifier: MIT */
/* Records: sealing and opening, fragments to messages (spec 3.5). */
#include "records.h"

#include <assert.h>
#include <string.h>

#include "mutant.h"

enum {
    FLAGS_BYTES = 1,
    KEPT_ASSEMBLY_BYTES = 256 * 1024, /* a larger assembly is freed after its message */
};

_Static_assert(BRIG_RECORD_OVERHEAD_BYTES ==
                   BRIG_FRAME_HEADER_BYTES + FLAGS_BYTES + BRIG_CIPHER_TAG_BYTES,
               "what a record has beside its fragment");
_Static_assert(BRIG_LIMIT_RECORD_MIN_BYTES == FLAGS_BYTES + BRIG_CIPHER_TAG_BYTES,
               "an empty fragment is the smallest record");
_Static_assert(BRIG_LIMIT_FRAGMENT_BYTES ==
                   BRIG_LIMIT_RECORD_BYTES - FLAGS_BYTES - BRIG_CIPHER_TAG_BYTES,
               "the largest fragment fills the largest record");

size_t brig_records_count(size_t message_bytes)
{
    if (message_bytes == 0)
        return 1;
    return (message_bytes - 1) / BRIG_LIMIT_FRAGMENT_BYTES + 1;
}

size_t brig_records_bytes(size_t message_bytes)
{
    return message_bytes + brig_records_count(message_bytes) * BRIG_RECORD_OVERHEAD_BYTES;
}

uint64_t brig_records_left(const brig_cipher *cipher)
{
    /* The nonce 2^64-1 is reserved (Noise 5.1). */
    return UINT64_MAX - cipher->nonce;
}

brig_unsealed brig_unsealed_of(const brig_span *pieces, size_t count)
{
    brig_unsealed message = {.piece = pieces};

    for (size_t i = 0; i < count; i++)
        message.left_bytes += pieces[i].len;
    return message;
}

static void take(brig_unsealed *message, uint8_t *to, size_t len)
{
    message->left_bytes -= len;
    while (len > 0) {
        size_t rest = message->piece->len - message->offset;
        size_t part = len < rest ? len : rest;

        if (part > 0)
            memcpy(to, message->piece->data + message->offset, part);
        to += part;
        len -= part;
        message->offset += part;
        if (message->offset == message->piece->len) {
            message->piece++;
            message->offset = 0;
        }
    }
}

brig_span brig_unsealed_skip_piece(brig_unsealed *message)
{
    brig_span rest = {message->piece->data + message->offset,
                      message->piece->len - message->offset};

    message->left_bytes -= rest.len;
    message->piece++;
    message->offset = 0;
    return rest;
}

void brig_unsealed_copy(brig_unsealed *message, uint8_t *to)
{
    take(message, to, message->left_bytes);
}

static size_t next_fragment_bytes(const brig_unsealed *message)
{
    return message->left_bytes < BRIG_LIMIT_FRAGMENT_BYTES ? message->left_bytes
                                                           : BRIG_LIMIT_FRAGMENT_BYTES;
}

size_t brig_record_bytes(const brig_unsealed *message)
{
    return next_fragment_bytes(message) + BRIG_RECORD_OVERHEAD_BYTES;
}

void brig_record_seal(brig_cipher *cipher, brig_unsealed *message, uint8_t *to)
{
    size_t fragment = next_fragment_bytes(message);
    uint8_t *plaintext = to + BRIG_FRAME_HEADER_BYTES;

    brig_frame_header(FLAGS_BYTES + fragment + BRIG_CIPHER_TAG_BYTES, to);
    plaintext[0] = fragment == message->left_bytes ? BRIG_RECORD_LAST : 0;
    take(message, plaintext + FLAGS_BYTES, fragment);
    brig_status status = brig_cipher_encrypt(
        cipher, (brig_span){NULL, 0}, (brig_span){plaintext, FLAGS_BYTES + fragment}, plaintext);
    assert(status == BRIG_OK);
    (void)status;
}

brig_status brig_record_open(brig_cipher *cipher, brig_room record, brig_fragment *ret_fragment)
{
    if (record.len < BRIG_LIMIT_RECORD_MIN_BYTES || record.len > BRIG_LIMIT_RECORD_BYTES)
        return BRIG_MALFORMED;

    brig_status status = brig_cipher_decrypt(cipher, (brig_span){NULL, 0},
                                             (brig_span){record.data, record.len}, record.data);
    if (status != BRIG_OK)
        return status;

    uint8_t flags = record.data[0];
    brig_span bytes = {record.data + FLAGS_BYTES, record.len - FLAGS_BYTES - BRIG_CIPHER_TAG_BYTES};
    if ((flags & ~BRIG_RECORD_LAST) != 0 && !MUTANT(accepts_any_flags))
        return BRIG_MALFORMED;
    if (bytes.len == 0 && flags == 0 && !MUTANT(accepts_an_empty_fragment))
        return BRIG_MALFORMED;
    *ret_fragment = (brig_fragment){.bytes = bytes, .is_last = (flags & BRIG_RECORD_LAST) != 0};
    return BRIG_OK;
}

brig_status brig_fragment_join(brig_buffer *assembly, brig_fragment fragment,
                               brig_span *ret_message)
{
    if (fragment.bytes.len > assembly->limit - assembly->len)
        return BRIG_TOO_LARGE;
    if (fragment.is_last && assembly->len == 0) {
        *ret_message = fragment.bytes;
        return BRIG_OK;
    }
    brig_buffer_append(assembly, fragment.bytes);
    if (assembly->fault != BRIG_OK)
        return assembly->fault;
    if (!fragment.is_last)
        return BRIG_AGAIN;
    *ret_message = brig_buffer_span(assembly);
    return BRIG_OK;
}

void brig_fragment_clear(brig_buffer *assembly)
{
    if (assembly->capacity > KEPT_ASSEMBLY_BYTES)
        brig_buffer_done(assembly);
    else
        brig_buffer_clear(assembly);
}
