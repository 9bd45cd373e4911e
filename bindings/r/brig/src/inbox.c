/* SPDX-License-Identifier: MIT */
/* What libbrig has to tell, from its callbacks to R's loop; waiting that Ctrl-C can end. */
#include "brig_r.h"

#include <poll.h>

#include <R_ext/Utils.h>

/* A signal that comes just before poll() is noticed after so long. */
enum { SLICE_MS = 200 };

struct push {
    struct r_session *session;
    SEXP (*make)(const void *what);
    const void *what;
};

static void push_item(void *data)
{
    const struct push *push = data;
    SEXP item = PROTECT(push->make(push->what));
    SEXP box = push->session->inbox;

    SET_VECTOR_ELT(box, 0, Rf_cons(item, VECTOR_ELT(box, 0)));
    UNPROTECT(1);
}

bool r_inbox_push(struct r_session *session, SEXP (*make)(const void *), const void *what)
{
    struct push push = {session, make, what};

    if (!R_ToplevelExec(push_item, &push))
        session->is_deaf = true;
    return !session->is_deaf;
}

/* The oldest first. */
static SEXP take_inbox(struct r_session *session)
{
    SEXP newest = VECTOR_ELT(session->inbox, 0);
    R_xlen_t i = Rf_xlength(newest);
    SEXP items = PROTECT(Rf_allocVector(VECSXP, i));

    for (; newest != R_NilValue; newest = CDR(newest))
        SET_VECTOR_ELT(items, --i, CAR(newest));
    SET_VECTOR_ELT(session->inbox, 0, R_NilValue);
    UNPROTECT(1);
    return items;
}

static void wait_a_while(brig_client *client, int timeout_ms)
{
    int own_ms = brig_client_timeout_ms(client);
    unsigned wanted = brig_client_wanted(client);
    struct pollfd fds[2] = {
        {.fd = brig_client_fd(client)},
        {.fd = brig_client_wake_fd(client), .events = POLLIN},
    };

    if ((wanted & BRIG_WANT_READ) != 0)
        fds[0].events |= POLLIN;
    if ((wanted & BRIG_WANT_WRITE) != 0)
        fds[0].events |= POLLOUT;
    if (own_ms >= 0 && own_ms < timeout_ms)
        timeout_ms = own_ms;
    (void)poll(fds, 2, timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS);
}

/*
 * Everything that has arrived, after waiting for at most a slice if nothing has. A list of items:
 * events, calls of tools, ends of calls. An interrupt leaves by R's jump before anything is taken.
 */
SEXP brig_r_step(SEXP handle, SEXP timeout_ms)
{
    struct r_session *session = r_session_of(handle);
    brig_status status;

    if (VECTOR_ELT(session->inbox, 0) == R_NilValue) {
        wait_a_while(session->client, Rf_asInteger(timeout_ms));
        R_CheckUserInterrupt();
        status = brig_client_process(session->client);
        if (session->is_deaf)
            Rf_error("R had no memory for what the session sent");
        if (status != BRIG_OK && VECTOR_ELT(session->inbox, 0) == R_NilValue)
            Rf_error("the connection ended: %s", brig_status_text(status));
    }
    return take_inbox(session);
}
