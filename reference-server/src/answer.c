/* SPDX-License-Identifier: MIT */
/* Terminals for the client's calls (spec 6.1, 8). */
#include "session.h"

#include <brig/pack.h>

#include "log.h"
#include "mutant.h"

enum { DATA_BYTES = 4096 };

void brig_answer_send(brig_session *session, const brig_message *message)
{
    brig_status status = brig_client_send(session->client, message, NULL);

    if (status == BRIG_OK || status == BRIG_STATE)
        return; /* BRIG_STATE: the connection is closing, nobody waits */
    brig_log("session %s: answer to call %llu: %s", session->name, (unsigned long long)message->id,
             brig_status_name(status));
    brig_client_close(session->client, BRIG_CLOSE_INTERNAL, "an answer could not be sent");
}

void brig_answer_result(brig_session *session, uint64_t id, brig_span value, brig_span meta)
{
    brig_message message = {
        .type = BRIG_MESSAGE_RESULT,
        .id = id,
        .body = value,
        .extra = meta,
    };

    brig_status status = brig_client_send(session->client, &message, NULL);
    if (status == BRIG_TOO_LARGE)
        brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "max_message");
    else if (status != BRIG_OK && status != BRIG_STATE)
        brig_client_close(session->client, BRIG_CLOSE_INTERNAL, "an answer could not be sent");
    session->active_ms = brig_now_ms();
}

void brig_answer_error_data(brig_session *session, uint64_t id, brig_error_code code,
                            const char *text, brig_span data)
{
    brig_buffer clean;

    brig_buffer_init(&clean, BRIG_LIMIT_ERROR_MESSAGE_BYTES);
    brig_text_clean(brig_span_text(text), BRIG_LIMIT_ERROR_MESSAGE_BYTES, &clean);
    brig_message message = {
        .type = BRIG_MESSAGE_ERROR,
        .id = id,
        .name = brig_span_text(brig_error_name(code)),
        .text = brig_buffer_span(&clean),
        .body = data,
    };
    brig_answer_send(session, &message);
    brig_buffer_done(&clean);
    session->active_ms = brig_now_ms();
}

void brig_answer_error(brig_session *session, uint64_t id, brig_error_code code, const char *text)
{
    brig_answer_error_data(session, id, code, text, (brig_span){NULL, 0});
}

/* The sentence for a code whose data says the rest. */
static const char *text_of(brig_error_code code)
{
    switch (code) {
    case BRIG_ERROR_UNSUPPORTED:
        return "this server does not know a key, a keyword or an element of the call";
    case BRIG_ERROR_BAD_ARGUMENTS:
        return "an argument has a wrong type, size or value";
    case BRIG_ERROR_TOO_LARGE:
        return "more than a limit allows";
    default:
        return "";
    }
}

void brig_answer_error_key(brig_session *session, uint64_t id, brig_error_code code,
                           const char *key, const char *value)
{
    brig_buffer data;

    brig_buffer_init(&data, DATA_BYTES);
    brig_pack_map(&data, 1);
    brig_pack_key_text(&data, key, MUTANT(names_no_path) ? "" : value);
    brig_answer_error_data(session, id, code, text_of(code),
                           data.fault == BRIG_OK ? brig_buffer_span(&data) : (brig_span){NULL, 0});
    brig_buffer_done(&data);
}
