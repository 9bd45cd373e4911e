/* SPDX-License-Identifier: MIT */
/*
 * Replays spec/vectors/values.json: every accepted value is decoded and written in the vectors'
 * notation; every refused one is refused at its layer. VAL-004 to VAL-008, VAL-010, VAL-012 to
 * VAL-020.
 */

#include <brig/value.h>

#include <string.h>

#include <brig/message.h>

#include "check.h"
#include "vectors_notation.h"
#include "vectors_values.inc"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void check_accepted(const struct values_accepted_row *row)
{
    brig_tree *tree = NULL;
    brig_buffer notation;
    brig_status status = brig_check(row->bytes_, 0, NULL);

    CHECK(status == BRIG_OK, "%s: brig_check: %s", row->name_, brig_status_name(status));
    status = brig_tree_new(row->bytes_, &tree);
    CHECK(status == BRIG_OK, "%s: brig_tree_new: %s", row->name_, brig_status_name(status));
    CHECK(brig_span_equal(brig_tree_root(tree)->encoded, row->bytes_), "%s: .encoded", row->name_);
    brig_buffer_init(&notation, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    vectors_note_value(&notation, brig_tree_root(tree));
    CHECK(brig_span_equal(brig_buffer_span(&notation), row->notation_), "%s: read as %.*s",
          row->name_, (int)notation.len, (const char *)notation.data);
    brig_buffer_done(&notation);
    brig_tree_free(tree);
}

/* Layer "encoding" fails the structural check already, layer "meaning" only the decoder. */
static void check_refused(const struct values_refused_row *row)
{
    brig_tree *tree = NULL;
    bool is_encoding = strcmp(row->layer_, "encoding") == 0;
    brig_status status = brig_check(row->bytes_, 0, NULL);

    CHECK(status == (is_encoding ? BRIG_MALFORMED : BRIG_OK), "%s: brig_check: %s", row->name_,
          brig_status_name(status));
    status = brig_tree_new(row->bytes_, &tree);
    CHECK(status == BRIG_MALFORMED, "%s: brig_tree_new: %s", row->name_, brig_status_name(status));
    CHECK(tree == NULL, "%s: a tree in spite of the refusal", row->name_);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(values_accepted); i++)
        check_accepted(&values_accepted[i]);
    for (size_t i = 0; i < COUNT(values_refused); i++)
        check_refused(&values_refused[i]);
    return EXIT_SUCCESS;
}
