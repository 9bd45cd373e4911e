/* SPDX-License-Identifier: MIT */
/* The calls of the server: open, eval, call, define (spec 11.3). */
#include "calls.h"

#include <stdio.h>

#include <unistd.h>

#include <brig/value.h>

#include "answers.h"
#include "chance.h"
#include "link.h"
#include "outcome.h"
#include "process.h"
#include "result.h"
#include "run.h"
#include "tools.h"

enum { PATH_BYTES = 128, SHOWN_BYTES = 64 };

static struct {
    bool is_open;
    bool has_input;
    uint64_t value_bytes;
    brig_span args; /* of the code call */
    bool is_silent;
} session;

brig_span conf_calls_args(void)
{
    return session.args;
}

bool conf_calls_have_input(void)
{
    return session.has_input;
}

void conf_calls_be_silent(void)
{
    session.is_silent = true;
}

/* An end that is not a value. */
static void send_failure(conf_flow flow)
{
    if (session.is_silent)
        return;
    if (flow == CONF_INTERRUPTED)
        conf_send_cancelled();
    else
        conf_send_error();
}

/* brig.open and brig.define */
static void declare(const brig_value *args)
{
    conf_fault fault = {0};
    conf_flow flow = conf_tools_declare(brig_value_get(args, "tools"), &fault);

    if (flow == CONF_RETURNED)
        conf_send_parse(fault.line, fault.column, fault.text);
    else if (flow != CONF_NEXT)
        send_failure(flow);
    else if (!session.is_silent)
        conf_result_send_empty_map();
}

static void on_open(const brig_value *args)
{
    const brig_value *seed = brig_value_get(args, "seed");

    session.is_open = true;
    session.has_input = brig_value_get_bool(args, "stdin", false);
    session.value_bytes = brig_value_get_uint(args, "value_bytes", 0);
    conf_link_set_most(brig_value_get_uint(args, "message_bytes", BRIG_LIMIT_MAX_MESSAGE_BYTES));
    conf_chance_seed(seed != NULL ? &seed->integer : NULL);
    declare(args);
}

static void send_end(conf_flow flow, const brig_value *args)
{
    if (flow != CONF_NEXT && flow != CONF_RETURNED)
        send_failure(flow);
    else if (!session.is_silent)
        conf_result_send(args, session.value_bytes);
}

/* A name with a space or none at all cannot be written in a program. */
static bool are_names(const brig_value *args)
{
    char path[PATH_BYTES];

    for (size_t i = 0; args != NULL && i < args->map.count; i++) {
        const brig_span name = args->map.entries[i].key.bytes;

        if (name.len > 0 && memchr(name.data, ' ', name.len) == NULL &&
            memchr(name.data, '\n', name.len) == NULL)
            continue;
        (void)snprintf(path, sizeof(path), "/args/%.*s",
                       (int)(name.len < SHOWN_BYTES ? name.len : 0), (const char *)name.data);
        conf_send_bad_arguments(path, "an argument cannot be a variable");
        return false;
    }
    return true;
}

static void on_eval(const brig_value *args)
{
    conf_program program;
    conf_fault fault;

    if (!are_names(brig_value_get(args, "args")))
        return;
    if (!conf_program_read(brig_value_get_text(args, "code", ""), &program, &fault)) {
        conf_send_parse(fault.line, fault.column, fault.text);
        return;
    }
    conf_tools_bind(session.args);
    conf_outcome_clear();
    send_end(conf_run_lines(program.first), args);
    conf_run_kept();
    conf_program_done(&program);
}

static void on_call(const brig_value *args)
{
    const conf_tool *tool = conf_tools_find(brig_value_get_text(args, "tool", ""));
    brig_message unknown = {.type = BRIG_MESSAGE_ERROR,
                            .name = brig_span_text(brig_error_name(BRIG_ERROR_UNKNOWN_TOOL)),
                            .text = brig_span_text("no sandbox tool has this name")};

    if (tool == NULL)
        conf_link_send(&unknown);
    else
        send_end(conf_tools_run(tool, session.args), args);
}

static const struct {
    const char *name;
    bool needs_open;
    void (*serve)(const brig_value *args);
} procedures[] = {
    {"brig.open", false, on_open},
    {"brig.eval", true, on_eval},
    {"brig.call", true, on_call},
    {"brig.define", true, declare},
};

static void serve(brig_span procedure, const brig_value *args)
{
    for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
        if (brig_span_is(procedure, procedures[i].name) &&
            procedures[i].needs_open == session.is_open) {
            procedures[i].serve(args);
            return;
        }
    _exit(CONF_EXIT_PROTOCOL);
}

/* The link reuses its memory while tools are called, so the call is copied. */
void conf_calls_serve(const brig_message *call)
{
    static const uint8_t empty_map[] = {0x80};
    conf_arena arena = {NULL};
    brig_tree *tree = NULL;

    if (call->type != BRIG_MESSAGE_CALL) /* an answer to a call that was forgotten */
        return;
    const brig_span name = conf_arena_copy(&arena, call->name);
    if (brig_tree_new(conf_arena_copy(&arena, call->body), &tree) != BRIG_OK)
        _exit(CONF_EXIT_PROTOCOL);
    const brig_value *args = brig_value_get(brig_tree_root(tree), "args");
    session.args = args != NULL ? args->encoded : (brig_span){empty_map, sizeof(empty_map)};
    session.is_silent = false;
    conf_link_begin_call(call->id);
    serve(name, brig_tree_root(tree));
    conf_run_kept();
    conf_answers_forget();
    conf_process_give_back();
    brig_tree_free(tree);
    conf_arena_done(&arena);
}
