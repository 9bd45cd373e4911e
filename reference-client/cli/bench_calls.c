/* SPDX-License-Identifier: MIT */
/* Calls of an open session: small ones, tools, large values. */
#include "bench.h"

#include <stdio.h>

#include "cli.h"

enum { WARM_UP = 20 };

static bool eval_once(brig_bench *bench, const char *code, brig_samples *samples)
{
    const brig_eval eval = {.code = code};
    uint64_t begin = brig_bench_now_ns();

    if (brig_client_eval(bench->client, &eval, NULL) != BRIG_OK)
        return brig_bench_complain(bench->client);
    brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    return true;
}

static bool measure_code(brig_bench *bench, const char *code, size_t runs, brig_samples *samples)
{
    brig_samples ignored = {NULL, 0, 0};
    bool is_good = brig_bench_begin(bench);

    for (size_t i = 0; i < WARM_UP && is_good; i++)
        is_good = eval_once(bench, code, &ignored);
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = eval_once(bench, code, samples);
    return is_good;
}

bool brig_measure_eval(brig_bench *bench, size_t runs, brig_samples *samples)
{
    /* Invisible, so that no console output is measured with it. */
    return measure_code(bench, "invisible(1 + 1)", runs, samples);
}

static bool measure_bulk(brig_bench *bench, const char *prepare, size_t runs, brig_samples *samples)
{
    const brig_eval eval = {.code = prepare, .form = BRIG_FORM_NONE};

    if (!brig_bench_begin(bench))
        return false;
    if (brig_client_eval(bench->client, &eval, NULL) != BRIG_OK)
        return brig_bench_complain(bench->client);
    return measure_code(bench, "invisible(bulk)", runs, samples);
}

bool brig_measure_doubles(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure_bulk(bench, "bulk <- as.double(seq_len(1e6))", runs, samples);
}

bool brig_measure_string(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure_bulk(bench, "bulk <- strrep('0123456789', 1e6)", runs, samples);
}

/* From one call's arrival to the next: the answer's way back, R's loop, the next call's way here. */
static void on_tool(void *context, brig_tool_call *call)
{
    static const uint8_t one[] = {1};
    brig_bench *bench = context;
    uint64_t now = brig_bench_now_ns();

    if (bench->tool_ns != 0 && bench->tool_samples != NULL)
        brig_samples_add(bench->tool_samples, (double)(now - bench->tool_ns));
    bench->tool_ns = now;
    brig_tool_call_answer(call, (brig_span){one, sizeof(one)});
}

bool brig_measure_tool(brig_bench *bench, size_t runs, brig_samples *samples)
{
    char code[64];
    const brig_eval eval = {.code = code, .form = BRIG_FORM_NONE};

    if (!brig_bench_begin(bench))
        return false;
    /* One more than intervals; the session's budget of tool calls bounds both. */
    (void)snprintf(code, sizeof(code), "for (i in 0:%zu) bench()", runs);
    bench->tool_samples = samples;
    bench->tool_ns = 0;
    if (brig_client_eval(bench->client, &eval, NULL) != BRIG_OK)
        return brig_bench_complain(bench->client);
    return true;
}

bool brig_bench_begin(brig_bench *bench)
{
    const brig_tool tool = {.name = "bench", .handler = on_tool, .context = bench};
    const brig_client_config config = {.software = NULL};
    session_options options = bench->session;
    brig_result opened;

    if (bench->client != NULL)
        return true;
    options.open.tools = &tool;
    options.open.tool_count = 1;
    bench->client = brig_session_begin(&options, &config, &opened);
    return bench->client != NULL;
}
