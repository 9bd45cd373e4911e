/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_TOOL_CALLS_H
#define BRIG_SERVER_TOOL_CALLS_H

#include <brig/message.h>

typedef struct brig_session brig_session;

/* A call of the code to the client, on its way (spec 7.4). */
typedef struct brig_tool_call {
    uint64_t worker_id; /* 0: nobody waits for the answer any more */
    uint64_t client_id; /* 0: this place is free */
    bool is_input;      /* brig.input */
} brig_tool_call;

typedef struct brig_tool_calls {
    brig_tool_call items[BRIG_LIMIT_MAX_CALLS];
    uint64_t last_worker_id; /* of the present worker */
    uint64_t refused_count;  /* ERRORs of ours since it last had read everything */
} brig_tool_calls;

enum { BRIG_REFUSED_UNREAD = 1024 }; /* more, and nothing is read from a worker */

/* A CALL of the worker. */
void brig_tool_calls_begin(brig_session *session, const brig_message *message);

/* A RESULT or ERROR of the client. */
void brig_tool_calls_on_answer(brig_session *session, const brig_message *message);

/* The code call ends: tell the client, answer the worker. */
void brig_tool_calls_cancel(brig_session *session);

/* Does the client owe an answer? */
bool brig_tool_calls_is_any_open(const brig_session *session);

#endif
