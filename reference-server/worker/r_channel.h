/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_CHANNEL_H
#define BRIG_R_CHANNEL_H

#include <brig/message.h>

/*
 * The worker channel: whole messages over BRIG_WORKER_FD, blocking (ARCHITECTURE.md, "Worker
 * channel"). There is one per process. Whatever the console has collected always goes out before
 * the next message. A server that is gone ends the process with _exit(0), one that breaks the
 * protocol with _exit(R_EXIT_PROTOCOL): code never runs without its server.
 */
enum { R_EXIT_PROTOCOL = 70 };

/* Set up the link on `fd`, keep it away from programs and forked children, and send HELLO. */
void r_channel_start(int fd);

/* False in a process that the code has forked: it has no channel. */
bool r_channel_is_ours(void);

/* The largest message that may be sent, at least BRIG_LEAST_LIMITS' message_bytes: makers keep to it. */
void r_channel_set_most(uint64_t message_bytes);
size_t r_channel_most(void);

/* The call that events and the terminal belong to; 0 for none, and events are then held back. */
void r_channel_set_call(uint64_t id);

/* May events be sent? Only within a code call, and only by the worker itself. */
bool r_channel_takes_events(void);

/* An EVENT of the open call; queued until the next flush. kind is the registry's name. */
void r_channel_event(const char *kind, brig_span payload);

/* The terminal of the open call, written at once; the channel is then without a call. */
void r_channel_result(brig_span value, brig_span meta);
void r_channel_error(brig_error_code code, brig_span message, brig_span data);

/* A CALL to the server, written at once. Returns its id. */
uint64_t r_channel_call(brig_span procedure, brig_span args);

/* Write what is queued. */
void r_channel_flush(void);

/*
 * In a rehearsal messages are made as ever, and then dropped. The room for the next one to come is
 * written to, as if it had come. Begin and end with nothing queued and nothing half received.
 */
void r_channel_rehearse(bool is_rehearsal);

/* Does the server say something within this time? */
bool r_channel_is_asked(int within_ms);

/* End the process if the server is gone: for code that runs and asks it nothing. */
void r_channel_look(void);

/* The next message, awaited for ever; borrowed until the next receive. */
void r_channel_receive(brig_message *ret_message);

/* The same, but returns false as soon as R has an interrupt pending. */
bool r_channel_receive_answer(brig_message *ret_message);

#endif
