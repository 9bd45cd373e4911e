/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_SESSION_HARNESS_H
#define BRIG_TESTS_SESSION_HARNESS_H

#include <sys/types.h>

#include <brig/link.h>
#include <brig/value.h>

#include "plan.h"

/*
 * brigd's part, reduced to what a test needs: one template behind bubblewrap and sessions forked
 * from it. Everything CHECKs; nothing returns on failure.
 */
typedef struct test_template {
    pid_t bubblewrap;
    int control_fd;
    uint64_t next_id;
    brig_plan *plan;
    int entrance_fd; /* of a group, for the next sessions; 0: none */
} test_template;

/* A message and the memory it borrows from. */
typedef struct test_reply {
    brig_buffer bytes;
    brig_message message;
    brig_tree *body;
} test_reply;

typedef struct test_session {
    int pidfd;
    int worker_fd;
    int supervisor_fd;
    int stdout_fd;
    int stderr_fd;
    brig_link *link;
    uint64_t next_id;
} test_session;

/* Limits of every session, unless a test changes its copy. */
extern const brig_limits test_limits;

/* Start bubblewrap and the test worker for the profile, as this uid. */
void test_template_start(test_template *template, const brig_profile *profile, unsigned uid);
void test_template_stop(test_template *template);

/*
 * Run a test with a template of a uid of its own, as a server of root's would, and once more as an
 * ordinary user; only the latter if this is no root.
 */
void test_run_as_each_user(void (*test)(unsigned uid));

/* Wait, with a bound that only a hanging part reaches; what says what is waited for. */
void test_wait_readable(int fd, const char *what);

/*
 * Any call on the control channel, with 4 descriptors or NULL. Returns the descriptor that came
 * with the answer, or -1.
 */
int test_template_call(test_template *template, const char *procedure, const brig_buffer *args,
                       const int fds[4], test_reply *ret_reply);

/* `configure`; the reply is the caller's: test_reply_done(). preload may be NULL. */
void test_template_configure(test_template *template, const char *preload, test_reply *ret_reply);
void test_reply_done(test_reply *reply);
/* Parse what is in reply->bytes. */
void test_reply_parse(test_reply *reply);

/* `start` and `go`, with one variable NAME=value for the code; returns when the worker runs. */
void test_session_open(test_template *template, const brig_limits *limits,
                       test_session *ret_session, test_reply *ret_report);
/* With test_limits, and without a look at the report. */
void test_session_open_plain(test_template *template, test_session *ret_session);
/* Close every descriptor and wait until the session is gone. */
void test_session_close(test_session *session);

/* Kill the shim and wait until the session is gone. */
void test_session_kill(test_session *session);

/* Wait for the end of the session that has begun by itself. */
void test_session_await_end(const test_session *session);

/* One command to the hostile engine, one line back; "" when it has ended. Static. */
const char *test_session_obey(const test_session *session, const char *command);
/* Only send it, or only wait for the line. */
void test_session_send(const test_session *session, const char *command);
const char *test_session_await_line(const test_session *session, const char *command);

/* A call to the shim: args are one encoded map, NULL for none. Events before the reply are kept. */
void test_session_call(test_session *session, const char *procedure, const brig_buffer *args,
                       test_reply *ret_reply);

/* The next message of the shim, which must be this event. */
void test_session_expect_event(test_session *session, const char *kind, test_reply *ret_event);

/* Processes below this one that are not zombies; at most `capacity` of them are listed. */
size_t test_list_descendants(long *pids, size_t capacity);
int test_count_descendants(void);

#endif
