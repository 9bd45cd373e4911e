/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_SCRIPTED_ENGINE_H
#define BRIG_TESTS_SCRIPTED_ENGINE_H

#include <brig/message.h>

/*
 * What the commands of the scripted engine share. A command acts and returns true if the call has
 * had its terminal.
 */
typedef struct scripted_command {
    const char *name;
    bool (*act)(const char *argument);
} scripted_command;

/* scripted_hostile.c and scripted_mutations.c; a name of NULL ends a table. */
extern const scripted_command scripted_hostile_commands[];
extern const scripted_command scripted_mutation_commands[];

/* The ids of the server's call, and of the next one of ours. */
uint64_t scripted_call_id(void);
uint64_t scripted_next_id(void);

/* A message as an engine sends it, and octets as they are; a link that ended ends the worker. */
void scripted_send(const brig_message *message);
void scripted_write(brig_span octets);

/* The server's call ends with RESULT: how many calls this worker has had. */
void scripted_send_count(void);

/* Wait for the answer to a tool call and print it; true if an interrupt came first. */
bool scripted_await_tool(void);

/* Until the process is killed. */
_Noreturn void scripted_be_deaf(void);

#endif
