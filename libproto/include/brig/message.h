/* SPDX-License-Identifier: MIT */
#ifndef BRIG_MESSAGE_H
#define BRIG_MESSAGE_H

#include <brig/buffer.h>
#include <brig/generated/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One message (spec 6), parsed or to be sent. Elements that a type does not have are empty.
 * Spans are borrowed: from the message's bytes when parsed, from the sender when sent.
 */
typedef struct brig_message {
    uint8_t type;     /* brig_message_type, or an unknown odd number when parsed */
    uint64_t id;      /* EVENT CALL RESULT ERROR */
    brig_span name;   /* CALL: procedure. EVENT: kind. ERROR, CLOSE: code. UTF-8. */
    brig_span class_; /* ERROR; when sent and empty: the registry's class of the code */
    brig_span text;   /* ERROR, CLOSE: for people. UTF-8, at most BRIG_LIMIT_ERROR_MESSAGE_BYTES */
    brig_span body;   /* encoded object. HELLO: about. CALL: args. RESULT: value. EVENT: payload.
                         ERROR: data. When sent and empty: {} for a map, nil for a value. */
    brig_span extra;  /* encoded map. CALL: options. RESULT, EVENT: meta. When sent and empty: {} */
    size_t trailing;  /* elements beyond the layout, when parsed */
} brig_message;

/* Bounds of a structural check; 0, or more than the registry's limit, means that limit. */
typedef struct brig_check_limits {
    size_t depth;
    size_t elements;
} brig_check_limits;

/*
 * Check one object in one pass, without allocating (spec 5): shortest forms, UTF-8, unique map
 * keys of text, float64 only, no bytes left over, counts against the bytes that are there, depth,
 * elements, entries of nested maps, ext 1 to 4 and the inside of ext 3. start_depth is how deep the
 * object already is (0 for a whole message).
 *
 * Returns BRIG_OK, BRIG_MALFORMED or BRIG_TOO_LARGE.
 */
BRIG_API brig_status brig_check(brig_span encoded, size_t start_depth,
                                const brig_check_limits *limits);

/*
 * Check a whole message and find its elements. Unknown odd types are BRIG_OK with only .type set;
 * unknown even types, wrong element types and ids outside 1 to 2^53-1 are BRIG_MALFORMED.
 * ret_message borrows from bytes.
 */
BRIG_API brig_status brig_message_parse(brig_span bytes, brig_message *ret_message);

/* A message as pieces to be sent one after another; saves copying its body. */
typedef struct brig_pieces {
    uint8_t head_bytes[512];
    brig_span piece[4];
    size_t count;
    size_t total_bytes;
} brig_pieces;

/*
 * Encode the envelope. The pieces borrow from the message and from *ret_pieces itself, so it must
 * not be copied. Returns BRIG_OK, BRIG_ARGUMENT (name empty or over 255 bytes, class over 64 bytes
 * or unknown, unknown type, id out of range) or BRIG_TOO_LARGE (text). Texts are not checked for
 * UTF-8: see brig_text_clean().
 */
BRIG_API brig_status brig_message_pieces(const brig_message *message, brig_pieces *ret_pieces);

/* The whole message at the end of a buffer; its fault is returned too. */
BRIG_API brig_status brig_message_append(const brig_message *message, brig_buffer *to);

/*
 * Copy a text so that it may be sent: bytes that are not UTF-8 become \xNN, and it is cut at a
 * code point to at most limit_bytes. For messages of ERROR and CLOSE.
 */
BRIG_API void brig_text_clean(brig_span text, size_t limit_bytes, brig_buffer *to);

/* The error codes of the registry (spec 8), by name. BRIG_ERROR_COUNT if unknown. */
BRIG_API brig_error_code brig_error_find(brig_span name);
BRIG_API const char *brig_error_name(brig_error_code code);
BRIG_API const char *brig_error_class(brig_error_code code);

#ifdef __cplusplus
}
#endif

#endif
