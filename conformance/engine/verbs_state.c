/* SPDX-License-Identifier: MIT */
/* Verbs for variables, values and errors (spec 14.1). */
#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>
#include <brig/value.h>

#include "arena.h"
#include "calls.h"
#include "chance.h"
#include "outcome.h"
#include "run.h"
#include "variables.h"

enum { SCALAR_BYTES = 64, RANDOM_OCTETS = 16, HEADER_BYTES = 8, ERROR_BYTES = 64 * 1024 * 1024 };

static const uint8_t nil[] = {0xc0};

static conf_flow act_set(const conf_argument *arguments)
{
    brig_span value;
    conf_flow flow = conf_run_value(&arguments[1], &value);

    if (flow == CONF_NEXT)
        conf_variable_set(arguments[0].octets, value);
    return flow;
}

/* 0 if there is none, or if it is anything else. */
static int64_t present_int(brig_span name)
{
    brig_tree *tree = NULL;
    int64_t number = 0;
    brig_span value;

    if (conf_variable_get(name, &value) && brig_tree_new(value, &tree) == BRIG_OK &&
        brig_tree_root(tree)->kind == BRIG_INT)
        number = brig_tree_root(tree)->integer;
    brig_tree_free(tree);
    return number;
}

static conf_flow act_add(const conf_argument *arguments)
{
    const brig_span name = arguments[0].octets;
    int64_t sum;
    brig_buffer value;

    if (__builtin_add_overflow(present_int(name), arguments[1].number, &sum))
        return conf_raise(brig_span_text("range"), name);
    brig_buffer_init(&value, SCALAR_BYTES);
    brig_pack_int(&value, sum);
    conf_variable_set(name, brig_buffer_span(&value));
    brig_buffer_done(&value);
    return CONF_NEXT;
}

/* Octets of a value of a size: a header, many that are the same, the last one. */
typedef struct shape {
    brig_buffer header;
    uint8_t octet;
    size_t count;
    bool has_last;
    uint8_t last;
} shape;

static conf_flow make(brig_span name, const shape *of)
{
    const size_t len = of->header.len + of->count + of->has_last;
    uint8_t *octets = malloc(len);

    if (octets == NULL)
        return conf_raise_text("memory", "there is not so much of it");
    if (of->header.len > 0)
        memcpy(octets, of->header.data, of->header.len);
    memset(octets + of->header.len, of->octet, of->count);
    if (of->has_last)
        octets[len - 1] = of->last;
    conf_variable_set(name, (brig_span){octets, len});
    free(octets);
    return CONF_NEXT;
}

/* The header of a text or bin is packed by hand: what is behind it is not there yet. */
static void pack_header(brig_buffer *to, uint8_t first, uint8_t short_form, uint64_t count)
{
    const uint8_t long_form[] = {first, (uint8_t)(count >> 24), (uint8_t)(count >> 16),
                                 (uint8_t)(count >> 8), (uint8_t)count};

    if (short_form != 0 && count < 32)
        brig_buffer_append(to, (brig_span){(const uint8_t[]){(uint8_t)(short_form | count)}, 1});
    else if (count <= UINT8_MAX)
        brig_buffer_append(to,
                           (brig_span){(const uint8_t[]){(uint8_t)(first - 2), (uint8_t)count}, 2});
    else if (count <= UINT16_MAX)
        brig_buffer_append(
            to,
            (brig_span){(const uint8_t[]){(uint8_t)(first - 1), long_form[3], long_form[4]}, 3});
    else
        brig_buffer_append(to, (brig_span){long_form, sizeof(long_form)});
}

static conf_flow act_make(const conf_argument *arguments)
{
    const brig_span kind = arguments[1].octets;
    const uint64_t count = (uint64_t)arguments[2].number;
    shape made = {.octet = 'x', .count = count};
    conf_flow flow;

    if (count > UINT32_MAX)
        return conf_raise_text("memory", "no value is so large");
    brig_buffer_init(&made.header, HEADER_BYTES);
    if (brig_span_is(kind, "text")) {
        pack_header(&made.header, 0xdb, 0xa0, count);
    } else if (brig_span_is(kind, "bin")) {
        pack_header(&made.header, 0xc6, 0, count);
    } else if (brig_span_is(kind, "array")) {
        brig_pack_array(&made.header, count);
        made.octet = nil[0];
    } else { /* nest */
        made.octet = 0x91;
        made.count = count > 0 ? count - 1 : 0;
        made.has_last = true;
        made.last = count > 0 ? 0x90 : nil[0];
    }
    flow = make(arguments[0].octets, &made);
    brig_buffer_done(&made.header);
    return flow;
}

static conf_flow act_arguments(const conf_argument *unused)
{
    (void)unused;
    conf_variable_set_named("result", conf_calls_args());
    return CONF_NEXT;
}

static conf_flow act_random(const conf_argument *unused)
{
    uint8_t octets[RANDOM_OCTETS];
    brig_buffer value;

    (void)unused;
    conf_chance_draw(octets, sizeof(octets));
    brig_buffer_init(&value, SCALAR_BYTES);
    brig_pack_bin(&value, (brig_span){octets, sizeof(octets)});
    conf_variable_set_named("result", brig_buffer_span(&value));
    brig_buffer_done(&value);
    return CONF_NEXT;
}

static conf_flow end_with(const conf_argument *argument, bool is_visible)
{
    brig_span value;
    conf_flow flow = conf_run_value(argument, &value);

    return flow == CONF_NEXT ? conf_return(value, is_visible) : flow;
}

static conf_flow act_return(const conf_argument *arguments)
{
    return end_with(&arguments[0], true);
}

static conf_flow act_hide(const conf_argument *arguments)
{
    return end_with(&arguments[0], false);
}

static conf_flow act_throw(const conf_argument *arguments)
{
    return conf_raise(arguments[0].octets, arguments[1].octets);
}

static conf_flow act_try(const conf_argument *arguments)
{
    conf_flow flow = conf_run_line(arguments[0].line);
    brig_buffer error;

    brig_buffer_init(&error, ERROR_BYTES);
    if (flow == CONF_RAISED)
        conf_outcome_pack_error(&error);
    else
        brig_pack_nil(&error);
    conf_variable_set_named("error", brig_buffer_span(&error));
    brig_buffer_done(&error);
    return flow == CONF_RAISED ? CONF_NEXT : flow;
}

const conf_verb conf_verbs_state[] = {
    {"set", act_set, {{CONF_WORD, NULL}, {CONF_VALUE, NULL}}},
    {"add", act_add, {{CONF_WORD, NULL}, {CONF_INT, NULL}}},
    {"make",
     act_make,
     {{CONF_WORD, NULL}, {CONF_CHOICE, "text bin array nest"}, {CONF_COUNT, NULL}}},
    {"arguments", act_arguments, {{CONF_NONE, NULL}}},
    {"random", act_random, {{CONF_NONE, NULL}}},
    {"return", act_return, {{CONF_VALUE, NULL}}},
    {"hide", act_hide, {{CONF_VALUE, NULL}}},
    {"throw", act_throw, {{CONF_WORD, NULL}, {CONF_TEXT, NULL}}},
    {"try", act_try, {{CONF_LINE, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
