/* SPDX-License-Identifier: MIT */
/*
 * Declarations and arguments that nearly fit: whatever the checks say, they say where, and what they
 * accept once they accept again (spec 7.4). Procedures and sandbox statements likewise (7, 7.5).
 */
#include <brig/message.h>
#include <brig/schema.h>

#include "check.h"
#include "generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { OBJECT_BYTES = 65536 };

static brig_tree *decode(const brig_buffer *bytes)
{
    brig_tree *tree = NULL;
    brig_status status = bytes->fault;

    if (status == BRIG_OK)
        status = brig_tree_new(brig_buffer_span(bytes), &tree);
    CHECK(status == BRIG_OK || status == BRIG_TOO_LARGE || status == BRIG_MALFORMED, "%s",
          brig_status_name(status));
    return tree;
}

static void check_problem(brig_status status, const brig_problem *problem)
{
    if (status == BRIG_OK)
        return;
    CHECK(problem->code < BRIG_ERROR_COUNT, "no code");
    CHECK(memchr(problem->path, '\0', sizeof(problem->path)) != NULL, "a path without end");
    CHECK(problem->path[0] == '\0' || problem->path[0] == '/', "path %s", problem->path);
    CHECK(memchr(problem->text, '\0', sizeof(problem->text)) != NULL && problem->text[0] != '\0',
          "no sentence");
}

/* Arguments that were accepted are so in another order of octets, too: packed from the tree. */
static void check_arguments(struct script *script, const brig_value *schema)
{
    brig_buffer bytes;
    brig_problem problem;

    brig_buffer_init(&bytes, OBJECT_BYTES);
    generate_arguments(script, schema, &bytes);
    brig_tree *args = decode(&bytes);
    if (args != NULL) {
        brig_status status = brig_schema_check(schema, brig_tree_root(args), &problem);

        check_problem(status, &problem);
        CHECK(status == BRIG_OK || problem.code == BRIG_ERROR_BAD_ARGUMENTS, "%s",
              brig_error_name(problem.code));
        if (schema == NULL)
            CHECK((status == BRIG_OK) == (brig_tree_root(args)->kind == BRIG_MAP &&
                                          brig_tree_root(args)->map.count == 0),
                  "without a schema only no arguments pass");
    }
    brig_tree_free(args);
    brig_buffer_done(&bytes);
}

static void check_tool(struct script *script)
{
    brig_buffer bytes;
    brig_problem problem;

    brig_buffer_init(&bytes, OBJECT_BYTES);
    generate_tool(script, &bytes);
    brig_tree *tool = decode(&bytes);
    if (tool != NULL) {
        const brig_value *root = brig_tree_root(tool);
        brig_status status = brig_tool_check(root, &problem);

        check_problem(status, &problem);
        if (status == BRIG_OK)
            CHECK(brig_tool_name_is_valid(brig_value_get_text(root, "name", "")), "its name");
        for (int i = 0; status == BRIG_OK && i < 3; i++)
            check_arguments(script, brig_value_get(root, "params"));
    }
    brig_tree_free(tool);
    brig_buffer_done(&bytes);
}

static void check_procedure(struct script *script)
{
    brig_procedure procedure = (brig_procedure)script_below(script, BRIG_PROCEDURE_COUNT);
    brig_buffer args;
    brig_buffer options;
    brig_problem problem;

    brig_buffer_init(&args, OBJECT_BYTES);
    brig_buffer_init(&options, OBJECT_BYTES);
    generate_args(script, procedure, &args);
    generate_options(script, procedure, &options);
    brig_tree *args_tree = decode(&args);
    brig_tree *options_tree = decode(&options);
    if (args_tree != NULL)
        check_problem(brig_procedure_check(procedure, brig_tree_root(args_tree),
                                           brig_tree_root(options_tree), &problem),
                      &problem);
    brig_tree_free(options_tree);
    brig_tree_free(args_tree);
    brig_buffer_done(&options);
    brig_buffer_done(&args);
}

/* What is required of itself is met; nothing else is said of statements at random. */
static void check_require(struct script *script)
{
    brig_buffer require;
    brig_buffer statement;
    brig_problem problem;

    brig_buffer_init(&require, OBJECT_BYTES);
    brig_buffer_init(&statement, OBJECT_BYTES);
    generate_record(script, BRIG_RECORD_REQUIRE, &require);
    generate_record(script, BRIG_RECORD_SANDBOX, &statement);
    brig_tree *wanted = decode(&require);
    brig_tree *given = decode(&statement);
    if (wanted != NULL && given != NULL &&
        brig_record_check(BRIG_RECORD_REQUIRE, brig_tree_root(wanted), &problem) == BRIG_OK &&
        brig_record_check(BRIG_RECORD_SANDBOX, brig_tree_root(given), &problem) == BRIG_OK) {
        brig_status status =
            brig_sandbox_meets(brig_tree_root(wanted), brig_tree_root(given), &problem);

        check_problem(status, &problem);
        if (status == BRIG_OK)
            CHECK(brig_sandbox_meets(brig_tree_root(wanted), brig_tree_root(wanted), &problem) ==
                      BRIG_OK,
                  "not met by itself");
    }
    brig_tree_free(given);
    brig_tree_free(wanted);
    brig_buffer_done(&statement);
    brig_buffer_done(&require);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const checks[])(struct script *) = {check_tool, check_tool, check_procedure,
                                                      check_require};
    struct script script = {data, len};

    checks[script_below(&script, sizeof(checks) / sizeof(checks[0]))](&script);
    return 0;
}
