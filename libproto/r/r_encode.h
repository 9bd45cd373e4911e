/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_ENCODE_H
#define BRIG_R_ENCODE_H

#include <brig/buffer.h>
#include <brig/generated/protocol.h>

#include "r_api.h"

/* R values to the wire (spec 9). All of these may leave by R's error jump: own nothing there. */

/* How a value is written, and how far it may go. */
struct r_encoder {
    brig_buffer *to;   /* .fault set: the value does not fit */
    size_t depth_left; /* containers that may still be opened */
    size_t keys_left;  /* entries of all maps on one path (spec 5, max_map_keys) */
    bool is_refused;   /* something has no place on the wire, or is too deep */
    /* Writes an ext 4 for an object without a kind of its own: how one prints is not known here. */
    void (*opaque)(struct r_encoder *encoder, SEXP object);
};

/* Room for a value in a message: the message array itself is level 1; attributes are maps, too. */
enum {
    R_VALUE_DEPTH = BRIG_LIMIT_MAX_DEPTH - 1,
    R_VALUE_KEYS = BRIG_LIMIT_MAX_MAP_KEYS - 8 * BRIG_LIMIT_MAX_DEPTH,
};

static inline struct r_encoder r_encoder_to(brig_buffer *to,
                                            void (*opaque)(struct r_encoder *, SEXP))
{
    return (struct r_encoder){
        .to = to, .depth_left = R_VALUE_DEPTH, .keys_left = R_VALUE_KEYS, .opaque = opaque};
}

/* With every ext (spec 9.7). */
void r_encode_full(struct r_encoder *encoder, SEXP value);

/* Parts that full, plain and shaped encoding share. */

/* Open a container; false if that is too deep. Close it by adding 1 to .depth_left. */
bool r_encode_enter(struct r_encoder *encoder);
/* Element i of an atomic vector; missing is ext 2, or nil if is_plain. */
void r_encode_element(struct r_encoder *encoder, SEXP vector, R_xlen_t i, bool is_plain);
/* An atomic vector as ext 1 (raw: bin), without its attributes. */
void r_encode_vector(struct r_encoder *encoder, SEXP vector);
/* Are these the names of a map: all there, non-empty, unique, and not too many here? */
bool r_encode_names_are_keys(const struct r_encoder *encoder, SEXP names, R_xlen_t count);
/* Is it bit64::integer64, whose doubles are 64-bit integers? */
bool r_encode_is_int64(SEXP vector);

/* Objects with a class (r_encode_object.c). */
void r_encode_object(struct r_encoder *encoder, SEXP object);
/* A table column: never a scalar. */
void r_encode_column(struct r_encoder *encoder, SEXP column);
/* Data without class, as a vector or an array also when it is of length 1. */
void r_encode_data(struct r_encoder *encoder, SEXP data, bool as_scalar);
/* names, dim and dimnames as entries of an attributes map, and how many there are. */
size_t r_encode_shape_count(SEXP value);
void r_encode_shape(struct r_encoder *encoder, SEXP value);

#endif
