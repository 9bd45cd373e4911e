/* SPDX-License-Identifier: MIT */
/* Carrying out a plan under macOS: limits, descriptors, sandbox-exec; the end by kqueue. */
#include "macos_start.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>

#include <fcntl.h>
#include <sys/event.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL_FD = 3, CHILD_FAILED = 127 };

/* In the order in which they are raised; a child that fails sends the number. */
enum layer { LAYER_SESSION, LAYER_LIMITS, LAYER_SANDBOX_EXEC, LAYER_EXIT_WATCH, LAYER_PROCESS };

static const char *const layer_names[] = {
    [LAYER_SESSION] = "session",           [LAYER_LIMITS] = "limits",
    [LAYER_SANDBOX_EXEC] = "sandbox-exec", [LAYER_EXIT_WATCH] = "exit watch",
    [LAYER_PROCESS] = "process",
};

/* How the child is to begin; made before the fork, since making it needs memory. */
struct spawn {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

static int add_actions(posix_spawn_file_actions_t *actions, const brig_macos_ends *ends)
{
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->raw_stdout, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->raw_stderr, STDERR_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->channel, CHANNEL_FD);
    return error;
}

/* Become the program, with default signals and no descriptor but those of the actions. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    const short flags = (short)(POSIX_SPAWN_SETEXEC | POSIX_SPAWN_CLOEXEC_DEFAULT |
                                POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    sigset_t all;
    sigset_t none;
    int error;

    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    error = posix_spawnattr_setflags(attributes, flags);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &none);
    return error;
}

static brig_status spawn_init(struct spawn *spawn, const brig_macos_ends *ends)
{
    if (posix_spawn_file_actions_init(&spawn->actions) != 0)
        return BRIG_NO_MEMORY;
    if (posix_spawnattr_init(&spawn->attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&spawn->actions);
        return BRIG_NO_MEMORY;
    }
    if (add_actions(&spawn->actions, ends) == 0 && set_attributes(&spawn->attributes) == 0)
        return BRIG_OK;
    (void)posix_spawnattr_destroy(&spawn->attributes);
    (void)posix_spawn_file_actions_destroy(&spawn->actions);
    return BRIG_SYSTEM;
}

static void spawn_done(struct spawn *spawn)
{
    (void)posix_spawnattr_destroy(&spawn->attributes);
    (void)posix_spawn_file_actions_destroy(&spawn->actions);
}

/* Is the limit in force now, or a tighter one that was there before? */
static bool set_limit(int resource, uint64_t wanted)
{
    struct rlimit limit;
    struct rlimit set;

    if (getrlimit(resource, &limit) != 0)
        return false;
    if (limit.rlim_max > wanted)
        limit.rlim_max = wanted;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0 && getrlimit(resource, &set) == 0 &&
           set.rlim_cur <= wanted && set.rlim_max <= wanted;
}

static bool set_limits(const brig_macos_plan *plan)
{
    return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_NOFILE, plan->open_files) &&
           set_limit(RLIMIT_FSIZE, plan->file_bytes) && set_limit(RLIMIT_DATA, plan->memory_bytes);
}

/* After the fork; returns only to say which layer failed. */
static enum layer become_worker(const brig_macos_plan *plan, const struct spawn *spawn)
{
    if (setsid() < 0)
        return LAYER_SESSION;
    if (!set_limits(plan))
        return LAYER_LIMITS;
    (void)posix_spawn(NULL, plan->arguments[0], &spawn->actions, &spawn->attributes,
                      plan->arguments, plan->environment);
    return LAYER_SANDBOX_EXEC;
}

static brig_status watch_exit(pid_t pid, int *ret_fd)
{
    struct kevent change;
    int fd = kqueue();

    if (fd < 0)
        return BRIG_SYSTEM;
    EV_SET(&change, (uintptr_t)pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, NULL);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || kevent(fd, &change, 1, NULL, 0, NULL) != 0) {
        (void)close(fd);
        return BRIG_SYSTEM;
    }
    *ret_fd = fd;
    return BRIG_OK;
}

/* The child's last word, or end of file when it has become the program. */
static bool has_failed(int report_fd, enum layer *ret_layer)
{
    unsigned char word;
    ssize_t got;

    do
        got = read(report_fd, &word, sizeof(word));
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    *ret_layer = got == 1 && word <= LAYER_SANDBOX_EXEC ? (enum layer)word : LAYER_PROCESS;
    return true;
}

static void take_back(brig_macos_process *process)
{
    int status;

    brig_macos_kill(process);
    (void)brig_macos_reap(process, &status);
}

/* report: a pipe; the child's end closes when it becomes the program. */
static brig_status fork_worker(const brig_macos_plan *plan, const struct spawn *spawn,
                               int report[2], brig_macos_process *ret_process,
                               enum layer *ret_layer)
{
    brig_macos_process process = {.pid = fork(), .exit_fd = -1};

    *ret_layer = LAYER_PROCESS;
    if (process.pid < 0)
        return BRIG_UNAVAILABLE;
    if (process.pid == 0) {
        unsigned char word = (unsigned char)become_worker(plan, spawn);

        (void)!write(report[1], &word, sizeof(word));
        _exit(CHILD_FAILED);
    }
    (void)close(report[1]);
    report[1] = -1;
    *ret_layer = LAYER_EXIT_WATCH;
    if (watch_exit(process.pid, &process.exit_fd) != BRIG_OK || has_failed(report[0], ret_layer)) {
        take_back(&process);
        return BRIG_UNAVAILABLE;
    }
    *ret_process = process;
    return BRIG_OK;
}

brig_status brig_macos_start(const brig_macos_plan *plan, const brig_macos_ends *ends,
                             brig_macos_process *ret_process, const char **ret_layer)
{
    enum layer layer = LAYER_PROCESS;
    int report[2] = {-1, -1};
    struct spawn spawn;
    brig_status status;

    /* Otherwise one copy would overwrite the source of the next. */
    assert(ends->channel > CHANNEL_FD && ends->raw_stdout > CHANNEL_FD &&
           ends->raw_stderr > CHANNEL_FD);
    status = spawn_init(&spawn, ends);
    if (status != BRIG_OK)
        return status;
    if (pipe(report) != 0 || fcntl(report[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(report[1], F_SETFD, FD_CLOEXEC) != 0)
        status = BRIG_SYSTEM;
    else
        status = fork_worker(plan, &spawn, report, ret_process, &layer);
    if (status == BRIG_UNAVAILABLE)
        *ret_layer = layer_names[layer];
    for (size_t i = 0; i < 2; i++)
        if (report[i] >= 0)
            (void)close(report[i]);
    spawn_done(&spawn);
    return status;
}

void brig_macos_kill(const brig_macos_process *process)
{
    (void)kill(process->pid, SIGKILL);
}

brig_status brig_macos_reap(brig_macos_process *process, int *ret_status)
{
    pid_t pid;

    do
        pid = waitpid(process->pid, ret_status, 0);
    while (pid < 0 && errno == EINTR);
    if (process->exit_fd >= 0)
        (void)close(process->exit_fd);
    process->exit_fd = -1;
    return pid == process->pid ? BRIG_OK : BRIG_SYSTEM;
}
