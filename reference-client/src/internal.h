/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLIENT_INTERNAL_H
#define BRIG_CLIENT_INTERNAL_H

#include <sys/types.h>

#include <brig/client.h>
#include <brig/procedure.h>

#include "mailbox.h"

/* Return early; only where nothing is owned. */
#define TRY(expression) \
    do { \
        brig_status try_status_ = (expression); \
        if (try_status_ != BRIG_OK) \
            return try_status_; \
    } while (0)

enum {
    CALL_SLOTS = BRIG_LIMIT_MAX_CALLS + BRIG_LIMIT_MAX_CONTROL_CALLS,
    CONNECT_MS_DEFAULT = 10000,
    QUIET_OUTPUT_BYTES = 1024 * 1024,
};

/* What has happened to the connection. */
typedef enum phase {
    PHASE_NEW,       /* nothing yet */
    PHASE_CONNECTED, /* calls are taken */
    PHASE_CLOSING,   /* our CLOSE is queued */
    PHASE_ENDED,
} phase;

/* One call of ours without a terminal; id 0: the slot is free. */
struct open_call {
    uint64_t id;
    brig_procedure procedure;
    brig_completion completion;
};

/* The last terminal or local failure, with all that its texts and trees borrow. */
struct outcome_store {
    brig_tree *value;
    brig_tree *meta; /* RESULT: meta. ERROR: data */
    brig_buffer texts;
    brig_error error;
};

/* A tool whose handler is ours. */
struct hosted_tool {
    char name[BRIG_LIMIT_TOOL_NAME_BYTES + 1];
    brig_tool_handler handler;
    void *context;
};

struct brig_client {
    brig_client_config config; /* .software is ours to free */
    phase phase;
    brig_status end; /* PHASE_ENDED: why */
    int fd;
    bool output_blocked; /* the last write found no room */
    bool shut_down;      /* our write half is closed */
    uint64_t timer_ms;   /* monotonic; 0: none. Until the HELLO, then for the CLOSE */
    brig_conn *conn;
    struct open_call calls[CALL_SLOTS];
    struct outcome_store last;
    struct hosted_tool *tools;
    size_t tool_count;
    brig_tool_handler on_input;
    void *input_context;
    mailbox *mail;
    brig_tool_call *hosted; /* the server's calls that wait for our answer */
    brig_tool_call *unsent; /* answered, but the output is full */
    uint64_t last_hosted_id;
    bool inside;      /* a callback runs */
    pid_t server_pid; /* private server, or 0 */
};

/* calls.c: our calls and their ends */
brig_status brig_calls_begin(brig_client *client, const brig_message *call,
                             const brig_completion *completion, uint64_t *ret_id);
void brig_calls_on_terminal(brig_client *client, const brig_message *message);
void brig_calls_on_event(brig_client *client, const brig_message *message);
/* Complete all with connection_lost; the store already says why. */
void brig_calls_lose_all(brig_client *client);
bool brig_calls_is_code(const brig_client *client, uint64_t id);
/* The open code call, or 0. */
uint64_t brig_calls_running(const brig_client *client);

/* outcome.c: the store */
void brig_outcome_clear(struct outcome_store *store);
void brig_outcome_done(struct outcome_store *store);
brig_status brig_outcome_set_result(struct outcome_store *store, const brig_message *message);
void brig_outcome_set_error(struct outcome_store *store, const brig_message *message);
/* A failure of our own; returns status. */
brig_status brig_outcome_fail(struct outcome_store *store, brig_status status, const char *format,
                              ...) __attribute__((format(printf, 3, 4)));

/* hosting.c: the server's calls */
void brig_hosting_on_call(brig_client *client, const brig_message *message);
brig_status brig_hosting_learn(brig_client *client, const brig_tool *tools, size_t count);
/* Send the answers that have come in. BRIG_OK also if some must wait for room. */
brig_status brig_hosting_send(brig_client *client);
/* Nobody waits for the tool calls of this code call any more, or for any. */
void brig_hosting_cancel_of(brig_client *client, uint64_t parent);
void brig_hosting_cancel_all(brig_client *client);
void brig_hosting_done(brig_client *client);

/* transport.c: the socket */
void brig_transport_start(brig_client *client, int fd);
/*
 * May a message of any size be queued? Saying no early, while much is unsent, keeps room in the
 * output for the small answers that cannot wait.
 */
bool brig_transport_has_room(const brig_client *client);
brig_status brig_transport_flush(brig_client *client);
/* One read. BRIG_AGAIN: nothing was there. An end of file ends the client. */
brig_status brig_transport_receive(brig_client *client);
/* Dispatch one message: BRIG_OK, BRIG_AGAIN: there is none, else why the client has ended. */
brig_status brig_transport_dispatch(brig_client *client);
/* End the connection: complete the calls, close the socket. Returns status. */
brig_status brig_transport_end(brig_client *client, brig_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t brig_transport_now_ms(void);

/* wait.c: the functions that wait */
struct wait {
    bool done;
    brig_status status;
};
brig_completion brig_wait_completion(struct wait *wait);
/* Until the call is done. */
brig_status brig_wait_for(brig_client *client, const struct wait *wait, brig_result *ret_result);
/* May a function that waits be called now? Clears the last outcome if so. */
brig_status brig_wait_allowed(brig_client *client);
/* Process once, after waiting for something to process. */
brig_status brig_wait_step(brig_client *client);
/* Call a procedure and wait; also when the output is full or the server has not greeted yet. */
brig_status brig_wait_call(brig_client *client, const brig_message *call, brig_result *ret_result);

/* encode.c: args and options of the procedures */
void brig_encode_open(const brig_open *open, brig_buffer *to);
void brig_encode_eval(const brig_eval *eval, brig_procedure procedure, brig_buffer *to);
void brig_encode_code_options(const brig_eval *eval, brig_buffer *to);
void brig_encode_tools(const brig_tool *tools, size_t count, brig_buffer *to);

/* private_server.c */
brig_status brig_private_server_start(brig_client *client, const brig_server *server, int *ret_fd,
                                      uint8_t ret_key[BRIG_KEY_BYTES]);
/* Wait for its end at most wait_ms, then kill it. */
void brig_private_server_end(brig_client *client, int wait_ms);

/* key_file.c */
brig_status brig_key_file_read(struct outcome_store *store, const char *path,
                               uint8_t ret_key[BRIG_KEY_BYTES]);
brig_status brig_key_file_read_public(struct outcome_store *store, const char *path,
                                      uint8_t ret_key[BRIG_KEY_BYTES]);

#endif
