/* SPDX-License-Identifier: MIT */
/* One pass over hostile bytes without memory of its own, before anything is built (spec 5). */
#include "check.h"

#include "item.h"
#include "mutant.h"
#include "text.h"
#include "try.h"
#include "unique.h"
#include "vector.h"

enum {
    ANNOTATED_PARTS = 3, /* [kind, base, attributes] */
    OPAQUE_KEYS = 2,     /* {class, text} */
};

typedef enum frame_kind {
    FRAME_ARRAY,
    FRAME_MAP,
    FRAME_ANNOTATED, /* ext 3 with the array inside it: one level */
} frame_kind;

/* An open container. */
struct frame {
    frame_kind kind;
    const uint8_t *end;   /* nothing inside may reach beyond */
    size_t left;          /* objects still to come; a map has two per entry */
    size_t first_key;     /* FRAME_MAP: of checker.keys */
    const uint8_t *start; /* of the object being read */
};

/*
 * Keys are compared when their map ends. Those of the maps around it wait meanwhile, so the entries
 * of all open maps together are bounded by the size of .keys.
 */
struct checker {
    const uint8_t *base;
    const uint8_t *at;
    const uint8_t *end;
    size_t depth_left;
    size_t elements_left;
    size_t entries_left; /* entries that may still be announced on this path */
    size_t open;
    size_t key_count;
    struct check_report *report; /* may be NULL */
    struct frame frames[BRIG_LIMIT_MAX_DEPTH];
    struct slice keys[BRIG_LIMIT_MAX_MAP_KEYS];
};

static struct frame *top_of(struct checker *checker)
{
    return checker->open == 0 ? NULL : &checker->frames[checker->open - 1];
}

static brig_status count_element(struct checker *checker)
{
    if (checker->elements_left == 0)
        return BRIG_TOO_LARGE;
    checker->elements_left--;
    return BRIG_OK;
}

static brig_status next_counted(struct checker *checker, brig_span *rest, struct item *ret_item)
{
    TRY(count_element(checker));
    TRY(brig_item_next(rest, ret_item));
    if (ret_item->kind == ITEM_TEXT && !brig_text_is_utf8(ret_item->bytes) &&
        !MUTANT(accepts_text_that_is_not_utf8))
        return BRIG_MALFORMED;
    return BRIG_OK;
}

static bool is_key_next(const struct frame *top)
{
    return top->kind == FRAME_MAP && top->left % 2 == 0;
}

/* The places of an annotated value are [kind, base, attributes]; keys of maps are text. */
static bool may_stand(const struct frame *top, const struct item *item)
{
    if (is_key_next(top))
        return item->kind == ITEM_TEXT || MUTANT(accepts_a_key_that_is_no_text);
    if (top->kind != FRAME_ANNOTATED)
        return true;
    switch (ANNOTATED_PARTS - top->left) {
    case 0:
        return item->kind == ITEM_TEXT;
    case 1:
        return item->kind != ITEM_EXT || item->ext_type != BRIG_EXT_ANNOTATED ||
               MUTANT(accepts_an_annotated_base);
    default:
        return item->kind == ITEM_MAP;
    }
}

static brig_status open_frame(struct checker *checker, frame_kind kind, size_t left,
                              const uint8_t *end)
{
    if (checker->depth_left == 0)
        return BRIG_TOO_LARGE;
    if (kind == FRAME_MAP) {
        if (left / 2 + (MUTANT(counts_one_key_too_many) ? 1 : 0) > checker->entries_left)
            return BRIG_TOO_LARGE;
        checker->entries_left -= left / 2;
    }
    checker->depth_left--;
    checker->frames[checker->open++] =
        (struct frame){.kind = kind, .end = end, .left = left, .first_key = checker->key_count};
    return BRIG_OK;
}

static brig_status open_annotated(struct checker *checker, brig_span payload)
{
    const uint8_t *end = payload.data + payload.len;
    struct item array;

    TRY(next_counted(checker, &payload, &array));
    if (array.kind != ITEM_ARRAY || array.number != ANNOTATED_PARTS)
        return BRIG_MALFORMED;
    checker->at = payload.data;
    return open_frame(checker, FRAME_ANNOTATED, ANNOTATED_PARTS, end);
}

static brig_status check_class_names(struct checker *checker, brig_span *rest)
{
    struct item item;

    TRY(next_counted(checker, rest, &item));
    if (item.kind != ITEM_ARRAY)
        return BRIG_MALFORMED;
    for (uint64_t left = item.number; left > 0; left--) {
        TRY(next_counted(checker, rest, &item));
        if (item.kind != ITEM_TEXT)
            return BRIG_MALFORMED;
    }
    return BRIG_OK;
}

static brig_status check_printed_form(struct checker *checker, brig_span *rest)
{
    struct item item;

    TRY(next_counted(checker, rest, &item));
    return item.kind == ITEM_TEXT ? BRIG_OK : BRIG_MALFORMED;
}

/* ext 4: a map of exactly class and text. */
static brig_status check_opaque(struct checker *checker, brig_span rest)
{
    bool has_class = false;
    bool has_text = false;
    struct item item;

    TRY(next_counted(checker, &rest, &item));
    if (item.kind != ITEM_MAP || item.number != OPAQUE_KEYS)
        return BRIG_MALFORMED;
    for (size_t i = 0; i < OPAQUE_KEYS; i++) {
        TRY(next_counted(checker, &rest, &item));
        if (item.kind != ITEM_TEXT)
            return BRIG_MALFORMED;
        if (!has_class && brig_span_is(item.bytes, "class")) {
            TRY(check_class_names(checker, &rest));
            has_class = true;
        } else if (!has_text && brig_span_is(item.bytes, "text")) {
            TRY(check_printed_form(checker, &rest));
            has_text = true;
        } else {
            return BRIG_MALFORMED;
        }
    }
    return rest.len == 0 || MUTANT(accepts_octets_in_an_opaque) ? BRIG_OK : BRIG_MALFORMED;
}

static brig_status check_ext(struct checker *checker, const struct item *item)
{
    brig_value vector;
    brig_vector_type type;

    switch (item->ext_type) {
    case BRIG_EXT_VECTOR:
        return brig_vector_parse(item->bytes, &vector);
    case BRIG_EXT_MISSING:
        return brig_missing_parse(item->bytes, &type);
    case BRIG_EXT_ANNOTATED:
        return open_annotated(checker, item->bytes);
    case BRIG_EXT_OPAQUE:
        return check_opaque(checker, item->bytes);
    default:
        return BRIG_OK;
    }
}

/* Read one object up to what it contains. */
static brig_status begin_object(struct checker *checker)
{
    struct frame *top = top_of(checker);
    const uint8_t *end = top == NULL ? checker->end : top->end;
    brig_span rest = {checker->at, (size_t)(end - checker->at)};
    struct item item;

    TRY(next_counted(checker, &rest, &item));
    if (top != NULL && !may_stand(top, &item))
        return BRIG_MALFORMED;
    if (top != NULL)
        top->start = checker->at;
    checker->at = rest.data;
    switch (item.kind) {
    case ITEM_ARRAY:
        return open_frame(checker, FRAME_ARRAY, (size_t)item.number, end);
    case ITEM_MAP:
        return open_frame(checker, FRAME_MAP, (size_t)item.number * 2, end);
    case ITEM_EXT:
        return check_ext(checker, &item);
    default:
        return BRIG_OK;
    }
}

static void note_part(struct checker *checker, const struct frame *outermost)
{
    struct check_report *report = checker->report;

    if (report == NULL)
        return;
    if (report->part_count < CHECK_PARTS)
        report->parts[report->part_count] =
            (brig_span){outermost->start, (size_t)(checker->at - outermost->start)};
    report->part_count++;
}

/* One object of the innermost container is complete. */
static void note_object(struct checker *checker)
{
    struct frame *top = top_of(checker);

    if (is_key_next(top))
        checker->keys[checker->key_count++] = (struct slice){(uint32_t)(top->start - checker->base),
                                                             (uint32_t)(checker->at - top->start)};
    if (checker->open == 1)
        note_part(checker, top);
    top->left--;
}

static brig_status close_frame(struct checker *checker)
{
    const struct frame *top = top_of(checker);

    if (top->kind == FRAME_ANNOTATED && checker->at != top->end)
        return BRIG_MALFORMED;
    if (top->kind == FRAME_MAP) {
        size_t count = checker->key_count - top->first_key;

        if (!brig_slices_are_unique(checker->base, checker->keys + top->first_key, count) &&
            !MUTANT(accepts_a_key_twice))
            return BRIG_MALFORMED;
        checker->key_count = top->first_key;
        checker->entries_left += count;
    }
    checker->depth_left++;
    checker->open--;
    return BRIG_OK;
}

/* Close what is complete, from the inside out. */
static brig_status close_complete(struct checker *checker)
{
    while (checker->open > 0 && top_of(checker)->left == 0) {
        TRY(close_frame(checker));
        if (checker->open > 0)
            note_object(checker);
    }
    return BRIG_OK;
}

static brig_status check_object(struct checker *checker)
{
    do {
        size_t open = checker->open;

        TRY(begin_object(checker));
        if (checker->open == open && open > 0)
            note_object(checker);
        TRY(close_complete(checker));
    } while (checker->open > 0);
    return checker->at == checker->end || MUTANT(accepts_octets_behind) ? BRIG_OK : BRIG_MALFORMED;
}

static size_t at_most(size_t wanted, size_t most)
{
    return wanted == 0 || wanted > most ? most : wanted;
}

static brig_status check(brig_span encoded, size_t start_depth, const brig_check_limits *limits,
                         struct check_report *report)
{
    static const brig_check_limits defaults = {0, 0};
    const brig_check_limits *chosen = limits == NULL ? &defaults : limits;
    size_t depth =
        at_most(chosen->depth, BRIG_LIMIT_MAX_DEPTH) - (MUTANT(refuses_depth_32) ? 1 : 0);
    size_t elements = at_most(chosen->elements, BRIG_LIMIT_MAX_ELEMENTS) *
                      (MUTANT(allows_twice_the_elements) ? 2 : 1);
    struct checker checker; /* .frames and .keys are written before they are read */

    if (encoded.len > UINT32_MAX)
        return BRIG_TOO_LARGE;
    if (encoded.len == 0)
        return BRIG_MALFORMED;
    checker.base = encoded.data;
    checker.at = encoded.data;
    checker.end = encoded.data + encoded.len;
    checker.depth_left = start_depth < depth ? depth - start_depth : 0;
    checker.elements_left = elements;
    checker.entries_left = BRIG_LIMIT_MAX_MAP_KEYS;
    checker.open = 0;
    checker.key_count = 0;
    checker.report = report;
    TRY(check_object(&checker));
    if (report != NULL)
        report->elements = elements - checker.elements_left;
    return BRIG_OK;
}

brig_status brig_check(brig_span encoded, size_t start_depth, const brig_check_limits *limits)
{
    return check(encoded, start_depth, limits, NULL);
}

brig_status brig_check_with_report(brig_span encoded, struct check_report *ret_report)
{
    struct check_report report = {0};

    TRY(check(encoded, 0, NULL, &report));
    *ret_report = report;
    return BRIG_OK;
}
