/* SPDX-License-Identifier: MIT */
/*
 * Code with two tools: `population` runs here, with all that this program may do; `growth` is
 * source text that runs inside the sandbox, beside the code that calls it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <brig/client.h>

/* A database, a web service, a file: something the sandbox must not reach by itself. */
static void on_population(void *context, brig_tool_call *call)
{
    const brig_value *city = brig_value_get(brig_tool_call_args(call), "city");
    brig_buffer answer;

    (void)context;
    if (!brig_value_is_text(city, "Bergen")) {
        brig_tool_call_fail(call, BRIG_ERROR_TOOL, "no such city");
        return;
    }
    brig_buffer_init(&answer, 64);
    brig_pack_int(&answer, 291940);
    brig_tool_call_answer(call, brig_buffer_span(&answer));
    brig_buffer_done(&answer);
}

/* The code's output is untrusted bytes; these lines are known, so they may be shown as they are. */
static void on_notice(void *context, const brig_notice *notice)
{
    (void)context;
    if (notice->kind == BRIG_EVENT_KIND_STDOUT)
        (void)fwrite(notice->bytes.data, 1, notice->bytes.len, stdout);
}

static const brig_param city = {.name = "city", .type = "string"};
static const brig_param growth_params[] = {
    {.name = "size", .type = "number"},
    {.name = "years", .type = "integer"},
};

static const brig_tool tools[] = {
    {.name = "population",
     .description = "inhabitants of a city",
     .params = &city,
     .param_count = 1,
     .handler = on_population},
    {.name = "growth",
     .description = "size after some years at one percent a year",
     .params = growth_params,
     .param_count = 2,
     .code = "function(size, years) round(size * 1.01^years)"},
};

static brig_status run(brig_client *client)
{
    const brig_open open = {.tools = tools, .tool_count = sizeof(tools) / sizeof(tools[0])};
    const brig_eval eval = {
        .code = "now <- population(\"Bergen\")\n"
                "cat(\"now\", now, \"in ten years\", growth(now, 10L), \"\\n\")\n"
                "tryCatch(population(\"Atlantis\"), error = function(e) cat(\"refused\\n\"))",
        .form = BRIG_FORM_NONE};
    brig_status status = brig_client_start(client, NULL);

    if (status == BRIG_OK)
        status = brig_client_open(client, &open, NULL);
    if (status == BRIG_OK)
        status = brig_client_eval(client, &eval, NULL);
    if (status != BRIG_OK)
        (void)fprintf(stderr, "%s\n", brig_client_error(client)->message);
    return status;
}

int main(void)
{
    const brig_client_config config = {.software = "example hybrid", .on_notice = on_notice};
    brig_client *client = NULL;
    brig_status status = brig_client_new(&config, &client);

    if (status == BRIG_OK)
        status = run(client);
    (void)brig_client_close(client);
    brig_client_free(client);
    return status == BRIG_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
