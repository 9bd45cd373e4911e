/* SPDX-License-Identifier: MIT */
/* Code calls: begun, held, forwarded, stopped, ended exactly once (spec 7.2). */
#include <assert.h>
#include <string.h>

#include <brig/pack.h>
#include <brig/procedure.h>
#include <brig/schema.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "session.h"

enum {
    GRACE_PARTS = 4, /* after one of them the interrupt is repeated */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void on_deadline(uv_timer_t *timer)
{
    brig_code_happen(timer->data, BRIG_CODE_STOP, BRIG_ERROR_DEADLINE);
}

static void on_grace_over(uv_timer_t *timer)
{
    brig_code_happen(timer->data, BRIG_CODE_GRACE_OVER, BRIG_ERROR_DEADLINE);
}

/* The engine drops an interrupt that came before it had begun the call (spec 7.2): ask again. */
static void on_still_there(uv_timer_t *timer)
{
    brig_session *session = timer->data;
    uint64_t grace_ms = session->limits.grace_ms;

    brig_session_start_timer(session, &session->deadline_timer, on_grace_over,
                             grace_ms - grace_ms / GRACE_PARTS);
    brig_code_happen(session, BRIG_CODE_STILL_THERE, BRIG_ERROR_DEADLINE);
}

/* A held call's args count among what the session holds. */
static void count_args(brig_session *session, size_t before)
{
    brig_account *account = brig_client_account(session->client);

    brig_budget_change(account->budget, account, before, session->call.args.capacity);
}

void brig_code_drop_args(brig_session *session)
{
    size_t before = session->call.args.capacity;

    brig_buffer_done(&session->call.args);
    count_args(session, before);
}

/* The call is over and its terminal sent. */
static void forget(brig_session *session)
{
    brig_code_call *call = &session->call;

    (void)uv_timer_stop(&session->deadline_timer);
    brig_code_drop_args(session);
    brig_tools_done(&call->defined_tools);
    call->id = 0;
    call->worker_id = 0;
    session->active_ms = brig_now_ms();
}

static brig_status forward(brig_session *session, brig_span args)
{
    brig_code_call *call = &session->call;

    brig_status status =
        brig_worker_call(session->worker, brig_span_text(brig_procedure_name(call->procedure)),
                         args, &call->worker_id);
    if (status != BRIG_OK)
        return status;
    call->state = brig_code_next(call->state, BRIG_CODE_FORWARDED).next;
    brig_watch_call(session);
    brig_output_begin(session);
    return BRIG_OK;
}

/* The worker has none of it; the caller answers the client's call with this id. */
static uint64_t forget_unforwarded(brig_session *session)
{
    uint64_t id = session->call.id;

    session->call.state = BRIG_CODE_NONE;
    forget(session);
    return id;
}

static void fail_unforwarded(brig_session *session, brig_error_code code, const char *text)
{
    uint64_t id = forget_unforwarded(session);

    if (!MUTANT(forgets_a_held_call))
        brig_answer_error(session, id, code, text);
}

static void fail_forward(brig_session *session, brig_status status)
{
    if (status != BRIG_TOO_LARGE) {
        fail_unforwarded(session, BRIG_ERROR_INTERNAL, "the worker does not take the call");
        return;
    }
    brig_answer_error_key(session, forget_unforwarded(session), BRIG_ERROR_TOO_LARGE, "limit",
                          "message_bytes");
}

void brig_code_forward_held(brig_session *session)
{
    brig_code_call *call = &session->call;

    if (call->state != BRIG_CODE_HELD)
        return;
    if (session->phase != BRIG_PHASE_READY) {
        fail_unforwarded(
            session, session->phase == BRIG_PHASE_STALE ? BRIG_ERROR_STALE : BRIG_ERROR_UNAVAILABLE,
            "the worker it waited for could not be started");
        return;
    }
    brig_status status = forward(session, brig_buffer_span(&call->args));
    if (status != BRIG_OK)
        fail_forward(session, status);
    else
        brig_code_drop_args(session);
}

/* The state table's effect; `message` is the worker's terminal, if that is the event. */
static void apply(brig_session *session, brig_code_effect effect, const brig_message *message)
{
    switch (effect) {
    case BRIG_EFFECT_RELAY:
        brig_tool_calls_cancel(session);
        brig_terminal_relay(session, message);
        forget(session);
        break;
    case BRIG_EFFECT_INTERRUPT:
        brig_tool_calls_cancel(session);
        (void)brig_worker_interrupt(session->worker);
        brig_session_start_timer(session, &session->deadline_timer, on_still_there,
                                 session->limits.grace_ms / GRACE_PARTS);
        break;
    case BRIG_EFFECT_REPEAT:
        (void)brig_worker_interrupt(session->worker);
        break;
    case BRIG_EFFECT_KILL:
        brig_worker_kill(session->worker, BRIG_KILL_DECIDED);
        break;
    case BRIG_EFFECT_END:
        brig_terminal_decided(session, NULL);
        forget(session);
        break;
    case BRIG_EFFECT_END_KEPT:
        brig_tool_calls_cancel(session);
        brig_terminal_decided(session, "kept");
        forget(session);
        break;
    case BRIG_EFFECT_END_LOST:
        brig_tool_calls_cancel(session);
        brig_terminal_decided(session, MUTANT(says_kept_of_a_lost_worker) ? "kept" : "lost");
        forget(session);
        break;
    case BRIG_EFFECT_BREACH:
        brig_code_breach(session, "a terminal of no open call");
        break;
    case BRIG_EFFECT_NOTHING:
        break;
    }
}

static void decide(brig_session *session, brig_error_code code)
{
    session->call.decided = code;
    if (code == BRIG_ERROR_DEADLINE)
        brig_audit_limit(session, "deadline_ms");
    else if (code == BRIG_ERROR_CPU)
        brig_audit_limit(session, "cpu_ms");
}

void brig_code_happen(brig_session *session, brig_code_event event, brig_error_code decides)
{
    brig_code_call *call = &session->call;

    brig_code_step step = brig_code_next(call->state, event);
    if (step.next == call->state && step.effect == BRIG_EFFECT_NOTHING)
        return;
    if (call->decided == BRIG_ERROR_COUNT)
        decide(session, decides);
    call->state = step.next;
    apply(session, step.effect, NULL);
}

void brig_code_on_terminal(brig_session *session, const brig_message *message)
{
    brig_code_call *call = &session->call;

    if (call->state == BRIG_CODE_RUNNING && !brig_watch_terminal(session))
        return;
    brig_code_step step = brig_code_next(call->state, BRIG_CODE_TERMINAL);
    if (MUTANT(believes_a_late_answer) && call->state == BRIG_CODE_AWAIT_TERMINAL)
        step = brig_code_next(BRIG_CODE_RUNNING, BRIG_CODE_TERMINAL);
    call->state = step.next;
    apply(session, step.effect, message);
}

void brig_code_breach(brig_session *session, const char *what)
{
    brig_code_call *call = &session->call;

    if (session->worker == NULL)
        return;
    /* Words may be cut by the kernel's kill. */
    if (!brig_watch_terminal(session))
        return;
    brig_audit_breach(session, what);
    brig_log("session %s: the worker broke the worker profile: %s", session->name, what);
    if (call->decided == BRIG_ERROR_COUNT)
        call->reason = "protocol";
    brig_worker_kill(session->worker, BRIG_KILL_PROTOCOL);
    brig_code_happen(session, BRIG_CODE_DOOMED, BRIG_ERROR_CRASHED);
}

/* What the end of a worker means for a call whose end was not decided before. */
static void decide_loss(brig_code_call *call, const brig_worker_end *end)
{
    call->decided = BRIG_ERROR_CRASHED;
    if (end->is_out_of_memory || end->cause == BRIG_KILL_MEMORY || MUTANT(calls_each_loss_memory)) {
        call->decided = BRIG_ERROR_MEMORY;
    } else if (end->cause == BRIG_KILL_FILES) {
        call->decided = BRIG_ERROR_NO_SPACE;
    } else if (end->cause == BRIG_KILL_PROTOCOL) {
        call->reason = "protocol";
    } else if (end->cause == BRIG_KILL_STALLED) {
        call->reason = "stalled";
    } else if (end->is_exit && !MUTANT(calls_an_exit_a_crash)) {
        call->decided = BRIG_ERROR_EXITED;
        call->number = end->status;
    } else {
        call->reason = "signal";
        call->number = end->signal > 0 ? end->signal : -1;
    }
}

void brig_code_on_gone(brig_session *session, const brig_worker_end *end)
{
    brig_code_call *call = &session->call;

    if (call->state == BRIG_CODE_NONE || call->state == BRIG_CODE_HELD)
        return;
    if (call->decided == BRIG_ERROR_COUNT)
        decide_loss(call, end);
    brig_code_happen(session, BRIG_CODE_GONE, call->decided);
}

/* Checks of one procedure each. True: the client has its ERROR. */
static bool refuse_eval(brig_session *session, uint64_t id, const brig_value *args)
{
    if (brig_value_get_text(args, "code", "").len <= session->limits.code_bytes ||
        MUTANT(runs_code_of_any_length))
        return false;
    brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "code_bytes");
    return true;
}

static bool refuse_call(brig_session *session, uint64_t id, const brig_value *args)
{
    static const brig_value no_args = {.kind = BRIG_MAP};
    const brig_tool *tool = brig_tools_find(&session->tools, brig_value_get_text(args, "tool", ""));
    const brig_value *given = brig_value_get(args, "args");
    brig_problem problem;
    char path[BRIG_PATH_BYTES + 8] = "/args";

    if (tool == NULL || !tool->is_sandbox) {
        brig_answer_error(session, id, BRIG_ERROR_UNKNOWN_TOOL,
                          "the sandbox has no tool of this name");
        return true;
    }
    if (brig_schema_check(tool->params, given != NULL ? given : &no_args, &problem) == BRIG_OK ||
        MUTANT(calls_a_sandbox_tool_unchecked))
        return false;
    memcpy(path + 5, problem.path, strlen(problem.path) + 1);
    brig_answer_error_key(session, id, BRIG_ERROR_BAD_ARGUMENTS, "path", path);
    return true;
}

static bool refuse_define(brig_session *session, uint64_t id, const brig_value *args)
{
    brig_status status = brig_tools_merge(&session->tools, brig_value_get(args, "tools"),
                                          &session->call.defined_tools);

    if (status == BRIG_OK && brig_session_can_send_tools(session, &session->call.defined_tools))
        return false;
    brig_tools_done(&session->call.defined_tools);
    if (status == BRIG_OK)
        brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "message_bytes");
    else if (status == BRIG_TOO_LARGE)
        brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "max_tools");
    else
        brig_answer_error(session, id, BRIG_ERROR_INTERNAL, brig_status_text(status));
    return true;
}

static bool refuse(brig_session *session, uint64_t id, brig_procedure procedure,
                   const brig_value *args)
{
    if (procedure == BRIG_PROCEDURE_EVAL)
        return refuse_eval(session, id, args);
    if (procedure == BRIG_PROCEDURE_CALL)
        return refuse_call(session, id, args);
    return refuse_define(session, id, args);
}

void brig_code_begin(brig_session *session, const brig_message *message, brig_procedure procedure,
                     const brig_value *args, const brig_value *options)
{
    brig_code_call *call = &session->call;

    if (call->state != BRIG_CODE_NONE) {
        brig_answer_error(session, message->id,
                          MUTANT(calls_busy_unavailable) ? BRIG_ERROR_UNAVAILABLE : BRIG_ERROR_BUSY,
                          "another code call is open");
        return;
    }
    if (refuse(session, message->id, procedure, args))
        return;
    uint64_t asked_ms = brig_value_get_uint(options, "deadline_ms", UINT64_MAX);
    uint64_t value_bytes = brig_value_get_uint(args, "value_bytes", UINT64_MAX);
    call->procedure = procedure;
    call->id = message->id;
    call->started_ms = brig_now_ms();
    call->deadline_ms = least(asked_ms, session->limits.deadline_ms);
    if (MUTANT(ignores_an_asked_deadline))
        call->deadline_ms = session->limits.deadline_ms;
    call->value_bytes = least(value_bytes, session->limits.value_bytes);
    call->decided = BRIG_ERROR_COUNT;
    call->reason = NULL;
    call->number = -1;
    call->tool_calls = 0;
    brig_session_start_timer(session, &session->deadline_timer, on_deadline, call->deadline_ms);
    if (MUTANT(keeps_no_deadline))
        (void)uv_timer_stop(&session->deadline_timer);
    if (session->phase == BRIG_PHASE_READY) {
        brig_status status = forward(session, args->encoded);

        if (status != BRIG_OK)
            fail_forward(session, status);
        return;
    }
    brig_buffer_init(&call->args, args->encoded.len);
    brig_buffer_append(&call->args, args->encoded);
    count_args(session, 0);
    call->state = BRIG_CODE_HELD;
    if (call->args.fault != BRIG_OK)
        fail_unforwarded(session, BRIG_ERROR_INTERNAL, brig_status_text(call->args.fault));
}
