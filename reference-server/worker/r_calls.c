/* SPDX-License-Identifier: MIT */
/* What the server asks of the engine: open, eval, call, define (spec 11.3). */
#include "r_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <brig/pack.h>
#include <brig/procedure.h>
#include <brig/schema.h>
#include <brig/value.h>

#include "r_answers.h"
#include "r_channel.h"
#include "r_console.h"
#include "r_decode.h"
#include "r_display.h"
#include "r_guard.h"
#include "r_program.h"
#include "r_result.h"
#include "r_session.h"
#include "r_text.h"
#include "r_tools.h"

enum {
    DATA_BYTES = 1024,
    REHEARSED_BYTES = 4096, /* args of a call that is only rehearsed, and its value */
};

static struct {
    bool is_open;
    uint64_t value_bytes;
} session;

/* One code call, from its args to its value. */
struct code_call {
    brig_procedure procedure;
    const brig_value *args;
    bool is_visible;
    bool has_bad_arguments;
    brig_problem problem;
};

static void answer_bad_arguments(const brig_problem *problem)
{
    brig_buffer data;

    brig_buffer_init(&data, DATA_BYTES);
    brig_pack_map(&data, 1);
    brig_pack_key_text(&data, "path", problem->path);
    r_channel_error(BRIG_ERROR_BAD_ARGUMENTS, brig_span_text(problem->text),
                    brig_buffer_span(&data));
    brig_buffer_done(&data);
}

/* The guarded body did not reach its end. */
static void answer_failure(r_outcome outcome)
{
    if (outcome == R_FAILED && r_program_is_parsing())
        (void)r_guard_aside(r_program_explain);
    if (outcome == R_INTERRUPTED)
        r_channel_error(BRIG_ERROR_CANCELLED, brig_span_text("the code was interrupted"),
                        (brig_span){NULL, 0});
    else if (r_program_is_unparsed())
        r_channel_error(BRIG_ERROR_PARSE, r_program_reason(), r_program_place());
    else
        r_channel_error(BRIG_ERROR_RUNTIME, r_guard_message(), r_guard_data());
}

/* brig.open */

struct opening {
    const brig_value *args;
};

static void open_session(void *data)
{
    const struct opening *opening = data;
    const brig_value *seed = brig_value_get(opening->args, "seed");

    r_session_seed(seed != NULL ? &seed->integer : NULL);
    r_tools_install(brig_value_get(opening->args, "tools"));
}

static void on_open(const brig_value *args)
{
    struct opening opening = {args};
    brig_problem problem;
    r_outcome outcome;

    if (brig_record_check(BRIG_RECORD_WORKER_OPEN, args, &problem) != BRIG_OK) {
        answer_bad_arguments(&problem);
        return;
    }
    r_channel_set_most(brig_value_get_uint(args, "message_bytes", BRIG_LIMIT_MAX_MESSAGE_BYTES));
    session.value_bytes = brig_value_get_uint(args, "value_bytes", 0);
    r_console_set_input(brig_value_get_bool(args, "stdin", false));
    r_display_set_limits(brig_value_get_uint(args, "displays", 0),
                         brig_value_get_uint(args, "display_bytes", 0),
                         brig_value_get_uint(args, "display_pixels", 0));
    r_answers_set_most(brig_value_get_uint(args, "tool_calls_open", R_ANSWERS_DEFAULT_OPEN));
    outcome = r_guard(R_GUARD_CODE, open_session, &opening);
    r_tools_forget_staged();
    if (outcome != R_DONE) {
        answer_failure(outcome);
        return;
    }
    session.is_open = true;
    r_result_send_empty_map();
}

/* brig.define */

static void define_tools(void *data)
{
    r_tools_install(brig_value_get(data, "tools"));
}

static void on_define(const brig_value *args)
{
    /* r_guard() hands the args through as they are. */
    r_outcome outcome = r_guard(R_GUARD_CODE, define_tools, (void *)(uintptr_t)args);

    r_tools_forget_staged();
    if (outcome == R_DONE)
        r_result_send_empty_map();
    else
        answer_failure(outcome);
}

/* brig.eval and brig.call */

static void refuse_argument(struct code_call *call, brig_span name, const char *sentence)
{
    call->has_bad_arguments = true;
    call->problem = (brig_problem){.code = BRIG_ERROR_BAD_ARGUMENTS};
    (void)snprintf(call->problem.path, sizeof(call->problem.path), "/args/%.*s",
                   (int)(name.len < 128 ? name.len : 128), (const char *)name.data);
    (void)snprintf(call->problem.text, sizeof(call->problem.text), "%s", sentence);
}

/* args of the call's args, decoded into a named list. */
static SEXP decode_arguments(struct code_call *call, bool simplify)
{
    const brig_value *args = brig_value_get(call->args, "args");
    size_t count = args != NULL && args->kind == BRIG_MAP ? args->map.count : 0;
    SEXP values = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)count));
    SEXP names = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));

    for (size_t i = 0; i < count && !call->has_bad_arguments; i++) {
        const brig_entry *entry = &args->map.entries[i];
        struct r_decoder decoder = {.simplify = simplify};
        SEXP name = r_text_new(entry->key.bytes);

        if (name == R_NilValue || LENGTH(name) == 0) {
            refuse_argument(call, entry->key.bytes, "an argument has no name that R can hold");
            break;
        }
        SET_STRING_ELT(names, (R_xlen_t)i, name);
        SET_VECTOR_ELT(values, (R_xlen_t)i, r_decode(&decoder, &entry->value));
        if (decoder.problem != NULL)
            refuse_argument(call, entry->key.bytes, decoder.problem);
    }
    Rf_setAttrib(values, R_NamesSymbol, names);
    UNPROTECT(2);
    return values;
}

static void bind_variables(SEXP values)
{
    SEXP names = PROTECT(Rf_getAttrib(values, R_NamesSymbol));

    for (R_xlen_t i = 0; i < XLENGTH(values); i++)
        Rf_defineVar(Rf_installTrChar(STRING_ELT(names, i)), VECTOR_ELT(values, i), R_GlobalEnv);
    UNPROTECT(1);
}

/* Everything that lies in the channel's bytes is R's before the code runs and calls tools. */
static void run_eval(void *data)
{
    struct code_call *call = data;
    SEXP values = PROTECT(decode_arguments(call, false));
    SEXP program;

    if (call->has_bad_arguments) {
        UNPROTECT(1);
        return;
    }
    program = PROTECT(r_program_parse(brig_value_get_text(call->args, "code", "")));
    r_answers_release();
    bind_variables(values);
    for (R_xlen_t i = 0; i < XLENGTH(program); i++) {
        SEXP value = PROTECT(r_program_eval(VECTOR_ELT(program, i), &call->is_visible));

        if (call->is_visible)
            Rf_PrintValue(value);
        r_result_keep(value);
        UNPROTECT(1);
    }
    UNPROTECT(2);
}

/* name(arg = value, …), where the name is the handler's. */
static SEXP make_call(SEXP symbol, SEXP values)
{
    SEXP names = PROTECT(Rf_getAttrib(values, R_NamesSymbol));
    SEXP arguments = PROTECT(Rf_allocList((int)XLENGTH(values)));
    SEXP at = arguments;
    SEXP call;

    for (R_xlen_t i = 0; i < XLENGTH(values); i++, at = CDR(at)) {
        SETCAR(at, VECTOR_ELT(values, i));
        SET_TAG(at, Rf_installTrChar(STRING_ELT(names, i)));
    }
    call = Rf_lcons(symbol, arguments);
    UNPROTECT(2);
    return call;
}

static bool find_handler(struct code_call *call, SEXP *ret_symbol, bool *ret_simplify)
{
    const brig_value *params = NULL;
    static const brig_value no_args = {.kind = BRIG_MAP};
    const brig_value *args = brig_value_get(call->args, "args");
    brig_problem problem;

    *ret_symbol =
        r_tools_find_handler(brig_value_get_text(call->args, "tool", ""), &params, ret_simplify);
    if (*ret_symbol == R_NilValue)
        return false;
    if (brig_schema_check(params, args != NULL ? args : &no_args, &problem) != BRIG_OK) {
        call->has_bad_arguments = true;
        call->problem = problem;
        (void)snprintf(call->problem.path, sizeof(call->problem.path), "/args%.*s",
                       (int)(sizeof(call->problem.path) - sizeof("/args")), problem.path);
    }
    return true;
}

static void run_call(void *data)
{
    struct code_call *call = data;
    bool simplify = true;
    SEXP symbol = R_NilValue;
    SEXP values;
    SEXP expression;

    (void)find_handler(call, &symbol, &simplify);
    if (call->has_bad_arguments)
        return;
    values = PROTECT(decode_arguments(call, simplify));
    r_answers_release();
    if (!call->has_bad_arguments) {
        expression = PROTECT(make_call(symbol, values));
        r_result_keep(Rf_eval(expression, r_tools_environment()));
        UNPROTECT(1);
    }
    UNPROTECT(1);
}

static void flush_displays(void *data)
{
    (void)data;
    r_display_flush();
}

static bool is_known_tool(const brig_value *args)
{
    const brig_value *params;
    bool simplify;

    return r_tools_find_handler(brig_value_get_text(args, "tool", ""), &params, &simplify) !=
           R_NilValue;
}

static void run_code(brig_procedure procedure, const brig_value *args)
{
    struct code_call call = {.procedure = procedure, .args = args};
    struct r_result_form form = r_result_form_of(args, session.value_bytes);
    r_outcome outcome;

    r_result_keep(R_NilValue);
    r_display_begin();
    r_answers_hold();
    outcome = r_guard(R_GUARD_CODE, procedure == BRIG_PROCEDURE_EVAL ? run_eval : run_call, &call);
    r_answers_release();
    r_answers_abandon();
    if (outcome != R_INTERRUPTED && !call.has_bad_arguments &&
        r_guard_aside(flush_displays) == R_INTERRUPTED)
        outcome = R_INTERRUPTED;
    if (call.has_bad_arguments)
        answer_bad_arguments(&call.problem);
    else if (outcome == R_DONE)
        r_result_send(&form, call.is_visible);
    else
        answer_failure(outcome);
    r_result_keep(R_NilValue);
}

static void on_eval(const brig_value *args)
{
    run_code(BRIG_PROCEDURE_EVAL, args);
}

static void on_call(const brig_value *args)
{
    if (is_known_tool(args))
        run_code(BRIG_PROCEDURE_CALL, args);
    else
        r_channel_error(BRIG_ERROR_UNKNOWN_TOOL, brig_span_text("no sandbox tool has this name"),
                        (brig_span){NULL, 0});
}

static const struct call_rule {
    brig_procedure procedure;
    brig_record record; /* of its args */
    bool needs_open;
    void (*handle)(const brig_value *args);
} call_rules[] = {
    {BRIG_PROCEDURE_OPEN, BRIG_RECORD_WORKER_OPEN, false, on_open},
    {BRIG_PROCEDURE_EVAL, BRIG_RECORD_EVAL, true, on_eval},
    {BRIG_PROCEDURE_CALL, BRIG_RECORD_CALL, true, on_call},
    {BRIG_PROCEDURE_DEFINE, BRIG_RECORD_DEFINE, true, on_define},
};

static const struct call_rule *find_rule(brig_span name)
{
    brig_procedure procedure = brig_procedure_find(name);

    for (size_t i = 0; i < sizeof(call_rules) / sizeof(call_rules[0]); i++)
        if (call_rules[i].procedure == procedure)
            return &call_rules[i];
    return NULL;
}

void r_calls_handle(const brig_message *call)
{
    const struct call_rule *rule = find_rule(call->name);
    /* A server need not know of a value what only its builder has to (VAL-026). */
    brig_problem problem = {.code = BRIG_ERROR_BAD_ARGUMENTS, .text = "the args are no value"};
    brig_tree *tree = NULL;

    if (rule == NULL || rule->needs_open != session.is_open)
        _exit(R_EXIT_PROTOCOL);
    brig_status status = brig_tree_new(call->body, &tree);
    if (status == BRIG_NO_MEMORY)
        _exit(R_EXIT_PROTOCOL);
    r_session_begin_call();
    r_program_reset();
    r_channel_set_call(call->id);
    if (status == BRIG_OK)
        status = brig_record_check(rule->record, brig_tree_root(tree), &problem);
    if (status == BRIG_OK)
        rule->handle(brig_tree_root(tree));
    else
        answer_bad_arguments(&problem);
    brig_tree_free(tree);
}

/* ---- rehearsal ---- */

static void rehearse_call(brig_procedure procedure, const brig_buffer *args)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL,
                               .id = 1,
                               .name = brig_span_text(brig_procedure_name(procedure)),
                               .body = brig_buffer_span(args)};

    if (args->fault == BRIG_OK)
        r_calls_handle(&call);
}

static void rehearse_open(brig_buffer *args)
{
    brig_pack_map(args, 6);
    brig_pack_cstring(args, "tools");
    brig_pack_array(args, 0);
    brig_pack_key_bool(args, "stdin", false);
    brig_pack_key_uint(args, "displays", 0);
    brig_pack_key_uint(args, "display_bytes", 0);
    brig_pack_key_uint(args, "display_pixels", 0);
    brig_pack_key_uint(args, "value_bytes", REHEARSED_BYTES);
    rehearse_call(BRIG_PROCEDURE_OPEN, args);
}

static void rehearse_eval(brig_buffer *args)
{
    brig_buffer_clear(args);
    brig_pack_map(args, 1);
    brig_pack_key_text(args, "code", "1 + 1");
    rehearse_call(BRIG_PROCEDURE_EVAL, args);
}

void r_calls_rehearse(void)
{
    SEXP last_value = PROTECT(Rf_findVarInFrame(R_BaseEnv, R_LastvalueSymbol));
    brig_buffer args;

    brig_buffer_init(&args, REHEARSED_BYTES);
    r_channel_rehearse(true);
    rehearse_open(&args);
    if (session.is_open)
        rehearse_eval(&args);
    r_channel_rehearse(false);
    brig_buffer_done(&args);
    session.is_open = false;
    Rf_defineVar(R_LastvalueSymbol, last_value, R_BaseEnv);
    UNPROTECT(1);
}

void r_calls_start(void)
{
    r_result_start();
}
