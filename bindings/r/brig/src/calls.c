/* SPDX-License-Identifier: MIT */
/* Calls to the server: those that R's loop waits for, and short ones that wait here. */
#include "brig_r.h"

enum { MESSAGE_SPARE_BYTES = 64 * 1024 };

static SEXP make_ended(const void *what)
{
    const brig_outcome *outcome = what;
    const char *names[] = {"kind", "id", "value", "meta", "error", ""};
    SEXP item = PROTECT(Rf_mkNamed(VECSXP, names));

    SET_VECTOR_ELT(item, 0, Rf_mkString("end"));
    SET_VECTOR_ELT(item, 1, Rf_ScalarReal((double)outcome->id));
    if (outcome->error != NULL) {
        SET_VECTOR_ELT(item, 4, r_error_of(outcome->error));
    } else {
        SET_VECTOR_ELT(item, 2, r_value_of(outcome->result.value));
        SET_VECTOR_ELT(item, 3, r_record_of(outcome->result.meta));
    }
    UNPROTECT(1);
    return item;
}

static void on_done(void *context, const brig_outcome *outcome)
{
    (void)r_inbox_push(context, make_ended, outcome);
}

static SEXP begun(const struct r_session *session, brig_status status, uint64_t id)
{
    return status == BRIG_OK ? Rf_ScalarReal((double)id) : r_session_failure(session, status);
}

static const brig_setting *settings_of(SEXP list, size_t *ret_count)
{
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);
    size_t count = (size_t)Rf_xlength(list);
    brig_setting *settings = (brig_setting *)R_alloc(count + 1, sizeof(*settings));

    for (size_t i = 0; i < count; i++) {
        settings[i].name = Rf_translateCharUTF8(STRING_ELT(names, (R_xlen_t)i));
        settings[i].value = Rf_translateCharUTF8(STRING_ELT(VECTOR_ELT(list, (R_xlen_t)i), 0));
    }
    *ret_count = count;
    return settings;
}

static const brig_limit *limits_of(SEXP list, size_t *ret_count)
{
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);
    size_t count = (size_t)Rf_xlength(list);
    brig_limit *limits = (brig_limit *)R_alloc(count + 1, sizeof(*limits));

    for (size_t i = 0; i < count; i++) {
        limits[i].name = Rf_translateCharUTF8(STRING_ELT(names, (R_xlen_t)i));
        limits[i].value = (uint64_t)Rf_asReal(VECTOR_ELT(list, (R_xlen_t)i));
    }
    *ret_count = count;
    return limits;
}

/* Begin brig.open; its id, or a failure. */
SEXP brig_r_open(SEXP handle, SEXP request)
{
    struct r_session *session = r_session_of(handle);
    const brig_completion completion = {on_done, session};
    SEXP seed = r_field(request, "seed");
    int64_t number = seed == R_NilValue ? 0 : (int64_t)Rf_asReal(seed);
    uint64_t id = 0;
    brig_status status;
    brig_open open = {
        .profile = r_field_text(request, "profile"),
        .engine = r_field_text(request, "engine"),
        .seed = seed == R_NilValue ? NULL : &number,
        .on_input = r_field(request, "input") == R_NilValue ? NULL : r_tools_on_input,
        .input_context = session,
    };

    open.tools = r_tools_of(r_field(request, "tools"), session, &open.tool_count);
    open.limits = limits_of(r_field(request, "limits"), &open.limit_count);
    open.require = settings_of(r_field(request, "require"), &open.require_count);
    open.env = settings_of(r_field(request, "env"), &open.env_count);
    status = brig_client_begin_open(session->client, &open, &completion, &id);
    return begun(session, status, id);
}

static brig_form form_of(const char *name)
{
    static const char *const names[] = {[BRIG_FORM_FULL] = "full",
                                        [BRIG_FORM_PLAIN] = "plain",
                                        [BRIG_FORM_TEXT] = "text",
                                        [BRIG_FORM_NONE] = "none"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (name != NULL && strcmp(name, names[i]) == 0)
            return (brig_form)i;
    return BRIG_FORM_FULL;
}

/* Begin brig.eval, or brig.call if the request names a tool; its id, or a failure. */
SEXP brig_r_run(SEXP handle, SEXP request)
{
    struct r_session *session = r_session_of(handle);
    const brig_completion completion = {on_done, session};
    SEXP owner = PROTECT(r_buffer_new(BRIG_LIMIT_MAX_MESSAGE_BYTES - MESSAGE_SPARE_BYTES));
    brig_buffer *args = r_buffer_of(owner);
    SEXP deadline = r_field(request, "deadline_ms");
    uint64_t id = 0;
    brig_status status;

    r_buffer_append_map(args, r_field(request, "args"));
    const brig_eval eval = {
        .code = r_field_text(request, "code"),
        .tool = r_field_text(request, "tool"),
        .args = brig_buffer_span(args),
        .form = form_of(r_field_text(request, "form")),
        .deadline_ms = deadline == R_NilValue ? 0 : (uint64_t)Rf_asReal(deadline),
    };
    if (eval.tool != NULL)
        status = brig_client_begin_call(session->client, &eval, &completion, &id);
    else
        status = brig_client_begin_eval(session->client, &eval, &completion, &id);
    UNPROTECT(1);
    return begun(session, status, id);
}

SEXP brig_r_define(SEXP handle, SEXP tools)
{
    struct r_session *session = r_session_of(handle);
    size_t count;
    const brig_tool *declared = r_tools_of(tools, session, &count);

    return r_session_failure(session, brig_client_define(session->client, declared, count));
}

/* info, reset, ping or list; list(value), or a failure under the name `error`. */
SEXP brig_r_ask(SEXP handle, SEXP procedure, SEXP path)
{
    struct r_session *session = r_session_of(handle);
    const char *name = CHAR(STRING_ELT(procedure, 0));
    const char *names[] = {"value", "error", ""};
    SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
    brig_result result = {NULL, NULL};
    brig_status status;

    if (strcmp(name, "info") == 0)
        status = brig_client_info(session->client, &result);
    else if (strcmp(name, "reset") == 0)
        status = brig_client_reset(session->client, &result);
    else if (strcmp(name, "list") == 0)
        status = brig_client_list(
            session->client, path == R_NilValue ? NULL : Rf_translateCharUTF8(STRING_ELT(path, 0)),
            &result);
    else
        status = brig_client_ping(session->client);
    if (status != BRIG_OK)
        SET_VECTOR_ELT(answer, 1, r_session_failure(session, status));
    else if (result.value != NULL)
        SET_VECTOR_ELT(answer, 0, r_record_of(result.value));
    UNPROTECT(1);
    return answer;
}

SEXP brig_r_put(SEXP handle, SEXP path, SEXP data)
{
    struct r_session *session = r_session_of(handle);
    const brig_span bytes = {RAW(data), (size_t)XLENGTH(data)};
    const char *name = Rf_translateCharUTF8(STRING_ELT(path, 0));

    return r_session_failure(session, brig_client_put(session->client, name, bytes));
}

/* The file's bytes, or a failure as a list. */
SEXP brig_r_get(SEXP handle, SEXP path, SEXP limit)
{
    struct r_session *session = r_session_of(handle);
    SEXP owner = PROTECT(r_buffer_new((size_t)Rf_asReal(limit)));
    brig_buffer *file = r_buffer_of(owner);
    const char *name = Rf_translateCharUTF8(STRING_ELT(path, 0));
    brig_status status = brig_client_get(session->client, name, file);
    SEXP bytes;

    if (status != BRIG_OK) {
        UNPROTECT(1);
        return r_session_failure(session, status);
    }
    bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)file->len));
    if (file->len > 0)
        memcpy(RAW(bytes), file->data, file->len);
    UNPROTECT(2);
    return bytes;
}
