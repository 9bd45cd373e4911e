/* SPDX-License-Identifier: MIT */
/* JSON pointers (RFC 6901) to what is wrong, as C strings that are safe to log (spec 6.3). */
#include "record.h"

#include <assert.h>

#include "text.h"

struct place brig_place_of(brig_problem *problem)
{
    problem->path[0] = '\0';
    return (struct place){problem, 0, 0};
}

enum { PIECE_BYTES = 4 }; /* the longest code point, and the longest escape */

/* One code point of a key as a path shows it. Returns its length. */
static size_t escape_point(brig_span point, char ret_piece[PIECE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t first = point.data[0];

    if (first == '~' || first == '/') {
        ret_piece[0] = '~';
        ret_piece[1] = first == '~' ? '0' : '1';
        return 2;
    }
    if (first < 0x20 || first == 0x7f) {
        ret_piece[0] = '\\';
        ret_piece[1] = 'x';
        ret_piece[2] = digits[first >> 4];
        ret_piece[3] = digits[first & 0x0f];
        return 4;
    }
    memcpy(ret_piece, point.data, point.len);
    return point.len;
}

/* Add a piece if it fits; a path that is full stays as it is. */
static bool add(struct place *place, const char *piece, size_t len)
{
    if (len >= sizeof(place->problem->path) - place->path_len)
        return false;
    memcpy(place->problem->path + place->path_len, piece, len);
    place->path_len += len;
    place->problem->path[place->path_len] = '\0';
    return true;
}

struct place brig_place_key(const struct place *parent, brig_span key)
{
    struct place place = *parent;
    bool fits = add(&place, "/", 1);

    while (key.len > 0 && fits) {
        brig_span point = {key.data, brig_text_point_len(key)};
        char piece[PIECE_BYTES];

        fits = add(&place, piece, escape_point(point, piece));
        key.data += point.len;
        key.len -= point.len;
    }
    return place;
}

struct place brig_place_index(const struct place *parent, size_t index)
{
    struct place place = *parent;
    char digits[24];
    size_t first = sizeof(digits);

    do {
        digits[--first] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--first] = '/';
    (void)add(&place, digits + first, sizeof(digits) - first);
    return place;
}

brig_status brig_place_fail(const struct place *place, brig_error_code code, const char *text)
{
    brig_problem *problem = place->problem;

    problem->code = code;
    problem->limit = NULL;
    problem->path[place->path_len] = '\0';
    assert(strlen(text) < sizeof(problem->text)); /* the texts are ours */
    memcpy(problem->text, text, strlen(text) + 1);
    switch (code) {
    case BRIG_ERROR_UNSUPPORTED:
    case BRIG_ERROR_DENIED:
        return BRIG_UNSUPPORTED;
    case BRIG_ERROR_TOO_LARGE:
        return BRIG_TOO_LARGE;
    default:
        return BRIG_ARGUMENT;
    }
}

brig_status brig_place_too_large(const struct place *place, const char *limit, const char *text)
{
    brig_status status = brig_place_fail(place, BRIG_ERROR_TOO_LARGE, text);

    place->problem->limit = limit;
    return status;
}
