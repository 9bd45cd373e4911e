/* SPDX-License-Identifier: MIT */
/* How C and the engine's R reach each other. */
#include "r_support.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "r_answers.h"
#include "r_display.h"
#include "r_guard.h"
#include "r_tools.h"

static struct {
    SEXP environment;
    SEXP code_handlers; /* calls of .Internal(.addCondHands(…)) */
    SEXP quiet_handlers;
    SEXP forget_error; /* .Internal(seterrmessage("")) */
} support;

static SEXP print_native(SEXP value)
{
    Rf_PrintValue(value);
    return R_NilValue;
}

/* R casts back by the number of arguments of the .Call. */
#define NATIVE(function) (DL_FUNC)(void (*)(void))(function)

static const struct {
    const char *name;
    DL_FUNC function;
} natives[] = {
    {"native_on_message", NATIVE(r_guard_on_message)},
    {"native_on_error", NATIVE(r_guard_on_error)},
    {"native_on_interrupt", NATIVE(r_guard_on_interrupt)},
    {"native_print", NATIVE(print_native)},
    {"native_tool", NATIVE(r_tools_call)},
    {"native_is_client_tool", NATIVE(r_tools_is_client)},
    {"native_arm", NATIVE(r_tools_arm)},
    {"native_await", NATIVE(r_tools_await)},
    {"native_mark", NATIVE(r_answers_mark)},
    {"native_abandon", NATIVE(r_answers_abandon_after)},
    {"native_progress", NATIVE(r_tools_progress)},
    {"native_page_size", NATIVE(r_display_page_size)},
    {"native_adopt", NATIVE(r_display_adopt)},
    {"native_is_adopted", NATIVE(r_display_is_adopted)},
    {"native_page_ends", NATIVE(r_display_page_ends)},
    {"native_replay", NATIVE(r_display_replay)},
};

static void define_natives(void)
{
    SEXP tag = Rf_install("native symbol");

    for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
        SEXP pointer = PROTECT(R_MakeExternalPtrFn(natives[i].function, tag, R_NilValue));

        Rf_defineVar(Rf_install(natives[i].name), pointer, support.environment);
        UNPROTECT(1);
    }
}

/* In a session the compiler would run again for every function used twice. */
static void compile(SEXP name)
{
    SEXP compiler = PROTECT(R_ParseEvalString("compiler::cmpfun", R_BaseEnv));
    SEXP function = PROTECT(Rf_findVarInFrame(support.environment, name));

    if (TYPEOF(function) == CLOSXP) {
        SEXP call = PROTECT(Rf_lang2(compiler, function));

        Rf_defineVar(name, PROTECT(Rf_eval(call, R_BaseEnv)), support.environment);
        UNPROTECT(2);
    }
    UNPROTECT(2);
}

static void define_functions(const char *code, r_support_form form)
{
    ParseStatus status;
    SEXP text = PROTECT(Rf_mkString(code));
    SEXP program = PROTECT(R_ParseVector(text, -1, &status, R_NilValue));

    assert(status == PARSE_OK);
    for (R_xlen_t i = 0; i < XLENGTH(program); i++) {
        (void)Rf_eval(VECTOR_ELT(program, i), support.environment);
        if (form == R_SUPPORT_COMPILED)
            compile(CADR(VECTOR_ELT(program, i)));
    }
    UNPROTECT(2);
}

static SEXP variable(const char *name)
{
    SEXP value = Rf_findVarInFrame(support.environment, Rf_install(name));

    assert(value != R_UnboundValue);
    return value;
}

/* .Internal itself is in the call, so that no variable of the code can stand in for it. */
static SEXP internal_call(SEXP inner)
{
    SEXP internal = PROTECT(Rf_findFun(Rf_install(".Internal"), R_BaseEnv));
    SEXP call = Rf_lang2(internal, inner);

    R_PreserveObject(call);
    UNPROTECT(1);
    return call;
}

static SEXP handlers_call(const char *const *classes, int count, const char *handlers)
{
    SEXP names = PROTECT(Rf_allocVector(STRSXP, count));
    SEXP call;

    for (int i = 0; i < count; i++)
        SET_STRING_ELT(names, i, Rf_mkChar(classes[i]));
    call = PROTECT(Rf_lang6(Rf_install(".addCondHands"), names, variable(handlers),
                            support.environment, R_NilValue, PROTECT(Rf_ScalarLogical(TRUE))));
    call = internal_call(call);
    UNPROTECT(3);
    return call;
}

void r_support_start(r_support_form form)
{
    static const char *const code_classes[] = {"message", "warning", "error", "interrupt"};
    static const char *const quiet_classes[] = {"error", "interrupt"};

    support.environment = R_ParseEvalString("new.env(parent = baseenv())", R_BaseEnv);
    R_PreserveObject(support.environment);
    define_natives();
    for (size_t i = 0; r_support_code[i] != NULL; i++)
        define_functions(r_support_code[i], form);
    define_functions("code_handlers <- list(on_message, on_warning, on_error, on_interrupt)\n"
                     "quiet_handlers <- list(give_up, on_interrupt)\n"
                     "helpers <- list(concurrently = concurrently, progress = progress)\n",
                     R_SUPPORT_INTERPRETED);
    support.code_handlers = handlers_call(code_classes, 4, "code_handlers");
    support.quiet_handlers = handlers_call(quiet_classes, 2, "quiet_handlers");
    support.forget_error =
        internal_call(PROTECT(Rf_lang2(Rf_install("seterrmessage"), PROTECT(Rf_mkString("")))));
    UNPROTECT(2);
}

void r_support_install_handlers(bool for_code)
{
    (void)Rf_eval(for_code ? support.code_handlers : support.quiet_handlers, R_BaseEnv);
}

void r_support_forget_error(void)
{
    (void)Rf_eval(support.forget_error, R_BaseEnv);
}

SEXP r_support_environment(void)
{
    return support.environment;
}

SEXP r_support_call(const char *name, ...)
{
    SEXP call = PROTECT(Rf_lcons(variable(name), R_NilValue));
    SEXP last = call;
    SEXP result;
    va_list list;

    va_start(list, name);
    for (SEXP argument = va_arg(list, SEXP); argument != NULL; argument = va_arg(list, SEXP)) {
        SETCDR(last, Rf_cons(argument, R_NilValue));
        last = CDR(last);
    }
    va_end(list);
    result = Rf_eval(call, support.environment);
    UNPROTECT(1);
    return result;
}

/* A value that is itself a call, a name or a promise must not be evaluated on its way. */
static SEXP quoted(SEXP value)
{
    return Rf_lang2(R_QuoteSymbol, value);
}

SEXP r_support_plain(SEXP value)
{
    SEXP plain = r_support_call("plain", PROTECT(quoted(value)), NULL);

    UNPROTECT(1);
    return plain;
}

SEXP r_support_class(SEXP value)
{
    SEXP call;
    SEXP classes = Rf_getAttrib(value, R_ClassSymbol);

    if (classes != R_NilValue)
        return classes;
    call = PROTECT(Rf_lang2(Rf_install("class"), PROTECT(quoted(value))));
    classes = Rf_eval(call, R_BaseEnv);
    UNPROTECT(2);
    return classes;
}

void r_support_print(SEXP value, int max_entries)
{
    SEXP most = PROTECT(Rf_ScalarInteger(max_entries));

    (void)r_support_call("print_value", PROTECT(quoted(value)), most, NULL);
    UNPROTECT(2);
}

void r_support_buffer_free(SEXP owner)
{
    brig_buffer *buffer = R_ExternalPtrAddr(owner);

    if (buffer == NULL)
        return;
    brig_buffer_done(buffer);
    free(buffer);
    R_ClearExternalPtr(owner);
}

SEXP r_support_buffer_new(size_t limit_bytes)
{
    SEXP owner = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    brig_buffer *buffer;

    R_RegisterCFinalizer(owner, r_support_buffer_free);
    buffer = malloc(sizeof(*buffer));
    if (buffer == NULL)
        Rf_error("out of memory");
    brig_buffer_init(buffer, limit_bytes);
    R_SetExternalPtrAddr(owner, buffer);
    UNPROTECT(1);
    return owner;
}

brig_buffer *r_support_buffer(SEXP owner)
{
    return R_ExternalPtrAddr(owner);
}
