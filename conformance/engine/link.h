/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_LINK_H
#define BRIG_CONF_LINK_H

#include <brig/message.h>

/*
 * The worker link, blocking (spec 11). When it ends, so does the process. Interrupts are remembered
 * by a flag; whatever waits here ends when it is set, unless they are ignored.
 */
void conf_link_start(void);
/* In a child that must not have it: sends nothing from now on, and waits for ever for answers. */
void conf_link_drop(void);

/* The largest message that may be sent, and what of it is there for args, a payload or a value. */
void conf_link_set_most(uint64_t message_bytes);
uint64_t conf_link_room(void);

/* HELLO, EVENT, RESULT, ERROR, CALL. The id of an EVENT, RESULT or ERROR is that of the call. */
void conf_link_send(brig_message *message);
/* Octets that may be no message. */
void conf_link_write(brig_span octets);

/* The call that is being run; forgets interrupts. */
void conf_link_begin_call(uint64_t id);
uint64_t conf_link_call_id(void);
uint64_t conf_link_next_id(void); /* of our own calls */

/* The next message. False if an interrupt came first. Borrowed until the next call. */
bool conf_link_receive(brig_message *ret_message);
/* For the call that comes next: no interrupt ends it. */
void conf_link_await_call(brig_message *ret_message);

/* False if an interrupt came first, or had come. */
bool conf_link_sleep(int64_t duration_ms);
bool conf_link_is_interrupted(void);
void conf_link_ignore_interrupts(void);
/* Has the server gone? For code that never waits; ends the process then. */
void conf_link_look(void);
_Noreturn void conf_link_hang(void);

#endif
