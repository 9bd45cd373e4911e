/* SPDX-License-Identifier: MIT */
/* The worker between fork and engine. ARCHITECTURE.md, "How a session starts". */
#include "shim_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_NOT_READY = 1, READY_FD = BRIG_WORKER_FD + 1 };

/* What the worker tells the shim when its walls stand, or do not; the listener comes with it. */
typedef struct ready {
    int error;
    brig_step_op failed;
    brig_session_limits in_force;
} ready;

typedef union ready_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
} ready_room;

/* Signals whose disposition may have come down from whoever started brigd, or from R. */
static const int default_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                      SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};

static int send_ready(const ready *message, int listener)
{
    ready_room room = {.bytes = {0}};
    struct iovec piece = {(void *)(uintptr_t)message, sizeof(*message)};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

    if (listener >= 0) {
        room.align.cmsg_level = SOL_SOCKET;
        room.align.cmsg_type = SCM_RIGHTS;
        room.align.cmsg_len = CMSG_LEN(sizeof(listener));
        memcpy(CMSG_DATA(&room.align), &listener, sizeof(listener));
        header.msg_control = room.bytes;
        header.msg_controllen = sizeof(room.bytes);
    }
    return sendmsg(READY_FD, &header, MSG_NOSIGNAL) == (ssize_t)sizeof(*message) ? 0 : errno;
}

/* Nothing else runs in the worker yet, so waiting here ends. */
static int receive_ready(int fd, ready *ret_message, int *ret_listener)
{
    ready_room room = {.bytes = {0}};
    struct iovec piece = {ret_message, sizeof(*ret_message)};
    struct msghdr header = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes),
    };
    const struct cmsghdr *part;

    if (recvmsg(fd, &header, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*ret_message))
        return EPIPE;
    part = CMSG_FIRSTHDR(&header);
    if (part != NULL && part->cmsg_type == SCM_RIGHTS)
        memcpy(ret_listener, CMSG_DATA(part), sizeof(*ret_listener));
    return 0;
}

/* 0 to 2 are the code's, 3 its channel, 4 the way back to the shim; nothing else stays open. */
static int arrange_descriptors(const brig_session *session, int ready_fd)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_STDOUT], STDOUT_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_STDERR], STDERR_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_WORKER], BRIG_WORKER_FD) < 0)
        return errno;
    if (ready_fd != READY_FD && dup2(ready_fd, READY_FD) < 0)
        return errno;
    return close_range(READY_FD + 1, ~0U, 0) == 0 ? 0 : errno;
}

/* brigd polls its ends; the engine, and code that writes to 1 and 2, may wait at theirs. */
static int set_waiting(void)
{
    static const int fds[] = {STDOUT_FILENO, STDERR_FILENO, BRIG_WORKER_FD};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        int flags = fcntl(fds[i], F_GETFL);

        if (flags < 0 || fcntl(fds[i], F_SETFL, flags & ~O_NONBLOCK) != 0)
            return errno;
    }
    return 0;
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (size_t i = 0; i < sizeof(default_signals) / sizeof(default_signals[0]); i++)
        (void)sigaction(default_signals[i], &standard, NULL);
    /* At the limit of a file's size a write fails, and nobody dies. */
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The shim made itself undumpable, which a fork inherits. Only where the session has a /proc must
 * the worker be able to open its own files there.
 */
static int allow_own_proc(const brig_session *session)
{
    if (!brig_steps_have(&session->walls->steps, BRIG_STEP_PROC, NULL))
        return 0;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static int prepare_worker(brig_session *session, int ready_fd, ready *message)
{
    char workspace[BRIG_PLACE_BYTES] = "";
    int error;

    (void)brig_walls_path(&session->walls_session, "workspace", workspace);
    error = setsid() < 0 || chdir(workspace) != 0 ? errno : 0;
    if (error == 0)
        error = arrange_descriptors(session, ready_fd);
    if (error == 0)
        error = set_waiting();
    if (error == 0)
        error = allow_own_proc(session);
    if (error != 0) {
        message->failed = BRIG_STEP_COUNT;
        return error;
    }
    error = brig_walls_raise(session->walls, BRIG_STEP_WORKER, &session->walls_session);
    message->failed = session->walls_session.failed;
    message->in_force = session->walls_session.in_force;
    return error;
}

/* Without mounts each session's directory has a path of its own. */
static bool set_home(const brig_session *session)
{
    char home[BRIG_PLACE_BYTES];

    return brig_walls_path(&session->walls_session, "tmp", home) && setenv("HOME", home, 1) == 0 &&
           setenv("TMPDIR", home, 1) == 0;
}

static bool set_variables(const brig_session *session)
{
    if (!set_home(session))
        return false;
    for (size_t i = 0; i < session->variable_count; i++)
        if (setenv(session->variables[i].name, session->variables[i].value, 1) != 0)
            return false;
    return true;
}

static _Noreturn void run_worker(brig_session *session, int ready_fd)
{
    ready message = {0};

    message.error = prepare_worker(session, ready_fd, &message);
    if (send_ready(&message, session->walls_session.listener) != 0 || message.error != 0)
        _exit(EXIT_NOT_READY);
    if (session->walls_session.listener >= 0)
        (void)close(session->walls_session.listener);
    (void)close(READY_FD);
    if (!set_variables(session))
        _exit(EXIT_NOT_READY);
    reset_signals();
    session->engine->run();
    _exit(EXIT_SUCCESS);
}

int brig_worker_fork(brig_session *session, pid_t *ret_worker)
{
    ready message = {0};
    int ends[2];
    int error;
    pid_t worker;

    session->walls_session.failed = BRIG_STEP_COUNT;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    worker = fork();
    if (worker == 0)
        run_worker(session, ends[1]);
    error = worker < 0 ? errno : 0;
    (void)close(ends[1]);
    if (error == 0)
        error = receive_ready(ends[0], &message, &session->walls_session.listener);
    (void)close(ends[0]);
    if (error == 0 && message.error != 0) {
        session->walls_session.failed = message.failed;
        error = message.error;
    }
    if (error == 0 && session->walls_session.listener < 0)
        error = EPROTO;
    session->walls_session.in_force = message.in_force;
    *ret_worker = worker;
    return error;
}
