/* SPDX-License-Identifier: MIT */
/* Our calls, from CALL to terminal, and the events between (spec 7). */
#include "internal.h"

#include <assert.h>

static struct open_call *find(brig_client *client, uint64_t id)
{
    for (size_t i = 0; i < CALL_SLOTS; i++)
        if (client->calls[i].id == id)
            return &client->calls[i];
    return NULL;
}

brig_status brig_calls_begin(brig_client *client, const brig_message *call,
                             const brig_completion *completion, uint64_t *ret_id)
{
    struct open_call *slot = find(client, 0);
    bool is_idle = brig_calls_running(client) == 0;
    brig_status status;
    uint64_t id;

    if (client->phase == PHASE_ENDED)
        return client->end; /* the store still says why */
    if (client->phase != PHASE_CONNECTED)
        return brig_outcome_fail(&client->last, BRIG_STATE, "not connected");
    if (slot == NULL)
        return brig_outcome_fail(&client->last, BRIG_FULL, "too many calls are open");
    status = BRIG_FULL;
    if (brig_transport_has_room(client))
        status = brig_conn_send(client->conn, call, &id);
    if (status != BRIG_OK)
        return brig_outcome_fail(&client->last, status, "the call cannot be sent: %s",
                                 brig_status_text(status));
    /* A wish to interrupt from before a code call was not about it. */
    if (is_idle)
        atomic_store(&client->mail->interrupt, false);
    *slot = (struct open_call){.id = id, .procedure = brig_procedure_find(call->name)};
    if (completion != NULL)
        slot->completion = *completion;
    if (ret_id != NULL)
        *ret_id = id;
    return BRIG_OK;
}

static void complete(brig_client *client, struct open_call *slot, const brig_outcome *outcome)
{
    brig_completion completion = slot->completion;
    bool was_inside = client->inside;

    /* The slot is free first: the callback may begin the next call. */
    *slot = (struct open_call){.id = 0};
    if (completion.done == NULL)
        return;
    client->inside = true;
    completion.done(completion.context, outcome);
    client->inside = was_inside;
}

void brig_calls_on_terminal(brig_client *client, const brig_message *message)
{
    struct open_call *slot = find(client, message->id);
    brig_outcome outcome = {.id = message->id};
    brig_status status;

    assert(slot != NULL); /* the connection lets only answers to open calls pass */
    /* Cancelled one by one or not: their code call has ended (spec 7.2). */
    brig_hosting_cancel_of(client, message->id);
    if (message->type == BRIG_MESSAGE_RESULT) {
        status = brig_outcome_set_result(&client->last, message);
        if (status != BRIG_OK)
            (void)brig_outcome_fail(&client->last, status, "the result cannot be decoded: %s",
                                    brig_status_text(status));
        outcome.result.value = brig_tree_root(client->last.value);
        outcome.result.meta = brig_tree_root(client->last.meta);
    } else {
        brig_outcome_set_error(&client->last, message);
    }
    if (client->last.error.status != BRIG_OK) {
        outcome.result = (brig_result){NULL, NULL};
        outcome.error = &client->last.error;
    }
    complete(client, slot, &outcome);
}

void brig_calls_lose_all(brig_client *client)
{
    client->last.error.code = BRIG_ERROR_CONNECTION_LOST;
    client->last.error.code_name = brig_error_name(BRIG_ERROR_CONNECTION_LOST);
    client->last.error.class_name = brig_error_class(BRIG_ERROR_CONNECTION_LOST);
    for (size_t i = 0; i < CALL_SLOTS; i++) {
        const brig_outcome outcome = {.id = client->calls[i].id, .error = &client->last.error};

        if (outcome.id != 0)
            complete(client, &client->calls[i], &outcome);
    }
}

/* BRIG_EVENT_KIND_COUNT if the kind is not known. */
static brig_event_kind kind_of(brig_span name)
{
    static const char *const names[] = {
#define EVENT_KIND_NAME(kind, text) [BRIG_EVENT_KIND_##kind] = (text),
        BRIG_EVENT_KIND_MAP(EVENT_KIND_NAME)
#undef EVENT_KIND_NAME
    };

    for (size_t i = 0; i < BRIG_EVENT_KIND_COUNT; i++)
        if (brig_span_is(name, names[i]))
            return (brig_event_kind)i;
    return BRIG_EVENT_KIND_COUNT;
}

static bool fits_kind(const brig_notice *notice)
{
    if (notice->kind == BRIG_EVENT_KIND_STDOUT || notice->kind == BRIG_EVENT_KIND_STDERR)
        return notice->payload->kind == BRIG_BIN;
    return notice->payload->kind == BRIG_MAP;
}

/* What is unknown or of an unexpected form is told, not asked: it is ignored (spec 6.1). */
void brig_calls_on_event(brig_client *client, const brig_message *message)
{
    brig_notice notice = {.call_id = message->id, .kind = kind_of(message->name)};
    bool was_inside = client->inside;
    brig_tree *payload = NULL;
    brig_tree *meta = NULL;

    if (client->config.on_notice == NULL || notice.kind == BRIG_EVENT_KIND_COUNT)
        return;
    if (brig_tree_new(message->body, &payload) != BRIG_OK ||
        brig_tree_new(message->extra, &meta) != BRIG_OK)
        goto out;
    notice.payload = brig_tree_root(payload);
    notice.meta = brig_tree_root(meta);
    if (!fits_kind(&notice))
        goto out;
    if (notice.payload->kind == BRIG_BIN)
        notice.bytes = notice.payload->bytes;
    client->inside = true;
    client->config.on_notice(client->config.context, &notice);
    client->inside = was_inside;
out:
    brig_tree_free(payload);
    brig_tree_free(meta);
}

bool brig_calls_is_code(const brig_client *client, uint64_t id)
{
    for (size_t i = 0; i < CALL_SLOTS; i++)
        if (id != 0 && client->calls[i].id == id)
            return brig_procedure_is_code(client->calls[i].procedure);
    return false;
}

uint64_t brig_calls_running(const brig_client *client)
{
    for (size_t i = 0; i < CALL_SLOTS; i++)
        if (brig_calls_is_code(client, client->calls[i].id))
            return client->calls[i].id;
    return 0;
}
