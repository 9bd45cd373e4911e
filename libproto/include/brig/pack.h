/* SPDX-License-Identifier: MIT */
#ifndef BRIG_PACK_H
#define BRIG_PACK_H

#include <brig/buffer.h>
#include <brig/generated/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Write MessagePack in the encoding profile of spec 5 (shortest forms, float64 only) and the
 * values of spec 9 to the end of a buffer. Nothing here fails by itself: the buffer keeps the
 * first fault, and the caller asks .fault once at the end. The caller keeps counts true: after
 * brig_pack_map(n) come n pairs.
 */
BRIG_API void brig_pack_nil(brig_buffer *to);
BRIG_API void brig_pack_bool(brig_buffer *to, bool value);
BRIG_API void brig_pack_int(brig_buffer *to, int64_t value);
BRIG_API void brig_pack_uint(brig_buffer *to, uint64_t value);
BRIG_API void brig_pack_float(brig_buffer *to, double value);
/* The bytes must be UTF-8; BRIG_MALFORMED is kept as the fault if they are not. */
BRIG_API void brig_pack_text(brig_buffer *to, brig_span text);
BRIG_API void brig_pack_cstring(brig_buffer *to, const char *text);
BRIG_API void brig_pack_bin(brig_buffer *to, brig_span bytes);
BRIG_API void brig_pack_array(brig_buffer *to, size_t count);
BRIG_API void brig_pack_map(brig_buffer *to, size_t count);
BRIG_API void brig_pack_ext(brig_buffer *to, int8_t type, brig_span bytes);
/* Bytes that are already one encoded object. */
BRIG_API void brig_pack_raw(brig_buffer *to, brig_span encoded);

/* Key and value of a map in one go; value forms as above. */
BRIG_API void brig_pack_key_text(brig_buffer *to, const char *key, const char *value);
BRIG_API void brig_pack_key_uint(brig_buffer *to, const char *key, uint64_t value);
BRIG_API void brig_pack_key_bool(brig_buffer *to, const char *key, bool value);

/* ext 2: a missing scalar of the given type. */
BRIG_API void brig_pack_missing(brig_buffer *to, brig_vector_type type);

/*
 * ext 1 with elements of fixed size: reserve the place for count elements of the type and return
 * it (little-endian, unaligned), or NULL with .fault set. The caller fills all of it.
 */
BRIG_API uint8_t *brig_pack_vector(brig_buffer *to, brig_vector_type type, size_t count);

/*
 * ext 1 of text: texts with .data NULL are missing. All others must be UTF-8.
 */
BRIG_API void brig_pack_text_vector(brig_buffer *to, const brig_span *texts, size_t count);

/*
 * ext 3: everything packed between begin and end is its inside, which must be the base followed
 * by the attributes map. Returns a mark for brig_pack_annotated_end(). They nest no deeper than
 * base allows (spec 9).
 */
BRIG_API size_t brig_pack_annotated_begin(brig_buffer *to, const char *kind);
BRIG_API void brig_pack_annotated_end(brig_buffer *to, size_t mark);

/* ext 4: class names and printed form of what has no portable form. */
BRIG_API void brig_pack_opaque(brig_buffer *to, const brig_span *classes, size_t class_count,
                               brig_span text);

#ifdef __cplusplus
}
#endif

#endif
