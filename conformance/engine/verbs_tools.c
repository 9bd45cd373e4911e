/* SPDX-License-Identifier: MIT */
/* Verbs that ask the server, and those that say to it what no engine should (spec 14.1). */
#include <brig/pack.h>

#include "answers.h"
#include "arena.h"
#include "argument.h"
#include "calls.h"
#include "link.h"
#include "outcome.h"
#include "run.h"
#include "tools.h"
#include "variables.h"

enum { INPUT_BYTES = 64 * 1024 * 1024, FRAME_BYTES = 64 * 1024 * 1024, PREFIX_BYTES = 4 };

static conf_flow run_handler(const conf_tool *tool, brig_span args)
{
    conf_flow flow = conf_tools_run(tool, args);

    if (flow == CONF_NEXT)
        conf_variable_set_named("result", conf_outcome_value());
    conf_outcome_clear();
    return flow;
}

/* Calls the server and waits. */
static conf_flow call_server(brig_span procedure, brig_span args)
{
    uint64_t id = 0;

    if (conf_answers_begin(procedure, args, &id) != CONF_NEXT)
        return CONF_RAISED;
    return conf_answers_await(id);
}

static conf_flow act_call(const conf_argument *arguments)
{
    const conf_tool *tool = conf_tools_find(arguments[0].octets);
    brig_span args;

    if (conf_run_value(&arguments[1], &args) != CONF_NEXT)
        return CONF_RAISED;
    if (tool != NULL)
        return run_handler(tool, args);
    return call_server(arguments[0].octets, args);
}

static conf_flow act_begin(const conf_argument *arguments)
{
    brig_span args;
    uint64_t id = 0;

    if (conf_run_value(&arguments[1], &args) != CONF_NEXT)
        return CONF_RAISED;
    return conf_answers_begin(arguments[0].octets, args, &id);
}

static conf_flow act_await(const conf_argument *unused)
{
    (void)unused;
    return conf_answers_await_oldest();
}

static conf_flow ask(brig_span prompt, bool is_hidden)
{
    static const uint8_t nil[] = {0xc0};
    brig_buffer clean;
    brig_buffer args;
    conf_flow flow;

    if (!conf_calls_have_input()) {
        conf_variable_set_named("result", (brig_span){nil, sizeof(nil)});
        return CONF_NEXT;
    }
    brig_buffer_init(&clean, INPUT_BYTES);
    brig_buffer_init(&args, INPUT_BYTES);
    brig_text_clean(prompt, INPUT_BYTES, &clean);
    brig_pack_map(&args, 2);
    brig_pack_cstring(&args, "prompt");
    brig_pack_text(&args, brig_buffer_span(&clean));
    brig_pack_key_bool(&args, "hidden", is_hidden);
    flow = call_server(brig_span_text("brig.input"), brig_buffer_span(&args));
    brig_buffer_done(&clean);
    brig_buffer_done(&args);
    return flow;
}

static conf_flow act_input(const conf_argument *arguments)
{
    return ask(arguments[0].octets, false);
}

static conf_flow act_secret(const conf_argument *arguments)
{
    return ask(arguments[0].octets, true);
}

/* Digits are octets; `@` and `+` are ids. */
static void pack_frame(brig_span written, brig_buffer *to)
{
    for (size_t at = 0; at < written.len; at++) {
        const uint8_t letter = written.data[at];

        if (letter == '@') {
            brig_pack_uint(to, conf_link_call_id());
        } else if (letter == '+') {
            brig_pack_uint(to, conf_link_next_id());
        } else if (letter != ' ') {
            const uint8_t octet = (uint8_t)conf_hex_octet(&written.data[at]);

            brig_buffer_append(to, (brig_span){&octet, 1});
            at++;
        }
    }
}

static conf_flow act_frame(const conf_argument *arguments)
{
    brig_buffer frame;

    brig_buffer_init(&frame, FRAME_BYTES);
    pack_frame(arguments[0].octets, &frame);
    const uint8_t prefix[PREFIX_BYTES] = {(uint8_t)(frame.len >> 24), (uint8_t)(frame.len >> 16),
                                          (uint8_t)(frame.len >> 8), (uint8_t)frame.len};
    conf_link_write((brig_span){prefix, sizeof(prefix)});
    conf_link_write(brig_buffer_span(&frame));
    brig_buffer_done(&frame);
    return CONF_NEXT;
}

static conf_flow act_octets(const conf_argument *arguments)
{
    conf_link_write(arguments[0].octets);
    return CONF_NEXT;
}

static conf_flow act_silent(const conf_argument *unused)
{
    (void)unused;
    conf_calls_be_silent();
    return CONF_NEXT;
}

const conf_verb conf_verbs_tools[] = {
    {"call", act_call, {{CONF_WORD, NULL}, {CONF_VALUE, NULL}}},
    {"begin", act_begin, {{CONF_WORD, NULL}, {CONF_VALUE, NULL}}},
    {"await", act_await, {{CONF_NONE, NULL}}},
    {"input", act_input, {{CONF_TEXT, NULL}}},
    {"secret", act_secret, {{CONF_TEXT, NULL}}},
    {"frame", act_frame, {{CONF_FRAME, NULL}}},
    {"octets", act_octets, {{CONF_HEX, NULL}}},
    {"silent", act_silent, {{CONF_NONE, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
