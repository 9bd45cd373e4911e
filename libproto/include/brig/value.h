/* SPDX-License-Identifier: MIT */
#ifndef BRIG_VALUE_H
#define BRIG_VALUE_H

#include <brig/generated/protocol.h>
#include <brig/span.h>
#include <brig/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a decoded MessagePack object is (spec 5 and 9). */
typedef enum brig_kind {
    BRIG_NIL,
    BRIG_BOOL,      /* .boolean */
    BRIG_INT,       /* .integer: -2^63 to 2^63-1 */
    BRIG_UINT,      /* .unsigned_integer: 2^63 and above only */
    BRIG_FLOAT,     /* .number */
    BRIG_TEXT,      /* .bytes: UTF-8, may hold NUL, not NUL-terminated */
    BRIG_BIN,       /* .bytes */
    BRIG_ARRAY,     /* .array */
    BRIG_MAP,       /* .map: keys are unique */
    BRIG_VECTOR,    /* .vector: ext 1 */
    BRIG_MISSING,   /* .vector.type: ext 2 */
    BRIG_ANNOTATED, /* .annotated: ext 3 */
    BRIG_OPAQUE,    /* .opaque: ext 4 */
    BRIG_EXT,       /* .ext: any other ext, kept as it is */
} brig_kind;

typedef struct brig_value brig_value;
typedef struct brig_entry brig_entry;

struct brig_value {
    brig_kind kind;
    brig_span encoded; /* the object as it stood on the wire; relaying needs no rebuilding */
    union {
        bool boolean;
        int64_t integer;
        uint64_t unsigned_integer;
        double number;
        brig_span bytes;
        struct {
            const brig_value *items;
            size_t count;
        } array;
        struct {
            const brig_entry *entries;
            size_t count;
        } map;
        struct {
            brig_vector_type type;
            size_t count;
            brig_span elements; /* fixed size: count × element size, little-endian, unaligned;
                                   text: count u32 lengths, then the bytes */
        } vector;
        struct {
            brig_annotation kind;         /* BRIG_ANNOTATION_COUNT if unknown: data, not checked */
            const brig_value *name;       /* the kind as it was sent: BRIG_TEXT */
            const brig_value *base;       /* never BRIG_ANNOTATED */
            const brig_value *attributes; /* always a BRIG_MAP */
        } annotated;
        struct {
            const brig_value *classes; /* BRIG_ARRAY of BRIG_TEXT */
            brig_span text;
        } opaque;
        struct {
            int8_t type;
            brig_span bytes;
        } ext;
    };
};

struct brig_entry {
    brig_value key;
    brig_value value;
};

/* A decoded object with all that it holds. */
typedef struct brig_tree brig_tree;

/*
 * Decode exactly one object and validate it as a receiver must (spec 5 and 9): structure, depth,
 * UTF-8, unique keys, ext 1 to 4 with codes within levels, columns of equal length, dim that fits.
 *
 * Returns BRIG_OK, BRIG_MALFORMED, BRIG_TOO_LARGE (depth, elements) or BRIG_NO_MEMORY. The tree
 * borrows the bytes: they must outlive it. The caller owns *ret_tree: brig_tree_free().
 */
BRIG_API brig_status brig_tree_new(brig_span encoded, brig_tree **ret_tree);

/* The object itself; borrowed from the tree. NULL for NULL. */
BRIG_API const brig_value *brig_tree_root(const brig_tree *tree);

BRIG_API void brig_tree_free(brig_tree *tree);

/* The value of a text key, or NULL if map is NULL, not a BRIG_MAP, or has no such key. */
BRIG_API const brig_value *brig_value_get(const brig_value *map, const char *key);

/* Shorthands for a key of a map; the fallback if it is not there or of another kind. */
BRIG_API brig_span brig_value_get_text(const brig_value *map, const char *key,
                                       const char *fallback);
BRIG_API uint64_t brig_value_get_uint(const brig_value *map, const char *key, uint64_t fallback);
BRIG_API bool brig_value_get_bool(const brig_value *map, const char *key, bool fallback);

/* Is it a text equal to this one? False for NULL. */
BRIG_API bool brig_value_is_text(const brig_value *value, const char *text);

/* Element i of a BRIG_VECTOR. The caller keeps to .vector.type and i < .vector.count. */
BRIG_API uint8_t brig_vector_logical(const brig_value *vector, size_t i); /* 0, 1, 2 = missing */
BRIG_API int32_t brig_vector_int32(const brig_value *vector, size_t i);
BRIG_API int64_t brig_vector_int64(const brig_value *vector, size_t i);
BRIG_API double brig_vector_float64(const brig_value *vector, size_t i);
/* Low 32 bits of a NaN are 1954 (spec 9.4). */
BRIG_API bool brig_float64_is_missing(double number);

/* Walk a text vector from the front. */
typedef struct brig_text_cursor {
    const uint8_t *length; /* of the next element */
    const uint8_t *bytes;  /* of the next element */
    size_t left;
} brig_text_cursor;

BRIG_API brig_text_cursor brig_text_cursor_of(const brig_value *text_vector);
/* The next element, .data NULL if it is missing. The caller asks only while .left > 0. */
BRIG_API brig_span brig_text_cursor_next(brig_text_cursor *cursor);

#ifdef __cplusplus
}
#endif

#endif
