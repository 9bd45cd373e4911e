/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLIENT_H
#define BRIG_CLIENT_H

#include <brig/conn.h>
#include <brig/pack.h>
#include <brig/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * libbrig: have code run in a server's sandbox, and host the tools that it may call.
 *
 * A client is one connection, and a connection carries one session. Use it from one thread at a
 * time; only brig_client_interrupt() and the answers to tool calls may come from other threads.
 *
 *     brig_client_new(), brig_client_start() or _connect(), brig_client_open()
 *     brig_client_eval() and its sisters, as often as wanted
 *     brig_client_close(), brig_client_free()
 *
 * Every function here that talks to the server waits for the answer. Each rests on a
 * brig_client_begin_…() that does not wait: those and brig_client_process() serve event loops.
 *
 * What a function returns: BRIG_OK; BRIG_FAILED when the server answered with an ERROR; another
 * status when it never got that far. brig_client_error() has the particulars.
 */
typedef struct brig_client brig_client;

/* ------------------------------------------------------------------------------------------ */
/* What a call ends with                                                                       */

/* A RESULT. Both are borrowed until the next call of a function of this client. */
typedef struct brig_result {
    const brig_value *value;
    const brig_value *meta; /* a map: of code calls, the registry's record `code_meta` */
} brig_result;

typedef enum brig_survival {
    BRIG_SURVIVAL_UNSAID, /* the call did not touch the session's state, or nobody knows */
    BRIG_SURVIVAL_KEPT,   /* variables and files are as the code left them */
    BRIG_SURVIVAL_LOST,   /* the worker is gone: brig_client_reset() */
} brig_survival;

/* Why a function failed. Texts are NUL-terminated UTF-8 and never NULL. */
typedef struct brig_error {
    brig_status status;     /* what the function returned */
    brig_error_code code;   /* BRIG_ERROR_COUNT: not in the registry; act on class_name */
    const char *code_name;  /* "runtime"; "" if nothing was answered */
    const char *class_name; /* "fix", "retry", "denied", "lost", "fault" */
    const char *message;    /* one or more lines for people */
    brig_survival state;
    uint64_t generation;    /* of the worker that ran the code; 0 if unsaid */
    const brig_value *data; /* a map, or NULL; traceback, line, usage … */
} brig_error;

/* The end of a call: error is NULL, or else result is empty. Borrowed during the callback. */
typedef struct brig_outcome {
    uint64_t id;
    brig_result result;
    const brig_error *error;
} brig_outcome;

/* Called exactly once for every call that was begun, at the latest in brig_client_free(). */
typedef struct brig_completion {
    void (*done)(void *context, const brig_outcome *outcome);
    void *context;
} brig_completion;

/* ------------------------------------------------------------------------------------------ */
/* Connection                                                                                   */

/* Something happened during a code call (spec 7.6). Borrowed during the callback. */
typedef struct brig_notice {
    uint64_t call_id;
    brig_event_kind kind;
    brig_span bytes;           /* stdout, stderr: raw bytes, not for a terminal as they are */
    const brig_value *payload; /* all other kinds: a map */
    const brig_value *meta;    /* a map */
} brig_notice;

typedef struct brig_client_config {
    const char *software;     /* our name and version, for the server's log; NULL: libbrig's */
    size_t max_message_bytes; /* largest message we take; 0: BRIG_LIMIT_MAX_MESSAGE_BYTES */
    uint32_t connect_ms;      /* from connecting to the server's HELLO; 0: 10000 */
    void (*on_notice)(void *context, const brig_notice *notice); /* may be NULL */
    void *context;
} brig_client_config;

/*
 * Copies the config; its texts too. Returns BRIG_OK, BRIG_ARGUMENT, BRIG_NO_MEMORY or BRIG_SYSTEM
 * (no descriptors). The caller owns *ret_client: brig_client_free().
 */
BRIG_API brig_status brig_client_new(const brig_client_config *config, brig_client **ret_client);

/*
 * End what is open without waiting for the server, end a private server, free. NULL is allowed.
 * Calls that are open complete first with connection_lost. Not from a callback of this client.
 */
BRIG_API void brig_client_free(brig_client *client);

/* The last failure. Borrowed until the next call of a function of this client. Never NULL. */
BRIG_API const brig_error *brig_client_error(const brig_client *client);

/* Where a server listens, and what proves who we are (spec 3.2). */
typedef struct brig_address {
    const char *socket_path; /* a Unix stream socket */
    brig_suite suite;        /* 0: BRIG_SUITE_LOCAL */
    const char *key_file;    /* local: the shared key; keyed: our secret. Ours alone, mode 0600 */
    const char *server_public_file; /* keyed: the server's public key */
} brig_address;

/*
 * Connect. The handshake goes on in the background of what follows; a wrong key shows there as
 * BRIG_TRUNCATED, because a server does not answer strangers. BRIG_UNAVAILABLE: nobody listens;
 * BRIG_ARGUMENT: a key file that is malformed or that others can read; BRIG_SYSTEM; BRIG_STATE: not
 * the first connection of this client.
 */
BRIG_API brig_status brig_client_connect(brig_client *client, const brig_address *address);

/* As brig_client_connect() over a connected stream socket, which the client owns from then on. */
BRIG_API brig_status brig_client_adopt(brig_client *client, int socket_fd,
                                       const uint8_t key[BRIG_KEY_BYTES]);

typedef struct brig_server {
    const char *program;          /* path of brigd; NULL: search for it */
    const char *const *arguments; /* more arguments, NULL-terminated; may be NULL */
} brig_server;

/*
 * Find brigd: server->program, else the environment's BRIG_SERVER, else beside the running program,
 * else where Brig was installed, else in PATH. server may be NULL. Writes a NUL-terminated path.
 * BRIG_UNAVAILABLE: it is not there, or not executable, or its path is too long.
 */
BRIG_API brig_status brig_server_find(const brig_server *server, char *ret_path, size_t path_bytes);

/*
 * Start a private server, found as above, which serves this client only and ends with it. server
 * may be NULL. BRIG_UNAVAILABLE: not found or not executable.
 */
BRIG_API brig_status brig_client_start(brig_client *client, const brig_server *server);

/*
 * Take leave: tell the server, wait for its answer for at most 2 s, end a private server. The
 * client can then only be freed. Calls that are open complete with connection_lost.
 */
BRIG_API brig_status brig_client_close(brig_client *client);

/* ------------------------------------------------------------------------------------------ */
/* Tools                                                                                        */

/* One call of a tool, or a line of input that is wanted. */
typedef struct brig_tool_call brig_tool_call;

/*
 * Called in brig_client_process() or while another function waits. It must see to it that the call
 * is answered exactly once: at once, or later and from any thread. It must not call a function of
 * the client that waits (BRIG_STATE); brig_client_begin_…() is allowed.
 */
typedef void (*brig_tool_handler)(void *context, brig_tool_call *call);

/* A named argument of a tool. */
typedef struct brig_param {
    const char *name;
    const char *type;        /* a JSON schema type, or "value": any value of spec 9 */
    const char *description; /* may be NULL */
    bool is_optional;
} brig_param;

typedef struct brig_tool {
    const char *name; /* [A-Za-z][A-Za-z0-9_.-]{0,63} */
    const char *description;
    const brig_param *params; /* the arguments; for more than names and types, use schema */
    size_t param_count;
    brig_span schema; /* an encoded object schema (spec 7.4) in the place of params */
    const char *code; /* the tool lives in the sandbox: its source; no handler then */
    brig_tool_handler handler;
    void *context;
    bool keeps_lists; /* results are not turned into vectors (`simplify: false`) */
} brig_tool;

/* Borrowed until the call is answered. The arguments have passed the tool's schema. */
BRIG_API const char *brig_tool_call_name(const brig_tool_call *call);
BRIG_API const brig_value *brig_tool_call_args(const brig_tool_call *call); /* a map */
/* What was left of the code's time when the call arrived. */
BRIG_API uint64_t brig_tool_call_deadline_ms(const brig_tool_call *call);
/* Does nobody wait for the answer any more? It must be given nevertheless. From any thread. */
BRIG_API bool brig_tool_call_is_cancelled(const brig_tool_call *call);

/*
 * Answer with an encoded value (copied), and give the handle back. It is safe after
 * brig_client_free(). A value that does not fit a message becomes the error `too_large`.
 */
BRIG_API void brig_tool_call_answer(brig_tool_call *call, brig_span value);

/*
 * Answer with an error, and give the handle back. The code sees code and message, so say nothing
 * there that it must not know. TOOL, DENIED, BAD_ARGUMENTS and CANCELLED; all else is INTERNAL.
 */
BRIG_API void brig_tool_call_fail(brig_tool_call *call, brig_error_code code, const char *message);

/* ------------------------------------------------------------------------------------------ */
/* Session                                                                                      */

typedef struct brig_setting {
    const char *name;
    const char *value;
} brig_setting;

typedef struct brig_limit {
    const char *name; /* of the registry's record `limits`: "deadline_ms", "memory_bytes" … */
    uint64_t value;
} brig_limit;

/* Zero-initialised, it asks for the server's defaults. */
typedef struct brig_open {
    const char *profile;
    const char *engine;
    const brig_tool *tools;
    size_t tool_count;
    const brig_limit *limits; /* they only tighten */
    size_t limit_count;
    const brig_setting *require; /* effects that the sandbox must have, such as {"level", "full"} */
    size_t require_count;
    const brig_setting *env;
    size_t env_count;
    const int64_t *seed;
    brig_tool_handler on_input; /* the code reads its standard input: answer a text, or nil at the
                                   end. Args: prompt, hidden. NULL: it sees an empty input */
    void *input_context;
} brig_open;

/* Start the session's worker. The value is the registry's record `opened`. Copies everything. */
BRIG_API brig_status brig_client_open(brig_client *client, const brig_open *open,
                                      brig_result *ret_result);

typedef enum brig_form {
    BRIG_FORM_FULL,  /* every value of spec 9 */
    BRIG_FORM_PLAIN, /* MessagePack's own types only */
    BRIG_FORM_TEXT,  /* as printed */
    BRIG_FORM_NONE,
} brig_form;

/* A code call. Zero-initialised but for code or tool, it asks for the session's defaults. */
typedef struct brig_eval {
    const char *code;     /* brig_client_eval() */
    const char *tool;     /* brig_client_call(): a tool that lives in the sandbox */
    brig_span args;       /* an encoded map: variables to bind, or the tool's arguments */
    brig_form form;       /* of the result */
    uint64_t value_bytes; /* a larger value is omitted, and meta says so */
    uint64_t deadline_ms;
} brig_eval;

/*
 * Evaluate code, or call a sandbox tool. Notices come while it runs. ret_result may be NULL.
 * brig_client_error() after BRIG_FAILED tells parse, runtime, deadline, cancelled and the others
 * apart, and whether the session's state is kept.
 */
BRIG_API brig_status brig_client_eval(brig_client *client, const brig_eval *eval,
                                      brig_result *ret_result);
BRIG_API brig_status brig_client_call(brig_client *client, const brig_eval *call,
                                      brig_result *ret_result);

/* Add tools, or replace those of the same name. */
BRIG_API brig_status brig_client_define(brig_client *client, const brig_tool *tools, size_t count);

/* A new worker with an empty workspace; ends a running code call. The value is record `reset`. */
BRIG_API brig_status brig_client_reset(brig_client *client, brig_result *ret_result);

/*
 * Ask for the end of the code call that is open, if one is. Returns at once; the call then ends
 * with `cancelled`. Safe in any thread and in a signal handler, until brig_client_free() begins.
 */
BRIG_API void brig_client_interrupt(brig_client *client);

/* Write a workspace file, anew and whole; path is relative to the workspace. */
BRIG_API brig_status brig_client_put(brig_client *client, const char *path, brig_span data);

/* Append a workspace file to a buffer. BRIG_TOO_LARGE if the buffer's limit does not allow it. */
BRIG_API brig_status brig_client_get(brig_client *client, const char *path, brig_buffer *to);

/* The files below a directory; path NULL: all. The value is the registry's record `listed`. */
BRIG_API brig_status brig_client_list(brig_client *client, const char *path,
                                      brig_result *ret_result);

/* The value is the registry's record `info`. */
BRIG_API brig_status brig_client_info(brig_client *client, brig_result *ret_result);

/* The server answers by itself, also while code runs. */
BRIG_API brig_status brig_client_ping(brig_client *client);

/* ------------------------------------------------------------------------------------------ */
/* Event loops                                                                                  */

/*
 * Watch brig_client_fd() for what brig_client_wanted() says and brig_client_wake_fd() for reading,
 * wait no longer than brig_client_timeout_ms(), then call brig_client_process(). Ask all of them
 * again each time. Both descriptors belong to the client.
 */
enum {
    BRIG_WANT_READ = 1,
    BRIG_WANT_WRITE = 2,
};
BRIG_API int brig_client_fd(const brig_client *client); /* -1 if not connected */
BRIG_API unsigned brig_client_wanted(const brig_client *client);
BRIG_API int brig_client_wake_fd(const brig_client *client);
BRIG_API int brig_client_timeout_ms(const brig_client *client); /* -1: no limit */

/*
 * Read and write what can be without waiting, and make the callbacks. BRIG_OK while the connection
 * stands. Afterwards why it ended: BRIG_CLOSED regularly; BRIG_TRUNCATED, BRIG_REFUSED, BRIG_AUTH …
 */
BRIG_API brig_status brig_client_process(brig_client *client);

/*
 * Begin a call. completion may be NULL; ret_id too. BRIG_FULL: process first, then again.
 * BRIG_TOO_LARGE: above what the server takes, or not yet: until the server has greeted, a call
 * has to fit one record. On any failure nothing was begun, and completion is not called.
 */
BRIG_API brig_status brig_client_begin_open(brig_client *client, const brig_open *open,
                                            const brig_completion *completion, uint64_t *ret_id);
BRIG_API brig_status brig_client_begin_eval(brig_client *client, const brig_eval *eval,
                                            const brig_completion *completion, uint64_t *ret_id);
BRIG_API brig_status brig_client_begin_call(brig_client *client, const brig_eval *call,
                                            const brig_completion *completion, uint64_t *ret_id);
BRIG_API brig_status brig_client_begin_cancel(brig_client *client, uint64_t id,
                                              const brig_completion *completion);

/* Any procedure without options, with its encoded args (an empty span: {}). */
BRIG_API brig_status brig_client_begin(brig_client *client, brig_procedure procedure,
                                       brig_span args, const brig_completion *completion,
                                       uint64_t *ret_id);

/* Begin to take leave; process until BRIG_CLOSED or another end. */
BRIG_API void brig_client_begin_close(brig_client *client);

#ifdef __cplusplus
}
#endif

#endif
