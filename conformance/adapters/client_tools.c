/* SPDX-License-Identifier: MIT */
/* The four tools that a client under test hosts: echo, fail, slow, big (conformance/README.md). */
#include "client_tools.h"

#include <time.h>

enum { BIG_BYTES = 16 * 1024 * 1024 };

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The value, octet by octet as it came. */
static void on_echo(void *context, brig_tool_call *call)
{
    const brig_value *value = brig_value_get(brig_tool_call_args(call), "value");

    (void)context;
    if (value == NULL)
        brig_tool_call_fail(call, BRIG_ERROR_BAD_ARGUMENTS, "echo wants a value");
    else
        brig_tool_call_answer(call, value->encoded);
}

static void on_fail(void *context, brig_tool_call *call)
{
    (void)context;
    brig_tool_call_fail(call, BRIG_ERROR_TOOL, "the tool failed");
}

static void on_big(void *context, brig_tool_call *call)
{
    const uint64_t bytes = brig_value_get_uint(brig_tool_call_args(call), "bytes", 0);
    brig_buffer text;
    brig_buffer answer;
    uint8_t *room;

    (void)context;
    brig_buffer_init(&text, BIG_BYTES);
    brig_buffer_init(&answer, BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES);
    room = bytes <= BIG_BYTES ? brig_buffer_reserve(&text, (size_t)bytes) : NULL;
    if (room != NULL) {
        memset(room, 'x', (size_t)bytes);
        brig_buffer_grow(&text, (size_t)bytes);
        brig_pack_text(&answer, brig_buffer_span(&text));
        brig_tool_call_answer(call, brig_buffer_span(&answer));
    } else {
        brig_tool_call_fail(call, BRIG_ERROR_BAD_ARGUMENTS, "big makes at most 16 MiB");
    }
    brig_buffer_done(&answer);
    brig_buffer_done(&text);
}

static void on_slow(void *context, brig_tool_call *call)
{
    client_tools *tools = context;

    for (size_t i = 0; i < CLIENT_TOOLS_HELD; i++) {
        if (tools->held[i].call == NULL) {
            tools->held[i].call = call;
            tools->held[i].until_ms = now_ms() + CLIENT_TOOLS_SLOW_MS;
            return;
        }
    }
    brig_tool_call_fail(call, BRIG_ERROR_INTERNAL, "more calls than a client lets a server open");
}

void client_tools_init(client_tools *tools)
{
    static const brig_param echo_params[] = {{.name = "value", .type = "value"}};
    static const brig_param big_params[] = {{.name = "bytes", .type = "integer"}};

    *tools = (client_tools){
        .tools = {
            {.name = "echo", .params = echo_params, .param_count = 1, .handler = on_echo},
            {.name = "fail", .handler = on_fail},
            {.name = "slow", .handler = on_slow, .context = tools},
            {.name = "big", .params = big_params, .param_count = 1, .handler = on_big},
        }};
}

static void answer(client_tools *tools, bool is_all)
{
    brig_buffer late;

    brig_buffer_init(&late, 16);
    brig_pack_cstring(&late, "late");
    for (size_t i = 0; i < CLIENT_TOOLS_HELD; i++) {
        brig_tool_call *call = tools->held[i].call;

        if (call == NULL)
            continue;
        if (brig_tool_call_is_cancelled(call))
            brig_tool_call_fail(call, BRIG_ERROR_CANCELLED, "stopped, as was asked for");
        else if (is_all || now_ms() >= tools->held[i].until_ms)
            brig_tool_call_answer(call, brig_buffer_span(&late));
        else
            continue;
        tools->held[i].call = NULL;
    }
    brig_buffer_done(&late);
}

void client_tools_answer_due(client_tools *tools)
{
    answer(tools, false);
}

void client_tools_answer_all(client_tools *tools)
{
    answer(tools, true);
}

int client_tools_timeout_ms(const client_tools *tools)
{
    const uint64_t now = now_ms();
    int least = -1;

    for (size_t i = 0; i < CLIENT_TOOLS_HELD; i++) {
        const uint64_t until = tools->held[i].until_ms;
        int left = until > now ? (int)(until - now) : 0;

        if (tools->held[i].call != NULL && (least < 0 || left < least))
            least = left;
    }
    return least;
}
