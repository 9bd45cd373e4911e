/* SPDX-License-Identifier: MIT */
/* Questions to the kernel, asked by children that take on the template's user. */
#include "host_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_NOT_FOUND = 127, /* as shells have it */
    EXIT_NO_USER = 126,
    EXIT_SIGNAL_BASE = 128,
};

/* In a child: become the template's user for good. */
static bool take_user(unsigned uid, unsigned gid)
{
    if (uid == geteuid() && gid == getegid())
        return true;
    return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
           setresuid(uid, uid, uid) == 0;
}

/* Read until end of file; what does not fit is read and dropped, so that the writer ends. */
static void read_output(int fd, char *output, size_t output_bytes)
{
    char rest[256];
    size_t len = 0;

    for (;;) {
        bool fits = len + 1 < output_bytes;
        ssize_t got =
            fits ? read(fd, output + len, output_bytes - 1 - len) : read(fd, rest, sizeof(rest));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (fits)
            len += (size_t)got;
    }
    output[len] = '\0';
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_NOT_FOUND;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
}

static void execute_in_child(const brig_host_run *run, int output)
{
    int nothing = open("/dev/null", O_RDONLY);

    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        _exit(EXIT_NO_USER);
    if (!take_user(run->uid, run->gid))
        _exit(EXIT_NO_USER);
    /* exec does not change its arguments, its type only comes from an older C. */
    if (run->path != NULL)
        (void)execv(run->path, (char *const *)(uintptr_t)run->argv);
    else
        (void)execvp(run->argv[0], (char *const *)(uintptr_t)run->argv);
    /* EACCES as well: a directory of PATH that this user cannot enter hides what ENOENT would say. */
    _exit(errno == ENOENT || errno == EACCES ? EXIT_NOT_FOUND : EXIT_NO_USER);
}

static brig_status begin_run(const brig_host_run *run, brig_host_process *ret_process)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return BRIG_SYSTEM;
    pid = fork();
    if (pid == 0)
        execute_in_child(run, ends[1]);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return BRIG_SYSTEM;
    }
    *ret_process = (brig_host_process){pid, ends[0]};
    return BRIG_OK;
}

static int end_run(const brig_host_process *process, char *output, size_t output_bytes)
{
    read_output(process->output, output, output_bytes);
    (void)close(process->output);
    return wait_for(process->pid);
}

brig_status brig_host_execute(const brig_host_run *run, char *output, size_t output_bytes,
                              int *ret_status)
{
    brig_host_process process;
    brig_status status = begin_run(run, &process);

    if (status == BRIG_OK)
        *ret_status = end_run(&process, output, output_bytes);
    return status;
}

static bool is_readable(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 &&
           access(path, S_ISDIR(status.st_mode) ? R_OK | X_OK : R_OK) == 0;
}

static void check_in_child(const brig_host_draft *draft, const char *const *paths, size_t count,
                           int output)
{
    if (!take_user(draft->host.template_uid, draft->host.template_gid))
        _exit(EXIT_NO_USER);
    for (size_t i = 0; i < count; i++) {
        char answer = is_readable(paths[i]) ? '1' : '0';

        if (write(output, &answer, 1) != 1)
            _exit(EXIT_NO_USER);
    }
    _exit(EXIT_SUCCESS);
}

brig_status brig_host_check_readable(brig_host_draft *draft, const char *const *paths, size_t count,
                                     bool *ret_readable)
{
    brig_status status = BRIG_SYSTEM;
    char *answers = calloc(1, count + 1);
    int ends[2] = {-1, -1};
    pid_t pid;
    int exit_status;

    if (answers == NULL)
        return BRIG_NO_MEMORY;
    if (pipe2(ends, O_CLOEXEC) != 0)
        goto out;
    pid = fork();
    if (pid == 0)
        check_in_child(draft, paths, count, ends[1]);
    (void)close(ends[1]);
    if (pid < 0)
        goto out;
    read_output(ends[0], answers, count + 1);
    exit_status = wait_for(pid);
    if (exit_status == EXIT_NO_USER)
        status = brig_host_refuse(
            draft,
            "the server cannot become user %u, as whom it runs profile %s: give it CAP_SETUID and "
            "CAP_SETGID where that user exists, or start it as an ordinary user",
            draft->host.template_uid, draft->profile->name);
    if (exit_status != EXIT_SUCCESS || strlen(answers) != count)
        goto out;
    for (size_t i = 0; i < count; i++)
        ret_readable[i] = answers[i] == '1';
    status = BRIG_OK;
out:
    if (ends[0] >= 0)
        (void)close(ends[0]);
    free(answers);
    return status;
}

/* The namespaces of a session around a program that does nothing, and the newest option we use. */
#define TRY_BUBBLEWRAP(...) \
    { \
        "bwrap", "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", \
            "--unshare-uts", "--die-with-parent", "--ro-bind", "/", "/", "--perms", "0700", \
            "--tmpfs", "/tmp", __VA_ARGS__, "--", "/usr/bin/true", NULL \
    }
static const char *const try_fresh_proc[] = TRY_BUBBLEWRAP("--proc", "/proc");
static const char *const try_host_proc[] = TRY_BUBBLEWRAP("--bind", "/proc", "/proc");

/*
 * The next place of the server's PATH that has a bubblewrap; false if there is none. Template and
 * trial start this very file.
 */
static bool find_bubblewrap(brig_host_draft *draft)
{
    char path[PATH_MAX];

    draft->host.bwrap = NULL;
    while (draft->rest_of_path != NULL && draft->host.bwrap == NULL) {
        const char *directory = draft->rest_of_path;
        size_t len = strcspn(directory, ":");

        draft->rest_of_path = directory[len] == '\0' ? NULL : directory + len + 1;
        (void)snprintf(path, sizeof(path), "%.*s/bwrap", (int)len, directory);
        if (path[0] == '/' && access(path, X_OK) == 0)
            draft->host.bwrap = brig_host_keep(draft, path);
    }
    return draft->host.bwrap != NULL;
}

static brig_status begin_try(const brig_host_draft *draft, const char *const *argv,
                             brig_host_process *ret_process)
{
    brig_host_run run = {argv, draft->host.template_uid, draft->host.template_gid,
                         draft->host.bwrap};

    return begin_run(&run, ret_process);
}

brig_status brig_host_begin_trial(brig_host_draft *draft, brig_host_process *ret_trial)
{
    const char *path = getenv("PATH");

    draft->rest_of_path = path != NULL ? path : "/usr/bin:/bin";
    *ret_trial = (brig_host_process){.output = -1};
    if (!find_bubblewrap(draft))
        return draft->fault;
    return begin_try(draft, try_fresh_proc, ret_trial);
}

/* The exit status of one try that has begun, or of the same in the next place. */
static brig_status await_try(brig_host_draft *draft, const brig_host_process *trial, char *output,
                             int *ret_status)
{
    brig_host_process process = *trial;
    brig_status status = BRIG_OK;

    *ret_status = end_run(&process, output, BRIG_HOST_OUTPUT_BYTES);
    while (status == BRIG_OK && *ret_status == EXIT_NOT_FOUND && find_bubblewrap(draft)) {
        status = begin_try(draft, try_fresh_proc, &process);
        if (status == BRIG_OK)
            *ret_status = end_run(&process, output, BRIG_HOST_OUTPUT_BYTES);
    }
    return status == BRIG_OK ? draft->fault : status;
}

brig_status brig_host_end_trial(brig_host_draft *draft, const brig_host_process *trial)
{
    char output[BRIG_HOST_OUTPUT_BYTES] = "";
    int exit_status = EXIT_NOT_FOUND;
    brig_host_process process;
    brig_status status = BRIG_OK;

    if (trial->output >= 0)
        status = await_try(draft, trial, output, &exit_status);
    draft->host.fresh_proc = exit_status == 0;
    /* In a container the kernel shows its /proc only as it is. */
    if (status == BRIG_OK && exit_status != 0 && draft->host.bwrap != NULL) {
        status = begin_try(draft, try_host_proc, &process);
        if (status == BRIG_OK)
            exit_status = end_run(&process, output, sizeof(output));
    }
    if (status != BRIG_OK || exit_status == 0)
        return status;
    return brig_host_do_without(draft, output);
}

int brig_host_ask_as_user(const brig_host_draft *draft, int (*question)(void))
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(take_user(draft->host.template_uid, draft->host.template_gid) ? question() : EPERM);
    return pid < 0 ? errno : wait_for(pid);
}
