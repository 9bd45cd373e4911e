/* SPDX-License-Identifier: MIT */
/* Pid 1 of a session. ARCHITECTURE.md, "How a session starts" and "Supervisor channel". */
#include "shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_state.h"
#include "shim_worker.h"

enum {
    SUPERVISOR_FD = BRIG_CONTROL_FD, /* takes its number: a shim has no control channel */
    GO_BYTES = 256,
    MAX_CALL_BYTES = BRIG_LIMIT_CHUNK_BYTES + 65536,
    MAX_OUTPUT_BYTES = 16 * 1024 * 1024,
    BUSY_OUTPUT_BYTES = 1024 * 1024, /* no further call is read above this */
};

/* Why a shim ends by itself. Nobody reads it but a person with a tracer. */
typedef enum shim_end {
    END_REGULAR,
    END_START,      /* a wall does not stand; brigd has been told */
    END_SUPERVISOR, /* brigd is gone, or says what it never says */
} shim_end;

typedef struct shim_loop {
    brig_shim shim;
    int signals_fd;
    int listener_fd;     /* -1 when no process of the code is left */
    bool has_refused;    /* a refused call waits for its answer */
    uint64_t refused_id; /* until the report has left */
    bool is_over;        /* `exit` is queued */
} shim_loop;

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t len = strlen(text);
    bool written = fd >= 0 && write(fd, text, len) == (ssize_t)len;

    if (fd >= 0)
        (void)close(fd);
    return written;
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
    if (dup3(session->fds[BRIG_SESSION_SUPERVISOR], SUPERVISOR_FD, O_CLOEXEC) < 0)
        return errno;
    (void)close(session->fds[BRIG_SESSION_SUPERVISOR]);
    return 0;
}

/* Wait until the supervisor channel can be read or written. */
static void wait_for_supervisor(short events)
{
    struct pollfd supervisor = {.fd = SUPERVISOR_FD, .events = events};

    (void)poll(&supervisor, 1, -1);
}

static bool read_exactly(uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = read(SUPERVISOR_FD, bytes + done, len - done);

        if (got > 0)
            done += (size_t)got;
        else if (got < 0 && errno == EAGAIN)
            wait_for_supervisor(POLLIN);
        else if (got == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static bool write_exactly(brig_span bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(SUPERVISOR_FD, bytes.data, bytes.len);

        if (wrote >= 0) {
            bytes.data += wrote;
            bytes.len -= (size_t)wrote;
        } else if (errno == EAGAIN) {
            wait_for_supervisor(POLLOUT);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* The first call, read without memory of our own: the walls do not stand yet. */
static uint64_t await_go(void)
{
    uint8_t bytes[GO_BYTES];
    brig_message message;
    uint32_t len;

    if (!read_exactly(bytes, sizeof(len)))
        _exit(END_SUPERVISOR);
    memcpy(&len, bytes, sizeof(len));
    len = ntohl(len);
    if (len == 0 || len > sizeof(bytes) || !read_exactly(bytes, len))
        _exit(END_SUPERVISOR);
    if (brig_message_parse((brig_span){bytes, len}, &message) != BRIG_OK ||
        message.type != BRIG_MESSAGE_CALL || !brig_span_is(message.name, "go"))
        _exit(END_SUPERVISOR);
    return message.id;
}

/* Name the wall that does not stand, and end. */
static _Noreturn void refuse_go(uint64_t id, brig_step_op failed, int error)
{
    char text[256];
    const char *reason = strerrordesc_np(error);
    brig_message message = {
        .type = BRIG_MESSAGE_ERROR,
        .id = id,
        .name = brig_span_text(brig_error_name(BRIG_ERROR_UNAVAILABLE)),
    };
    brig_pieces pieces;
    uint32_t len;

    (void)snprintf(text, sizeof(text), "the sandbox's layer %s failed: %s",
                   failed < BRIG_STEP_COUNT ? brig_step_name(failed) : "process",
                   reason == NULL ? "unknown error" : reason);
    message.text = brig_span_text(text);
    if (brig_message_pieces(&message, &pieces) != BRIG_OK)
        _exit(END_START);
    len = htonl((uint32_t)pieces.total_bytes);
    if (write_exactly((brig_span){(const uint8_t *)&len, sizeof(len)}))
        for (size_t i = 0; i < pieces.count; i++)
            if (!write_exactly(pieces.piece[i]))
                break;
    _exit(END_START);
}

/* From the fork to a worker that runs; the part after `go` waits until brigd has placed us. */
static uint64_t raise_all(brig_session *session, pid_t *ret_worker)
{
    uint64_t go_id;
    int error;

    if (session->early_error == 0)
        session->walls_session.failed = BRIG_STEP_COUNT;
    error = settle_in(session);
    if (error == 0)
        error = session->early_error;
    if (session->probes != NULL)
        brig_probe_take_guard(session->probes);
    if (error == 0)
        error = brig_walls_raise(session->walls, BRIG_STEP_MOUNT, &session->walls_session);
    go_id = await_go();
    if (error == 0)
        error = brig_walls_raise(session->walls, BRIG_STEP_SHIM, &session->walls_session);
    if (error == 0)
        error = brig_worker_fork(session, ret_worker);
    if (error != 0)
        refuse_go(go_id, session->walls_session.failed, error);
    return go_id;
}

/* What only the worker needs is closed, so that its end is seen at the other ends. */
static void drop_descriptors(const brig_session *session)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)close(session->fds[BRIG_SESSION_WORKER]);
    (void)close(session->fds[BRIG_SESSION_STDOUT]);
    (void)close(session->fds[BRIG_SESSION_STDERR]);
    if (nothing < 0)
        return;
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(nothing, STDOUT_FILENO);
    (void)close(nothing);
}

static void begin_loop(shim_loop *loop)
{
    const brig_link_config config = {MAX_CALL_BYTES, MAX_OUTPUT_BYTES};
    brig_shim *shim = &loop->shim;
    char workspace[BRIG_PLACE_BYTES] = "";
    sigset_t children;
    int flags = fcntl(SUPERVISOR_FD, F_GETFL);

    (void)brig_walls_path(&shim->session->walls_session, "workspace", workspace);
    brig_buffer_init(&shim->answer.value, MAX_OUTPUT_BYTES / 2);
    shim->workspace_fd = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    loop->signals_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    loop->listener_fd = shim->session->walls_session.listener;
    if (shim->workspace_fd < 0 || loop->signals_fd < 0 || flags < 0 ||
        fcntl(SUPERVISOR_FD, F_SETFL, flags | O_NONBLOCK) != 0 ||
        brig_link_new(&config, &shim->link) != BRIG_OK || brig_shim_send_report(shim) != BRIG_OK)
        _exit(END_START);
}

/* Write what the channel takes. Ends when brigd is gone. */
static void flush(brig_link *link)
{
    for (;;) {
        brig_span output = brig_link_output(link);
        ssize_t wrote;

        if (output.len == 0)
            return;
        wrote = write(SUPERVISOR_FD, output.data, output.len);
        if (wrote >= 0)
            brig_link_sent(link, (size_t)wrote);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            _exit(END_SUPERVISOR);
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
            _exit(END_SUPERVISOR);
        flush(loop->shim.link);
    }
}

/* The end of the channel is the end of the session: pid 1 takes everything with it. */
static void read_supervisor(shim_loop *loop)
{
    brig_room room = brig_link_room(loop->shim.link);
    ssize_t got;

    if (room.len > 0) {
        got = read(SUPERVISOR_FD, room.data, room.len);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            _exit(END_SUPERVISOR);
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
        if (pid != loop->shim.worker || loop->is_over)
            continue;
        if (brig_shim_send_exit(&loop->shim, status, &usage) != BRIG_OK)
            _exit(END_SUPERVISOR);
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
        _exit(END_SUPERVISOR);
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

    fds[0] = (struct pollfd){.fd = SUPERVISOR_FD, .events = has_output ? POLLOUT : 0};
    if (!loop->is_over && !is_busy(loop))
        fds[0].events |= POLLIN;
    fds[1] = (struct pollfd){.fd = loop->signals_fd, .events = POLLIN};
    fds[2] = (struct pollfd){.fd = loop->has_refused ? -1 : loop->listener_fd, .events = POLLIN};
    while (poll(fds, 3, loop->is_over ? -1 : brig_shim_watch_ms(&loop->shim)) < 0)
        if (errno != EINTR)
            _exit(END_START);
}

static void run_once(shim_loop *loop)
{
    struct pollfd fds[3];

    wait_for_events(loop, fds);
    if (!loop->is_over && brig_shim_watch(&loop->shim) != BRIG_OK)
        _exit(END_SUPERVISOR);
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

_Noreturn void brig_shim_run(brig_session *session)
{
    shim_loop loop = {.shim = {.session = session}};

    loop.shim.go_id = raise_all(session, &loop.shim.worker);
    drop_descriptors(session);
    begin_loop(&loop);
    flush(loop.shim.link);
    while (!loop.is_over || brig_link_output(loop.shim.link).len > 0)
        run_once(&loop);
    _exit(END_REGULAR);
}
