/* SPDX-License-Identifier: MIT */
/* Calls to the server and their answers, which come in any order. */
#include "answers.h"

#include <assert.h>
#include <stdlib.h>

#include <unistd.h>

#include "arena.h"
#include "link.h"
#include "outcome.h"
#include "variables.h"

typedef struct answer {
    struct answer *next; /* a younger one */
    uint64_t id;
    bool is_there;
    bool is_error;
    conf_arena arena;
    brig_span value; /* or the message of an error */
    brig_span code;
    brig_span data;
} answer;

static answer *oldest;

conf_flow conf_answers_begin(brig_span procedure, brig_span args, uint64_t *ret_id)
{
    answer **link = &oldest;
    answer *begun = NULL;
    brig_message call = {.type = BRIG_MESSAGE_CALL, .name = procedure, .body = args};

    if (args.len > conf_link_room())
        return conf_raise_text("too_large", "the arguments are above message_bytes");
    begun = calloc(1, sizeof(*begun));
    if (begun == NULL)
        _exit(CONF_EXIT_MEMORY);
    while (*link != NULL)
        link = &(*link)->next;
    *link = begun;
    begun->id = conf_link_next_id();
    call.id = begun->id;
    conf_link_send(&call);
    *ret_id = begun->id;
    return CONF_NEXT;
}

static answer **find(uint64_t id)
{
    answer **link = &oldest;

    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    return link;
}

/* Answers to calls that were forgotten are dropped. */
static void take(const brig_message *message)
{
    answer *of = *find(message->id);

    if (message->type != BRIG_MESSAGE_RESULT && message->type != BRIG_MESSAGE_ERROR)
        _exit(CONF_EXIT_PROTOCOL);
    if (of == NULL)
        return;
    of->is_there = true;
    of->is_error = message->type == BRIG_MESSAGE_ERROR;
    of->code = conf_arena_copy(&of->arena, message->name);
    of->value = conf_arena_copy(&of->arena, of->is_error ? message->text : message->body);
    of->data = conf_arena_copy(&of->arena, message->body);
}

static void drop(answer **link)
{
    answer *done = *link;

    assert(done != NULL);
    *link = done->next;
    conf_arena_done(&done->arena);
    free(done);
}

conf_flow conf_answers_await(uint64_t id)
{
    const answer *of = *find(id);
    conf_flow flow = CONF_NEXT;

    assert(of != NULL);
    while (!of->is_there) {
        brig_message message;

        if (!conf_link_receive(&message))
            return CONF_INTERRUPTED;
        take(&message);
    }
    if (of->is_error)
        flow = conf_raise_tool(of->code, of->value, of->data);
    else
        conf_variable_set_named("result", of->value);
    drop(find(id));
    return flow;
}

conf_flow conf_answers_await_oldest(void)
{
    if (oldest == NULL)
        return conf_raise_text("unset", "no call was begun");
    return conf_answers_await(oldest->id);
}

void conf_answers_forget(void)
{
    while (oldest != NULL)
        drop(&oldest);
}
