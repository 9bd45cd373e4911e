/* SPDX-License-Identifier: MIT */
/* The four tools that a client under test hosts: echo, fail, slow, big (conformance/README.md). */
#ifndef BRIG_CONFORMANCE_CLIENT_TOOLS_H
#define BRIG_CONFORMANCE_CLIENT_TOOLS_H

#include <brig/client.h>

enum {
    CLIENT_TOOLS = 4,
    CLIENT_TOOLS_HELD = BRIG_LIMIT_MAX_CALLS,
    CLIENT_TOOLS_SLOW_MS = 10000,
};

/* Calls of `slow` that wait for their end. */
typedef struct client_tools {
    struct {
        brig_tool_call *call;
        uint64_t until_ms;
    } held[CLIENT_TOOLS_HELD];
    brig_tool tools[CLIENT_TOOLS];
} client_tools;

/* Fill in .tools; they refer to *tools. */
void client_tools_init(client_tools *tools);

/* Answer what is due: cancelled, or waited long enough. all: whatever waits. */
void client_tools_answer_due(client_tools *tools);
void client_tools_answer_all(client_tools *tools);

/* How long to wait at most before client_tools_answer_due(); -1: nothing waits. */
int client_tools_timeout_ms(const client_tools *tools);

#endif
