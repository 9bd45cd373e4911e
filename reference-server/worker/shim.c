/* SPDX-License-Identifier: MIT */
/* brig-shim: what pid 1 of a session becomes. ARCHITECTURE.md, "Supervisor channel". */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "go.h"
#include "shim_state.h"

enum {
    MAX_CALL_BYTES = BRIG_LIMIT_CHUNK_BYTES + 65536,
    MAX_OUTPUT_BYTES = 16 * 1024 * 1024,
    BUSY_OUTPUT_BYTES = 1024 * 1024, /* no further call is read above this */
};

typedef struct shim_loop {
    brig_shim shim;
    int signals_fd;
    int listener_fd;     /* -1 when no process of the code is left */
    bool has_refused;    /* a refused call waits for its answer */
    uint64_t refused_id; /* until the report has left */
    bool is_over;        /* `exit` is queued */
} shim_loop;

static void begin_loop(shim_loop *loop)
{
    const brig_link_config config = {MAX_CALL_BYTES, MAX_OUTPUT_BYTES};
    brig_shim *shim = &loop->shim;
    sigset_t children;
    int flags = fcntl(BRIG_SUPERVISOR_FD, F_GETFL);

    brig_buffer_init(&shim->answer.value, MAX_OUTPUT_BYTES / 2);
    shim->workspace_fd = open(shim->given.workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    loop->signals_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (shim->workspace_fd < 0 || loop->signals_fd < 0 || flags < 0 ||
        fcntl(BRIG_SUPERVISOR_FD, F_SETFL, flags | O_NONBLOCK) != 0 ||
        brig_link_new(&config, &shim->link) != BRIG_OK || brig_shim_send_report(shim) != BRIG_OK)
        _exit(BRIG_SHIM_END_START);
}

/* Write what the channel takes. Ends when brigd is gone. */
static void flush(brig_link *link)
{
    for (;;) {
        brig_span output = brig_link_output(link);
        ssize_t wrote;

        if (output.len == 0)
            return;
        wrote = write(BRIG_SUPERVISOR_FD, output.data, output.len);
        if (wrote >= 0)
            brig_link_sent(link, (size_t)wrote);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            _exit(BRIG_SHIM_END_SUPERVISOR);
    }
}

static bool is_busy(const shim_loop *loop)
{
    return brig_link_output(loop->shim.link).len > BUSY_OUTPUT_BYTES;
}

static void serve_messages(shim_loop *loop)
{
    brig_message message;

    while (!is_busy(loop)) {
        brig_status status = brig_link_next(loop->shim.link, &message);

        if (status == BRIG_AGAIN)
            return;
        if (status != BRIG_OK || brig_shim_serve(&loop->shim, &message) != BRIG_OK)
            _exit(BRIG_SHIM_END_SUPERVISOR);
        flush(loop->shim.link);
    }
}

/* The end of the channel is the end of the session: pid 1 takes everything with it. */
static void read_supervisor(shim_loop *loop)
{
    brig_room room = brig_link_room(loop->shim.link);
    ssize_t got;

    if (room.len > 0) {
        got = read(BRIG_SUPERVISOR_FD, room.data, room.len);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            _exit(BRIG_SHIM_END_SUPERVISOR);
        if (got > 0)
            brig_link_filled(loop->shim.link, (size_t)got);
    }
    serve_messages(loop);
}

/* Reap everyone, orphans of the code included; the worker's end is the session's. */
static void reap(shim_loop *loop)
{
    struct signalfd_siginfo ignored;
    struct rusage usage;
    pid_t pid;
    int status;

    (void)read(loop->signals_fd, &ignored, sizeof(ignored));
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        if (pid != loop->shim.given.worker || loop->is_over)
            continue;
        if (brig_shim_send_exit(&loop->shim, status, &usage) != BRIG_OK)
            _exit(BRIG_SHIM_END_SUPERVISOR);
        loop->is_over = true;
    }
}

/* A refused call: report it first, answer it when the report has left. */
static void take_refused(shim_loop *loop)
{
    struct seccomp_notif request = {0};
    const brig_seccomp_reported *refused;

    /* ENOENT: whoever called is gone already. */
    if (ioctl(loop->listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
        return;
    loop->has_refused = true;
    loop->refused_id = request.id;
    refused = brig_seccomp_find(request.data.nr);
    if (refused != NULL && brig_shim_send_violation(&loop->shim, refused) != BRIG_OK)
        _exit(BRIG_SHIM_END_SUPERVISOR);
}

static void answer_refused(shim_loop *loop)
{
    struct seccomp_notif_resp response = {.id = loop->refused_id, .error = -EPERM};

    if (!loop->has_refused || brig_link_output(loop->shim.link).len > 0)
        return;
    (void)ioctl(loop->listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
    loop->has_refused = false;
}

static void wait_for_events(const shim_loop *loop, struct pollfd fds[3])
{
    bool has_output = brig_link_output(loop->shim.link).len > 0;

    fds[0] = (struct pollfd){.fd = BRIG_SUPERVISOR_FD, .events = has_output ? POLLOUT : 0};
    if (!loop->is_over && !is_busy(loop))
        fds[0].events |= POLLIN;
    fds[1] = (struct pollfd){.fd = loop->signals_fd, .events = POLLIN};
    fds[2] = (struct pollfd){.fd = loop->has_refused ? -1 : loop->listener_fd, .events = POLLIN};
    while (poll(fds, 3, loop->is_over ? -1 : brig_shim_watch_ms(&loop->shim)) < 0)
        if (errno != EINTR)
            _exit(BRIG_SHIM_END_START);
}

static void run_once(shim_loop *loop)
{
    struct pollfd fds[3];

    wait_for_events(loop, fds);
    if (!loop->is_over && brig_shim_watch(&loop->shim) != BRIG_OK)
        _exit(BRIG_SHIM_END_SUPERVISOR);
    if ((fds[1].revents & POLLIN) != 0)
        reap(loop);
    if ((fds[2].revents & POLLIN) != 0)
        take_refused(loop);
    else if (fds[2].revents != 0)
        loop->listener_fd = -1;
    /* Also after output has left: messages may have waited for room. */
    if (fds[0].revents != 0 && !loop->is_over)
        read_supervisor(loop);
    flush(loop->shim.link);
    answer_refused(loop);
}

static bool take_given(int count, char **arguments, brig_shim_given *ret_given)
{
    size_t len = 0;

    return count == 2 &&
           sodium_hex2bin((unsigned char *)ret_given, sizeof(*ret_given), arguments[1],
                          strlen(arguments[1]), NULL, &len, NULL) == 0 &&
           len == sizeof(*ret_given);
}

/* Nobody may read us, and the template's standard streams are not ours but for complaints. */
static bool settle_in(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_SET_NAME, "brig-shim") == 0 &&
           nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(nothing, STDOUT_FILENO) >= 0 &&
           close(nothing) == 0;
}

int main(int count, char **arguments)
{
    shim_loop loop = {.listener_fd = BRIG_LISTENER_FD};

    if (!take_given(count, arguments, &loop.shim.given) || !settle_in())
        return BRIG_SHIM_END_START;
    begin_loop(&loop);
    flush(loop.shim.link);
    while (!loop.is_over || brig_link_output(loop.shim.link).len > 0)
        run_once(&loop);
    return BRIG_SHIM_END_REGULAR;
}
