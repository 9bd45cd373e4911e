/* SPDX-License-Identifier: MIT */
/* What the terminal of a code call tells (spec 7.2). */
#include <stdio.h>

#include <brig/pack.h>

#include "mutant.h"
#include "session.h"
#include "worker_check.h"

enum { META_BYTES = 8192 };

static const brig_span nothing = {NULL, 0};

static void pack_usage(brig_session *session, brig_buffer *to)
{
    const brig_code_call *call = &session->call;
    uint64_t cpu_ms = 0;
    uint64_t memory_bytes = 0;

    if (session->worker != NULL) {
        uint64_t now_ms = brig_worker_cpu_ms(session->worker);

        cpu_ms = now_ms > call->cpu_start_ms ? now_ms - call->cpu_start_ms : 0;
        memory_bytes = brig_worker_memory_bytes(session->worker);
    }
    brig_pack_cstring(to, "usage");
    brig_pack_map(to, 4);
    brig_pack_key_uint(to, "wall_ms", brig_now_ms() - call->started_ms);
    brig_pack_key_uint(to, "cpu_ms", cpu_ms);
    brig_pack_key_uint(to, "memory_bytes", memory_bytes);
    brig_pack_key_uint(to, "tool_calls", call->tool_calls);
}

/* Keys that RESULT and ERROR share; pack_common_count() of them. */
static size_t common_count(const brig_session *session)
{
    bool is_short = MUTANT(forgets_the_generation) || MUTANT(sends_no_usage);

    return (brig_output_has_dropped(&session->output) ? 3U : 2U) - (is_short ? 1U : 0U);
}

static void pack_common(brig_session *session, brig_buffer *to)
{
    if (!MUTANT(forgets_the_generation))
        brig_pack_key_uint(to, "generation", session->generation);
    if (!MUTANT(sends_no_usage))
        pack_usage(session, to);
    if (brig_output_has_dropped(&session->output))
        brig_output_pack_dropped(&session->output, to);
}

static void pack_result_meta(brig_session *session, const brig_worker_word *word, brig_buffer *to)
{
    size_t count =
        common_count(session) + (word->is_omitted ? 1U : 0U) + (word->is_visible ? 1U : 0U);

    brig_pack_map(to, count);
    pack_common(session, to);
    if (word->is_omitted)
        brig_pack_key_text(to, "value", "omitted");
    if (word->is_visible)
        brig_pack_key_bool(to, "visible", true);
}

/* Send a RESULT; BRIG_TOO_LARGE if the client takes no message of this size. */
static brig_status send_result(brig_session *session, brig_span value, const brig_worker_word *word)
{
    brig_buffer meta;

    brig_buffer_init(&meta, META_BYTES);
    pack_result_meta(session, word, &meta);
    brig_message result = {
        .type = BRIG_MESSAGE_RESULT,
        .id = session->call.id,
        .body = value,
        .extra = brig_buffer_span(&meta),
    };
    brig_status status = brig_client_send(session->client, &result, NULL);
    brig_buffer_done(&meta);
    return status;
}

/* The code ran to its end: it gets a RESULT even if its value cannot travel (COD-017). */
static brig_status send_omitted(brig_session *session, size_t value_bytes,
                                const brig_worker_word *word)
{
    brig_worker_word omitted = *word;
    brig_buffer value;
    char text[64];

    omitted.is_omitted = true;
    (void)snprintf(text, sizeof(text), "value of %zu bytes omitted", value_bytes);
    brig_buffer_init(&value, META_BYTES);
    brig_pack_opaque(&value, NULL, 0, brig_span_text(text));
    brig_status status = send_result(session, brig_buffer_span(&value), &omitted);
    brig_buffer_done(&value);
    return status;
}

static brig_status relay_result(brig_session *session, const brig_message *message,
                                const brig_worker_word *word)
{
    size_t len = message->body.len;
    brig_status status = BRIG_TOO_LARGE;

    if (session->call.procedure == BRIG_PROCEDURE_DEFINE) {
        brig_buffer value;

        brig_tools_done(&session->tools);
        session->tools = session->call.defined_tools;
        session->call.defined_tools = (brig_tools){0};
        brig_buffer_init(&value, BRIG_LIMIT_MAX_MESSAGE_BYTES);
        brig_pack_map(&value, 1);
        brig_pack_cstring(&value, "tools");
        brig_tools_pack_names(&session->tools, &value);
        status = send_result(session, brig_buffer_span(&value), word);
        brig_buffer_done(&value);
        return status;
    }
    if (len <= session->call.value_bytes || word->is_omitted || MUTANT(sends_a_value_of_any_size))
        status = send_result(session, message->body, word);
    return status == BRIG_TOO_LARGE ? send_omitted(session, len, word) : status;
}

/* data: the worker's keys, which have been checked, then the server's. */
static void pack_error_data(brig_session *session, const brig_value *given, const char *state,
                            brig_buffer *to)
{
    size_t given_count = given == NULL ? 0 : given->map.count;

    brig_pack_map(to, given_count + common_count(session) + 1);
    for (size_t i = 0; i < given_count; i++) {
        brig_pack_raw(to, given->map.entries[i].key.encoded);
        brig_pack_raw(to, given->map.entries[i].value.encoded);
    }
    pack_common(session, to);
    brig_pack_key_text(to, "state", state);
}

static brig_status relay_error(brig_session *session, const brig_message *message)
{
    brig_tree *tree = NULL;
    brig_buffer data;

    brig_buffer_init(&data, message->body.len + META_BYTES);
    brig_status status = brig_tree_new(message->body, &tree);
    if (MUTANT(keeps_what_a_failed_define_declared) && session->call.defined_tools.count > 0) {
        brig_tools_done(&session->tools);
        session->tools = session->call.defined_tools;
        session->call.defined_tools = (brig_tools){0};
    }
    if (status == BRIG_OK) {
        pack_error_data(session, brig_tree_root(tree), "kept", &data);
        status = data.fault;
    }
    if (status == BRIG_OK) {
        brig_message error = {
            .type = BRIG_MESSAGE_ERROR,
            .id = session->call.id,
            .name = message->name,
            .text = message->text,
            .body = brig_buffer_span(&data),
        };
        status = brig_client_send(session->client, &error, NULL);
        if (status == BRIG_TOO_LARGE) { /* a client with a small max_message: without details */
            brig_buffer_clear(&data);
            pack_error_data(session, NULL, "kept", &data);
            error.body = brig_buffer_span(&data);
            error.text = nothing;
            status = brig_client_send(session->client, &error, NULL);
        }
    }
    brig_tree_free(tree);
    brig_buffer_done(&data);
    return status;
}

void brig_terminal_relay(brig_session *session, const brig_message *message)
{
    brig_worker_word word;

    brig_status status = brig_worker_word_check(message, &word);
    if (status == BRIG_OK)
        status = message->type == BRIG_MESSAGE_RESULT ? relay_result(session, message, &word)
                                                      : relay_error(session, message);
    if (status != BRIG_OK && status != BRIG_STATE)
        brig_client_close(session->client, BRIG_CLOSE_INTERNAL, "a terminal could not be sent");
}

static const char *text_of(brig_error_code code)
{
    switch (code) {
    case BRIG_ERROR_DEADLINE:
        return "the time of the call is over";
    case BRIG_ERROR_CANCELLED:
        return "the call was cancelled";
    case BRIG_ERROR_CPU:
        return "the processor time of the call is over";
    case BRIG_ERROR_EXITED:
        return "the code ended the worker process";
    case BRIG_ERROR_MEMORY:
        return "the memory limit ended the worker";
    case BRIG_ERROR_NO_SPACE:
        return "the session's files outgrew workspace_bytes or workspace_files, which ended the "
               "worker";
    default:
        return "the worker ended without an answer";
    }
}

static void pack_decided_data(brig_session *session, const char *state, brig_buffer *to)
{
    const brig_code_call *call = &session->call;
    bool has_number = call->number >= 0;
    bool has_reason = call->reason != NULL;

    brig_pack_map(to, common_count(session) + 1 + (has_number ? 1U : 0U) + (has_reason ? 1U : 0U));
    if (has_reason)
        brig_pack_key_text(to, "reason", call->reason);
    if (has_number)
        brig_pack_key_uint(to, call->decided == BRIG_ERROR_EXITED ? "status" : "signal",
                           (uint64_t)call->number);
    pack_common(session, to);
    brig_pack_key_text(to, "state", state);
}

void brig_terminal_decided(brig_session *session, const char *state)
{
    brig_buffer data;

    brig_buffer_init(&data, META_BYTES);
    if (state != NULL)
        pack_decided_data(session, state, &data);
    if (MUTANT(forgets_the_terminal_of_a_deadline) && session->call.decided == BRIG_ERROR_DEADLINE)
        return;
    brig_answer_error_data(session, session->call.id, session->call.decided,
                           text_of(session->call.decided),
                           data.fault == BRIG_OK ? brig_buffer_span(&data) : nothing);
    brig_buffer_done(&data);
}
