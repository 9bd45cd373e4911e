/* SPDX-License-Identifier: MIT */
/*
 * Values as a reader of the tests can write them: JSON with apostrophes for quotation marks, without
 * escapes, where 1 is an int and 1.0 a float64, plus <06> for the ext 2 of type 6.
 */
#ifndef BRIG_TESTS_NOTATION_H
#define BRIG_TESTS_NOTATION_H

#include <string.h>

#include <brig/pack.h>
#include <brig/value.h>

#include "check.h"

static inline const char *notation_space(const char *at)
{
    return at + strspn(at, " \n");
}

static inline const char *notation_text(const char *at, brig_buffer *to)
{
    size_t len = strcspn(at + 1, "'");

    CHECK(*at == '\'' && at[1 + len] == '\'', "text expected at %s", at);
    brig_pack_text(to, (brig_span){(const uint8_t *)at + 1, len});
    return at + len + 2;
}

static inline const char *notation_scalar(const char *at, brig_buffer *to)
{
    size_t len = strspn(at, "-+.0123456789abcdefghijklmnopqrstuvwxyz");
    char *end = NULL;

    CHECK(len > 0, "value expected at %s", at);
    if (strncmp(at, "null", len) == 0) {
        brig_pack_nil(to);
    } else if (strncmp(at, "true", len) == 0 || strncmp(at, "false", len) == 0) {
        brig_pack_bool(to, *at == 't');
    } else if (memchr(at, '.', len) != NULL || strncmp(at, "inf", 3) == 0) {
        brig_pack_float(to, strtod(at, &end));
        CHECK(end == at + len, "number expected at %s", at);
    } else if (*at == '-') {
        brig_pack_int(to, strtoll(at, &end, 10));
        CHECK(end == at + len, "number expected at %s", at);
    } else {
        brig_pack_uint(to, strtoull(at, &end, 10));
        CHECK(end == at + len, "number expected at %s", at);
    }
    return at + len;
}

static inline const char *notation_value(const char *at, brig_buffer *to);

/* An array or a map: its elements are written aside, since their number comes first. */
static inline const char *notation_container(const char *at, brig_buffer *to)
{
    int is_map = *at == '{';
    size_t count = 0;
    brig_buffer inside;

    brig_buffer_init(&inside, to->limit);
    for (at = notation_space(at + 1); *at != ']' && *at != '}'; count++) {
        if (is_map) {
            at = notation_space(notation_text(at, &inside));
            CHECK(*at == ':', "colon expected at %s", at);
            at = notation_space(at + 1);
        }
        at = notation_space(notation_value(at, &inside));
        CHECK(strchr(",]}", *at) != NULL && *at != '\0', "comma expected at %s", at);
        at = *at == ',' ? notation_space(at + 1) : at;
    }
    if (is_map)
        brig_pack_map(to, count);
    else
        brig_pack_array(to, count);
    brig_pack_raw(to, brig_buffer_span(&inside));
    brig_buffer_done(&inside);
    return at + 1;
}

static inline const char *notation_value(const char *at, brig_buffer *to)
{
    at = notation_space(at);
    if (*at == '[' || *at == '{')
        return notation_container(at, to);
    if (*at == '\'')
        return notation_text(at, to);
    if (*at == '<') {
        brig_pack_missing(to, (brig_vector_type)strtoul(at + 1, NULL, 16));
        return at + 4;
    }
    return notation_scalar(at, to);
}

/* A decoded value, with the bytes it borrows. */
struct written {
    brig_buffer bytes;
    brig_tree *tree;
    const brig_value *value; /* NULL for NULL */
};

static inline struct written write_value(const char *notation)
{
    struct written written = {.value = NULL};

    brig_buffer_init(&written.bytes, 1 << 20);
    if (notation == NULL)
        return written;
    CHECK(*notation_space(notation_value(notation, &written.bytes)) == '\0', "%s", notation);
    CHECK(written.bytes.fault == BRIG_OK, "%s", notation);
    CHECK(brig_tree_new(brig_buffer_span(&written.bytes), &written.tree) == BRIG_OK, "%s",
          notation);
    written.value = brig_tree_root(written.tree);
    return written;
}

static inline void written_done(struct written *written)
{
    brig_tree_free(written->tree);
    brig_buffer_done(&written->bytes);
}

#endif
