/* SPDX-License-Identifier: MIT */
/* Declarations of tools and arguments against their schemas (spec 7.4). */
#include <brig/schema.h>

#include <brig/message.h>

#include "bytes.h"
#include "check.h"
#include "notation.h"

static const struct tool_case {
    const char *name;
    const char *tool;
    const char *path; /* NULL: accepted */
    brig_error_code code;
} tool_cases[] = {
    {"a name is enough", "{'name': 'a'}", NULL, 0},
    {"no name (TOL-001)", "{}", "/name", BRIG_ERROR_BAD_ARGUMENTS},
    {"a reserved name (TOL-001)", "{'name': 'brig.x'}", "/name", BRIG_ERROR_BAD_ARGUMENTS},
    {"code at a client tool (TOL-001)", "{'name': 'a', 'code': 'x'}", "/code",
     BRIG_ERROR_BAD_ARGUMENTS},
    {"a sandbox tool without code (TOL-001)", "{'name': 'a', 'where': 'sandbox'}", "/code",
     BRIG_ERROR_BAD_ARGUMENTS},
    {"a sandbox tool", "{'name': 'a', 'where': 'sandbox', 'code': 'x'}", NULL, 0},
    {"another place", "{'name': 'a', 'where': 'moon'}", "/where", BRIG_ERROR_BAD_ARGUMENTS},
    {"an unknown key", "{'name': 'a', 'kind': 1}", "/kind", BRIG_ERROR_UNSUPPORTED},
    {"params of another type", "{'name': 'a', 'params': {'type': 'array'}}", "/params/type",
     BRIG_ERROR_BAD_ARGUMENTS},
    {"params of several types", "{'name': 'a', 'params': {'type': ['object', 'null']}}",
     "/params/type", BRIG_ERROR_BAD_ARGUMENTS},
    {"an unknown type", "{'name': 'a', 'params': {'properties': {'x': {'type': 'int'}}}}",
     "/params/properties/x/type", BRIG_ERROR_BAD_ARGUMENTS},
    {"a type listed twice",
     "{'name': 'a', 'params': {'properties': {'x': {'type': ['null', 'null']}}}}",
     "/params/properties/x/type/1", BRIG_ERROR_BAD_ARGUMENTS},
    {"an empty list of types", "{'name': 'a', 'params': {'properties': {'x': {'type': []}}}}",
     "/params/properties/x/type", BRIG_ERROR_BAD_ARGUMENTS},
    {"a type that is no text", "{'name': 'a', 'params': {'properties': {'x': {'type': 1}}}}",
     "/params/properties/x/type", BRIG_ERROR_BAD_ARGUMENTS},
    {"a property that is no schema", "{'name': 'a', 'params': {'properties': {'x': true}}}",
     "/params/properties/x", BRIG_ERROR_BAD_ARGUMENTS},
    {"required names are properties", "{'name': 'a', 'params': {'required': ['x']}}",
     "/params/required/0", BRIG_ERROR_BAD_ARGUMENTS},
    {"an empty enum", "{'name': 'a', 'params': {'enum': []}}", "/params/enum",
     BRIG_ERROR_BAD_ARGUMENTS},
    {"a range without inside",
     "{'name': 'a', 'params': {'properties': {'x': {'minimum': 2, 'maximum': 1.5}}}}",
     "/params/properties/x/maximum", BRIG_ERROR_BAD_ARGUMENTS},
    {"a range of one point",
     "{'name': 'a', 'params': {'properties': {'x': {'minimum': 2, 'maximum': 2.0}}}}", NULL, 0},
    {"lengths without inside",
     "{'name': 'a', 'params': {'properties': {'x': {'minLength': 2, 'maxLength': 1}}}}",
     "/params/properties/x/maxLength", BRIG_ERROR_BAD_ARGUMENTS},
    {"a negative length", "{'name': 'a', 'params': {'properties': {'x': {'minItems': -1}}}}",
     "/params/properties/x/minItems", BRIG_ERROR_BAD_ARGUMENTS},
    {"additionalProperties is a bool or a schema",
     "{'name': 'a', 'params': {'additionalProperties': 1}}", "/params/additionalProperties",
     BRIG_ERROR_BAD_ARGUMENTS},
    {"an unknown keyword deep down (TOL-004)",
     "{'name': 'a', 'params': {'additionalProperties': {'items': {'not': {}}}}}",
     "/params/additionalProperties/items/not", BRIG_ERROR_UNSUPPORTED},
    {"carried keywords",
     "{'name': 'a', 'params': {'title': 't', 'description': 'd', 'default': {}, 'examples': [1],"
     " 'format': 'f', 'deprecated': true}}",
     NULL, 0},
    {"schemas nested 8 deep (TOL-003)",
     "{'name': 'a', 'params': {'properties': {'x': {'items': {'items': {'items': {'items': "
     "{'items':"
     " {'items': {}}}}}}}}}}",
     NULL, 0},
    {"schemas nested 9 deep (TOL-003)",
     "{'name': 'a', 'params': {'properties': {'x': {'items': {'items': {'items': {'items': "
     "{'items':"
     " {'items': {'items': {}}}}}}}}}}}",
     "/params/properties/x/items/items/items/items/items/items/items", BRIG_ERROR_TOO_LARGE},
};

static brig_status status_of(brig_error_code code)
{
    switch (code) {
    case BRIG_ERROR_UNSUPPORTED:
        return BRIG_UNSUPPORTED;
    case BRIG_ERROR_TOO_LARGE:
        return BRIG_TOO_LARGE;
    default:
        return BRIG_ARGUMENT;
    }
}

static void test_tools(void)
{
    for (size_t i = 0; i < COUNT_OF(tool_cases); i++) {
        const struct tool_case *c = &tool_cases[i];
        struct written tool = write_value(c->tool);
        brig_problem problem = {.code = BRIG_ERROR_COUNT};
        brig_status status = brig_tool_check(tool.value, &problem);

        if (c->path == NULL) {
            CHECK(status == BRIG_OK, "%s: %s at %s", c->name, problem.text, problem.path);
        } else {
            CHECK(status == status_of(c->code), "%s: %s", c->name, brig_status_name(status));
            CHECK(problem.code == c->code, "%s: %s", c->name, brig_error_name(problem.code));
            CHECK(strcmp(problem.path, c->path) == 0, "%s: %s", c->name, problem.path);
        }
        written_done(&tool);
    }
}

static void test_names(void)
{
    static const struct {
        const char *name;
        int is_valid;
    } names[] = {
        {"a", 1},     {"Z9_.-", 1},  {"", 0},          {"9a", 0},     {"_a", 0},
        {".a", 0},    {"a b", 0},    {"a\xc3\xa4", 0}, {"a/b", 0},    {"brig", 1},
        {"brig.", 0}, {"brig.a", 0}, {"briga.b", 1},   {"Brig.a", 1}, {"a\n", 0},
    };
    char longest[66];

    for (size_t i = 0; i < COUNT_OF(names); i++)
        CHECK(brig_tool_name_is_valid(brig_span_text(names[i].name)) == names[i].is_valid, "%s",
              names[i].name);
    memset(longest, 'a', sizeof(longest));
    CHECK(brig_tool_name_is_valid((brig_span){(uint8_t *)longest, 64}), "64 bytes");
    CHECK(!brig_tool_name_is_valid((brig_span){(uint8_t *)longest, 65}), "65 bytes");
}

/* A list of as many tools as there may be, and one more. */
static void test_many_tools(void)
{
    for (size_t count = BRIG_LIMIT_MAX_TOOLS; count <= BRIG_LIMIT_MAX_TOOLS + 1; count++) {
        brig_buffer bytes;
        brig_tree *tree;
        brig_problem problem;
        brig_status status;

        brig_buffer_init(&bytes, 1 << 20);
        brig_pack_map(&bytes, 1);
        brig_pack_cstring(&bytes, "tools");
        brig_pack_array(&bytes, count);
        for (size_t i = 0; i < count; i++) {
            char name[16];

            (void)snprintf(name, sizeof(name), "t%zu", i);
            brig_pack_map(&bytes, 1);
            brig_pack_key_text(&bytes, "name", name);
        }
        CHECK(brig_tree_new(brig_buffer_span(&bytes), &tree) == BRIG_OK, "%zu tools", count);
        status = brig_record_check(BRIG_RECORD_DEFINE, brig_tree_root(tree), &problem);
        CHECK(status == (count <= BRIG_LIMIT_MAX_TOOLS ? BRIG_OK : BRIG_TOO_LARGE),
              "%zu tools (TOL-003)", count);
        brig_tree_free(tree);
        brig_buffer_done(&bytes);
    }
}

/* Each case is one property x of the schema, and the value that x has. */
static const struct value_case {
    const char *schema;
    const char *value;
    const char *path; /* NULL: accepted */
} value_cases[] = {
    {"{}", "null", NULL},
    {"{}", "'text'", NULL},
    {"{}", "[1, [2.5, 'a']]", NULL},
    {"{}", "<01>", "/x"},
    {"{}", "[1, [<01>]]", "/x/1/0"},
    {"{}", "{'a': 1}", "/x/a"},
    {"{'type': 'null'}", "null", NULL},
    {"{'type': 'null'}", "0", "/x"},
    {"{'type': 'boolean'}", "false", NULL},
    {"{'type': 'boolean'}", "0", "/x"},
    {"{'type': 'integer'}", "-5", NULL},
    {"{'type': 'integer'}", "5.0", "/x"},
    {"{'type': 'integer'}", "9007199254740992", NULL},
    {"{'type': 'integer'}", "9007199254740993", "/x"},
    {"{'type': 'integer'}", "-9007199254740992", NULL},
    {"{'type': 'integer'}", "-9007199254740993", "/x"},
    {"{'type': 'integer'}", "18446744073709551615", "/x"},
    {"{'type': 'number'}", "5", NULL},
    {"{'type': 'number'}", "5.5", NULL},
    {"{'type': 'number'}", "9007199254740993", "/x"},
    {"{'type': 'number'}", "inf", "/x"},
    {"{'type': 'number'}", "'5'", "/x"},
    {"{'type': 'string'}", "''", NULL},
    {"{'type': 'string'}", "1", "/x"},
    {"{'type': 'array'}", "[]", NULL},
    {"{'type': 'array'}", "{}", "/x"},
    {"{'type': 'object'}", "{}", NULL},
    {"{'type': 'object'}", "{'a': 1}", "/x/a"},
    {"{'type': 'object', 'additionalProperties': true}", "{'a': [1]}", NULL},
    {"{'type': 'object', 'additionalProperties': true}", "{'a': [<02>]}", "/x/a/0"},
    {"{'type': 'object', 'additionalProperties': false}", "{'a': 1}", "/x/a"},
    {"{'type': 'object', 'additionalProperties': {'type': 'null'}}", "{'a': null}", NULL},
    {"{'type': 'object', 'additionalProperties': {'type': 'null'}}", "{'a': 1}", "/x/a"},
    {"{'type': ['null', 'string']}", "null", NULL},
    {"{'type': ['null', 'string']}", "'a'", NULL},
    {"{'type': ['null', 'string']}", "1", "/x"},
    {"{'type': 'value'}", "<01>", NULL},
    {"{'type': 'value'}", "{'a': [<02>]}", NULL},
    {"{'type': ['string', 'value']}", "<01>", NULL},
    {"{'type': 'array', 'items': {'type': 'value'}}", "[<01>, 1]", NULL},
    {"{'type': 'array', 'items': {'type': 'integer'}}", "[1, 2]", NULL},
    {"{'type': 'array', 'items': {'type': 'integer'}}", "[1, 'a']", "/x/1"},
    {"{'type': 'array', 'minItems': 1, 'maxItems': 2}", "[]", "/x"},
    {"{'type': 'array', 'minItems': 1, 'maxItems': 2}", "[1]", NULL},
    {"{'type': 'array', 'minItems': 1, 'maxItems': 2}", "[1, 2]", NULL},
    {"{'type': 'array', 'minItems': 1, 'maxItems': 2}", "[1, 2, 3]", "/x"},
    {"{'minLength': 2, 'maxLength': 2}", "'\xc3\xa4\xe2\x82\xac'", NULL},
    {"{'minLength': 2, 'maxLength': 2}", "'a'", "/x"},
    {"{'minLength': 2, 'maxLength': 2}", "'aaa'", "/x"},
    {"{'minLength': 2}", "7", NULL},
    {"{'minimum': 1, 'maximum': 2.5}", "1", NULL},
    {"{'minimum': 1, 'maximum': 2.5}", "0.99", "/x"},
    {"{'minimum': 1, 'maximum': 2.5}", "2.5", NULL},
    {"{'minimum': 1, 'maximum': 2.5}", "3", "/x"},
    {"{'minimum': 1}", "'a'", NULL},
    {"{'minimum': 9007199254740993.0}", "9007199254740992", NULL},
    {"{'minimum': 9007199254740994.0}", "9007199254740993", "/x"},
    {"{'maximum': -1.5}", "-2", NULL},
    {"{'maximum': -1.5}", "-1", "/x"},
    {"{'maximum': 9223372036854775807}", "9223372036854775808", "/x"},
    {"{'maximum': 9223372036854775808.0}", "9223372036854775808", NULL},
    {"{'minimum': 18446744073709551616.0}", "18446744073709551615", "/x"},
    {"{'enum': [1, 'a', null]}", "1.0", NULL},
    {"{'enum': [1, 'a', null]}", "null", NULL},
    {"{'enum': [1, 'a', null]}", "'1'", "/x"},
    {"{'enum': [1, 'a', null]}", "1.5", "/x"},
    {"{'const': [1, {'b': 2, 'c': []}], 'items': {'additionalProperties': true}}",
     "[1.0, {'c': [], 'b': 2}]", NULL},
    {"{'const': [1, {'b': 2}], 'items': {'additionalProperties': true}}", "[1, {'b': 3}]", "/x"},
    {"{'const': [1]}", "[1, 1]", "/x"},
    {"{'const': {'a': 1}, 'additionalProperties': true}", "{'b': 1}", "/x"},
    {"{'const': true}", "true", NULL},
    {"{'const': true}", "1", "/x"},
    {"{'properties': {'a': {}, 'b': {}}, 'required': ['a']}", "{'a': 1}", NULL},
    {"{'properties': {'a': {}, 'b': {}}, 'required': ['a']}", "{'b': 1}", "/x/a"},
    {"{'properties': {'a': {}, 'b': {}}, 'required': ['a']}", "'no map'", NULL},
};

static void test_values(void)
{
    for (size_t i = 0; i < COUNT_OF(value_cases); i++) {
        const struct value_case *c = &value_cases[i];
        char text[512];
        brig_problem problem;
        brig_status status;
        struct written tool;
        struct written args;

        (void)snprintf(text, sizeof(text), "{'name': 't', 'params': {'properties': {'x': %s}}}",
                       c->schema);
        tool = write_value(text);
        (void)snprintf(text, sizeof(text), "{'x': %s}", c->value);
        args = write_value(text);
        CHECK(brig_tool_check(tool.value, &problem) == BRIG_OK, "%s: %s", c->schema, problem.text);
        status = brig_schema_check(brig_value_get(tool.value, "params"), args.value, &problem);
        CHECK(status == (c->path == NULL ? BRIG_OK : BRIG_ARGUMENT), "%s passes %s?", c->value,
              c->schema);
        if (c->path != NULL)
            CHECK(problem.code == BRIG_ERROR_BAD_ARGUMENTS && strcmp(problem.path, c->path) == 0,
                  "%s, %s: %s", c->value, c->schema, problem.path);
        written_done(&tool);
        written_done(&args);
    }
}

static void test_no_schema(void)
{
    struct written none = write_value("{}");
    struct written some = write_value("{'a': 1}");
    struct written array = write_value("[]");
    brig_problem problem;

    CHECK(brig_schema_check(NULL, none.value, &problem) == BRIG_OK, "no arguments");
    CHECK(brig_schema_check(NULL, some.value, &problem) == BRIG_ARGUMENT, "one too many");
    CHECK(strcmp(problem.path, "/a") == 0, "%s", problem.path);
    CHECK(brig_schema_check(NULL, array.value, &problem) == BRIG_ARGUMENT, "arguments are a map");
    written_done(&none);
    written_done(&some);
    written_done(&array);
}

int main(void)
{
    test_tools();
    test_names();
    test_many_tools();
    test_values();
    test_no_schema();
    return EXIT_SUCCESS;
}
