/* SPDX-License-Identifier: MIT */
/* What sessions tell the audit log: who, what, how it ended; never values. */
#include "audit_session.h"

#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include <brig/procedure.h>

#include "audit.h"
#include "server.h"
#include "session.h"

enum { TOLD_COUNT = 64 }; /* of what code can cause without end, for each code call */

static brig_audit *audit_of(const brig_session *session)
{
    return brig_server_audit(session->server);
}

static brig_audit_event make(const brig_session *session, const char *name)
{
    brig_audit_event event = brig_audit_event_make(name);

    brig_audit_add_text(&event, "session", brig_span_text(session->name));
    return event;
}

/* With the code call that it belongs to, if there is one. */
static brig_audit_event make_of_call(const brig_session *session, const char *name)
{
    brig_audit_event event = make(session, name);

    if (session->call.state != BRIG_CODE_NONE)
        brig_audit_add_count(&event, "call", session->call.id);
    return event;
}

/* Code must not fill the disk: is there room for one more of these? */
static bool may_tell(brig_session *session)
{
    if (audit_of(session) == NULL)
        return false;
    if (session->audit_told == TOLD_COUNT) {
        session->audit_untold++;
        return false;
    }
    session->audit_told++;
    return true;
}

static void add_untold(brig_session *session, brig_audit_event *event)
{
    if (session->audit_untold > 0)
        brig_audit_add_count(event, "untold", session->audit_untold);
    session->audit_untold = 0;
    session->audit_told = 0;
}

/* Who the kernel says that the peer is. */
static void add_peer(brig_audit_event *event, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return;
    brig_audit_add_count(event, "uid", peer.uid);
    brig_audit_add_count(event, "pid", (uint64_t)peer.pid);
}

/* The key's text, if the map has it. */
static void add_text_of(brig_audit_event *event, const brig_value *map, const char *key)
{
    brig_span text = brig_value_get_text(map, key, "");

    if (text.len > 0)
        brig_audit_add_text(event, key, text);
}

static void add_count_of(brig_audit_event *event, const brig_value *map, const char *key)
{
    const brig_value *value = brig_value_get(map, key);

    if (value != NULL && value->kind == BRIG_INT)
        brig_audit_add_count(event, key, brig_value_get_uint(map, key, 0));
}

/* The tree of something encoded, or NULL; brig_tree_free() takes both. */
static brig_tree *parse(brig_span encoded)
{
    brig_tree *tree = NULL;

    return encoded.len > 0 && brig_tree_new(encoded, &tree) == BRIG_OK ? tree : NULL;
}

static const brig_value *root_of(const brig_tree *tree)
{
    static const brig_value empty = {.kind = BRIG_MAP};

    if (tree == NULL || brig_tree_root(tree)->kind != BRIG_MAP)
        return &empty;
    return brig_tree_root(tree);
}

/* ---- server and connections ---- */

brig_status brig_audit_begin(const brig_config *config, uv_loop_t *loop, char *error,
                             size_t error_bytes, brig_audit **ret_audit)
{
    brig_audit *audit = NULL;

    if (config->audit.path == NULL)
        return BRIG_OK;
    brig_status status = brig_audit_new(&config->audit, loop, error, error_bytes, &audit);
    if (status != BRIG_OK)
        return status;
    brig_audit_event event = brig_audit_event_make("server_start");
    brig_audit_add_text(&event, "version", brig_span_text(BRIG_VERSION));
    brig_audit_add_count(&event, "pid", (uint64_t)getpid());
    brig_audit_add_count(&event, "uid", geteuid());
    brig_audit_add_count(&event, "profiles", config->profile_count);
    brig_audit_add_count(&event, "listeners", config->listener_count);
    brig_audit_write(audit, &event);
    *ret_audit = audit;
    return BRIG_OK;
}

void brig_audit_signal(brig_audit *audit, int number)
{
    brig_audit_event event = brig_audit_event_make("signal");

    brig_audit_add_count(&event, "number", (uint64_t)number);
    brig_audit_write(audit, &event);
}

void brig_audit_refused(brig_server *server, int fd, const char *reason)
{
    brig_audit *audit = brig_server_audit(server);
    uint64_t skipped = 0;

    if (audit == NULL || !brig_audit_may_tell_refusal(audit, brig_now_ms(), &skipped))
        return;
    brig_audit_event event = brig_audit_event_make("connection_refused");
    brig_audit_add_text(&event, "reason", brig_span_text(reason));
    add_peer(&event, fd);
    if (skipped > 0)
        brig_audit_add_count(&event, "untold", skipped);
    brig_audit_write(audit, &event);
}

void brig_audit_session_start(brig_session *session, int fd, brig_span hello)
{
    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make(session, "session_start");
    brig_tree *tree = parse(hello);
    add_peer(&event, fd);
    add_text_of(&event, root_of(tree), "software");
    brig_client_add_identity(session->client, &event);
    brig_audit_write(audit_of(session), &event);
    brig_tree_free(tree);
}

void brig_audit_session_end(brig_session *session, const char *reason)
{
    if (audit_of(session) == NULL)
        return;
    if (session->worker != NULL) {
        static const brig_worker_end end = {.cause = BRIG_KILL_DECIDED};

        brig_audit_worker_end(session, &end);
    }
    brig_audit_event event = make_of_call(session, "session_end");
    brig_audit_add_text(&event, "reason", brig_span_text(reason));
    add_untold(session, &event);
    brig_audit_write(audit_of(session), &event);
}

/* ---- the client's calls ---- */

/* The names, separated by commas; a name may hold one, so what is logged is for reading. */
static void add_env_names(brig_audit_event *event, const brig_value *env)
{
    brig_buffer names;

    if (env == NULL || env->kind != BRIG_MAP)
        return;
    brig_buffer_init(&names, env->encoded.len + 1);
    for (size_t i = 0; i < env->map.count; i++) {
        if (i > 0)
            brig_buffer_append(&names, brig_span_text(","));
        brig_buffer_append(&names, env->map.entries[i].key.bytes);
    }
    if (names.fault != BRIG_OK)
        event->is_broken = true;
    else
        brig_audit_add_text(event, "env", brig_buffer_span(&names));
    brig_buffer_done(&names);
}

static void add_code(const brig_session *session, brig_audit_event *event, const brig_value *args)
{
    const brig_value *code = brig_value_get(args, "code");

    if (code == NULL || code->kind != BRIG_TEXT)
        return;
    brig_audit_add_digest(event, "code", code->bytes);
    if (brig_audit_config_of(audit_of(session))->has_code)
        brig_audit_add_long_text(event, "code", code->bytes, BRIG_AUDIT_CODE_BYTES);
}

/* What is known by name in the args of one procedure or another; the rest is a number of bytes. */
static void add_args(const brig_session *session, brig_audit_event *event, const brig_message *call)
{
    static const char *const texts[] = {"profile", "tool", "path"};
    static const char *const counts[] = {"id", "offset"};
    brig_tree *tree = parse(call->body);
    const brig_value *args = root_of(tree);

    brig_audit_add_count(event, "args_bytes", call->body.len);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        add_text_of(event, args, texts[i]);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        add_count_of(event, args, counts[i]);
    const brig_value *tools = brig_value_get(args, "tools");
    if (tools != NULL && tools->kind == BRIG_ARRAY)
        brig_audit_add_count(event, "tools", tools->array.count);
    add_env_names(event, brig_value_get(args, "env"));
    add_code(session, event, args);
    brig_tree_free(tree);
}

void brig_audit_call(brig_session *session, const brig_message *call)
{
    if (audit_of(session) == NULL)
        return;
    if (brig_procedure_find(call->name) == BRIG_PROCEDURE_PING) {
        session->unlogged_id = call->id; /* a sign of life, no act */
        return;
    }
    brig_audit_event event = make(session, "call");
    brig_tree *options = parse(call->extra);
    brig_audit_add_count(&event, "call", call->id);
    brig_audit_add_text(&event, "procedure", call->name);
    add_args(session, &event, call);
    add_count_of(&event, root_of(options), "deadline_ms");
    brig_audit_write(audit_of(session), &event);
    brig_tree_free(options);
}

/* ---- what the server sends ---- */

static void add_usage(brig_audit_event *event, const brig_value *about)
{
    static const char *const counts[] = {"wall_ms", "cpu_ms", "memory_bytes", "tool_calls"};
    static const char *const texts[] = {"limit", "reason", "state"};
    static const char *const numbers[] = {"status", "signal", "generation"};
    const brig_value *usage = brig_value_get(about, "usage");

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        add_text_of(event, about, texts[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        add_count_of(event, about, numbers[i]);
    for (size_t i = 0; usage != NULL && i < sizeof(counts) / sizeof(counts[0]); i++)
        add_count_of(event, usage, counts[i]);
}

static void tell_call_end(brig_session *session, const brig_message *answer)
{
    bool is_error = answer->type == BRIG_MESSAGE_ERROR;
    brig_audit_event event = make(session, "call_end");
    brig_tree *about = parse(is_error ? answer->body : answer->extra);

    brig_audit_add_count(&event, "call", answer->id);
    brig_audit_add_text(&event, "outcome", is_error ? answer->name : brig_span_text("result"));
    add_usage(&event, root_of(about));
    if (session->call.id == answer->id)
        add_untold(session, &event);
    if (is_error && brig_audit_config_of(audit_of(session))->has_code)
        brig_audit_add_text(&event, "message", answer->text);
    brig_audit_write(audit_of(session), &event);
    brig_tree_free(about);
}

static void tell_tool_call(brig_session *session, const brig_message *call, uint64_t id)
{
    brig_audit_event event = make_of_call(session, "tool_call");

    brig_audit_add_count(&event, "tool_call", id);
    brig_audit_add_text(&event, "name", call->name);
    brig_audit_add_count(&event, "args_bytes", call->body.len);
    if (brig_span_is(call->name, "brig.cancel")) {
        brig_tree *args = parse(call->body);

        add_count_of(&event, root_of(args), "id");
        brig_tree_free(args);
    }
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_sent(brig_session *session, const brig_message *message, uint64_t id)
{
    if (audit_of(session) == NULL || message->type == BRIG_MESSAGE_EVENT)
        return;
    if (message->type == BRIG_MESSAGE_CALL)
        tell_tool_call(session, message, id);
    else if (message->id != session->unlogged_id)
        tell_call_end(session, message);
}

void brig_audit_tool_end(brig_session *session, const brig_message *answer)
{
    bool is_error = answer->type == BRIG_MESSAGE_ERROR;

    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make(session, "tool_end");
    brig_audit_add_count(&event, "tool_call", answer->id);
    brig_audit_add_text(&event, "outcome", is_error ? answer->name : brig_span_text("result"));
    brig_audit_add_count(&event, "value_bytes", answer->body.len);
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_tool_refused(brig_session *session, brig_span name, const char *code)
{
    if (!may_tell(session))
        return;
    brig_audit_event event = make_of_call(session, "tool_refused");
    brig_audit_add_text(&event, "name", name);
    brig_audit_add_text(&event, "outcome", brig_span_text(code));
    brig_audit_write(audit_of(session), &event);
}

/* ---- the worker ---- */

void brig_audit_worker_start(brig_session *session)
{
    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make(session, "worker_start");
    brig_audit_add_count(&event, "generation", session->generation);
    brig_audit_add_text(&event, "profile", brig_span_text(session->profile->name));
    brig_audit_add_digest(&event, "sandbox", brig_buffer_span(&session->statement));
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_worker_end(brig_session *session, const brig_worker_end *end)
{
    static const char *const causes[] = {
        [BRIG_KILL_NONE] = "itself",       [BRIG_KILL_DECIDED] = "killed",
        [BRIG_KILL_PROTOCOL] = "protocol", [BRIG_KILL_STALLED] = "stalled",
        [BRIG_KILL_SILENT] = "not ready",  [BRIG_KILL_MEMORY] = "memory",
        [BRIG_KILL_FILES] = "files",       [BRIG_KILL_CROWD] = "processes",
    };
    _Static_assert(sizeof(causes) / sizeof(causes[0]) == BRIG_KILL_COUNT, "a word for each cause");

    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make_of_call(session, "worker_end");
    brig_audit_add_count(&event, "generation", session->generation);
    brig_audit_add_text(&event, "cause", brig_span_text(causes[end->cause]));
    if (end->is_exit)
        brig_audit_add_count(&event, "status", (uint64_t)end->status);
    else if (end->signal > 0)
        brig_audit_add_count(&event, "signal", (uint64_t)end->signal);
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_limit(brig_session *session, const char *limit)
{
    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make_of_call(session, "limit");
    brig_audit_add_text(&event, "limit", brig_span_text(limit));
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_violation(brig_session *session, const brig_violation *violation)
{
    if (!may_tell(session))
        return;
    brig_audit_event event = make_of_call(session, "violation");
    brig_audit_add_text(&event, "kind", violation->kind);
    brig_audit_add_text(&event, "layer", violation->layer);
    brig_audit_add_text(&event, "detail", violation->detail);
    brig_audit_write(audit_of(session), &event);
}

void brig_audit_breach(brig_session *session, const char *what)
{
    if (audit_of(session) == NULL)
        return;
    brig_audit_event event = make_of_call(session, "breach");
    brig_audit_add_text(&event, "what", brig_span_text(what));
    brig_audit_write(audit_of(session), &event);
}
