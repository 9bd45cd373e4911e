/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_LIVE_CLIENT_H
#define BRIG_TESTS_LIVE_CLIENT_H

#include <sys/types.h>

#include <brig/buffer.h>
#include <brig/conn.h>
#include <brig/value.h>

/*
 * A blocking client with a brigd of its own, for tests of the whole server: `--connection-fd`,
 * the scripted engine, all walls. Whatever fails stops the test.
 */
typedef struct live_client {
    int fd;
    pid_t server;
    bool may_be_cut; /* the server may stop reading: what cannot be sent is dropped */
    brig_conn *conn;
} live_client;

enum { LIVE_TEXT_BYTES = 4096 };

/* How a call ended, and what came before. */
typedef struct live_end {
    uint64_t id;
    bool is_error;
    char code[64];         /* of an ERROR, else "" */
    char text[256];        /* its message */
    char reason[64];       /* data.reason, data.path or data.limit, else "" */
    char state[16];        /* data.state, else "" */
    uint64_t number;       /* data.status or data.signal */
    uint64_t value;        /* an integer RESULT */
    uint64_t generation;   /* of meta or data */
    uint64_t tool_calls;   /* of usage */
    uint64_t dropped;      /* stdout */
    uint64_t tool_call_id; /* of the tool call that ended live_wait() */
    bool has_usage;
    bool is_omitted;
    char outcome[32];             /* of brig.cancel */
    char output[LIVE_TEXT_BYTES]; /* stdout events; raw ones in [], late ones in <> */
    size_t output_bytes;
    unsigned truncated_count;
    unsigned cancel_count; /* brig.cancel CALLs from the server */
} live_end;

void live_start(live_client *client);
/* With another program for workers, or NULL for the scripted one; config_path is NULL or a file. */
void live_start_with(live_client *client, const char *worker, const char *config_path);
/* Send CLOSE; brigd must end with status 0 and leave no process. */
void live_stop(live_client *client);
/* Vanish without a CLOSE; the same must hold. */
void live_vanish(live_client *client);

/* A client of a server that listens (tests/live_server.h). */
void live_connect(live_client *client, int fd, const uint8_t key[BRIG_KEY_BYTES]);
/* Send CLOSE; the server must answer it. */
void live_take_leave(live_client *client);
/* Vanish, whatever the server thinks of it. */
void live_abandon(live_client *client);

/*
 * The server has been told to end: it must end with status 0, and every process that it leaves must
 * end by itself at once. None is killed here.
 */
void live_check_nothing_left(pid_t server);

/* Send a CALL. args NULL: {}. Returns its id. */
uint64_t live_send(live_client *client, const char *procedure, const brig_buffer *args);
uint64_t live_send_open(live_client *client, const char *limit, uint64_t value);
uint64_t live_send_code(live_client *client, const char *code, uint64_t deadline_ms);
uint64_t live_send_cancel(live_client *client, uint64_t id);

/* What to do with the server's tool calls while waiting. */
typedef enum live_hosting {
    LIVE_ANSWER, /* RESULT true */
    LIVE_REFUSE, /* ERROR denied */
    LIVE_IGNORE,
    LIVE_RETURN, /* return from live_wait() at the first one, with end.code "tool_call" */
} live_hosting;

/* Write what the connection holds for brigd. */
void live_flush(live_client *client);
/* One event, whatever it is; false at the end of the connection. */
bool live_next(live_client *client, brig_event *ret_event);

/* Until the call's terminal. */
live_end live_wait(live_client *client, uint64_t id, live_hosting hosting);
/* RESULT of a tool call. */
void live_answer(live_client *client, uint64_t id, brig_span value);

#endif
