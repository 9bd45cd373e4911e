/* SPDX-License-Identifier: MIT */
/* Verbs that take time or order lines in it (spec 14.1). */
#include <limits.h>

#include <unistd.h>

#include "link.h"
#include "outcome.h"
#include "run.h"

enum {
    LOOK_EVERY = 1 << 20, /* turns of a loop without waiting */
    WAIT_MS = 5,
};

static conf_flow act_sleep(const conf_argument *arguments)
{
    return conf_link_sleep(arguments[0].number) ? CONF_NEXT : CONF_INTERRUPTED;
}

static conf_flow act_wait(const conf_argument *arguments)
{
    char path[PATH_MAX];
    const brig_span name = arguments[0].octets;

    if (name.len >= sizeof(path))
        return conf_raise_text("ENAMETOOLONG", "no file has such a path");
    memcpy(path, name.data, name.len);
    path[name.len] = '\0';
    while (access(path, F_OK) != 0)
        if (!conf_link_sleep(WAIT_MS))
            return CONF_INTERRUPTED;
    return CONF_NEXT;
}

static conf_flow act_spin(const conf_argument *unused)
{
    (void)unused;
    for (volatile uint32_t turn = 1; !conf_link_is_interrupted(); turn = turn + 1)
        if (turn % LOOK_EVERY == 0)
            conf_link_look();
    return CONF_INTERRUPTED;
}

static conf_flow act_ignore(const conf_argument *unused)
{
    (void)unused;
    conf_link_ignore_interrupts();
    return CONF_NEXT;
}

static conf_flow act_hang(const conf_argument *unused)
{
    (void)unused;
    conf_link_hang();
}

static conf_flow act_repeat(const conf_argument *arguments)
{
    conf_flow flow = CONF_NEXT;

    for (int64_t left = arguments[0].number; left > 0 && flow == CONF_NEXT; left--)
        flow = conf_run_line(arguments[1].line);
    return flow;
}

static conf_flow act_later(const conf_argument *arguments)
{
    conf_run_later(arguments[0].line);
    return CONF_NEXT;
}

const conf_verb conf_verbs_time[] = {
    {"sleep", act_sleep, {{CONF_COUNT, NULL}}},
    {"wait", act_wait, {{CONF_WORD, NULL}}},
    {"spin", act_spin, {{CONF_NONE, NULL}}},
    {"ignore", act_ignore, {{CONF_NONE, NULL}}},
    {"hang", act_hang, {{CONF_NONE, NULL}}},
    {"repeat", act_repeat, {{CONF_COUNT, NULL}, {CONF_LINE, NULL}}},
    {"later", act_later, {{CONF_LINE, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
