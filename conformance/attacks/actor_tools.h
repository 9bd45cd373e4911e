/* SPDX-License-Identifier: MIT */
#ifndef BRIG_ATTACKS_ACTOR_TOOLS_H
#define BRIG_ATTACKS_ACTOR_TOOLS_H

#include <brig/client.h>

#include <jansson.h>

enum { ACTOR_TOOLS = 16, ACTOR_PARAMS = 8 };

/* What the host has been asked, and how it answers. */
typedef struct actor_tools actor_tools;

/* One tool that this program hosts. */
typedef struct actor_tool {
    actor_tools *all;
    const char *answer; /* echo, count, fail, read, hold */
    brig_param params[ACTOR_PARAMS];
} actor_tool;

struct actor_tools {
    brig_tool tools[ACTOR_TOOLS];
    actor_tool own[ACTOR_TOOLS];
    size_t count;
    json_t *calls; /* since the last answer to a step: {name, args} */
    brig_tool_call *held;
};

/*
 * Read [{name, params: [{name, type, optional}], answer | code}]. Texts are borrowed from the JSON.
 * False, with a line on standard error, if it is not that.
 */
bool actor_tools_read(actor_tools *tools, json_t *declared);

/* Answer what is held back. */
void actor_tools_release(actor_tools *tools);

#endif
