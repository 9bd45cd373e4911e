/* SPDX-License-Identifier: MIT */
/* The worker until its engine runs, and the shim until it is a program. ARCHITECTURE.md, "How a session starts". */
#include "launch_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

#include "landlock.h"
#include "ready.h"
#include "shim_arguments.h"
#include "split.h"

enum { EXIT_NOT_READY = 1 };

typedef struct launch {
    brig_session *session;
    int ready_fds[2]; /* the shim's end, the worker's */
    char **arguments; /* of the shim's program */
} launch;

/* Signals whose disposition may have come down from whoever started brigd, or from R. */
static const int default_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                      SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};

/* 0 to 2 are the code's, 3 its channel, 4 the way back to the shim; nothing else stays open. */
static int arrange_descriptors(const brig_session *session, int ready_fd)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_STDOUT], STDOUT_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_STDERR], STDERR_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_WORKER], BRIG_WORKER_FD) < 0)
        return errno;
    if (ready_fd != BRIG_READY_FD && dup2(ready_fd, BRIG_READY_FD) < 0)
        return errno;
    return close_range(BRIG_READY_FD + 1, ~0U, 0) == 0 ? 0 : errno;
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

static int prepare_worker(brig_session *session, int ready_fd, brig_ready *message)
{
    int error = setsid() < 0 || chdir("/workspace") != 0 ? errno : 0;

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

static bool set_variables(const brig_session *session)
{
    for (size_t i = 0; i < session->variable_count; i++)
        if (setenv(session->variables[i].name, session->variables[i].value, 1) != 0)
            return false;
    return true;
}

static void run_worker(void *context)
{
    const launch *both = context;
    brig_session *session = both->session;
    brig_ready message = {.pid = getpid()};

    message.error = prepare_worker(session, both->ready_fds[1], &message);
    if (brig_ready_send(&message, session->walls_session.listener) != 0 || message.error != 0)
        _exit(EXIT_NOT_READY);
    if (session->walls_session.listener >= 0)
        (void)close(session->walls_session.listener);
    (void)close(BRIG_READY_FD);
    if (!set_variables(session))
        _exit(EXIT_NOT_READY);
    reset_signals();
    session->engine->run();
    _exit(EXIT_SUCCESS);
}

/* Returns an errno if it returns. */
static int become_shim(void *context)
{
    const launch *both = context;

    /* dup2() of a number to itself would leave it to be closed. */
    if (both->ready_fds[0] == BRIG_READY_FD ? fcntl(BRIG_READY_FD, F_SETFD, 0) != 0
                                            : dup2(both->ready_fds[0], BRIG_READY_FD) < 0)
        return errno;
    (void)syscall(SYS_execveat, both->session->shim_fd, "", both->arguments, environ,
                  AT_EMPTY_PATH);
    return errno;
}

static void write_number(char *text, size_t bytes, uint64_t number)
{
    (void)snprintf(text, bytes, "%llu", (unsigned long long)number);
}

int brig_launch_worker(brig_session *session, uint64_t go_id)
{
    const brig_walls *walls = session->walls;
    char id[sizeof("18446744073709551615")];
    char abi[sizeof(id)];
    char sha256[2 * BRIG_SHA256_BYTES + 1];
    char *arguments[BRIG_SHIM_ARGUMENTS + 1] = {
        [BRIG_SHIM_PROGRAM] = "brig-shim",
        [BRIG_SHIM_GO_ID] = id,
        [BRIG_SHIM_LANDLOCK_ABI] = abi,
        [BRIG_SHIM_SECCOMP_SHA256] = sha256,
    };
    launch both = {.session = session, .arguments = arguments};
    bool has_landlock = brig_steps_have(&walls->steps, BRIG_STEP_LANDLOCK, NULL);

    session->walls_session.failed = BRIG_STEP_COUNT;
    write_number(id, sizeof(id), go_id);
    write_number(abi, sizeof(abi), has_landlock ? (uint64_t)brig_landlock_abi() : 0);
    (void)sodium_bin2hex(sha256, sizeof(sha256), walls->filter.sha256,
                         sizeof(walls->filter.sha256));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both.ready_fds) != 0)
        return errno;
    return brig_split(run_worker, become_shim, &both);
}
