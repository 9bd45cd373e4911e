/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLIENT_MAILBOX_H
#define BRIG_CLIENT_MAILBOX_H

#include <brig/client.h>

#include <pthread.h>
#include <stdatomic.h>

/*
 * The only thing that other threads and signal handlers touch: answers to tool calls, and the
 * wish to interrupt. It outlives its client while tool calls are unanswered.
 */
typedef struct mailbox {
    pthread_mutex_t lock;
    size_t owners;           /* the client and each unanswered tool call; under lock */
    bool is_closed;          /* the client is gone; under lock */
    brig_tool_call *answers; /* newest first; under lock */
    bool is_dispatching;     /* a handler runs, in this thread: its answers need no wake; */
    pthread_t dispatcher;    /* under lock */
    atomic_bool interrupt;
    int wake_fd[2]; /* a pipe: async-signal-safe to write, pollable */
} mailbox;

struct brig_tool_call {
    mailbox *mail;
    uint64_t id;
    uint64_t parent; /* the code call that made it */
    atomic_bool is_cancelled;
    uint64_t deadline_ms;
    char name[BRIG_LIMIT_TOOL_NAME_BYTES + 1];
    brig_buffer args_bytes;
    brig_tree *args;
    brig_tool_call *next_hosted; /* list of the client's thread */
    brig_tool_call *next_answer; /* list of the mailbox, then of what is unsent */
    bool failed;                 /* the answer: */
    brig_error_code code;
    brig_buffer answer; /* encoded value, or text of the error */
};

brig_status brig_mailbox_new(mailbox **ret_mail);
/* The client lets go. Answers that nobody fetched are freed. */
void brig_mailbox_close(mailbox *mail);

/* Empty the pipe. Then take all answers, oldest first. */
void brig_mailbox_drain(mailbox *mail);
brig_tool_call *brig_mailbox_take(mailbox *mail);

/* Around a handler that the client's thread runs. */
void brig_mailbox_enter(mailbox *mail);
void brig_mailbox_leave(mailbox *mail);

/* Async-signal-safe. */
void brig_mailbox_interrupt(mailbox *mail);

brig_status brig_tool_call_new(mailbox *mail, const brig_message *message,
                               brig_tool_call **ret_call);
/* Frees a call that the mailbox has handed back. */
void brig_tool_call_free(brig_tool_call *call);

#endif
