/* SPDX-License-Identifier: MIT */
/* brigd's end of the control channel, for tests. ARCHITECTURE.md, "Control channel". */
#include "session_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <brig/pack.h>
#include <check.h>

#include "control_packet.h"
#include "test_engine.h"

enum {
    PACKET_BYTES = 65536,
    PATIENCE_MS = 120000, /* only for what would otherwise hang the test */
    ROOT_TEMPLATE_UID = 200123,
    USER_UID = 200124,
};

/* Opened once, so that a test that has become somebody else still can; bubblewrap reads it all. */
static int rewind_worker(void)
{
    static int fd = -1;

    if (fd < 0)
        fd = open(TEST_WORKER, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && lseek(fd, 0, SEEK_SET) == 0, "%s: %s", TEST_WORKER, strerror(errno));
    return fd;
}

static void take_user(unsigned uid)
{
    if (uid != geteuid() &&
        (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
        _exit(EXIT_FAILURE);
}

static void execute_bubblewrap(char **args, int control_fd, int worker_fd, unsigned uid)
{
    /* Above all numbers in use first, so that neither dup2() hits the other's source. */
    int control = fcntl(control_fd, F_DUPFD, 100);
    int worker = fcntl(worker_fd, F_DUPFD, 100);

    if (dup2(control, 3) < 0 || dup2(worker, 4) < 0 || close_range(5, ~0U, 0) != 0)
        _exit(EXIT_FAILURE);
    take_user(uid);
    (void)execvp(args[0], args);
    _exit(EXIT_FAILURE);
}

void test_template_start(test_template *template, const brig_profile *profile, unsigned uid)
{
    char error[512] = "";
    int worker_fd = rewind_worker();
    brig_host *host;
    char **args;
    int ends[2];

    CHECK(brig_host_new(profile, uid, error, sizeof(error), &host) == BRIG_OK, "%s", error);
    CHECK(brig_plan_new(profile, host, &template->plan) == BRIG_OK, "plan");
    CHECK(brig_bwrap_args_new(template->plan, 4, &args) == BRIG_OK, "arguments");
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "control channel");
    template->bubblewrap = fork();
    if (template->bubblewrap == 0)
        execute_bubblewrap(args, ends[1], worker_fd, uid);
    CHECK(template->bubblewrap > 0, "fork");
    (void)close(ends[1]);
    template->control_fd = ends[0];
    template->next_id = 1;
    template->entrance_fd = 0;
    brig_bwrap_args_free(args);
    brig_host_free(host);
}

void test_template_stop(test_template *template)
{
    int status;

    (void)close(template->control_fd);
    CHECK(waitpid(template->bubblewrap, &status, 0) == template->bubblewrap, "bubblewrap");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the template ends with status %#x",
          status);
    brig_plan_free(template->plan);
}

void test_wait_readable(int fd, const char *what)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    CHECK(poll(&poll_fd, 1, PATIENCE_MS) == 1, "%s does not come", what);
}

void test_reply_parse(test_reply *reply)
{
    CHECK(brig_message_parse(brig_buffer_span(&reply->bytes), &reply->message) == BRIG_OK, "reply");
    CHECK(brig_tree_new(reply->message.body, &reply->body) == BRIG_OK, "reply's body");
}

void test_reply_done(test_reply *reply)
{
    brig_tree_free(reply->body);
    brig_buffer_done(&reply->bytes);
}

static void send_packet(const test_template *template, const brig_buffer *bytes, const int *fds,
                        size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(BRIG_PACKET_FDS * sizeof(int))];
    } room = {.bytes = {0}};
    struct iovec piece = {bytes->data, bytes->len};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

    if (fd_count > 0) {
        room.align.cmsg_level = SOL_SOCKET;
        room.align.cmsg_type = SCM_RIGHTS;
        room.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(&room.align), fds, fd_count * sizeof(int));
        header.msg_control = room.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    }
    CHECK(sendmsg(template->control_fd, &header, MSG_NOSIGNAL) == (ssize_t)bytes->len, "%s",
          strerror(errno));
}

/* Returns the descriptor that came along, or -1. */
static int receive_packet(const test_template *template, test_reply *reply)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room = {.bytes = {0}};
    struct iovec piece;
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = room.bytes,
                            .msg_controllen = sizeof(room)};
    int fd = -1;
    ssize_t got;

    brig_buffer_init(&reply->bytes, PACKET_BYTES);
    piece.iov_base = brig_buffer_reserve(&reply->bytes, PACKET_BYTES);
    piece.iov_len = PACKET_BYTES;
    test_wait_readable(template->control_fd, "the template's answer");
    got = recvmsg(template->control_fd, &header, MSG_CMSG_CLOEXEC);
    CHECK(got > 0, "the template is gone");
    brig_buffer_grow(&reply->bytes, (size_t)got);
    if (CMSG_FIRSTHDR(&header) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(fd));
    test_reply_parse(reply);
    return fd;
}

static void append_call(brig_buffer *to, uint64_t id, const char *procedure,
                        const brig_buffer *args)
{
    brig_message call = {.type = BRIG_MESSAGE_CALL, .id = id, .name = brig_span_text(procedure)};

    if (args != NULL)
        call.body = brig_buffer_span(args);
    CHECK(args == NULL || args->fault == BRIG_OK, "%s", procedure);
    CHECK(brig_message_append(&call, to) == BRIG_OK, "%s", procedure);
}

int test_template_call(test_template *template, const char *procedure, const brig_buffer *args,
                       const int fds[4], test_reply *ret_reply)
{
    int passed[BRIG_PACKET_FDS] = {0};
    size_t count = 0;
    brig_buffer packet;
    int fd;

    if (fds != NULL) {
        count = BRIG_SESSION_FDS;
        memcpy(passed, fds, count * sizeof(fds[0]));
        if (template->entrance_fd > 0)
            passed[count++] = template->entrance_fd;
    }
    brig_buffer_init(&packet, PACKET_BYTES);
    append_call(&packet, template->next_id++, procedure, args);
    send_packet(template, &packet, passed, count);
    brig_buffer_done(&packet);
    fd = receive_packet(template, ret_reply);
    CHECK(ret_reply->message.id == template->next_id - 1, "%s", procedure);
    return fd;
}

void test_template_configure(test_template *template, const char *preload, test_reply *ret_reply)
{
    brig_buffer args;

    brig_buffer_init(&args, PACKET_BYTES);
    brig_pack_map(&args, 5);
    brig_pack_key_text(&args, "engine", TEST_ENGINE_NAME);
    brig_pack_cstring(&args, "plan");
    brig_plan_encode(template->plan, &args);
    brig_pack_cstring(&args, "preload");
    brig_pack_array(&args, preload == NULL ? 0 : 1);
    if (preload != NULL)
        brig_pack_cstring(&args, preload);
    brig_pack_cstring(&args, "harmless_threads");
    brig_pack_array(&args, 0);
    brig_pack_key_bool(&args, "private", false);
    (void)test_template_call(template, "configure", &args, NULL, ret_reply);
    brig_buffer_done(&args);
}

/* As a server that an ordinary user started. */
static void run_as_user(void (*test)(unsigned uid))
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0, "fork");
    if (child == 0) {
        take_user(USER_UID);
        /* A change of user closes /proc/self, which a fresh start would have open. */
        CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0, "%s", strerror(errno));
        test(USER_UID);
        exit(EXIT_SUCCESS);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0, "as an ordinary user: %#x", status);
}

void test_run_as_each_user(void (*test)(unsigned uid))
{
    if (geteuid() != 0) {
        test(geteuid());
        return;
    }
    test(ROOT_TEMPLATE_UID);
    run_as_user(test);
}
