/* SPDX-License-Identifier: MIT */
/* Tools that R hosts: declared, called through the inbox, answered by R's loop. */
#include "brig_r.h"

enum { ANSWER_SPARE_BYTES = 64 * 1024 };

struct arrival {
    brig_tool_call *call;
    const char *kind;
};

/* An unanswered call that nobody can answer any more, because its handle was collected. */
static void drop_call(SEXP handle)
{
    brig_tool_call *call = R_ExternalPtrAddr(handle);

    if (call == NULL)
        return;
    R_ClearExternalPtr(handle);
    brig_tool_call_fail(call, BRIG_ERROR_CANCELLED, "nobody answered the call");
}

static SEXP make_arrival(const void *what)
{
    const struct arrival *arrival = what;
    const char *names[] = {"kind", "name", "args", "call", "deadline_ms", ""};
    SEXP item = PROTECT(Rf_mkNamed(VECSXP, names));
    SEXP handle = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    double deadline_ms = (double)brig_tool_call_deadline_ms(arrival->call);

    SET_VECTOR_ELT(item, 0, Rf_mkString(arrival->kind));
    SET_VECTOR_ELT(item, 1,
                   Rf_ScalarString(Rf_mkCharCE(brig_tool_call_name(arrival->call), CE_UTF8)));
    SET_VECTOR_ELT(item, 2, r_value_of(brig_tool_call_args(arrival->call)));
    SET_VECTOR_ELT(item, 3, handle);
    SET_VECTOR_ELT(item, 4, Rf_ScalarReal(deadline_ms));
    R_RegisterCFinalizerEx(handle, drop_call, FALSE);
    R_SetExternalPtrAddr(handle, arrival->call); /* last: from here on R answers */
    UNPROTECT(2);
    return item;
}

static void arrive(void *context, brig_tool_call *call, const char *kind)
{
    const struct arrival arrival = {call, kind};

    if (!r_inbox_push(context, make_arrival, &arrival))
        brig_tool_call_fail(call, BRIG_ERROR_INTERNAL, "the host has no memory for the call");
}

static void on_call(void *context, brig_tool_call *call)
{
    arrive(context, call, "tool");
}

void r_tools_on_input(void *context, brig_tool_call *call)
{
    arrive(context, call, "input");
}

const brig_tool *r_tools_of(SEXP tools, struct r_session *session, size_t *ret_count)
{
    size_t count = (size_t)Rf_xlength(tools);
    brig_tool *declared = (brig_tool *)R_alloc(count + 1, sizeof(*declared));

    for (size_t i = 0; i < count; i++) {
        SEXP tool = VECTOR_ELT(tools, (R_xlen_t)i);
        SEXP schema = r_field(tool, "schema"); /* raw: brig_r_encode() made it */

        declared[i] = (brig_tool){
            .name = r_field_text(tool, "name"),
            .description = r_field_text(tool, "description"),
            .schema = {RAW(schema), (size_t)XLENGTH(schema)},
            .code = r_field_text(tool, "code"),
            .context = session,
            .keeps_lists = Rf_asLogical(r_field(tool, "simplify")) == FALSE,
        };
        if (declared[i].code == NULL)
            declared[i].handler = on_call;
    }
    *ret_count = count;
    return declared;
}

/* The call is given back to libbrig; answering twice is an error of the package's R code. */
static brig_tool_call *claim(SEXP handle)
{
    brig_tool_call *call = R_ExternalPtrAddr(handle);

    if (call == NULL)
        Rf_error("the call has been answered");
    R_ClearExternalPtr(handle);
    return call;
}

/* Jumps before the call is claimed if the value cannot travel: the caller then fails the call. */
SEXP brig_r_answer(SEXP handle, SEXP call, SEXP value)
{
    SEXP owner = PROTECT(r_buffer_new(BRIG_LIMIT_MAX_MESSAGE_BYTES - ANSWER_SPARE_BYTES));
    brig_buffer *encoded = r_buffer_of(owner);

    (void)r_session_of(handle);
    r_buffer_append_value(encoded, value);
    brig_tool_call_answer(claim(call), brig_buffer_span(encoded));
    UNPROTECT(1);
    return R_NilValue;
}

SEXP brig_r_fail(SEXP handle, SEXP call, SEXP code, SEXP message)
{
    const char *text = Rf_translateCharUTF8(STRING_ELT(message, 0));
    const char *name = CHAR(STRING_ELT(code, 0));
    brig_error_code error = brig_error_find(brig_span_text(name));

    (void)r_session_of(handle);
    brig_tool_call_fail(claim(call), error, text);
    return R_NilValue;
}

SEXP brig_r_is_cancelled(SEXP call)
{
    const brig_tool_call *waiting = R_ExternalPtrAddr(call);

    return Rf_ScalarLogical(waiting == NULL || brig_tool_call_is_cancelled(waiting));
}
