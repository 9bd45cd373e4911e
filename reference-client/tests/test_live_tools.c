/* SPDX-License-Identifier: MIT */
/* Tools: hosted by the client, in the sandbox, many, at once, failing, cancelled (spec 7.4). */
#include "live.h"

#include <inttypes.h>

enum {
    MANY = 1000,
    AT_ONCE = 4,
};

struct host {
    uint64_t sum;
    brig_tool_call *held[AT_ONCE];
    size_t held_count;
    brig_tool_call *endless;
};

static void answer_uint(brig_tool_call *call, uint64_t value)
{
    brig_buffer answer;

    brig_buffer_init(&answer, 64);
    brig_pack_uint(&answer, value);
    brig_tool_call_answer(call, brig_buffer_span(&answer));
    brig_buffer_done(&answer);
}

static void on_add(void *context, brig_tool_call *call)
{
    struct host *host = context;

    host->sum += brig_value_get_uint(brig_tool_call_args(call), "n", 0);
    answer_uint(call, host->sum);
}

/* Answers none before all are here: only calls that overlap ever end. Last come, first served. */
static void on_together(void *context, brig_tool_call *call)
{
    struct host *host = context;

    host->held[host->held_count++] = call;
    if (host->held_count < AT_ONCE)
        return;
    while (host->held_count > 0) {
        brig_tool_call *last = host->held[--host->held_count];

        answer_uint(last, brig_value_get_uint(brig_tool_call_args(last), "n", 0) * 10);
    }
}

static void on_refuse(void *context, brig_tool_call *call)
{
    (void)context;
    brig_tool_call_fail(call, BRIG_ERROR_DENIED, "ask somebody else");
}

static void on_endless(void *context, brig_tool_call *call)
{
    struct host *host = context;

    host->endless = call;
}

static const brig_param number = {.name = "n", .type = "integer"};

static void test_many(struct live *session, struct host *host)
{
    brig_result result = live_eval(session, "last <- 0; for (i in 1:1000) last <- add(i); last");

    CHECK(result.value->kind == BRIG_INT && result.value->integer == MANY * (MANY + 1) / 2,
          "1,000 calls in one evaluation");
    CHECK(host->sum == MANY * (MANY + 1) / 2, "%" PRIu64, host->sum);
    CHECK(brig_value_get_uint(brig_value_get(result.meta, "usage"), "tool_calls", 0) == MANY,
          "usage counts tool calls");
}

/* The handler keeps the call; the code's end cancels it, and its late answer changes nothing. */
static void test_cancelled(struct live *session, struct host *host)
{
    (void)live_fails(session, "endless()", 500, BRIG_ERROR_DEADLINE);
    CHECK(host->endless != NULL, "the tool was called");
    CHECK(brig_client_ping(session->client) == BRIG_OK, "ping");
    CHECK(brig_tool_call_is_cancelled(host->endless), "the tool's handler learns of the end");
    answer_uint(host->endless, 1);
    live_holds(session, "TRUE");
}

static void test_sandbox_tool(struct live *session)
{
    const brig_tool tool = {
        .name = "twice", .params = &number, .param_count = 1, .code = "function(n) 2 * n"};
    brig_eval call = {.tool = "twice"};
    brig_buffer args;
    brig_result result;

    CHECK(brig_client_define(session->client, &tool, 1) == BRIG_OK, "define: %s",
          brig_client_error(session->client)->message);
    brig_buffer_init(&args, 64);
    brig_pack_map(&args, 1);
    brig_pack_key_uint(&args, "n", 21);
    call.args = brig_buffer_span(&args);
    CHECK(brig_client_call(session->client, &call, &result) == BRIG_OK, "call: %s",
          brig_client_error(session->client)->message);
    CHECK((result.value->kind == BRIG_FLOAT && result.value->number == 42) ||
              (result.value->kind == BRIG_INT && result.value->integer == 42),
          "a sandbox tool's result");
    brig_buffer_done(&args);
    live_holds(session, "twice(4) == 8");
}

int main(void)
{
    struct host host = {.sum = 0};
    const brig_tool tools[] = {
        {.name = "add", .params = &number, .param_count = 1, .handler = on_add, .context = &host},
        {.name = "together",
         .params = &number,
         .param_count = 1,
         .handler = on_together,
         .context = &host},
        {.name = "refuse", .handler = on_refuse},
        {.name = "endless", .handler = on_endless, .context = &host},
    };
    const brig_open open = {.tools = tools, .tool_count = sizeof(tools) / sizeof(tools[0])};
    struct live session;

    live_open(&session, &open);
    test_many(&session, &host);
    live_holds(&session, "identical(as.numeric(unlist(concurrently(together(1L), together(2L), "
                         "together(3L), together(4L)))), c(10, 20, 30, 40))");
    live_holds(&session,
               "grepl(\"ask somebody else\", tryCatch(refuse(), error = conditionMessage))");
    live_holds(&session, "inherits(try(add(\"one\"), silent = TRUE), \"try-error\")");
    test_cancelled(&session, &host);
    test_sandbox_tool(&session);
    live_close(&session);
    return EXIT_SUCCESS;
}
