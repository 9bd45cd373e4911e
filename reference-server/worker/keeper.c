/* SPDX-License-Identifier: MIT */
/* The first process of a session without namespaces. ARCHITECTURE.md, "Without namespaces". */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <remove_tree.h>

#include "launch.h"

/* No process is left of the session, and no file; or files that cannot be removed. */
enum { END_REGULAR = 0, END_UNTIDY = 3 };

/*
 * Every process of the keeper's domain but itself, at once: the kernel walks its list while nobody
 * can add to it, and a fork that is under way fails. Landlock keeps all others out of reach.
 */
static void end_all(void)
{
    (void)kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

/* The shim has ended, or somebody wants it to: brigd by a signal, or the template by its own end. */
static void await_end(pid_t shim)
{
    sigset_t awaited;
    bool is_over = false;

    (void)sigemptyset(&awaited);
    (void)sigaddset(&awaited, SIGCHLD);
    (void)sigaddset(&awaited, SIGTERM);
    while (!is_over) {
        pid_t pid;

        is_over = sigwaitinfo(&awaited, NULL) == SIGTERM;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            is_over = is_over || pid == shim;
    }
}

static int settle_in(pid_t template_pid)
{
    (void)signal(SIGCHLD, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return errno;
    return getppid() == template_pid ? 0 : ESRCH;
}

/* Without a domain that holds, nothing may be killed but what is known. */
static void end_known(pid_t shim)
{
    (void)kill(shim, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

static _Noreturn void run_keeper(brig_session *session, pid_t template_pid, int answer_fd)
{
    pid_t shim;
    bool is_answered;

    session->walls_session.failed = BRIG_STEP_COUNT;
    session->early_error = settle_in(template_pid);
    if (session->early_error == 0)
        session->early_error =
            brig_walls_raise(session->walls, BRIG_STEP_KEEPER, &session->walls_session);
    shim = fork();
    if (shim == 0)
        brig_launch_run(session);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the shim's turn comes with its other privileges */
    is_answered = shim > 0 && write(answer_fd, &shim, sizeof(shim)) == (ssize_t)sizeof(shim);
    /* The ends of channels must be seen at the other ends. */
    (void)close_range(0, ~0U, 0);
    if (is_answered)
        await_end(shim);
    if (session->early_error == 0)
        end_all();
    else if (shim > 0)
        end_known(shim);
    (void)chdir("/");
    _exit(brig_remove_tree(session->walls_session.place) == 0 ? END_REGULAR : END_UNTIDY);
}

static pid_t clone_keeper(int *ret_pidfd)
{
    struct clone_args how = {
        .flags = CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)ret_pidfd,
        .exit_signal = SIGCHLD,
    };
    long pid = syscall(SYS_clone3, &how, sizeof(how));

    /* A container's filter that hides clone3 lets the older call through. */
    if (pid < 0 && errno == ENOSYS)
        pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, ret_pidfd, NULL, 0);
    return (pid_t)pid;
}

brig_status brig_keeper_start(brig_session *session, int *ret_pidfd, pid_t *ret_shim)
{
    const pid_t template_pid = getpid();
    int ends[2] = {-1, -1};
    int pidfd = -1;
    pid_t pid = -1;
    pid_t shim = 0;
    sigset_t all;
    sigset_t before;

    if (brig_walls_session_place(session->walls, &session->walls_session) != BRIG_OK)
        return BRIG_SYSTEM;
    /* A signal that comes early waits until it is awaited. */
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    if (pipe2(ends, O_CLOEXEC) == 0)
        pid = clone_keeper(&pidfd);
    if (pid == 0)
        run_keeper(session, template_pid, ends[1]);
    int error = errno;
    if (ends[1] >= 0)
        (void)close(ends[1]);
    if (pid > 0 && read(ends[0], &shim, sizeof(shim)) != (ssize_t)sizeof(shim))
        error = EAGAIN; /* the keeper had no process for a shim, and tidies up */
    if (ends[0] >= 0)
        (void)close(ends[0]);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (shim > 0) {
        *ret_pidfd = pidfd;
        *ret_shim = shim;
        return BRIG_OK;
    }
    if (pid > 0)
        (void)close(pidfd);
    else
        (void)rmdir(session->walls_session.place);
    errno = error;
    return BRIG_SYSTEM;
}

/*
 * A keeper that was killed has left its session to us: to be safe, all of them end. Whoever is no
 * keeper is an orphan of such a session.
 */
static void on_child(int signal_number)
{
    static const char untidy[] = "brig-worker: files of a session could not be removed\n";
    int before = errno;
    int status;

    (void)signal_number;
    while (waitpid(-1, &status, WNOHANG) > 0) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == END_REGULAR)
            continue;
        if (WIFEXITED(status) && WEXITSTATUS(status) == END_UNTIDY) {
            /* They go, or are told of by name, when the template's place does. */
            (void)write(STDERR_FILENO, untidy, sizeof(untidy) - 1);
            continue;
        }
        (void)kill(-1, SIGKILL);
        _exit(EXIT_FAILURE);
    }
    errno = before;
}

void brig_keeper_watch(void)
{
    struct sigaction watch = {.sa_handler = on_child, .sa_flags = SA_RESTART};

    (void)sigemptyset(&watch.sa_mask);
    (void)sigaction(SIGCHLD, &watch, NULL);
}
