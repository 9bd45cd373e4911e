/* SPDX-License-Identifier: MIT */
/* Tools of the session: closures for those of the client, handlers for those that live here. */
#include "r_tools.h"

#include <stdlib.h>

#include <brig/pack.h>

#include "r_answers.h"
#include "r_channel.h"
#include "r_console.h"
#include "r_form.h"
#include "r_program.h"
#include "r_shape.h"
#include "r_support.h"
#include "r_text.h"

enum { ENVELOPE_BYTES = 4096 }; /* of a CALL beside its arguments */

struct tool {
    char name[BRIG_LIMIT_TOOL_NAME_BYTES + 1];
    bool in_sandbox;
    bool simplify;
    uint8_t *declaration; /* our copy of the declaration's bytes */
    brig_tree *tree;
    const brig_value *params; /* in the tree; NULL: no arguments */
};

struct tool_list {
    struct tool items[BRIG_LIMIT_MAX_TOOLS];
    size_t count;
};

static struct {
    struct tool_list known;
    struct tool_list staged; /* being installed */
    SEXP functions;          /* list(name = function) as attached */
    SEXP environment;
    const struct tool *armed; /* its next call is started, not awaited */
} tools;

static void forget_tool(struct tool *tool)
{
    brig_tree_free(tool->tree);
    free(tool->declaration);
    *tool = (struct tool){0};
}

static struct tool *find_in(struct tool_list *list, brig_span name)
{
    for (size_t i = 0; i < list->count; i++)
        if (brig_span_is(name, list->items[i].name))
            return &list->items[i];
    return NULL;
}

static struct tool *find_tool(SEXP name)
{
    return find_in(&tools.known, r_text_element(name, 0));
}

/* Installing: stage copies, make functions, attach, and only then replace what was known. */

static void stage_tool(const brig_value *declaration)
{
    brig_span name = brig_value_get_text(declaration, "name", "");
    struct tool *tool;

    if (tools.staged.count == BRIG_LIMIT_MAX_TOOLS || name.len > BRIG_LIMIT_TOOL_NAME_BYTES)
        Rf_error("too many tools, or a tool's name is too long");
    tool = &tools.staged.items[tools.staged.count++];
    *tool = (struct tool){
        .simplify = brig_value_get_bool(declaration, "simplify", true),
        .in_sandbox = brig_span_is(brig_value_get_text(declaration, "where", "client"), "sandbox")};
    memcpy(tool->name, name.data, name.len);
    tool->declaration = malloc(declaration->encoded.len);
    if (tool->declaration == NULL)
        Rf_error("out of memory");
    memcpy(tool->declaration, declaration->encoded.data, declaration->encoded.len);
    if (brig_tree_new((brig_span){tool->declaration, declaration->encoded.len}, &tool->tree) !=
        BRIG_OK)
        Rf_error("a tool's declaration is not a value");
    tool->params = brig_value_get(brig_tree_root(tool->tree), "params");
}

void r_tools_forget_staged(void)
{
    for (size_t i = 0; i < tools.staged.count; i++)
        forget_tool(&tools.staged.items[i]);
    tools.staged.count = 0;
}

static bool allows_others(const brig_value *params)
{
    const brig_value *others = brig_value_get(params, "additionalProperties");

    return others != NULL &&
           (others->kind == BRIG_MAP || (others->kind == BRIG_BOOL && others->boolean));
}

static SEXP key_symbol(const brig_value *key)
{
    SEXP string = r_text_new(key->bytes);

    if (string == R_NilValue || LENGTH(string) == 0)
        Rf_error("a tool has a parameter whose name R cannot hold");
    return Rf_installTrChar(string);
}

/* One formal per property, in order, without defaults; `...` for others if they are allowed. */
static SEXP make_formals(const brig_value *params)
{
    const brig_value *properties = brig_value_get(params, "properties");
    size_t count = properties != NULL ? properties->map.count : 0;
    SEXP formals = PROTECT(R_NilValue);

    if (allows_others(params)) {
        UNPROTECT(1);
        formals = PROTECT(Rf_cons(R_MissingArg, formals));
        SET_TAG(formals, R_DotsSymbol);
    }
    while (count > 0) {
        formals = Rf_cons(R_MissingArg, formals);
        UNPROTECT(1);
        PROTECT(formals);
        SET_TAG(formals, key_symbol(&properties->map.entries[--count].key));
    }
    UNPROTECT(1);
    return formals;
}

/* function(a, b) .Call(native_tool, "name", environment()) */
static SEXP make_closure(const struct tool *tool)
{
    SEXP frame = PROTECT(Rf_lang1(Rf_install("environment")));
    SEXP name = PROTECT(Rf_mkString(tool->name));
    SEXP body = PROTECT(Rf_lang4(Rf_install(".Call"), Rf_install("native_tool"), name, frame));
    SEXP closure = PROTECT(Rf_allocSExp(CLOSXP));

    SET_FORMALS(closure, PROTECT(make_formals(tool->params)));
    SET_BODY(closure, body);
    SET_CLOENV(closure, r_support_environment());
    UNPROTECT(5);
    return closure;
}

static SEXP make_handler(const struct tool *tool)
{
    brig_span code = brig_value_get_text(brig_tree_root(tool->tree), "code", "");
    SEXP program = PROTECT(r_program_parse(code));
    SEXP handler = R_NilValue;
    bool is_visible;

    for (R_xlen_t i = 0; i < XLENGTH(program); i++) {
        UNPROTECT(i > 0);
        handler = PROTECT(r_program_eval(VECTOR_ELT(program, i), &is_visible));
    }
    UNPROTECT(XLENGTH(program) > 0);
    if (!Rf_isFunction(handler))
        Rf_error("the source of tool '%s' does not end with a function", tool->name);
    UNPROTECT(1);
    return handler;
}

/* The named list with one element added or replaced. */
static SEXP with_element(SEXP list, const char *name, SEXP element)
{
    SEXP names = PROTECT(Rf_getAttrib(list, R_NamesSymbol));
    R_xlen_t count = Rf_xlength(list);
    R_xlen_t at = 0;
    SEXP longer;
    SEXP longer_names;

    while (at < count && names != R_NilValue && strcmp(CHAR(STRING_ELT(names, at)), name) != 0)
        at++;
    longer = PROTECT(Rf_xlengthgets(list, at == count ? count + 1 : count));
    longer_names = PROTECT(names == R_NilValue ? Rf_allocVector(STRSXP, XLENGTH(longer))
                                               : Rf_xlengthgets(names, XLENGTH(longer)));
    SET_VECTOR_ELT(longer, at, element);
    SET_STRING_ELT(longer_names, at, Rf_mkChar(name));
    Rf_setAttrib(longer, R_NamesSymbol, longer_names);
    UNPROTECT(3);
    return longer;
}

static void replace_object(SEXP *place, SEXP object)
{
    R_PreserveObject(object);
    if (*place != NULL)
        R_ReleaseObject(*place);
    *place = object;
}

static size_t count_after_install(void)
{
    size_t count = tools.known.count;

    for (size_t i = 0; i < tools.staged.count; i++)
        count += find_in(&tools.known, brig_span_text(tools.staged.items[i].name)) == NULL;
    return count;
}

static void commit_staged(void)
{
    for (size_t i = 0; i < tools.staged.count; i++) {
        struct tool *staged = &tools.staged.items[i];
        struct tool *known = find_in(&tools.known, brig_span_text(staged->name));

        if (known == NULL)
            known = &tools.known.items[tools.known.count++];
        forget_tool(known);
        *known = *staged;
    }
    tools.staged.count = 0;
}

/* Attach these in place of what is attached. */
static void attach_functions(SEXP functions)
{
    SEXP environment = PROTECT(r_support_call("attach_tools", functions, NULL));

    replace_object(&tools.functions, functions);
    replace_object(&tools.environment, environment);
    UNPROTECT(1);
}

void r_tools_start(void)
{
    attach_functions(Rf_findVarInFrame(r_support_environment(), Rf_install("helpers")));
}

void r_tools_install(const brig_value *declarations)
{
    SEXP functions = PROTECT(tools.functions);

    r_tools_forget_staged();
    for (size_t i = 0; declarations != NULL && i < declarations->array.count; i++)
        stage_tool(&declarations->array.items[i]);
    if (count_after_install() > BRIG_LIMIT_MAX_TOOLS)
        Rf_error("too many tools");
    for (size_t i = 0; i < tools.staged.count; i++) {
        const struct tool *tool = &tools.staged.items[i];
        SEXP function = PROTECT(tool->in_sandbox ? make_handler(tool) : make_closure(tool));

        functions = with_element(functions, tool->name, function);
        UNPROTECT(2);
        PROTECT(functions);
    }
    if (tools.staged.count > 0)
        attach_functions(functions);
    /* Nothing can fail from here on. */
    commit_staged();
    UNPROTECT(1);
}

SEXP r_tools_find_handler(brig_span name, const brig_value **ret_params, bool *ret_simplify)
{
    const struct tool *tool = find_in(&tools.known, name);

    if (tool == NULL || !tool->in_sandbox)
        return R_NilValue;
    *ret_params = tool->params;
    *ret_simplify = tool->simplify;
    return Rf_install(tool->name);
}

SEXP r_tools_environment(void)
{
    return tools.environment;
}

/* Calling */

static bool is_given(SEXP symbol, SEXP frame)
{
    SEXP call = PROTECT(Rf_lang2(Rf_install("missing"), symbol));
    bool is_missing = Rf_asLogical(Rf_eval(call, frame)) != 0;

    UNPROTECT(1);
    return !is_missing;
}

static bool is_required(const brig_value *params, const brig_value *key)
{
    const brig_value *required = brig_value_get(params, "required");

    for (size_t i = 0; required != NULL && i < required->array.count; i++)
        if (brig_span_equal(required->array.items[i].bytes, key->bytes))
            return true;
    return false;
}

/* Arguments by name, evaluated in the order of the schema; those left out are not in the list. */
static SEXP collect_arguments(const struct tool *tool, SEXP frame)
{
    const brig_value *properties = brig_value_get(tool->params, "properties");
    SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 0));
    size_t count = properties != NULL ? properties->map.count : 0;

    Rf_setAttrib(arguments, R_NamesSymbol, PROTECT(Rf_allocVector(STRSXP, 0)));
    UNPROTECT(1);
    if (allows_others(tool->params)) {
        SEXP call = PROTECT(Rf_lang2(Rf_install("list"), R_DotsSymbol));

        arguments = Rf_eval(call, frame);
        UNPROTECT(2);
        PROTECT(arguments);
    }
    for (size_t i = 0; i < count; i++) {
        const brig_value *key = &properties->map.entries[i].key;
        SEXP symbol = key_symbol(key);
        bool given = is_given(symbol, frame);
        SEXP value = PROTECT(given ? Rf_eval(symbol, frame) : R_NilValue);

        if (given || is_required(tool->params, key))
            arguments = with_element(arguments, CHAR(PRINTNAME(symbol)), value);
        UNPROTECT(2);
        PROTECT(arguments);
    }
    UNPROTECT(1);
    return arguments;
}

static uint64_t send_call(const struct tool *tool, SEXP arguments)
{
    SEXP owner = PROTECT(r_support_buffer_new(r_channel_most() - ENVELOPE_BYTES));
    brig_buffer *encoded = r_support_buffer(owner);
    struct r_encoder encoder = r_form_encoder(encoded);
    uint64_t id;

    r_shape_arguments(&encoder, tool->params, arguments);
    if (encoder.is_refused || encoded->fault != BRIG_OK)
        Rf_error("tool '%s': the arguments are too large or too deep", tool->name);
    id = r_answers_call(brig_span_text(tool->name), brig_buffer_span(encoded), tool->simplify);
    r_support_buffer_free(owner);
    UNPROTECT(1);
    return id;
}

/* stop(condition), so that tracebacks show a name and not the whole condition. */
static void raise_condition(SEXP condition)
{
    SEXP symbol = Rf_install("condition");
    SEXP call = PROTECT(Rf_lang2(Rf_install("stop"), symbol));
    SEXP frame = PROTECT(R_NewEnv(R_BaseEnv, FALSE, 0));

    Rf_defineVar(symbol, condition, frame);
    (void)Rf_eval(call, frame);
    UNPROTECT(2);
}

static SEXP await_or_raise(uint64_t id)
{
    bool is_error;
    SEXP answer = PROTECT(r_answers_await(id, &is_error));

    if (is_error)
        raise_condition(answer);
    UNPROTECT(1);
    return answer;
}

/* A started call: its id, to be awaited once. */
static SEXP started_call(uint64_t id)
{
    SEXP started = PROTECT(Rf_ScalarReal((double)id));

    Rf_setAttrib(started, R_ClassSymbol, PROTECT(Rf_mkString("brig_started")));
    UNPROTECT(2);
    return started;
}

SEXP r_tools_call(SEXP name, SEXP frame)
{
    const struct tool *tool = find_tool(name);
    bool is_armed = tool != NULL && tools.armed == tool;
    SEXP arguments;
    uint64_t id;

    if (tool == NULL)
        Rf_error("there is no such tool any more");
    /* Calls within the arguments are calls of their own. */
    tools.armed = NULL;
    arguments = PROTECT(collect_arguments(tool, frame));
    id = send_call(tool, arguments);
    UNPROTECT(1);
    return is_armed ? started_call(id) : await_or_raise(id);
}

SEXP r_tools_is_client(SEXP name, SEXP function)
{
    const struct tool *tool = find_tool(name);
    SEXP ours;

    if (tool == NULL || tool->in_sandbox || tools.environment == NULL)
        return Rf_ScalarLogical(FALSE);
    ours = Rf_findVarInFrame(tools.environment, Rf_install(tool->name));
    return Rf_ScalarLogical(ours == function);
}

SEXP r_tools_arm(SEXP name)
{
    tools.armed = name == R_NilValue ? NULL : find_tool(name);
    return R_NilValue;
}

/* The value, or the condition: the caller decides what becomes of it. */
SEXP r_tools_await(SEXP started)
{
    bool is_error;

    return r_answers_await((uint64_t)Rf_asReal(started), &is_error);
}

SEXP r_tools_progress(SEXP fraction, SEXP text)
{
    SEXP owner = PROTECT(r_support_buffer_new(BRIG_LIMIT_ERROR_MESSAGE_BYTES));
    brig_buffer *payload = r_support_buffer(owner);
    double part = Rf_asReal(fraction);
    bool has_text = TYPEOF(text) == STRSXP && XLENGTH(text) > 0;

    if (!(part >= 0 && part <= 1))
        Rf_error("'fraction' is a number from 0 to 1");
    brig_pack_map(payload, has_text ? 2 : 1);
    brig_pack_cstring(payload, "fraction");
    brig_pack_float(payload, part);
    if (has_text) {
        brig_pack_cstring(payload, "text");
        brig_pack_text(payload, r_text_element(text, 0));
    }
    if (payload->fault != BRIG_OK)
        Rf_error("'text' is too long");
    r_console_flush();
    r_channel_event("progress", brig_buffer_span(payload));
    r_channel_flush();
    r_support_buffer_free(owner);
    UNPROTECT(1);
    return R_NilValue;
}

SEXP r_tools_ask(const char *prompt)
{
    SEXP owner = PROTECT(r_support_buffer_new(BRIG_LIMIT_ERROR_MESSAGE_BYTES));
    brig_buffer *args = r_support_buffer(owner);
    SEXP shown = PROTECT(Rf_mkString(prompt));
    uint64_t id;

    brig_pack_map(args, 1);
    brig_pack_cstring(args, "prompt");
    brig_pack_text(args, r_text_element(shown, 0));
    if (args->fault != BRIG_OK)
        Rf_error("the prompt is too long");
    id = r_answers_call(brig_span_text("brig.input"), brig_buffer_span(args), false);
    r_support_buffer_free(owner);
    UNPROTECT(2);
    return await_or_raise(id);
}
