/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_R_HARNESS_H
#define BRIG_TESTS_R_HARNESS_H

#include <sys/types.h>

#include <brig/link.h>
#include <brig/value.h>

/*
 * The engine without walls: R is started once in the test program and forked for every case, as the
 * template does; the test plays the server.
 */
struct worker {
    pid_t pid;
    int fd;
    brig_link *link;
    uint64_t last_id;
    uint64_t late_id; /* of a tool call that is still to be answered */
    int raw[2];       /* what is written straight to descriptors 1 and 2 */
};

/* Start R; once. */
void harness_start(void);

/*
 * Fork a worker, read its HELLO and open it with these encoded args of brig.open (NULL: below).
 * A message above their message_bytes is a fault of the link from then on.
 */
void worker_start(struct worker *worker, const brig_buffer *open_args);
/* tools (encoded array, NULL: none), no stdin, 3 displays of 1 MB, values of 1 MB, seed 1. */
void pack_open(brig_buffer *to, const brig_buffer *tools, bool with_stdin);
/* The same with messages of so many octets, and no other limit that code could reach before. */
void pack_open_narrow(brig_buffer *to, const brig_buffer *tools, uint64_t message_bytes);

/* Send brig.eval {code} or any other call. */
void worker_eval(struct worker *worker, const char *code);
void worker_call(struct worker *worker, const char *procedure, const brig_buffer *args);

/* The next message, or false at the end of the stream. Borrowed until the next. */
bool worker_receive(struct worker *worker, brig_message *ret_message);

/*
 * Everything up to and including the terminal, a line a message in the notation of
 * test_r_notation.c: "stdout …", "message …", "CALL name …", "RESULT value meta", "ERROR code
 * text". Console output is joined. Calls of tools are answered by harness_answer(). The text is
 * valid until the next.
 */
const char *worker_transcript(struct worker *worker);

/* Answer a tool call: see the table in test_r_harness.c. */
void harness_answer(struct worker *worker, const brig_message *call);

void worker_send(struct worker *worker, const brig_message *message);

/* Close the channel and wait; the wait status. Nothing of the worker is left. */
int worker_end(struct worker *worker);
/* Wait for a worker that ends by itself. */
int worker_wait(struct worker *worker);

/* Run code in a fresh worker and compare its transcript. */
void check_code(const char *name, const char *code, const char *expected);

#endif
