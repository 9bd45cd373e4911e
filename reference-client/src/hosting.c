/* SPDX-License-Identifier: MIT */
/* The server's calls: tools, input, cancel, ping (spec 7.1, 7.4). */
#include "internal.h"

#include <stdlib.h>

/* Small answers always find room (see brig_transport_has_room()), or something is very wrong. */
static void send_error(brig_client *client, uint64_t id, brig_error_code code, const char *text)
{
    const brig_message message = {.type = BRIG_MESSAGE_ERROR,
                                  .id = id,
                                  .name = brig_span_text(brig_error_name(code)),
                                  .text = brig_span_text(text)};
    brig_status status = brig_conn_send(client->conn, &message, NULL);

    if (status != BRIG_OK && status != BRIG_STATE)
        (void)brig_transport_end(client, status, "a call of the server cannot be answered: %s",
                                 brig_status_text(status));
}

static void send_result(brig_client *client, uint64_t id, brig_span value)
{
    const brig_message message = {.type = BRIG_MESSAGE_RESULT, .id = id, .body = value};
    brig_status status = brig_conn_send(client->conn, &message, NULL);

    if (status != BRIG_OK && status != BRIG_STATE)
        (void)brig_transport_end(client, status, "a call of the server cannot be answered: %s",
                                 brig_status_text(status));
}

static struct hosted_tool *find_tool(brig_client *client, brig_span name)
{
    for (size_t i = 0; i < client->tool_count; i++)
        if (brig_span_is(name, client->tools[i].name))
            return &client->tools[i];
    return NULL;
}

static brig_status learn(brig_client *client, const brig_tool *tool)
{
    struct hosted_tool *slot = find_tool(client, brig_span_text(tool->name));

    if (slot == NULL) {
        struct hosted_tool *more =
            realloc(client->tools, (client->tool_count + 1) * sizeof(*client->tools));

        if (more == NULL)
            return BRIG_NO_MEMORY;
        client->tools = more;
        slot = &more[client->tool_count++];
        memset(slot, 0, sizeof(*slot));
        memcpy(slot->name, tool->name, strlen(tool->name));
    }
    slot->handler = tool->handler;
    slot->context = tool->context;
    return BRIG_OK;
}

brig_status brig_hosting_learn(brig_client *client, const brig_tool *tools, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const brig_tool *tool = &tools[i];

        if (tool->name == NULL || strlen(tool->name) > BRIG_LIMIT_TOOL_NAME_BYTES ||
            (tool->code == NULL) != (tool->handler != NULL))
            return brig_outcome_fail(&client->last, BRIG_ARGUMENT,
                                     "tool %zu needs a name and either a handler or code", i + 1);
        if (tool->handler != NULL)
            TRY(learn(client, tool));
    }
    return BRIG_OK;
}

static void on_cancel(brig_client *client, const brig_message *message)
{
    const char *outcome;
    brig_tree *args = NULL;
    brig_buffer answer;
    uint64_t id;

    brig_buffer_init(&answer, BRIG_LIMIT_HELLO_BYTES);
    if (brig_tree_new(message->body, &args) != BRIG_OK) {
        send_error(client, message->id, BRIG_ERROR_BAD_ARGUMENTS, "no id");
        goto out;
    }
    id = brig_value_get_uint(brig_tree_root(args), "id", 0);
    outcome = id <= client->last_hosted_id ? "finished" : "unknown";
    for (brig_tool_call *call = client->hosted; call != NULL; call = call->next_hosted) {
        if (call->id == id) {
            atomic_store(&call->is_cancelled, true);
            outcome = "interrupting";
        }
    }
    brig_pack_map(&answer, 1);
    brig_pack_key_text(&answer, "outcome", outcome);
    if (answer.fault == BRIG_OK)
        send_result(client, message->id, brig_buffer_span(&answer));
    else
        send_error(client, message->id, BRIG_ERROR_INTERNAL, "out of memory");
out:
    brig_tree_free(args);
    brig_buffer_done(&answer);
}

static void run_handler(brig_client *client, brig_tool_handler handler, void *context,
                        brig_tool_call *call)
{
    bool was_inside = client->inside;

    call->next_hosted = client->hosted;
    client->hosted = call;
    client->inside = true;
    brig_mailbox_enter(client->mail);
    handler(context, call);
    brig_mailbox_leave(client->mail);
    client->inside = was_inside;
}

/* options: `parent`, a code call of ours that is open, and `deadline_ms`. */
static brig_status check_parent(const brig_client *client, brig_span encoded, uint64_t *ret_parent,
                                uint64_t *ret_deadline_ms)
{
    brig_tree *options = NULL;
    const brig_value *root;
    brig_status status = brig_tree_new(encoded, &options);

    if (status != BRIG_OK)
        return status;
    root = brig_tree_root(options);
    *ret_parent = brig_value_get_uint(root, "parent", 0);
    *ret_deadline_ms = brig_value_get_uint(root, "deadline_ms", 0);
    if (!brig_calls_is_code(client, *ret_parent))
        status = BRIG_STATE;
    brig_tree_free(options);
    return status;
}

static void host(brig_client *client, const brig_message *message, brig_tool_handler handler,
                 void *context)
{
    brig_tool_call *call = NULL;
    uint64_t parent = 0;
    uint64_t deadline_ms = 0;
    brig_status status = check_parent(client, message->extra, &parent, &deadline_ms);

    if (status == BRIG_STATE) {
        send_error(client, message->id, BRIG_ERROR_STALE, "its code call is not open");
        return;
    }
    if (status == BRIG_OK)
        status = brig_tool_call_new(client->mail, message, &call);
    if (status != BRIG_OK) {
        send_error(client, message->id, BRIG_ERROR_BAD_ARGUMENTS, brig_status_text(status));
        return;
    }
    call->parent = parent;
    call->deadline_ms = deadline_ms;
    run_handler(client, handler, context, call);
}

void brig_hosting_on_call(brig_client *client, const brig_message *message)
{
    const struct hosted_tool *tool = find_tool(client, message->name);
    const brig_span empty = {NULL, 0};

    client->last_hosted_id = message->id;
    switch (brig_procedure_find(message->name)) {
    case BRIG_PROCEDURE_PING:
        send_result(client, message->id, (brig_span){(const uint8_t *)"\x80", 1});
        return;
    case BRIG_PROCEDURE_CANCEL:
        on_cancel(client, message);
        return;
    case BRIG_PROCEDURE_INPUT:
        if (client->on_input != NULL)
            host(client, message, client->on_input, client->input_context);
        else
            send_result(client, message->id, empty); /* nil: end of file */
        return;
    default:
        break;
    }
    if (tool != NULL)
        host(client, message, tool->handler, tool->context);
    else if (message->name.len >= 5 && memcmp(message->name.data, "brig.", 5) == 0)
        send_error(client, message->id, BRIG_ERROR_UNKNOWN_PROCEDURE, "no such procedure");
    else
        send_error(client, message->id, BRIG_ERROR_UNKNOWN_TOOL, "no such tool");
}

static void forget(brig_client *client, const brig_tool_call *call)
{
    brig_tool_call **link = &client->hosted;

    while (*link != call)
        link = &(*link)->next_hosted;
    *link = call->next_hosted;
}

static brig_status send_answer(brig_client *client, const brig_tool_call *call)
{
    brig_message message = {.type = BRIG_MESSAGE_RESULT, .id = call->id};

    if (call->failed) {
        message.type = BRIG_MESSAGE_ERROR;
        message.name = brig_span_text(brig_error_name(call->code));
        message.text = brig_buffer_span(&call->answer);
    } else {
        message.body = brig_buffer_span(&call->answer);
    }
    if (call->answer.fault != BRIG_OK)
        return call->answer.fault;
    if (!brig_transport_has_room(client))
        return BRIG_FULL;
    /* What a handler has encoded is checked here, so that its mistake does not end the session. */
    if (!call->failed && message.body.len > 0 && brig_check(message.body, 1, NULL) != BRIG_OK)
        return BRIG_MALFORMED;
    return brig_conn_send(client->conn, &message, NULL);
}

/* False: the output is full, try again later. */
static bool settle(brig_client *client, brig_tool_call *call)
{
    brig_status status = BRIG_STATE;

    if (client->phase == PHASE_CONNECTED)
        status = send_answer(client, call);
    if (status == BRIG_FULL)
        return false;
    if (status == BRIG_TOO_LARGE)
        send_error(client, call->id, BRIG_ERROR_TOO_LARGE, "the tool's answer is too large");
    else if (status != BRIG_OK && status != BRIG_STATE)
        send_error(client, call->id, BRIG_ERROR_INTERNAL, "the tool's answer cannot be sent");
    return true;
}

brig_status brig_hosting_send(brig_client *client)
{
    brig_tool_call **end = &client->unsent;

    while (*end != NULL)
        end = &(*end)->next_answer;
    *end = brig_mailbox_take(client->mail);
    while (client->unsent != NULL) {
        brig_tool_call *call = client->unsent;

        if (!settle(client, call))
            break;
        client->unsent = call->next_answer;
        forget(client, call);
        brig_tool_call_free(call);
    }
    return client->phase == PHASE_ENDED ? client->end : BRIG_OK;
}

void brig_hosting_cancel_of(brig_client *client, uint64_t parent)
{
    for (brig_tool_call *call = client->hosted; call != NULL; call = call->next_hosted)
        if (call->parent == parent)
            atomic_store(&call->is_cancelled, true);
}

void brig_hosting_cancel_all(brig_client *client)
{
    for (brig_tool_call *call = client->hosted; call != NULL; call = call->next_hosted)
        atomic_store(&call->is_cancelled, true);
}

void brig_hosting_done(brig_client *client)
{
    while (client->unsent != NULL) {
        brig_tool_call *call = client->unsent;

        client->unsent = call->next_answer;
        brig_tool_call_free(call);
    }
    free(client->tools);
    brig_mailbox_close(client->mail);
}
