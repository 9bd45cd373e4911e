/* SPDX-License-Identifier: MIT */
/* Pid 1 of a session until it is the shim. ARCHITECTURE.md, "How a session starts". */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "go.h"
#include "launch_worker.h"

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t len = strlen(text);
    bool written = fd >= 0 && write(fd, text, len) == (ssize_t)len;

    if (fd >= 0)
        (void)close(fd);
    return written;
}

/* Early, so that what the walls need counts as the session's. */
static int enter_groups(const brig_session *session)
{
    for (size_t i = 0; i < session->entrance_count; i++) {
        if (write(session->entrances[i], "0", 1) != 1)
            return errno;
        (void)close(session->entrances[i]);
    }
    return 0;
}

/* Become somebody in a new user namespace, and hold nothing of the template's but the call. */
static int settle_in(const brig_session *session)
{
    sigset_t all;

    (void)sigfillset(&all);
    (void)umask(022);
    (void)signal(SIGCHLD, SIG_DFL); /* the template's children are reaped unseen, ours are not */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || sigprocmask(SIG_SETMASK, &all, NULL) != 0)
        return errno;
    if (!session->walls->is_reduced && (!write_text("/proc/self/setgroups", "deny") ||
                                        !write_text("/proc/self/uid_map", session->uid_map) ||
                                        !write_text("/proc/self/gid_map", session->gid_map)))
        return errno;
    if (dup2(session->fds[BRIG_SESSION_SUPERVISOR], BRIG_SUPERVISOR_FD) < 0)
        return errno;
    (void)close(session->fds[BRIG_SESSION_SUPERVISOR]);
    return 0;
}

static const char *name_of(brig_step_op failed)
{
    return failed < BRIG_STEP_COUNT ? brig_step_name(failed) : "process";
}

/* The part after `go` waits until brigd has placed us. */
_Noreturn void brig_launch_run(brig_session *session)
{
    const char *group = NULL;
    uint64_t go_id;
    int error;

    if (session->early_error == 0)
        session->walls_session.failed = BRIG_STEP_COUNT;
    error = settle_in(session);
    if (error == 0)
        error = session->early_error;
    if (error == 0) {
        error = enter_groups(session);
        group = error != 0 ? "cgroup" : NULL;
    }
    if (session->probes != NULL)
        brig_probe_take_guard(session->probes);
    if (error == 0)
        error = brig_walls_raise(session->walls, BRIG_STEP_MOUNT, &session->walls_session);
    go_id = brig_go_await();
    if (error == 0)
        error = brig_walls_raise(session->walls, BRIG_STEP_SHIM, &session->walls_session);
    if (error == 0)
        error = brig_launch_worker(session, go_id);
    brig_go_refuse(go_id, group != NULL ? group : name_of(session->walls_session.failed), error);
}
