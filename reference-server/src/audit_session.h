/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_SESSION_H
#define BRIG_SERVER_AUDIT_SESSION_H

#include <brig/message.h>

#include "config.h"
#include "output.h"
#include "worker.h"

typedef struct brig_server brig_server;
typedef struct brig_session brig_session;

/*
 * What connections and sessions tell the audit log (README.md of this folder lists the events).
 * Nothing happens where there is no audit log. Of arguments, values and environment variables only
 * sizes and names are logged, of code its length and hash, unless the configuration says more. What
 * code can cause without end, violations and refused tool calls, is told 64 times for each code call;
 * its end, or the session's, says how many were not.
 */

/* Open the log that the configuration asks for, if any, and tell it so. As brig_audit_new(). */
brig_status brig_audit_begin(const brig_config *config, uv_loop_t *loop, char *error,
                             size_t error_bytes, brig_audit **ret_audit);
void brig_audit_signal(brig_audit *audit, int number); /* that ends the server */

/* A connection ended before its client was known. fd: to ask the kernel who that was. */
void brig_audit_refused(brig_server *server, int fd, const char *reason);

/* hello: the client's HELLO, encoded. */
void brig_audit_session_start(brig_session *session, int fd, brig_span hello);
void brig_audit_session_end(brig_session *session, const char *reason);

/* A CALL of the client; what the server sends to it; its answers to the server's calls. */
void brig_audit_call(brig_session *session, const brig_message *call);
void brig_audit_sent(brig_session *session, const brig_message *message, uint64_t id);
void brig_audit_tool_end(brig_session *session, const brig_message *answer);

/* A tool call of the code that did not leave. */
void brig_audit_tool_refused(brig_session *session, brig_span name, const char *code);

void brig_audit_worker_start(brig_session *session);
void brig_audit_worker_end(brig_session *session, const brig_worker_end *end);

/* Of the present code call. */
void brig_audit_limit(brig_session *session, const char *limit);
void brig_audit_violation(brig_session *session, const brig_violation *violation);
void brig_audit_breach(brig_session *session, const char *what);

#endif
