/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_SESSION_H
#define BRIG_SERVER_SESSION_H

#include <brig/buffer.h>
#include <brig/message.h>
#include <brig/value.h>

#include "client.h"
#include "output.h"
#include "session_state.h"
#include "tool_calls.h"
#include "tools.h"
#include "worker.h"

/*
 * A session (spec 7): what its client asked for, its worker, its one code call. session.c hands
 * each message to the file of its procedure; all of them work on this struct.
 */
typedef struct brig_session brig_session;

enum {
    BRIG_SESSION_NAME_BYTES = 17, /* 16 hex digits and NUL */
    BRIG_FILE_CALLS = BRIG_LIMIT_MAX_CALLS,
};

/* The session's code call, if .state says that there is one. */
typedef struct brig_code_call {
    brig_code_state state;
    brig_procedure procedure;
    uint64_t id;        /* the client's */
    uint64_t worker_id; /* on the worker channel */
    uint64_t started_ms;
    uint64_t deadline_ms; /* length, not point in time */
    uint64_t cpu_start_ms;
    uint64_t value_bytes;
    brig_error_code decided; /* BRIG_ERROR_COUNT: nothing is decided */
    const char *reason;      /* of `crashed`, or NULL */
    int number;              /* exit status or signal, by .decided; -1: none */
    uint64_t tool_calls;
    brig_buffer args;         /* a held call's */
    brig_tools defined_tools; /* of brig.define: the tools once it has succeeded */
} brig_code_call;

/* put, get or list on its way through the shim. */
typedef struct brig_file_call {
    uint64_t id;      /* the client's; 0: free */
    uint64_t shim_id; /* on the supervisor channel */
} brig_file_call;

struct brig_session {
    brig_server *server;
    brig_client *client;
    brig_phase phase;
    char name[BRIG_SESSION_NAME_BYTES];
    const brig_profile *profile;
    brig_limits limits;
    brig_tools tools;
    brig_buffer env;       /* encoded map */
    brig_buffer require;   /* encoded map */
    brig_buffer engine;    /* encoded record */
    brig_buffer statement; /* encoded sandbox statement */
    bool has_seed;
    bool has_stdin;
    int64_t seed;
    uint64_t generation;
    uint64_t start_id;     /* the brig.open or brig.reset that waits for the worker */
    uint64_t last_id;      /* highest id of the client */
    uint64_t audit_told;   /* violations and refused tool calls since the last terminal */
    uint64_t audit_untold; /* ... that were too many for the audit log */
    uint64_t unlogged_id;  /* of a call that the audit log does not tell */
    brig_worker *worker;
    bool is_replacing; /* the old worker must be gone before the new one starts */
    brig_error_code failure_code;
    char failure[1024];
    brig_buffer failure_data; /* of a sandbox tool's source: line and column, or classes */
    brig_code_call call;
    brig_tool_calls tool_calls;
    brig_output output;
    brig_file_call files[BRIG_FILE_CALLS];
    uv_timer_t deadline_timer; /* deadline, then grace */
    uv_timer_t watch_timer;
    uint64_t refused_forks; /* that the client has been told of */
    uv_timer_t idle_timer;
    uint64_t active_ms; /* when a call was last open */
    unsigned open_handles;
    bool is_ended;
};

/* session.c */
brig_status brig_session_new(brig_server *server, brig_client *client, brig_session **ret_session);
void brig_session_on_message(brig_session *session, const brig_message *message);
/* The client has read: the worker may go on. */
void brig_session_on_drained(brig_session *session);
/* The client is gone: kill the worker, forget everything. */
void brig_session_end(brig_session *session);
void brig_session_start_timer(brig_session *session, uv_timer_t *timer, uv_timer_cb callback,
                              uint64_t timeout_ms);
/* Events of the session's worker. */
extern const brig_worker_events brig_session_worker_events;

/* answer.c: one terminal for a call of the client; .data NULL in a span means "empty". */
void brig_answer_result(brig_session *session, uint64_t id, brig_span value, brig_span meta);
void brig_answer_error(brig_session *session, uint64_t id, brig_error_code code, const char *text);
void brig_answer_error_data(brig_session *session, uint64_t id, brig_error_code code,
                            const char *text, brig_span data);
/* An ERROR with one key of data. */
void brig_answer_error_key(brig_session *session, uint64_t id, brig_error_code code,
                           const char *key, const char *value);
/* A message to the client that must not fail; if it does, the connection closes. */
void brig_answer_send(brig_session *session, const brig_message *message);

/* open.c */
void brig_session_open(brig_session *session, uint64_t id, const brig_value *args);
void brig_session_reset(brig_session *session, uint64_t id);
void brig_session_start_worker(brig_session *session);
void brig_session_on_ready(brig_session *session, const brig_value *report);
void brig_session_on_start_failed(brig_session *session);
void brig_session_info(brig_session *session, uint64_t id);
void brig_session_pack_limits(const brig_limits *limits, brig_buffer *to);
/* Would they pass in the one message that opens a worker, now and after each brig.reset? */
bool brig_session_can_send_tools(const brig_session *session, const brig_tools *tools);

/* code_call.c */
void brig_code_begin(brig_session *session, const brig_message *message, brig_procedure procedure,
                     const brig_value *args, const brig_value *options);
void brig_code_forward_held(brig_session *session);
void brig_code_drop_args(brig_session *session);
/* An event of the state table, with what it decides if nothing is decided yet. */
void brig_code_happen(brig_session *session, brig_code_event event, brig_error_code decides);
void brig_code_on_terminal(brig_session *session, const brig_message *message);
void brig_code_on_gone(brig_session *session, const brig_worker_end *end);
/* The worker broke the worker profile. */
void brig_code_breach(brig_session *session, const char *what);

/* watch.c: a worker is ready; a call has begun. */
void brig_watch_begin(brig_session *session);
void brig_watch_call(brig_session *session);
/* The worker's terminal is here: false if a limit had ended its session before. */
bool brig_watch_terminal(brig_session *session);

/* terminal.c: the terminal of a code call that a worker had (spec 7.2). */
void brig_terminal_relay(brig_session *session, const brig_message *message);
void brig_terminal_decided(brig_session *session, const char *state);

/* files.c */
void brig_files_begin(brig_session *session, uint64_t id, brig_procedure procedure,
                      const brig_value *args);
void brig_files_on_answer(brig_session *session, uint64_t shim_id, const brig_message *answer);
void brig_files_fail(brig_session *session);

#endif
