/* SPDX-License-Identifier: MIT */
/* Questions to the kernel, asked by children that take on the template's user. */
#include "host_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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

/* What forbids user namespaces, where the kernel lets us see it. */
static const struct userns_switch {
    const char *file;
    const char *forbidding;
    const char *advice;
} userns_switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "0",
     "kernel.unprivileged_userns_clone is 0: sysctl -w kernel.unprivileged_userns_clone=1"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
     "kernel.apparmor_restrict_unprivileged_userns is 1: install an AppArmor profile that grants "
     "userns to bwrap, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
    {"/proc/sys/user/max_user_namespaces", "0",
     "user.max_user_namespaces is 0: sysctl -w user.max_user_namespaces=10000"},
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

/* The sentence about the switch that forbids user namespaces, or NULL. */
static const char *find_forbidding_switch(void)
{
    for (size_t i = 0; i < sizeof(userns_switches) / sizeof(userns_switches[0]); i++) {
        char value[16] = "";
        int fd = open(userns_switches[i].file, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            continue;
        read_output(fd, value, sizeof(value));
        (void)close(fd);
        value[strcspn(value, "\n")] = '\0';
        if (strcmp(value, userns_switches[i].forbidding) == 0)
            return userns_switches[i].advice;
    }
    return NULL;
}

/* The namespaces of a session around a program that does nothing. */
#define TRY_BUBBLEWRAP(...) \
    { \
        "bwrap", "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", \
            "--unshare-uts", "--die-with-parent", "--ro-bind", "/", "/", __VA_ARGS__, "--", \
            "/usr/bin/true", NULL \
    }
static const char *const try_fresh_proc[] = TRY_BUBBLEWRAP("--proc", "/proc");
static const char *const try_host_proc[] = TRY_BUBBLEWRAP("--bind", "/proc", "/proc");

static brig_status refuse_bubblewrap(brig_host_draft *draft, int exit_status, char *output)
{
    const char *advice = find_forbidding_switch();

    output[strcspn(output, "\n")] = '\0';
    if (exit_status == EXIT_NOT_FOUND)
        return brig_host_refuse(
            draft, "bubblewrap is not installed, or user %u may not run it: apt install bubblewrap",
            draft->host.template_uid);
    if (advice != NULL)
        return brig_host_refuse(draft, "user namespaces are forbidden here: %s", advice);
    return brig_host_refuse(
        draft,
        "bubblewrap cannot start (%s): in a container, allow user namespaces and mounts, for "
        "example with a seccomp profile that permits clone, unshare, mount and pivot_root, and "
        "--security-opt apparmor=unconfined --security-opt systempaths=unconfined",
        output[0] == '\0' ? "no reason given" : output);
}

static brig_host_run trial_of(const brig_host_draft *draft, const char *const *argv)
{
    return (brig_host_run){argv, draft->host.template_uid, draft->host.template_gid};
}

brig_status brig_host_begin_trial(const brig_host_draft *draft, brig_host_process *ret_trial)
{
    brig_host_run run = trial_of(draft, try_fresh_proc);

    return begin_run(&run, ret_trial);
}

brig_status brig_host_end_trial(brig_host_draft *draft, const brig_host_process *trial)
{
    char output[256] = "";
    int exit_status = end_run(trial, output, sizeof(output));
    brig_status status = BRIG_OK;

    draft->host.fresh_proc = exit_status == 0;
    if (exit_status != 0) { /* a container: the kernel shows its /proc only as it is */
        brig_host_run run = trial_of(draft, try_host_proc);

        status = brig_host_execute(&run, output, sizeof(output), &exit_status);
    }
    if (status != BRIG_OK)
        return status;
    if (exit_status != 0)
        return refuse_bubblewrap(draft, exit_status, output);
    return BRIG_OK;
}
