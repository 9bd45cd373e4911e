/* SPDX-License-Identifier: MIT */
/* Tools as the code sees them: arguments, results, errors, several at once (spec 7.4, 11.3). */
#include <string.h>

#include <brig/pack.h>

#include "check.h"
#include "test_r_harness.h"

enum { TOOLS_BYTES = 64 * 1024 };

/* A schema of one word for each parameter; "" says nothing. */
struct param {
    const char *name;
    const char *type;
};

static const struct tool {
    const char *name;
    struct param params[4];
    const char *required; /* one of them, or NULL */
    const char *code;     /* of a sandbox tool, or NULL */
    bool is_simplified;
} tools[] = {
    {"add", {{"a", "integer"}, {"b", "number"}}, "a", NULL, true},
    {"echo", {{"x", ""}}, NULL, NULL, true},
    {"list", {{"x", ""}}, NULL, NULL, false},
    {"shapes", {{"s", "array"}, {"o", "object"}, {"v", "value"}}, NULL, NULL, true},
    {"fail", {{NULL, NULL}}, NULL, NULL, true},
    {"hang", {{NULL, NULL}}, NULL, NULL, true},
    {"half", {{"n", "number"}}, "n", "function(n) { if (n < 0) stop('below'); n / 2 }", true},
};

static void pack_tool(brig_buffer *to, const struct tool *tool)
{
    size_t count = 0;

    while (count < 4 && tool->params[count].name != NULL)
        count++;
    brig_pack_map(to, tool->code != NULL ? 5 : 3);
    brig_pack_key_text(to, "name", tool->name);
    brig_pack_key_bool(to, "simplify", tool->is_simplified);
    if (tool->code != NULL) {
        brig_pack_key_text(to, "where", "sandbox");
        brig_pack_key_text(to, "code", tool->code);
    }
    brig_pack_cstring(to, "params");
    brig_pack_map(to, tool->required != NULL ? 3 : 2);
    brig_pack_key_text(to, "type", "object");
    if (tool->required != NULL) {
        brig_pack_cstring(to, "required");
        brig_pack_array(to, 1);
        brig_pack_cstring(to, tool->required);
    }
    brig_pack_cstring(to, "properties");
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++) {
        bool has_type = tool->params[i].type[0] != '\0';

        brig_pack_cstring(to, tool->params[i].name);
        brig_pack_map(to, has_type);
        if (has_type)
            brig_pack_key_text(to, "type", tool->params[i].type);
    }
}

static const struct tool_case {
    const char *name;
    const char *code; /* made invisible */
    const char *transcript;
} cases[] = {
    /* WRK-014 */
    {"arguments are matched by R's rules and shaped by the schema", "add(b = 1.5, 2)",
     "CALL add {\"a\": 2, \"b\": 1.5}\nRESULT 3.5 {\"visible\": false}\n"},
    {"a whole number is an int", "add(1, 2L)",
     "CALL add {\"a\": 1, \"b\": 2}\nRESULT 3 {\"visible\": false}\n"},
    {"an optional argument that is not given is left out", "add(1)",
     "CALL add {\"a\": 1}\nRESULT 1 {\"visible\": false}\n"},
    {"a required argument that is missing is nil", "add(b = 1)",
     "CALL add {\"a\": nil, \"b\": 1}\nRESULT 1 {\"visible\": false}\n"},
    {"an argument that no parameter takes is R's error", "tryCatch(add(c = 1), error = class)",
     "RESULT txt(\"simpleError\", \"error\", \"condition\") {\"visible\": false}\n"},
    {"calls nest", "add(add(1, 2), 3)",
     "CALL add {\"a\": 1, \"b\": 2}\nCALL add {\"a\": 3, \"b\": 3}\nRESULT 6 {\"visible\": "
     "false}\n"},
    {"NULL is nil", "echo(NULL)", "CALL echo {\"x\": nil}\nRESULT nil {\"visible\": false}\n"},
    {"where the schema is silent, length 1 is a scalar", "echo('a')",
     "CALL echo {\"x\": \"a\"}\nRESULT \"a\" {\"visible\": false}\n"},
    {"where the schema is silent, names make a map", "echo(c(p = 1L, q = NA))",
     "CALL echo {\"x\": {\"p\": 1, \"q\": nil}}\nRESULT {\"p\": 1, \"q\": nil} {\"visible\": "
     "false}\n"},
    {"an array of numbers comes back as a vector", "echo(c(1, NA))",
     "CALL echo {\"x\": [1.0, nil]}\nRESULT f64(1.0, NA) {\"visible\": false}\n"},
    {"an array of texts comes back as a vector", "echo(base::list('a', NULL))",
     "CALL echo {\"x\": [\"a\", nil]}\nRESULT txt(\"a\", NA) {\"visible\": false}\n"},
    {"a mixed array comes back as a list", "echo(base::list('a', 1L))",
     "CALL echo {\"x\": [\"a\", 1]}\nRESULT [\"a\", 1] {\"visible\": false}\n"},
    /* WRK-016 */
    {"simplify: false keeps lists", "list(c(1L, 2L))",
     "CALL list {\"x\": [1, 2]}\nRESULT [1, 2] {\"visible\": false}\n"},
    {"array, object and value have their shapes at any length",
     "shapes(s = 'a', o = base::list(), v = factor('u'))",
     "CALL shapes {\"s\": [\"a\"], \"o\": {}, \"v\": factor(i32(0){\"levels\": txt(\"u\"), "
     "\"ordered\": false})}\nERROR runtime \"tool 'shapes': tool: it broke\" {\"classes\": "
     "[\"brig_tool_error\", \"error\", \"condition\"], \"traceback\": [\"shapes(s = \"a\", o = "
     "base::list(), v = factor(\"u\"))\", \"stop(condition)\"]}\n"},
    /* WRK-015 */
    {"the error of a tool can be caught",
     "tryCatch(fail(), brig_tool_error = function(e) c(e$code, conditionMessage(e)))",
     "CALL fail {}\nRESULT txt(\"tool\", \"tool 'fail': tool: it broke\") {\"visible\": false}\n"},
    {"a tool that lives here is a function", "half(3)", "RESULT 1.5 {\"visible\": false}\n"},
    {"tools are locked", "tryCatch(assign('add', 1, 'tools:brig'), error = function(e) 'locked')",
     "RESULT \"locked\" {\"visible\": false}\n"},
    {"several calls are open at once, and results keep their order",
     "concurrently(add(1, 2), z = add(add(1, 1), 3), 7L)",
     "CALL add {\"a\": 1, \"b\": 2}\nCALL add {\"a\": 1, \"b\": 1}\nCALL add {\"a\": 2, \"b\": 3}\n"
     "RESULT plain([3, 5, 7]{\"names\": txt(\"\", \"z\", \"\")}) {\"visible\": false}\n"},
    {"many calls wait for their turn",
     "sum(unlist(concurrently(calls = lapply(1:5, function(i) bquote(add(.(i)))))))",
     "CALL add {\"a\": 1}\nCALL add {\"a\": 2}\nCALL add {\"a\": 3}\nCALL add {\"a\": 4}\n"
     "CALL add {\"a\": 5}\nRESULT 15 {\"visible\": false}\n"},
    {"failures may stand among the results",
     "sapply(concurrently(fail(), add(1), keep_errors = TRUE), inherits, 'error')",
     "CALL fail {}\nCALL add {\"a\": 1}\nRESULT lgl(true, false) {\"visible\": false}\n"},
    {"an interrupt ends the wait, and the late answer is dropped",
     "base::list(tryCatch(hang(), interrupt = function(e) 'stopped'), add(1))",
     "CALL hang {}\nCALL add {\"a\": 1}\nRESULT [\"stopped\", 1] {\"visible\": false}\n"},
    {"an interrupt that nobody handles ends the code", "hang(); 1",
     "CALL hang {}\nERROR cancelled \"the code was interrupted\" {}\n"},
    /* WRK-004 */
    {"a forked process cannot call tools",
     "unique(parallel::mclapply(1:2, function(i) tryCatch(add(1), error = conditionMessage)))",
     "RESULT [\"a forked process cannot call tools\"] {\"visible\": false}\n"},
    {"reads ask the client", "base::list(readline('name? '), readline('more'))",
     "CALL brig.input {\"prompt\": \"name? \"}\nCALL brig.input {\"prompt\": \"more\"}\n"
     "RESULT [\"Ada\", \"\"] {\"visible\": false}\n"},
};

static void start_with_tools(struct worker *worker)
{
    brig_buffer declared;
    brig_buffer open_args;

    brig_buffer_init(&declared, TOOLS_BYTES);
    brig_buffer_init(&open_args, TOOLS_BYTES);
    brig_pack_array(&declared, sizeof(tools) / sizeof(tools[0]));
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
        pack_tool(&declared, &tools[i]);
    pack_open(&open_args, &declared, true);
    worker_start(worker, &open_args);
    CHECK(strcmp(worker_transcript(worker), "RESULT {}\n") == 0, "open");
    brig_buffer_done(&declared);
    brig_buffer_done(&open_args);
}

static void check_tools(const struct tool_case *c)
{
    char code[512];
    struct worker worker;
    const char *seen;

    (void)snprintf(code, sizeof(code), "invisible({%s})", c->code);
    start_with_tools(&worker);
    worker_eval(&worker, code);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, c->transcript) == 0, "%s:\n%s--- expected\n%s", c->name, seen,
          c->transcript);
    CHECK(worker_end(&worker) == 0, "%s: exit status", c->name);
}

/* brig.define and brig.call, one after the other in one session. */
static const struct step {
    const char *name;
    const char *define; /* code of the tool `made`, or NULL: call `tool` */
    const char *tool;
    const char *key; /* of the argument 6 */
    const char *transcript;
} steps[] = {
    {"a sandbox tool is called by name", NULL, "half", "n", "RESULT 3.0 {\"visible\": false}\n"},
    {"arguments are checked", NULL, "half", "m",
     "ERROR bad_arguments \"the tool does not declare this name\" {\"path\": \"/args/m\"}\n"},
    {"a tool of the client is none of ours", NULL, "add", "a",
     "ERROR unknown_tool \"no sandbox tool has this name\" {}\n"},
    {"a tool can be added", "function(n) n + 1L", NULL, NULL, "RESULT {}\n"},
    {"and called", NULL, "made", "n", "RESULT 7 {\"visible\": false}\n"},
    {"a source that does not parse changes nothing", "function(n", NULL, NULL,
     "ERROR parse \"unexpected end of input\\n1: function(n\\n   ^\" {\"line\": 2, \"column\": "
     "1}\n"},
    {"a source that fails changes nothing", "stop('s')", NULL, NULL,
     "ERROR runtime \"s\" {\"classes\": [\"simpleError\", \"error\", \"condition\"], "
     "\"traceback\": [\"stop(\"s\")\"]}\n"},
    {"a source that is no function changes nothing", "3", NULL, NULL,
     "ERROR runtime \"the source of tool 'made' does not end with a function\" {\"classes\": "
     "[\"simpleError\", \"error\", \"condition\"], \"traceback\": []}\n"},
    {"the old one is still there", NULL, "made", "n", "RESULT 7 {\"visible\": false}\n"},
    {"a tool can be replaced", "function(n) n - 1L", NULL, NULL, "RESULT {}\n"},
    {"and is then another", NULL, "made", "n", "RESULT 5 {\"visible\": false}\n"},
};

static void send_step(struct worker *worker, const struct step *step)
{
    const struct tool made = {"made", {{"n", "number"}}, "n", step->define, true};
    brig_buffer args;

    brig_buffer_init(&args, TOOLS_BYTES);
    if (step->define != NULL) {
        brig_pack_map(&args, 1);
        brig_pack_cstring(&args, "tools");
        brig_pack_array(&args, 1);
        pack_tool(&args, &made);
    } else {
        brig_pack_map(&args, 2);
        brig_pack_key_text(&args, "tool", step->tool);
        brig_pack_cstring(&args, "args");
        brig_pack_map(&args, 1);
        brig_pack_key_uint(&args, step->key, 6);
    }
    worker_call(worker, step->define != NULL ? "brig.define" : "brig.call", &args);
    brig_buffer_done(&args);
}

int main(void)
{
    struct worker worker;

    harness_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_tools(&cases[i]);
    start_with_tools(&worker);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const char *seen;

        send_step(&worker, &steps[i]);
        seen = worker_transcript(&worker);
        CHECK(strcmp(seen, steps[i].transcript) == 0, "%s:\n%s--- expected\n%s", steps[i].name,
              seen, steps[i].transcript);
    }
    CHECK(worker_end(&worker) == 0, "exit status");
    return EXIT_SUCCESS;
}
