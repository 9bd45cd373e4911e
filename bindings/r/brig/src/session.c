/* SPDX-License-Identifier: MIT */
/* The handle of a session: made, started, closed, collected. */
#include "brig_r.h"

#include <stdlib.h>
#include <unistd.h>

static void on_notice(void *context, const brig_notice *notice);

static void finalize(SEXP handle)
{
    struct r_session *session = R_ExternalPtrAddr(handle);

    if (session == NULL)
        return;
    R_ClearExternalPtr(handle);
    /* In a forked child all of it is the parent's: ending it here would end it there. */
    if (session->owner == getpid() && session->client != NULL) {
        /* A word of farewell if it can leave at once; a collector must not wait for the answer. */
        brig_client_begin_close(session->client);
        (void)brig_client_process(session->client);
        brig_client_free(session->client);
    }
    free(session);
}

struct r_session *r_session_of(SEXP handle)
{
    struct r_session *session = TYPEOF(handle) == EXTPTRSXP ? R_ExternalPtrAddr(handle) : NULL;

    if (session == NULL || session->client == NULL)
        Rf_error("the session is closed");
    if (session->owner != getpid())
        Rf_error("the session belongs to the process that this one was forked from");
    return session;
}

SEXP brig_r_new(SEXP software)
{
    SEXP inbox = PROTECT(Rf_allocVector(VECSXP, 1));
    SEXP handle = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, inbox));
    struct r_session *session = calloc(1, sizeof(*session));
    brig_client_config config = {.on_notice = on_notice, .context = session};
    brig_status status;

    if (session == NULL)
        Rf_error("no memory for a session");
    session->inbox = inbox;
    session->owner = getpid();
    R_SetExternalPtrAddr(handle, session);
    R_RegisterCFinalizerEx(handle, finalize, TRUE);
    config.software = CHAR(STRING_ELT(software, 0));
    status = brig_client_new(&config, &session->client);
    if (status != BRIG_OK)
        Rf_error("no client: %s", brig_status_text(status));
    UNPROTECT(2);
    return handle;
}

static const char *survival_name(brig_survival state)
{
    static const char *const names[] = {
        [BRIG_SURVIVAL_UNSAID] = "", [BRIG_SURVIVAL_KEPT] = "kept", [BRIG_SURVIVAL_LOST] = "lost"};

    return names[state];
}

static SEXP utf8(const char *text)
{
    return Rf_ScalarString(Rf_mkCharCE(text, CE_UTF8));
}

SEXP r_error_of(const brig_error *error)
{
    const char *names[] = {"status", "code", "class", "message", "state", "generation", "data", ""};
    SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));

    SET_VECTOR_ELT(list, 0, utf8(brig_status_name(error->status)));
    SET_VECTOR_ELT(list, 1, utf8(error->code_name));
    SET_VECTOR_ELT(list, 2, utf8(error->class_name));
    SET_VECTOR_ELT(list, 3, utf8(error->message));
    SET_VECTOR_ELT(list, 4, utf8(survival_name(error->state)));
    SET_VECTOR_ELT(list, 5, Rf_ScalarReal((double)error->generation));
    if (error->data != NULL)
        SET_VECTOR_ELT(list, 6, r_record_of(error->data));
    UNPROTECT(1);
    return list;
}

SEXP r_session_failure(const struct r_session *session, brig_status status)
{
    return status == BRIG_OK ? R_NilValue : r_error_of(brig_client_error(session->client));
}

SEXP r_field(SEXP list, const char *name)
{
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);

    for (R_xlen_t i = 0; i < Rf_xlength(names); i++)
        if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0)
            return VECTOR_ELT(list, i);
    return R_NilValue;
}

const char *r_field_text(SEXP list, const char *name)
{
    SEXP text = r_field(list, name);

    return TYPEOF(text) == STRSXP && XLENGTH(text) > 0 ? Rf_translateCharUTF8(STRING_ELT(text, 0))
                                                       : NULL;
}

SEXP brig_r_start(SEXP handle, SEXP program)
{
    struct r_session *session = r_session_of(handle);
    brig_server server = {0};

    if (program != R_NilValue)
        server.program = Rf_translateChar(STRING_ELT(program, 0));
    return r_session_failure(session, brig_client_start(session->client, &server));
}

SEXP brig_r_connect(SEXP handle, SEXP address)
{
    struct r_session *session = r_session_of(handle);
    const brig_address where = {
        .socket_path = r_field_text(address, "socket"),
        .key_file = r_field_text(address, "key_file"),
        .server_public_file = r_field_text(address, "server_public_file"),
        .suite = r_field(address, "server_public_file") == R_NilValue ? BRIG_SUITE_LOCAL
                                                                      : BRIG_SUITE_KEYED,
    };

    return r_session_failure(session, brig_client_connect(session->client, &where));
}

SEXP brig_r_interrupt(SEXP handle)
{
    brig_client_interrupt(r_session_of(handle)->client);
    return R_NilValue;
}

SEXP brig_r_close(SEXP handle)
{
    struct r_session *session = R_ExternalPtrAddr(handle);
    brig_client *client;

    if (session == NULL || session->client == NULL || session->owner != getpid())
        return R_NilValue;
    client = session->client;
    (void)brig_client_close(client);
    session->client = NULL;
    brig_client_free(client);
    return R_NilValue;
}

SEXP brig_r_is_open(SEXP handle)
{
    const struct r_session *session = R_ExternalPtrAddr(handle);

    return Rf_ScalarLogical(session != NULL && session->client != NULL &&
                            session->owner == getpid() && brig_client_fd(session->client) >= 0);
}

static const char *kind_name(brig_event_kind kind)
{
    static const char *const names[] = {
#define KIND_NAME(name, text) [BRIG_EVENT_KIND_##name] = (text),
        BRIG_EVENT_KIND_MAP(KIND_NAME)
#undef KIND_NAME
    };

    return names[kind]; /* libbrig passes on known kinds only */
}

static SEXP make_notice(const void *what)
{
    const brig_notice *notice = what;
    const char *names[] = {"kind", "payload", "meta", ""};
    SEXP item = PROTECT(Rf_mkNamed(VECSXP, names));
    SEXP bytes;

    SET_VECTOR_ELT(item, 0, utf8(kind_name(notice->kind)));
    if (notice->payload == NULL) {
        bytes = Rf_allocVector(RAWSXP, (R_xlen_t)notice->bytes.len);
        SET_VECTOR_ELT(item, 1, bytes);
        if (notice->bytes.len > 0)
            memcpy(RAW(bytes), notice->bytes.data, notice->bytes.len);
    } else {
        SET_VECTOR_ELT(item, 1, r_record_of(notice->payload));
    }
    SET_VECTOR_ELT(item, 2, r_record_of(notice->meta));
    UNPROTECT(1);
    return item;
}

static void on_notice(void *context, const brig_notice *notice)
{
    (void)r_inbox_push(context, make_notice, notice);
}
