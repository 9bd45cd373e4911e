/* SPDX-License-Identifier: MIT */
/* Replays spec/vectors/schema.json: MSG-008, TOL-001 to TOL-006. */

#include <brig/schema.h>

#include <string.h>

#include <brig/message.h>

#include "check.h"
#include "vectors_schema.inc"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static brig_tree *tree_of(const char *name, brig_span encoded)
{
    brig_tree *tree = NULL;
    brig_status status = brig_tree_new(encoded, &tree);

    CHECK(status == BRIG_OK, "%s: %s", name, brig_status_name(status));
    return tree;
}

/* code "ok": the check passed. Else: it names this code and this path. */
static void check_problem(const char *name, brig_status status, const brig_problem *problem,
                          const char *const expected[2])
{
    if (strcmp(expected[0], "ok") == 0) {
        CHECK(status == BRIG_OK, "%s: %s at \"%s\"", name, problem->text, problem->path);
        return;
    }
    CHECK(status != BRIG_OK, "%s: not refused", name);
    CHECK(strcmp(brig_error_name(problem->code), expected[0]) == 0, "%s: code %s, expected %s",
          name, brig_error_name(problem->code), expected[0]);
    /* ERROR too_large names the limit (spec 8) */
    CHECK((problem->code == BRIG_ERROR_TOO_LARGE) == (problem->limit != NULL),
          "%s: a limit's name is there", name);
    CHECK(strcmp(problem->path, expected[1]) == 0, "%s: path \"%s\", expected \"%s\"", name,
          problem->path, expected[1]);
}

static void check_tool(const struct schema_tools_row *row)
{
    brig_tree *tree = tree_of(row->name_, row->tool_);
    brig_problem problem = {.path = "", .text = ""};
    brig_status status = brig_tool_check(brig_tree_root(tree), &problem);

    check_problem(row->name_, status, &problem, (const char *const[]){row->code_, row->path_});
    brig_tree_free(tree);
}

static void check_arguments(const struct schema_arguments_row *row)
{
    brig_tree *tool = tree_of(row->name_, row->tool_);
    brig_tree *args = tree_of(row->name_, row->args_);
    brig_problem problem = {.path = "", .text = ""};
    const brig_value *schema = brig_value_get(brig_tree_root(tool), "params");
    brig_status status;

    CHECK(brig_tool_check(brig_tree_root(tool), &problem) == BRIG_OK, "%s: %s at \"%s\"",
          row->name_, problem.text, problem.path);
    status = brig_schema_check(schema, brig_tree_root(args), &problem);
    check_problem(row->name_, status, &problem, (const char *const[]){row->code_, row->path_});
    brig_tree_free(args);
    brig_tree_free(tool);
}

static void check_call(const struct schema_calls_row *row)
{
    brig_tree *args = tree_of(row->name_, row->args_);
    brig_tree *options = tree_of(row->name_, row->options_);
    brig_problem problem = {.path = "", .text = ""};
    brig_procedure procedure = brig_procedure_find(row->procedure_);
    brig_status status;

    CHECK(procedure != BRIG_PROCEDURE_COUNT, "%s: unknown procedure", row->name_);
    status =
        brig_procedure_check(procedure, brig_tree_root(args), brig_tree_root(options), &problem);
    check_problem(row->name_, status, &problem, (const char *const[]){row->code_, row->path_});
    brig_tree_free(options);
    brig_tree_free(args);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(schema_tools); i++)
        check_tool(&schema_tools[i]);
    for (size_t i = 0; i < COUNT(schema_arguments); i++)
        check_arguments(&schema_arguments[i]);
    for (size_t i = 0; i < COUNT(schema_calls); i++)
        check_call(&schema_calls[i]);
    return EXIT_SUCCESS;
}
