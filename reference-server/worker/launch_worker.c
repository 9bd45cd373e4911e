/* SPDX-License-Identifier: MIT */
/* The worker until its engine runs, and the shim until it is a program. ARCHITECTURE.md, "How a session starts". */
#include "launch_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

#include "landlock.h"
#include "shim_given.h"
#include "split.h"

typedef struct launch {
    brig_session *session;
    uint64_t go_id;
    int error; /* of the worker's walls */
} launch;

/* Signals whose disposition may have come down from whoever started brigd, or from R. */
static const int default_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                      SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};

/* 0 to 2 are the code's, 3 its channel; nothing else stays open, and nothing is pid 1's any more. */
static int arrange_descriptors(const brig_session *session)
{
    if (close_range(~0U, ~0U, CLOSE_RANGE_UNSHARE) != 0 ||
        dup2(session->fds[BRIG_SESSION_STDOUT], STDOUT_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_STDERR], STDERR_FILENO) < 0 ||
        dup2(session->fds[BRIG_SESSION_WORKER], BRIG_WORKER_FD) < 0 ||
        close_range(BRIG_WORKER_FD + 1, ~0U, 0) != 0)
        return errno;
    /* Last, when there is room below the limit of descriptors: the lowest number is taken. */
    return close(STDIN_FILENO) == 0 && open("/dev/null", O_RDONLY) == STDIN_FILENO ? 0 : errno;
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

static int prepare_worker(brig_session *session)
{
    char workspace[BRIG_PLACE_BYTES] = "";
    int error;

    (void)brig_walls_path(&session->walls_session, "workspace", workspace);
    error = setsid() < 0 || chdir(workspace) != 0 ? errno : 0;
    session->walls_session.failed = BRIG_STEP_COUNT;
    if (error == 0)
        error = allow_own_proc(session);
    if (error == 0)
        error = brig_walls_raise(session->walls, BRIG_STEP_WORKER, &session->walls_session);
    if (error == 0)
        error = arrange_descriptors(session);
    if (error == 0)
        error = set_waiting();
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

static void run_worker(brig_split *split, void *context)
{
    launch *both = context;
    brig_session *session = both->session;

    both->error = prepare_worker(session);
    brig_split_part(split);
    if (!set_variables(session))
        _exit(EXIT_FAILURE);
    reset_signals();
    session->engine->run();
    _exit(EXIT_SUCCESS);
}

/* dup2() of a number to itself would leave it to be closed. */
static int give_listener(int listener)
{
    if (listener < 0)
        return EPROTO;
    if (listener == BRIG_LISTENER_FD ? fcntl(listener, F_SETFD, 0) != 0
                                     : dup2(listener, BRIG_LISTENER_FD) < 0)
        return errno;
    return 0;
}

/* Returns an errno if it returns. */
static int become_shim(pid_t worker, void *context)
{
    const launch *both = context;
    const brig_session *session = both->session;
    const brig_walls *walls = session->walls;
    bool has_landlock = brig_steps_have(&walls->steps, BRIG_STEP_LANDLOCK, NULL);
    char text[2 * sizeof(brig_shim_given) + 1];
    char *arguments[] = {"brig-shim", text, NULL};
    brig_shim_given given;
    int error = both->error != 0 ? both->error : give_listener(session->walls_session.listener);

    if (error != 0)
        return error;
    memset(&given, 0, sizeof(given));
    given.go_id = both->go_id;
    given.worker = worker;
    given.in_force = session->walls_session.in_force;
    given.landlock_abi = has_landlock ? (uint64_t)brig_landlock_abi() : 0;
    given.is_reduced = walls->is_reduced;
    if (!brig_walls_path(&session->walls_session, "workspace", given.workspace) ||
        !brig_walls_path(&session->walls_session, "tmp", given.tmp))
        return ENAMETOOLONG;
    memcpy(given.seccomp_sha256, walls->filter.sha256, sizeof(given.seccomp_sha256));
    (void)sodium_bin2hex(text, sizeof(text), (const unsigned char *)&given, sizeof(given));
    (void)syscall(SYS_execveat, session->shim_fd, "", arguments, environ, AT_EMPTY_PATH);
    return errno;
}

int brig_launch_worker(brig_session *session, uint64_t go_id)
{
    launch both = {.session = session, .go_id = go_id};

    session->walls_session.failed = BRIG_STEP_COUNT;
    return brig_split_run(run_worker, become_shim, &both);
}
