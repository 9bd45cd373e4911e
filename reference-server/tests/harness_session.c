/* SPDX-License-Identifier: MIT */
/* brigd's ends of one session's channels, for tests. ARCHITECTURE.md, "Supervisor channel". */
#include "session_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/pack.h>
#include <check.h>

enum {
    PACKET_BYTES = 65536,
    MAX_MESSAGE_BYTES = 16 * 1024 * 1024,
};

#define LIMIT_DEFAULT(name, fallback) .name = (fallback),
const brig_limits test_limits = {BRIG_LIMITS(LIMIT_DEFAULT)};
#undef LIMIT_DEFAULT

static void pack_start(brig_buffer *args, const brig_limits *limits)
{
    brig_pack_map(args, 2);
    brig_pack_cstring(args, "limits");
    brig_pack_map(args, 6);
    brig_pack_key_uint(args, "processes", limits->processes);
    brig_pack_key_uint(args, "open_files", limits->open_files);
    brig_pack_key_uint(args, "file_bytes", limits->file_bytes);
    brig_pack_key_uint(args, "memory_bytes", limits->memory_bytes);
    brig_pack_key_uint(args, "workspace_bytes", limits->workspace_bytes);
    brig_pack_key_uint(args, "workspace_files", limits->workspace_files);
    brig_pack_cstring(args, "env");
    brig_pack_map(args, 1);
    brig_pack_key_text(args, "FROM_CLIENT", "yes");
}

static void start_session(test_template *template, const brig_limits *limits, test_session *session)
{
    const brig_link_config config = {MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES};
    int worker[2];
    int supervisor[2];
    int out[2];
    int err[2];
    brig_buffer args;
    test_reply reply;

    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, worker) == 0, "worker channel");
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, supervisor) == 0,
          "supervisor channel");
    CHECK(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0, "pipes");
    brig_buffer_init(&args, PACKET_BYTES);
    pack_start(&args, limits);
    session->pidfd = test_template_call(template, "start", &args,
                                        (int[]){worker[1], supervisor[1], out[1], err[1]}, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT && session->pidfd >= 0, "start: %.*s",
          (int)reply.message.text.len, (const char *)reply.message.text.data);
    brig_buffer_done(&args);
    test_reply_done(&reply);
    (void)close(worker[1]);
    (void)close(supervisor[1]);
    (void)close(out[1]);
    (void)close(err[1]);
    session->worker_fd = worker[0];
    session->supervisor_fd = supervisor[0];
    session->stdout_fd = out[0];
    session->stderr_fd = err[0];
    session->next_id = 1;
    CHECK(brig_link_new(&config, &session->link) == BRIG_OK, "link");
}

void test_session_open(test_template *template, const brig_limits *limits,
                       test_session *ret_session, test_reply *ret_report)
{
    char hello[6] = "";

    start_session(template, limits, ret_session);
    test_session_call(ret_session, "go", NULL, ret_report);
    if (ret_report->message.type != BRIG_MESSAGE_RESULT)
        return;
    CHECK(read(ret_session->worker_fd, hello, sizeof(hello)) == 6, "the engine does not run");
    CHECK(memcmp(hello, "hello\n", sizeof(hello)) == 0, "the engine says something else");
}

void test_session_await_end(const test_session *session)
{
    test_wait_readable(session->pidfd, "the end of the session");
}

static void release(test_session *session)
{
    (void)close(session->pidfd);
    (void)close(session->stdout_fd);
    (void)close(session->stderr_fd);
    brig_link_free(session->link);
}

void test_session_close(test_session *session)
{
    (void)close(session->worker_fd);
    (void)close(session->supervisor_fd);
    test_session_await_end(session);
    release(session);
}

void test_session_kill(test_session *session)
{
    CHECK(syscall(SYS_pidfd_send_signal, session->pidfd, SIGKILL, NULL, 0) == 0, "%s",
          strerror(errno));
    test_session_await_end(session);
    (void)close(session->worker_fd);
    (void)close(session->supervisor_fd);
    release(session);
}

void test_session_send(const test_session *session, const char *command)
{
    CHECK(dprintf(session->worker_fd, "%s\n", command) > 0, "%s", command);
}

const char *test_session_await_line(const test_session *session, const char *command)
{
    static char answer[4096];
    size_t len = 0;

    for (;;) {
        ssize_t got;

        test_wait_readable(session->worker_fd, command);
        got = read(session->worker_fd, answer + len, sizeof(answer) - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
        if (answer[len - 1] == '\n')
            break;
        CHECK(len < sizeof(answer) - 1, "%s: the answer is too long", command);
    }
    answer[len > 0 ? len - 1 : 0] = '\0';
    return answer;
}

const char *test_session_obey(const test_session *session, const char *command)
{
    test_session_send(session, command);
    return test_session_await_line(session, command);
}

static void write_output(const test_session *session)
{
    for (;;) {
        brig_span output = brig_link_output(session->link);
        ssize_t wrote;

        if (output.len == 0)
            return;
        wrote = send(session->supervisor_fd, output.data, output.len, MSG_NOSIGNAL);
        CHECK(wrote > 0, "the shim is gone: %s", strerror(errno));
        brig_link_sent(session->link, (size_t)wrote);
    }
}

/* Copy the next message out of the link. */
static void receive_message(const test_session *session, test_reply *reply)
{
    brig_message message;
    brig_status status;

    while ((status = brig_link_next(session->link, &message)) == BRIG_AGAIN) {
        brig_room room = brig_link_room(session->link);
        ssize_t got;

        test_wait_readable(session->supervisor_fd, "the shim's message");
        got = read(session->supervisor_fd, room.data, room.len);
        CHECK(got > 0, "the shim is gone");
        brig_link_filled(session->link, (size_t)got);
    }
    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
    brig_buffer_init(&reply->bytes, MAX_MESSAGE_BYTES);
    CHECK(brig_message_append(&message, &reply->bytes) == BRIG_OK, "copy");
    test_reply_parse(reply);
}

void test_session_call(test_session *session, const char *procedure, const brig_buffer *args,
                       test_reply *ret_reply)
{
    uint64_t id = session->next_id++;
    brig_message call = {.type = BRIG_MESSAGE_CALL, .id = id, .name = brig_span_text(procedure)};

    if (args != NULL)
        call.body = brig_buffer_span(args);
    CHECK(brig_link_send(session->link, &call) == BRIG_OK, "%s", procedure);
    write_output(session);
    receive_message(session, ret_reply);
    CHECK(ret_reply->message.id == id && ret_reply->message.type != BRIG_MESSAGE_EVENT,
          "%s: something else came", procedure);
}

void test_session_expect_event(test_session *session, const char *kind, test_reply *ret_event)
{
    receive_message(session, ret_event);
    CHECK(ret_event->message.type == BRIG_MESSAGE_EVENT, "%s: type %d", kind,
          ret_event->message.type);
    CHECK(brig_span_is(ret_event->message.name, kind), "not %s: %.*s", kind,
          (int)ret_event->message.name.len, (const char *)ret_event->message.name.data);
    CHECK(ret_event->message.id == 1, "an event carries the id of go");
}

void test_session_open_plain(test_template *template, test_session *ret_session)
{
    test_reply report;

    test_session_open(template, &test_limits, ret_session, &report);
    CHECK(report.message.type == BRIG_MESSAGE_RESULT, "go: %.*s", (int)report.message.text.len,
          (const char *)report.message.text.data);
    test_reply_done(&report);
}
