/* SPDX-License-Identifier: MIT */
/* Calls of the code to the client: checked, counted, relayed, ended in time (spec 7.4). */
#include "tool_calls.h"

#include <string.h>

#include <brig/pack.h>
#include <brig/schema.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "session.h"

enum { SMALL_BYTES = 1024 };

static const brig_span nothing = {NULL, 0};

/* A worker that cannot have its answer waits for ever. */
static void end_unanswered(brig_session *session, brig_status status)
{
    brig_log("session %s: answer to the worker: %s", session->name, brig_status_name(status));
    brig_worker_kill(session->worker, BRIG_KILL_STALLED);
}

static void answer_worker_error(brig_session *session, uint64_t worker_id, brig_error_code code,
                                const char *text, brig_span data)
{
    brig_message answer = {
        .type = BRIG_MESSAGE_ERROR,
        .id = worker_id,
        .name = brig_span_text(brig_error_name(code)),
        .text = brig_span_text(text),
        .body = data,
    };

    session->tool_calls.refused_count++;
    brig_status status = brig_worker_answer(session->worker, &answer);
    if (status != BRIG_OK)
        end_unanswered(session, status);
}

/* It does not leave. */
static void refuse(brig_session *session, const brig_message *message, brig_error_code code,
                   const char *text, brig_span data)
{
    brig_audit_tool_refused(session, message->name, brig_error_name(code));
    answer_worker_error(session, message->id, code, text, data);
}

/* A free place, if fewer calls of this code call are open than the limit allows. */
static brig_tool_call *find_place(brig_session *session)
{
    brig_tool_call *place = NULL;
    uint64_t open_count = 0;

    for (size_t i = 0; i < BRIG_LIMIT_MAX_CALLS; i++) {
        brig_tool_call *call = &session->tool_calls.items[i];

        if (call->client_id == 0)
            place = call;
        else if (call->worker_id != 0)
            open_count++;
    }
    return open_count < session->limits.tool_calls_open || MUTANT(opens_any_number_of_tool_calls)
               ? place
               : NULL;
}

static void pack_options(const brig_session *session, brig_buffer *to)
{
    uint64_t used_ms = brig_now_ms() - session->call.started_ms;
    uint64_t left_ms =
        used_ms < session->call.deadline_ms ? session->call.deadline_ms - used_ms : 0;

    brig_pack_map(to, 2);
    brig_pack_key_uint(to, "parent", session->call.id + (MUTANT(names_a_wrong_parent) ? 1 : 0));
    brig_pack_key_uint(to, "deadline_ms", left_ms);
}

/* Send the CALL to the client; the worker hears of a failure. */
static void forward(brig_session *session, const brig_message *message, bool is_input)
{
    brig_tool_call *place = find_place(session);
    brig_buffer options;
    uint64_t client_id = 0;

    if (place == NULL) {
        refuse(session, message, BRIG_ERROR_BUDGET, "too many tool calls are open at once",
               nothing);
        return;
    }
    brig_buffer_init(&options, SMALL_BYTES);
    pack_options(session, &options);
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .name = message->name,
        .body = message->body,
        .extra = brig_buffer_span(&options),
    };
    brig_status status = brig_client_send(session->client, &call, &client_id);
    brig_buffer_done(&options);
    if (status == BRIG_OK) {
        *place = (brig_tool_call){
            .worker_id = message->id, .client_id = client_id, .is_input = is_input};
        return;
    }
    if (status == BRIG_TOO_LARGE)
        refuse(session, message, BRIG_ERROR_TOO_LARGE, "the client takes no message of this size",
               nothing);
    else
        refuse(session, message, BRIG_ERROR_BUDGET, "the client has too many calls to answer",
               nothing);
}

static void begin_input(brig_session *session, const brig_message *message)
{
    brig_tree *tree = NULL;
    brig_problem problem;

    bool may_ask = session->has_stdin || MUTANT(asks_for_input_unasked);
    brig_status status = may_ask ? brig_tree_new(message->body, &tree) : BRIG_STATE;
    if (status == BRIG_OK)
        status = brig_record_check(BRIG_RECORD_INPUT, brig_tree_root(tree), &problem);
    brig_tree_free(tree);
    if (status == BRIG_OK)
        forward(session, message, true);
    else
        brig_code_breach(session, "brig.input that cannot be");
}

/* The very bytes that leave are checked (TOL-007). BRIG_OK, or the worker has its answer. */
static brig_status check_args(brig_session *session, const brig_message *message,
                              const brig_tool *tool)
{
    brig_tree *tree = NULL;
    brig_problem problem;
    brig_buffer data;

    brig_status status = brig_tree_new(message->body, &tree);
    if (status != BRIG_OK) {
        brig_code_breach(session, "unreadable arguments");
        return status;
    }
    brig_buffer_init(&data, SMALL_BYTES);
    status = brig_schema_check(tool->params, brig_tree_root(tree), &problem);
    if (MUTANT(sends_arguments_unchecked))
        status = BRIG_OK;
    if (status != BRIG_OK) {
        brig_pack_map(&data, 1);
        brig_pack_key_text(&data, "path", problem.path);
        refuse(session, message, BRIG_ERROR_BAD_ARGUMENTS, problem.text, brig_buffer_span(&data));
    }
    brig_buffer_done(&data);
    brig_tree_free(tree);
    return status;
}

static void begin_tool(brig_session *session, const brig_message *message)
{
    const brig_tool *tool = brig_tools_find(&session->tools, message->name);

    if (tool == NULL && MUTANT(forwards_a_call_of_any_tool)) {
        forward(session, message, false);
        return;
    }
    if (tool == NULL || tool->is_sandbox) {
        brig_code_breach(session, "a call of a tool that the session does not have");
        return;
    }
    if (session->call.tool_calls >= session->limits.tool_calls && !MUTANT(counts_no_tool_calls)) {
        refuse(session, message, BRIG_ERROR_BUDGET, "the tool calls of this code call are used up",
               nothing);
        return;
    }
    session->call.tool_calls++;
    if (check_args(session, message, tool) == BRIG_OK)
        forward(session, message, false);
}

void brig_tool_calls_begin(brig_session *session, const brig_message *message)
{
    if (message->id <= session->tool_calls.last_worker_id) {
        brig_code_breach(session, "a call id that is not above the last");
        return;
    }
    session->tool_calls.last_worker_id = message->id;
    /* Its end is decided: nothing leaves any more. */
    if (session->call.state != BRIG_CODE_RUNNING)
        refuse(session, message, BRIG_ERROR_CANCELLED, "the code call ends", nothing);
    else if (brig_span_is(message->name, "brig.input"))
        begin_input(session, message);
    else
        begin_tool(session, message);
}

static bool is_line(brig_span value)
{
    /* nil or str; the connection has checked the form */
    return value.len > 0 && (value.data[0] == 0xc0 || (value.data[0] & 0xe0) == 0xa0 ||
                             (value.data[0] >= 0xd9 && value.data[0] <= 0xdb));
}

static void relay_answer(brig_session *session, const brig_tool_call *call,
                         const brig_message *message)
{
    brig_message answer = {.type = message->type, .id = call->worker_id};

    if (message->type == BRIG_MESSAGE_RESULT) {
        if (!call->is_input || is_line(message->body))
            answer.body = message->body;
    } else {
        /* No more than code and message (TOL-014). */
        answer.name = brig_error_find(message->name) == BRIG_ERROR_COUNT ? brig_span_text("tool")
                                                                         : message->name;
        answer.text = message->text;
    }
    brig_status status = brig_worker_answer(session->worker, &answer);
    if (status == BRIG_TOO_LARGE) { /* LIM-009 */
        brig_audit_limit(session, "message_bytes");
        answer_worker_error(session, call->worker_id, BRIG_ERROR_TOO_LARGE,
                            "the result is larger than the limit message_bytes", nothing);
    } else if (status != BRIG_OK) {
        end_unanswered(session, status);
    }
}

void brig_tool_calls_on_answer(brig_session *session, const brig_message *message)
{
    for (size_t i = 0; i < BRIG_LIMIT_MAX_CALLS; i++) {
        brig_tool_call call = session->tool_calls.items[i];

        if (call.client_id != message->id)
            continue;
        session->tool_calls.items[i] = (brig_tool_call){0};
        if (call.worker_id != 0 && session->worker != NULL)
            relay_answer(session, &call, message);
        return;
    }
    /* The answer to a brig.cancel, or one that comes too late: dropped (COD-012). */
    if (MUTANT(ends_at_a_late_answer))
        brig_client_close(session->client, BRIG_CLOSE_PROTOCOL, "an answer that nobody awaits");
}

static void cancel_at_client(brig_session *session, uint64_t client_id)
{
    brig_buffer args;

    brig_buffer_init(&args, SMALL_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_uint(&args, "id", client_id);
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .name = brig_span_text("brig.cancel"),
        .body = brig_buffer_span(&args),
    };
    brig_status status = brig_client_send(session->client, &call, NULL);
    if (status != BRIG_OK && status != BRIG_STATE)
        brig_log("session %s: brig.cancel of %llu: %s", session->name,
                 (unsigned long long)client_id, brig_status_name(status));
    brig_buffer_done(&args);
}

void brig_tool_calls_cancel(brig_session *session)
{
    for (size_t i = 0; i < BRIG_LIMIT_MAX_CALLS; i++) {
        brig_tool_call *call = &session->tool_calls.items[i];

        if (call->client_id == 0 || call->worker_id == 0)
            continue;
        uint64_t worker_id = call->worker_id;
        call->worker_id = 0;
        if (!MUTANT(cancels_no_tool_call))
            cancel_at_client(session, call->client_id);
        if (session->worker != NULL)
            answer_worker_error(session, worker_id, BRIG_ERROR_CANCELLED, "the code call ends",
                                nothing);
    }
}

bool brig_tool_calls_is_any_open(const brig_session *session)
{
    for (size_t i = 0; i < BRIG_LIMIT_MAX_CALLS; i++) {
        if (session->tool_calls.items[i].client_id != 0)
            return true;
    }
    return false;
}
