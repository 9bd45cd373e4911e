/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_H
#define BRIG_R_H

#include <sys/types.h>

#include <brig/client.h>

#include <brig/r/r_decode.h>
#include <brig/r/r_encode.h>
#include <brig/r/r_text.h>

/*
 * Package brig in C. R owns the loop: nothing here calls an R function while libbrig is on the
 * stack, so an error in R never jumps over it. What libbrig has to tell is put into an inbox, which
 * R empties with brig_r_step().
 */
struct r_session {
    brig_client *client; /* NULL once it is closed */
    SEXP inbox;          /* list of one: a pairlist, the newest first; the handle protects it */
    pid_t owner;         /* a forked child has the same descriptors and must leave them alone */
    bool is_deaf;        /* R had no memory for what arrived: calls can no longer end */
};

/* The session behind a handle; an R error if it is closed or belongs to the parent process. */
struct r_session *r_session_of(SEXP handle);

/* What the last failed function of the client says, as a list; NULL for BRIG_OK. */
SEXP r_session_failure(const struct r_session *session, brig_status status);

/* Put what make() returns into the inbox. False if R could not. Safe below libbrig. */
bool r_inbox_push(struct r_session *session, SEXP (*make)(const void *), const void *what);

/* A value of the code's, as list(value) or, if R cannot hold it, list(NULL, why). */
SEXP r_value_of(const brig_value *value);
/* What the protocol defines: arrays of texts or numbers are vectors. NULL if R cannot hold it. */
SEXP r_record_of(const brig_value *value);
/* An error, as the list that R code makes a condition of. */
SEXP r_error_of(const brig_error *error);

/* A buffer that R's collector frees; it holds one encoded value. */
SEXP r_buffer_new(size_t limit_bytes);
brig_buffer *r_buffer_of(SEXP owner);
/* Append a value; an R error if it has no place on the wire. */
void r_buffer_append_value(brig_buffer *to, SEXP value);
/* Append a named list as a map; an R error if its names are not unique and all there. */
void r_buffer_append_map(brig_buffer *to, SEXP list);

/* Fields of lists that the package's R code has made, and has checked. */
SEXP r_field(SEXP list, const char *name);
/* Text of a character vector's first element; NULL if there is none. */
const char *r_field_text(SEXP list, const char *name);

/* Tools of a list, as libbrig wants them; the array lives until .Call returns. */
const brig_tool *r_tools_of(SEXP tools, struct r_session *session, size_t *ret_count);
void r_tools_on_input(void *context, brig_tool_call *call);

/* Entry points (init.c). Those that may fail return NULL, or a failure as a list. */
SEXP brig_r_new(SEXP software);
SEXP brig_r_start(SEXP handle, SEXP program);
SEXP brig_r_connect(SEXP handle, SEXP address);
SEXP brig_r_open(SEXP handle, SEXP request);
SEXP brig_r_run(SEXP handle, SEXP request);
SEXP brig_r_step(SEXP handle, SEXP timeout_ms);
SEXP brig_r_interrupt(SEXP handle);
SEXP brig_r_define(SEXP handle, SEXP tools);
SEXP brig_r_answer(SEXP handle, SEXP call, SEXP value);
SEXP brig_r_fail(SEXP handle, SEXP call, SEXP code, SEXP message);
SEXP brig_r_is_cancelled(SEXP call);
SEXP brig_r_ask(SEXP handle, SEXP procedure, SEXP path);
SEXP brig_r_put(SEXP handle, SEXP path, SEXP data);
SEXP brig_r_get(SEXP handle, SEXP path, SEXP limit);
SEXP brig_r_close(SEXP handle);
SEXP brig_r_is_open(SEXP handle);
SEXP brig_r_encode(SEXP value);
SEXP brig_r_decode(SEXP bytes);

#endif
