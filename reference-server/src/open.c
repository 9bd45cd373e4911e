/* SPDX-License-Identifier: MIT */
/* brig.open, brig.reset, brig.info: what a session asks for and what it gets (spec 7.3). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <brig/pack.h>
#include <brig/procedure.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "server.h"
#include "session.h"
#include "statement.h"

enum {
    ENV_BYTES = 16384,
    RECORD_BYTES = 131072,
    SHOWN_NAME_BYTES = 64,
    OPEN_SPARE_BYTES = 512, /* of the worker's brig.open beside the declarations of tools */
};

static const brig_span nothing = {NULL, 0};

void brig_session_pack_limits(const brig_limits *limits, brig_buffer *to)
{
    size_t count = 0;

#define COUNT_LIMIT(name, fallback) count++;
    BRIG_LIMITS(COUNT_LIMIT)
#undef COUNT_LIMIT
    brig_pack_map(to, count);
#define PACK_LIMIT(name, fallback) brig_pack_key_uint(to, #name, limits->name);
    BRIG_LIMITS(PACK_LIMIT)
#undef PACK_LIMIT
}

static brig_limits asked_limits(const brig_value *map)
{
    brig_limits asked;

#define TAKE_LIMIT(name, fallback) asked.name = brig_value_get_uint(map, #name, UINT64_MAX);
    BRIG_LIMITS(TAKE_LIMIT)
#undef TAKE_LIMIT
    return asked;
}

static bool may_set(const brig_profile *profile, brig_span name)
{
    for (size_t i = 0; i < profile->client_env.count; i++) {
        if (brig_span_is(name, profile->client_env.items[i]))
            return true;
    }
    return false;
}

/* True: the client has its ERROR. */
static bool refuse_env(brig_session *session, uint64_t id, const brig_value *env)
{
    if (env == NULL)
        return false;
    for (size_t i = 0; i < env->map.count; i++) {
        const brig_entry *entry = &env->map.entries[i];

        if (!may_set(session->profile, entry->key.bytes)) {
            brig_answer_error(session, id, BRIG_ERROR_DENIED,
                              "the profile does not let clients set this environment variable");
            return true;
        }
        if (memchr(entry->value.bytes.data, 0, entry->value.bytes.len) != NULL) {
            brig_answer_error_key(session, id, BRIG_ERROR_BAD_ARGUMENTS, "path", "/env");
            return true;
        }
    }
    if (env->encoded.len <= ENV_BYTES)
        return false;
    brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "env");
    return true;
}

static bool refuse_keys(brig_session *session, uint64_t id, const brig_value *args)
{
    static const char *const reserved[] = {"keep_ms", "ticket"};
    static const char *const paths[] = {"/keep_ms", "/ticket"};

    for (size_t i = 0; i < 2; i++) {
        if (brig_value_get(args, reserved[i]) != NULL) {
            brig_answer_error_key(session, id, BRIG_ERROR_UNSUPPORTED, "path", paths[i]);
            return true;
        }
    }
    return false;
}

/* Required of itself, a map is met unless it holds what no effect has: known before any start. */
static bool refuse_require(brig_session *session, uint64_t id, const brig_value *require)
{
    char path[sizeof(((brig_problem *)NULL)->path) + sizeof("/require")];
    brig_problem problem;

    if (brig_sandbox_meets(require, require, &problem) == BRIG_OK)
        return false;
    (void)snprintf(path, sizeof(path), "/require%s", problem.path);
    brig_answer_error_key(session, id, problem.code, "path", path);
    return true;
}

static void answer_no_profile(brig_session *session, uint64_t id, brig_span name)
{
    char text[BRIG_LIMIT_ERROR_MESSAGE_BYTES];
    int shown = name.len < SHOWN_NAME_BYTES ? (int)name.len : SHOWN_NAME_BYTES;

    (void)snprintf(text, sizeof(text),
                   "the server has no profile `%.*s`; its configuration lists what it has", shown,
                   name.len == 0 ? "" : (const char *)name.data);
    brig_answer_error(session, id, BRIG_ERROR_NOT_FOUND, text);
}

/* The profile, and what must be right before anything starts. */
static bool refuse_open(brig_session *session, uint64_t id, const brig_value *args)
{
    const brig_config *config = brig_server_config_of(session->server);
    brig_span name = brig_value_get_text(args, "profile", "standard");
    size_t index = brig_config_find_profile(config, (const char *)name.data, name.len);

    if ((refuse_keys(session, id, args) && !MUTANT(takes_a_ticket)) ||
        refuse_require(session, id, brig_value_get(args, "require")))
        return true;
    if (index == config->profile_count) {
        answer_no_profile(session, id, name);
        return true;
    }
    session->profile = &config->profiles[index];
    const brig_value *engine = brig_value_get(args, "engine");
    if (engine != NULL && !brig_value_is_text(engine, session->profile->engine)) {
        brig_answer_error(session, id, BRIG_ERROR_UNAVAILABLE,
                          "the profile does not have this engine");
        return true;
    }
    return refuse_env(session, id, brig_value_get(args, "env"));
}

static void keep(brig_buffer *buffer, const brig_value *value)
{
    brig_buffer_clear(buffer);
    if (value != NULL)
        brig_buffer_append(buffer, value->encoded);
}

static brig_status keep_args(brig_session *session, const brig_value *args)
{
    const brig_value *seed = brig_value_get(args, "seed");
    brig_limits asked = asked_limits(brig_value_get(args, "limits"));
    brig_tools none = {0};
    brig_tools tools;

    brig_status status = brig_tools_merge(&none, brig_value_get(args, "tools"), &tools);
    if (status != BRIG_OK)
        return status;
    brig_tools_done(&session->tools);
    session->tools = tools;
    session->limits = brig_limits_tighten(&session->profile->limits, &asked);
    if (MUTANT(keeps_the_profiles_limits))
        session->limits = session->profile->limits;
    session->has_seed = seed != NULL;
    session->seed = seed != NULL ? seed->integer : 0;
    session->has_stdin = brig_value_get_bool(args, "stdin", false);
    keep(&session->env, brig_value_get(args, "env"));
    keep(&session->require, brig_value_get(args, "require"));
    return session->env.fault != BRIG_OK ? session->env.fault : session->require.fault;
}

bool brig_session_can_send_tools(const brig_session *session, const brig_tools *tools)
{
    return brig_tools_bytes(tools) <= session->limits.message_bytes - OPEN_SPARE_BYTES ||
           MUTANT(sends_a_worker_messages_of_any_size);
}

void brig_session_open(brig_session *session, uint64_t id, const brig_value *args)
{
    if (refuse_open(session, id, args))
        return;
    brig_status status = keep_args(session, args);
    if (status != BRIG_OK) {
        brig_answer_error(session, id,
                          status == BRIG_TOO_LARGE ? BRIG_ERROR_TOO_LARGE : BRIG_ERROR_INTERNAL,
                          brig_status_text(status));
        return;
    }
    if (!brig_session_can_send_tools(session, &session->tools)) {
        brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "message_bytes");
        return;
    }
    session->phase = BRIG_PHASE_OPENING;
    session->start_id = id;
    brig_session_start_worker(session);
}

static void pack_opened(brig_session *session, brig_buffer *to)
{
    brig_pack_map(to, 5);
    brig_pack_key_text(to, "session", session->name);
    brig_pack_key_uint(to, "generation", session->generation);
    brig_pack_cstring(to, "engine");
    brig_pack_raw(to, brig_buffer_span(&session->engine));
    brig_pack_cstring(to, "sandbox");
    brig_pack_raw(to, brig_buffer_span(&session->statement));
    brig_pack_cstring(to, "limits");
    brig_session_pack_limits(
        MUTANT(states_the_profiles_limits) ? &session->profile->limits : &session->limits, to);
}

static void pack_reset(brig_session *session, brig_buffer *to)
{
    brig_pack_map(to, 2);
    brig_pack_key_uint(to, "generation", session->generation);
    brig_pack_cstring(to, "sandbox");
    brig_pack_raw(to, brig_buffer_span(&session->statement));
}

/* brig.open or brig.reset has what it asked for. */
static void answer_start(brig_session *session)
{
    uint64_t id = session->start_id;
    brig_buffer value;

    brig_buffer_init(&value, RECORD_BYTES);
    if (session->phase == BRIG_PHASE_OPENING)
        pack_opened(session, &value);
    else
        pack_reset(session, &value);
    session->phase = BRIG_PHASE_READY;
    session->start_id = 0;
    brig_answer_result(session, id, brig_buffer_span(&value), nothing);
    brig_buffer_done(&value);
    brig_code_forward_held(session);
}

void brig_session_reset(brig_session *session, uint64_t id)
{
    brig_worker *worker = session->worker;

    if (session->phase == BRIG_PHASE_RESETTING) /* a newer reset takes the place of the older */
        brig_answer_error(session, session->start_id, BRIG_ERROR_UNAVAILABLE,
                          "another brig.reset came");
    session->phase = BRIG_PHASE_RESETTING;
    session->start_id = id;
    session->is_replacing = worker != NULL;
    /* The terminal is queued here; it leaves when the loop turns, after the kill. */
    if (!MUTANT(leaves_an_open_call_to_the_reset))
        brig_code_happen(session, BRIG_CODE_RESET, BRIG_ERROR_CANCELLED);
    if (MUTANT(keeps_the_worker_at_a_reset) && worker != NULL) {
        session->is_replacing = false;
        session->generation++;
        answer_start(session);
    } else if (worker != NULL) {
        brig_worker_kill(worker, BRIG_KILL_DECIDED); /* its end brings the new one */
    } else {
        brig_session_start_worker(session);
    }
}

static void pack_worker_open(const brig_session *session, brig_buffer *to)
{
    const brig_limits *limits = &session->limits;
    /* An engine that knows nothing of the key is as good where nothing is lowered (spec 15). */
    bool is_lowered = limits->message_bytes < BRIG_LIMIT_MAX_MESSAGE_BYTES;

    brig_pack_map(to, 7 + (session->has_seed ? 1U : 0U) + (is_lowered ? 1U : 0U));
    brig_pack_cstring(to, "tools");
    brig_tools_pack(&session->tools, to);
    if (session->has_seed) {
        brig_pack_cstring(to, "seed");
        brig_pack_int(to, session->seed);
    }
    brig_pack_key_bool(to, "stdin", session->has_stdin);
    brig_pack_key_uint(to, "displays", limits->displays);
    brig_pack_key_uint(to, "display_bytes", limits->display_bytes);
    brig_pack_key_uint(to, "display_pixels", limits->display_pixels);
    brig_pack_key_uint(to, "value_bytes", limits->value_bytes);
    brig_pack_key_uint(to, "tool_calls_open", limits->tool_calls_open);
    if (is_lowered)
        brig_pack_key_uint(to, "message_bytes", limits->message_bytes);
}

/* A spare if there is one that such a session may have, otherwise a worker of its own. */
static brig_status begin_worker(brig_session *session, size_t profile,
                                const brig_worker_config *config)
{
    brig_worker *spare = session->env.len > 0
                             ? NULL
                             : brig_server_take_spare(session->server, profile, &session->limits);

    if (spare == NULL) {
        brig_server_on_worker(session->server);
        return brig_worker_new(config, &session->worker);
    }
    brig_status status = brig_worker_open(spare, config);
    if (status == BRIG_OK)
        session->worker = spare;
    else
        brig_worker_abandon(spare);
    return status;
}

static brig_status make_worker(brig_session *session, char *error, size_t error_bytes)
{
    const brig_config *config = brig_server_config_of(session->server);
    size_t index = (size_t)(session->profile - config->profiles);
    brig_template *template = NULL;
    brig_buffer args;

    brig_status status =
        brig_server_template(session->server, index, error, error_bytes, &template);
    if (status != BRIG_OK)
        return status;
    brig_buffer_init(&args, session->limits.message_bytes);
    pack_worker_open(session, &args);
    brig_worker_config worker = {
        .loop = brig_server_loop(session->server),
        .account = brig_client_account(session->client),
        .template = template,
        .groups = brig_server_groups(session->server),
        .limits = &session->limits,
        .cpu_percent = session->profile->cpu_percent,
        .env = brig_buffer_span(&session->env),
        .open_args = brig_buffer_span(&args),
        .events = &brig_session_worker_events,
        .owner = session,
        .on_freed = brig_server_on_worker_freed,
        .server = session->server,
    };
    status = args.fault;
    if (status == BRIG_OK)
        status = begin_worker(session, index, &worker);
    int cause = errno; /* if that was BRIG_SYSTEM */
    brig_buffer_done(&args);
    if (status == BRIG_OK)
        return BRIG_OK;
    (void)snprintf(error, error_bytes, "a worker: %s",
                   status == BRIG_SYSTEM ? strerror(cause) : brig_status_text(status));
    if (session->profile->isolated) /* it was started for this worker alone */
        brig_template_close(template);
    return status;
}

void brig_session_start_worker(brig_session *session)
{
    session->is_replacing = false;
    session->failure_code = BRIG_ERROR_UNAVAILABLE;
    session->failure[0] = '\0';
    brig_buffer_clear(&session->failure_data);
    if (session->generation == 0 || !MUTANT(raises_no_generation))
        session->generation++;
    session->tool_calls.last_worker_id = 0;
    session->tool_calls.refused_count = 0;
    if (make_worker(session, session->failure, sizeof(session->failure)) != BRIG_OK)
        brig_session_on_start_failed(session);
}

/* There is no worker, and failure_code and failure say why. */
void brig_session_on_start_failed(brig_session *session)
{
    uint64_t id = session->start_id;

    brig_log("session %s: %s", session->name, session->failure);
    session->start_id = 0;
    if (session->phase == BRIG_PHASE_OPENING) {
        session->phase = BRIG_PHASE_NEW;
        session->generation = 0;
    } else {
        session->phase = BRIG_PHASE_STALE;
    }
    brig_answer_error_data(session, id, session->failure_code, session->failure,
                           brig_buffer_span(&session->failure_data));
    brig_code_forward_held(session);
}

/* Is the worker what profile and client want? If not, failure says what is not. */
static brig_error_code judge_worker(brig_session *session, const brig_value *report)
{
    const brig_config *config = brig_server_config_of(session->server);
    const char *missing = "";
    brig_tree *statement = NULL;
    brig_tree *require = NULL;
    brig_problem problem = {.code = BRIG_ERROR_INTERNAL};

    size_t index = (size_t)(session->profile - config->profiles);
    const brig_statement_facts facts = {
        .profile = session->profile,
        .template_uid = brig_server_template_uid(session->server, index),
        .proof = brig_server_proof(session->server, index),
        .memory = brig_worker_counting_of(session->worker),
    };

    brig_buffer_clear(&session->statement);
    brig_status status = brig_statement_pack(report, &facts, &session->statement, &missing);
    if (status == BRIG_OK)
        missing = brig_worker_in_force(session->worker, report, &session->limits);
    if (status == BRIG_OK && missing != NULL)
        status = BRIG_UNAVAILABLE;
    if (status != BRIG_OK) {
        (void)snprintf(session->failure, sizeof(session->failure),
                       "a wall of the profile does not stand: %s", missing);
        return BRIG_ERROR_UNAVAILABLE;
    }
    if (session->require.len == 0)
        return BRIG_ERROR_COUNT;
    status = brig_tree_new(brig_buffer_span(&session->statement), &statement);
    if (status == BRIG_OK)
        status = brig_tree_new(brig_buffer_span(&session->require), &require);
    if (status == BRIG_OK)
        status = brig_sandbox_meets(brig_tree_root(require), brig_tree_root(statement), &problem);
    if (status != BRIG_OK)
        (void)snprintf(session->failure, sizeof(session->failure), "%s: %s", problem.path,
                       problem.text);
    brig_tree_free(require);
    brig_tree_free(statement);
    return status == BRIG_OK ? BRIG_ERROR_COUNT : problem.code;
}

void brig_session_on_ready(brig_session *session, const brig_value *report)
{
    const brig_config *config = brig_server_config_of(session->server);
    brig_phase begun = session->phase;
    brig_error_code fault = judge_worker(session, report);
    if (fault != BRIG_ERROR_COUNT) { /* the end of the worker answers the call */
        session->failure_code = fault;
        brig_worker_kill(session->worker, BRIG_KILL_DECIDED);
        return;
    }
    brig_buffer_clear(&session->engine);
    brig_buffer_append(&session->engine, brig_worker_engine(session->worker));
    brig_audit_worker_start(session);
    answer_start(session);
    brig_server_on_session(session->server, (size_t)(session->profile - config->profiles), begun);
}

void brig_session_info(brig_session *session, uint64_t id)
{
    bool is_running = session->call.state != BRIG_CODE_NONE;
    const char *state = is_running ? "running" : "idle";
    brig_buffer value;

    if (session->phase == BRIG_PHASE_STALE)
        state = "stale";
    brig_buffer_init(&value, RECORD_BYTES);
    brig_pack_map(&value, is_running ? 8 : 7);
    brig_pack_key_text(&value, "session", session->name);
    brig_pack_key_uint(&value, "generation", session->generation);
    brig_pack_key_text(&value, "state", state);
    if (is_running)
        brig_pack_key_uint(&value, "running", session->call.id);
    brig_pack_cstring(&value, "tools");
    brig_tools_pack_names(&session->tools, &value);
    brig_pack_cstring(&value, "engine");
    brig_pack_raw(&value, brig_buffer_span(&session->engine));
    brig_pack_cstring(&value, "sandbox");
    brig_pack_raw(&value, brig_buffer_span(&session->statement));
    brig_pack_cstring(&value, "limits");
    brig_session_pack_limits(&session->limits, &value);
    brig_answer_result(session, id, brig_buffer_span(&value), nothing);
    brig_buffer_done(&value);
}
