/* SPDX-License-Identifier: MIT */
/*
 * Two objects: a tool's declaration and arguments. Declarations are accepted or refused with a
 * sentence and a path; against an accepted one any arguments can be checked (spec 7.4).
 */
#include <brig/schema.h>

#include <stdlib.h>

#include <brig/message.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_problem(brig_status status, const brig_problem *problem)
{
    if (status == BRIG_OK)
        return;
    CHECK(problem->code < BRIG_ERROR_COUNT, "no code");
    CHECK(memchr(problem->path, '\0', sizeof(problem->path)) != NULL, "a path without end");
    CHECK(problem->path[0] == '\0' || problem->path[0] == '/', "path %s", problem->path);
    CHECK(memchr(problem->text, '\0', sizeof(problem->text)) != NULL, "a sentence without end");
    CHECK(problem->text[0] != '\0', "no sentence");
}

static void check_both(const brig_value *tool, const brig_value *args)
{
    brig_problem problem;
    brig_status status = brig_tool_check(tool, &problem);

    check_problem(status, &problem);
    if (status != BRIG_OK)
        return;
    status = brig_schema_check(brig_value_get(tool, "params"), args, &problem);
    check_problem(status, &problem);
    CHECK(status == BRIG_OK || problem.code == BRIG_ERROR_BAD_ARGUMENTS, "%s",
          brig_error_name(problem.code));
}

static void check_records(const brig_value *value)
{
    for (int record = 0; record < BRIG_RECORD_COUNT; record++) {
        brig_problem problem;

        check_problem(brig_record_check((brig_record)record, value, &problem), &problem);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    brig_tree *tree;

    CHECK(bytes != NULL, "out of memory");
    bytes[0] = 0x92; /* an array of two */
    if (len > 0)
        memcpy(bytes + 1, data, len);
    if (brig_tree_new((brig_span){bytes, len + 1}, &tree) == BRIG_OK) {
        const brig_value *items = brig_tree_root(tree)->array.items;

        check_both(&items[0], &items[1]);
        check_records(&items[0]);
        check_records(&items[1]);
        brig_tree_free(tree);
    }
    free(bytes);
    return 0;
}
