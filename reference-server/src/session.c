/* SPDX-License-Identifier: MIT */
/* A session: each message to its procedure, each event of the worker to its meaning (spec 7). */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>
#include <brig/procedure.h>
#include <sodium.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "server.h"

enum {
    SMALL_BYTES = 1024,
    RECORD_BYTES = 131072,
};

static const brig_span nothing = {NULL, 0};

void brig_session_start_timer(brig_session *session, uv_timer_t *timer, uv_timer_cb callback,
                              uint64_t timeout_ms)
{
    if (session->is_ended)
        return;
    uv_update_time(&brig_server_loop(session->server)->uv);
    (void)uv_timer_start(timer, callback, timeout_ms, 0);
}

/* ---- idle ---- */

static void on_idle_check(uv_timer_t *timer);

static void watch_idle(brig_session *session, uint64_t timeout_ms)
{
    brig_session_start_timer(session, &session->idle_timer, on_idle_check, timeout_ms);
}

static void on_idle_check(uv_timer_t *timer)
{
    brig_session *session = timer->data;
    uint64_t idle_ms = brig_now_ms() - session->active_ms;

    if (session->call.state != BRIG_CODE_NONE || session->start_id != 0 ||
        brig_tool_calls_is_any_open(session))
        watch_idle(session, session->limits.idle_ms);
    else if (idle_ms < session->limits.idle_ms)
        watch_idle(session, session->limits.idle_ms - idle_ms);
    else if (!MUTANT(keeps_an_idle_session))
        brig_client_close(session->client, BRIG_CLOSE_IDLE, "no call was open for idle_ms");
}

/* ---- the client's calls ---- */

static void answer_ping(brig_session *session, uint64_t id)
{
    static const uint8_t empty_map[] = {0x80};

    brig_answer_result(session, id, (brig_span){empty_map, sizeof(empty_map)}, nothing);
}

static const char *cancel_outcome(const brig_session *session, uint64_t id, uint64_t own_id)
{
    if (id > session->last_id || id == own_id)
        return "unknown";
    return brig_client_is_open_call(session->client, id) ? "interrupting" : "finished";
}

static void cancel(brig_session *session, uint64_t id, const brig_value *args)
{
    uint64_t target = brig_value_get_uint(args, "id", 0);
    const char *outcome = cancel_outcome(session, target, id);
    brig_buffer value;

    brig_buffer_init(&value, SMALL_BYTES);
    brig_pack_map(&value, 1);
    brig_pack_key_text(&value, "outcome", outcome);
    brig_answer_result(session, id, brig_buffer_span(&value), nothing);
    brig_buffer_done(&value);
    bool is_its = session->call.id == target || MUTANT(cancels_whatever_runs);
    if (session->call.state != BRIG_CODE_NONE && is_its && !MUTANT(ignores_a_cancel))
        brig_code_happen(session, BRIG_CODE_STOP, BRIG_ERROR_CANCELLED);
}

/* A checked CALL whose time is now. */
static void do_call(brig_session *session, const brig_message *message, brig_procedure procedure,
                    const brig_value *args, const brig_value *options)
{
    switch (procedure) {
    case BRIG_PROCEDURE_OPEN:
        brig_session_open(session, message->id, args);
        break;
    case BRIG_PROCEDURE_RESET:
        brig_session_reset(session, message->id);
        break;
    case BRIG_PROCEDURE_CANCEL:
        cancel(session, message->id, args);
        break;
    case BRIG_PROCEDURE_PUT:
    case BRIG_PROCEDURE_GET:
    case BRIG_PROCEDURE_LIST:
        brig_files_begin(session, message->id, procedure, args);
        break;
    case BRIG_PROCEDURE_INFO:
        brig_session_info(session, message->id);
        break;
    case BRIG_PROCEDURE_PING:
        answer_ping(session, message->id);
        break;
    default:
        brig_code_begin(session, message, procedure, args, options);
        break;
    }
}

/* Does it make code run, which then could not be logged? */
static bool is_refused(const brig_session *session, brig_procedure procedure)
{
    static const brig_procedure running[] = {BRIG_PROCEDURE_OPEN, BRIG_PROCEDURE_RESET,
                                             BRIG_PROCEDURE_EVAL, BRIG_PROCEDURE_CALL,
                                             BRIG_PROCEDURE_DEFINE};

    if (!brig_audit_is_refusing(brig_server_audit(session->server)))
        return false;
    for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++) {
        if (procedure == running[i])
            return true;
    }
    return false;
}

/* The table decides, but for faults that are put in on purpose. */
static brig_action action_for(const brig_session *session, brig_procedure procedure)
{
    brig_action action = brig_phase_action(session->phase, procedure);

    if (MUTANT(holds_no_call) && action == BRIG_ACTION_HOLD)
        return BRIG_ACTION_UNAVAILABLE;
    if (MUTANT(holds_a_call_before_open) && action == BRIG_ACTION_UNAVAILABLE &&
        brig_procedure_is_code(procedure))
        return BRIG_ACTION_HOLD;
    if (MUTANT(calls_a_lost_worker_unavailable) && action == BRIG_ACTION_STALE)
        return BRIG_ACTION_UNAVAILABLE;
    if (MUTANT(calls_a_second_open_unavailable) && action == BRIG_ACTION_DENY)
        return BRIG_ACTION_UNAVAILABLE;
    if (MUTANT(answers_pings_in_sessions_only) && procedure == BRIG_PROCEDURE_PING &&
        session->phase == BRIG_PHASE_NEW)
        return BRIG_ACTION_UNAVAILABLE;
    return action;
}

static void act(brig_session *session, const brig_message *message, brig_procedure procedure,
                const brig_value *args, const brig_value *options)
{
    switch (action_for(session, procedure)) {
    case BRIG_ACTION_DO:
    case BRIG_ACTION_HOLD: /* code_call.c holds it: the phase is not READY */
        do_call(session, message, procedure, args, options);
        break;
    case BRIG_ACTION_DENY:
        brig_answer_error(session, message->id, BRIG_ERROR_DENIED, "the session is already open");
        break;
    case BRIG_ACTION_UNAVAILABLE:
        brig_answer_error(session, message->id, BRIG_ERROR_UNAVAILABLE,
                          "there is no worker yet: brig.open comes first");
        break;
    case BRIG_ACTION_STALE:
        brig_answer_error(session, message->id, BRIG_ERROR_STALE,
                          "the worker is gone; brig.reset brings a new one");
        break;
    case BRIG_ACTION_UNKNOWN:
        brig_answer_error(session, message->id, BRIG_ERROR_UNKNOWN_PROCEDURE,
                          "the server has no such procedure");
        break;
    }
}

static void answer_problem(brig_session *session, uint64_t id, const brig_problem *problem)
{
    brig_buffer data;

    brig_buffer_init(&data, SMALL_BYTES);
    brig_pack_map(&data, 1);
    if (problem->code == BRIG_ERROR_TOO_LARGE)
        brig_pack_key_text(&data, "limit", problem->limit);
    else
        brig_pack_key_text(&data, "path", MUTANT(names_no_path) ? "" : problem->path);
    brig_answer_error_data(session, id, problem->code, problem->text, brig_buffer_span(&data));
    brig_buffer_done(&data);
}

static void on_checked_call(brig_session *session, const brig_message *message,
                            brig_procedure procedure)
{
    brig_tree *args = NULL;
    brig_tree *options = NULL;
    brig_problem problem = {.code = BRIG_ERROR_BAD_ARGUMENTS, .text = "the args are no value"};

    brig_status status = brig_tree_new(message->body, &args);
    if (status == BRIG_OK)
        status = brig_tree_new(message->extra, &options);
    if (status == BRIG_NO_MEMORY) {
        brig_answer_error(session, message->id, BRIG_ERROR_INTERNAL, brig_status_text(status));
        goto out;
    }
    if (status == BRIG_OK)
        status = brig_procedure_check(procedure, brig_tree_root(args), brig_tree_root(options),
                                      &problem);
    if (status != BRIG_OK)
        answer_problem(session, message->id, &problem);
    else if (is_refused(session, procedure))
        brig_answer_error(session, message->id, BRIG_ERROR_UNAVAILABLE,
                          "the server's audit log cannot be written");
    else
        act(session, message, procedure, brig_tree_root(args), brig_tree_root(options));
out:
    brig_tree_free(options);
    brig_tree_free(args);
}

static void on_call(brig_session *session, const brig_message *message)
{
    brig_procedure procedure = brig_procedure_find(message->name);

    brig_audit_call(session, message);
    session->last_id = message->id;
    session->active_ms = brig_now_ms();
    if (procedure == BRIG_PROCEDURE_COUNT || !brig_procedure_is_from(procedure, BRIG_SIDE_CLIENT))
        brig_answer_error(session, message->id,
                          MUTANT(calls_a_procedure_a_tool) ? BRIG_ERROR_UNKNOWN_TOOL
                                                           : BRIG_ERROR_UNKNOWN_PROCEDURE,
                          "the server has no such procedure");
    else if (message->trailing > 0 && !MUTANT(ignores_elements_behind_a_call))
        brig_answer_error_key(session, message->id, BRIG_ERROR_UNSUPPORTED, "path", "/5");
    else
        on_checked_call(session, message, procedure);
}

static void on_answer(brig_session *session, const brig_message *message)
{
    brig_audit_tool_end(session, message);
    brig_tool_calls_on_answer(session, message);
}

void brig_session_on_message(brig_session *session, const brig_message *message)
{
    if (message->type == BRIG_MESSAGE_CALL)
        on_call(session, message);
    else if (message->type != BRIG_MESSAGE_EVENT) /* none is defined for the server's calls */
        on_answer(session, message);
    if (session->worker != NULL &&
        brig_worker_pending(session->worker) > session->limits.message_bytes)
        brig_client_pause(session->client);
}

/* A worker that asks and asks and does not read the refusals is not read either (spec 7.7). */
static bool is_worker_behind(const brig_session *session)
{
    return session->tool_calls.refused_count > BRIG_REFUSED_UNREAD;
}

void brig_session_on_drained(brig_session *session)
{
    if (session->worker != NULL && !is_worker_behind(session))
        brig_worker_resume(session->worker);
}

/* ---- the worker's events ---- */

static void pause_if_full(brig_session *session)
{
    if (session->worker != NULL &&
        (brig_client_is_full(session->client) || is_worker_behind(session)))
        brig_worker_pause(session->worker);
}

static void on_worker_ready(void *owner, const brig_value *report)
{
    brig_session *session = owner;

    brig_session_on_ready(session, report);
    watch_idle(session, session->limits.idle_ms);
    if (session->phase == BRIG_PHASE_READY && session->worker != NULL)
        brig_watch_begin(session);
}

static void on_worker_failed(void *owner, brig_error_code code, const char *why, brig_span data)
{
    brig_session *session = owner;

    session->failure_code = code;
    (void)snprintf(session->failure, sizeof(session->failure), "%s", why);
    brig_buffer_clear(&session->failure_data);
    brig_buffer_append(&session->failure_data, data);
    if (session->failure_data.fault != BRIG_OK) /* hostile code made it that large */
        brig_buffer_clear(&session->failure_data);
}

static void on_worker_message(void *owner, const brig_message *message)
{
    brig_session *session = owner;
    brig_worker_word word;

    brig_status status = brig_worker_word_check(message, &word);
    if (MUTANT(ignores_wrong_words_of_a_worker) && status != BRIG_OK)
        return;
    if (status == BRIG_OK && session->call.state == BRIG_CODE_NONE)
        status = BRIG_STATE;
    if (status == BRIG_OK && message->type != BRIG_MESSAGE_CALL &&
        message->id != session->call.worker_id)
        status = BRIG_STATE;
    if (MUTANT(ignores_a_second_terminal) && status == BRIG_STATE)
        return;
    if (status != BRIG_OK)
        brig_code_breach(session, status == BRIG_STATE ? "a message of no open call"
                                                       : "a message that it must not send");
    else if (message->type == BRIG_MESSAGE_EVENT)
        brig_output_event(session, message, &word);
    else if (message->type == BRIG_MESSAGE_CALL)
        brig_tool_calls_begin(session, message);
    else
        brig_code_on_terminal(session, message);
    pause_if_full(session);
}

static void on_worker_raw(void *owner, brig_raw_stream stream, brig_span bytes)
{
    brig_session *session = owner;

    brig_output_raw(session, stream, bytes);
    pause_if_full(session);
}

static void on_worker_interrupted(void *owner)
{
    brig_code_happen(owner, BRIG_CODE_INTERRUPTED, BRIG_ERROR_COUNT);
}

static void on_worker_file(void *owner, uint64_t id, const brig_message *answer)
{
    brig_files_on_answer(owner, id, answer);
}

static void on_worker_violation(void *owner, const brig_value *what)
{
    brig_output_violation(owner, what);
}

static void on_worker_written(void *owner)
{
    brig_session *session = owner;

    if (brig_worker_pending(session->worker) <= session->limits.message_bytes)
        brig_client_resume(session->client);
    if (session->worker == NULL || brig_worker_pending(session->worker) > 0)
        return;
    session->tool_calls.refused_count = 0;
    if (!brig_client_is_full(session->client))
        brig_worker_resume(session->worker);
}

static void on_worker_gone(void *owner, const brig_worker_end *end)
{
    brig_session *session = owner;

    brig_audit_worker_end(session, end);
    brig_code_on_gone(session, end);
    brig_files_fail(session);
    session->worker = NULL;
    brig_client_resume(session->client);
    if (session->is_replacing)
        brig_session_start_worker(session);
    else if (session->phase == BRIG_PHASE_READY)
        session->phase = BRIG_PHASE_STALE;
    else if (session->start_id != 0)
        brig_session_on_start_failed(session);
}

const brig_worker_events brig_session_worker_events = {
    .on_ready = on_worker_ready,
    .on_failed = on_worker_failed,
    .on_message = on_worker_message,
    .on_raw = on_worker_raw,
    .on_interrupted = on_worker_interrupted,
    .on_file = on_worker_file,
    .on_violation = on_worker_violation,
    .on_written = on_worker_written,
    .on_gone = on_worker_gone,
};

/* ---- beginning and end ---- */

static void free_session(brig_session *session)
{
    brig_tools_done(&session->tools);
    brig_tools_done(&session->call.defined_tools);
    brig_buffer_done(&session->env);
    brig_buffer_done(&session->require);
    brig_buffer_done(&session->engine);
    brig_buffer_done(&session->statement);
    brig_buffer_done(&session->failure_data);
    brig_output_done(&session->output);
    free(session);
}

static void on_timer_closed(uv_handle_t *handle)
{
    brig_session *session = handle->data;

    if (--session->open_handles == 0)
        free_session(session);
}

static void make_name(char name[BRIG_SESSION_NAME_BYTES])
{
    uint8_t random[(BRIG_SESSION_NAME_BYTES - 1) / 2];

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(name, BRIG_SESSION_NAME_BYTES, random, sizeof(random));
}

static void init_timer(brig_session *session, uv_timer_t *timer)
{
    (void)uv_timer_init(&brig_server_loop(session->server)->uv, timer);
    timer->data = session;
    session->open_handles++;
}

brig_status brig_session_new(brig_server *server, brig_client *client, brig_session **ret_session)
{
    brig_session *session = calloc(1, sizeof(*session));

    if (session == NULL)
        return BRIG_NO_MEMORY;
    session->server = server;
    session->client = client;
    session->limits.idle_ms = BRIG_LIMIT_IDLE_MS;
    session->limits.deadline_ms = BRIG_LIMIT_IDLE_MS;
    session->active_ms = brig_now_ms();
    make_name(session->name);
    brig_buffer_init(&session->env, RECORD_BYTES);
    brig_buffer_init(&session->require, RECORD_BYTES);
    brig_buffer_init(&session->engine, RECORD_BYTES);
    brig_buffer_init(&session->statement, RECORD_BYTES);
    brig_buffer_init(&session->failure_data, RECORD_BYTES);
    brig_buffer_init(&session->call.args, 0);
    brig_output_init(&session->output);
    init_timer(session, &session->deadline_timer);
    init_timer(session, &session->watch_timer);
    init_timer(session, &session->idle_timer);
    watch_idle(session, session->limits.idle_ms);
    *ret_session = session;
    return BRIG_OK;
}

void brig_session_end(brig_session *session)
{
    brig_worker *worker = session->worker;

    session->is_ended = true;
    brig_code_drop_args(session);
    session->worker = NULL;
    if (worker != NULL)
        brig_worker_abandon(worker);
    uv_close((uv_handle_t *)&session->deadline_timer, on_timer_closed);
    uv_close((uv_handle_t *)&session->watch_timer, on_timer_closed);
    uv_close((uv_handle_t *)&session->idle_timer, on_timer_closed);
}
