/* SPDX-License-Identifier: MIT */
/* Listening on Unix sockets: who may connect, and how a socket gets its name (spec 12.1). */
#include "listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit_session.h"
#include "key.h"
#include "log.h"

enum {
    BACKLOG = 512,
    ACCEPTS_PER_TURN = 16, /* then those who are in already have their turn */
    SHORTAGE_MS = 100,     /* without descriptors or memory, accepting is tried again so often */
    LISTENER_HANDLES = 2,
    MAX_CLIENT_KEYS = 1024,
    SYSTEMD_FIRST_FD = 3,
};

struct brig_listener {
    brig_server *server;
    const brig_listener_config *config;
    uv_poll_t poll;
    uv_timer_t timer; /* runs while there is a shortage */
    unsigned open_handles;
    int fd;
    bool is_short; /* and the log says so */
    bool is_own;   /* bound by us: its name is ours to remove */
    dev_t device;
    ino_t inode;
    brig_conn_config conn; /* keys */
    uint8_t (*client_publics)[BRIG_KEY_BYTES];
};

static void fail(char *error, size_t error_bytes, const char *path, const char *what)
{
    (void)snprintf(error, error_bytes, "socket %s: %s", path, what);
}

/* ---- keys ---- */

/* One key a line, each as in a key file. */
static brig_status read_client_keys(brig_listener *listener, char *error, size_t error_bytes)
{
    const char *path = listener->config->client_keys_path;
    char line[2 * BRIG_KEY_BYTES + 2];
    brig_status status = BRIG_OK;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        (void)snprintf(error, error_bytes, "client keys %s: %s", path, strerror(errno));
        return BRIG_SYSTEM;
    }
    listener->client_publics = calloc(MAX_CLIENT_KEYS, BRIG_KEY_BYTES);
    if (listener->client_publics == NULL)
        status = BRIG_NO_MEMORY;
    while (status == BRIG_OK && fgets(line, sizeof(line), file) != NULL) {
        size_t count = listener->conn.client_public_count;

        status = count < MAX_CLIENT_KEYS
                     ? brig_key_parse(brig_span_text(line), listener->client_publics[count])
                     : BRIG_TOO_LARGE;
        listener->conn.client_public_count++;
    }
    (void)fclose(file);
    if (status != BRIG_OK || listener->conn.client_public_count == 0) {
        (void)snprintf(error, error_bytes, "client keys %s: line %zu is no key of 64 hex digits",
                       path, listener->conn.client_public_count);
        return BRIG_ARGUMENT;
    }
    listener->conn.client_publics = (const uint8_t(*)[BRIG_KEY_BYTES])listener->client_publics;
    return BRIG_OK;
}

static brig_status read_keys(brig_listener *listener, char *error, size_t error_bytes)
{
    const brig_listener_config *config = listener->config;
    brig_conn_config *conn = &listener->conn;
    brig_status status = BRIG_OK;

    if (config->key_path != NULL) {
        conn->suites |= 1U << BRIG_SUITE_LOCAL;
        status = brig_key_read_file(config->key_path, conn->psk, error, error_bytes);
    }
    if (status == BRIG_OK && config->static_key_path != NULL) {
        conn->suites |= 1U << BRIG_SUITE_KEYED;
        status =
            brig_key_read_file(config->static_key_path, conn->static_secret, error, error_bytes);
        if (status == BRIG_OK)
            status = read_client_keys(listener, error, error_bytes);
    }
    return status;
}

/* ---- the socket ---- */

static brig_status fill_address(const char *path, struct sockaddr_un *address)
{
    size_t len = strlen(path);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len >= sizeof(address->sun_path))
        return BRIG_TOO_LARGE;
    memcpy(address->sun_path, path, len + 1);
    return BRIG_OK;
}

/* What stands at the path already, if anything: our own dead socket goes, all else stays. */
static const char *clear_path(const struct sockaddr_un *address)
{
    struct stat facts;

    if (lstat(address->sun_path, &facts) != 0)
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISSOCK(facts.st_mode))
        return "something that is not a socket is there";
    if (facts.st_uid != geteuid())
        return "a socket of another user is there";
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return strerror(errno);
    int connected = connect(probe, (const struct sockaddr *)address, sizeof(*address));
    int cause = errno;
    (void)close(probe);
    if (connected == 0)
        return "another server listens there";
    if (cause != ECONNREFUSED)
        return strerror(cause);
    return unlink(address->sun_path) == 0 ? NULL : strerror(errno);
}

static const char *bind_and_listen(brig_listener *listener, const struct sockaddr_un *address)
{
    struct stat facts;
    bool is_shared = listener->config->allow_uid_count > 0; /* then SO_PEERCRED is the guard */

    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return strerror(errno);
    mode_t mask = umask(is_shared ? 0111 : 0177);
    int bound = bind(listener->fd, (const struct sockaddr *)address, sizeof(*address));
    int cause = errno;
    (void)umask(mask);
    if (bound != 0)
        return strerror(cause);
    listener->is_own = true;
    if (lstat(address->sun_path, &facts) != 0 || listen(listener->fd, BACKLOG) != 0)
        return strerror(errno);
    listener->device = facts.st_dev;
    listener->inode = facts.st_ino;
    return NULL;
}

/* The listening socket that systemd passed for this path, or -1. */
static int find_activated(const char *path)
{
    const char *pid = getenv("LISTEN_PID");   /* NOLINT(concurrency-mt-unsafe): one thread */
    const char *count = getenv("LISTEN_FDS"); /* NOLINT(concurrency-mt-unsafe) */

    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid())
        return -1;
    int end = SYSTEMD_FIRST_FD + (int)strtol(count, NULL, 10);
    for (int fd = SYSTEMD_FIRST_FD; fd < end; fd++) {
        struct sockaddr_un address = {0};
        socklen_t len = sizeof(address) - 1; /* a NUL is left behind any path */

        if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
            address.sun_family == AF_UNIX && strcmp(address.sun_path, path) == 0)
            return fd;
    }
    return -1;
}

static brig_status open_socket(brig_listener *listener, char *error, size_t error_bytes)
{
    const char *path = listener->config->path;
    struct sockaddr_un address;

    if (fill_address(path, &address) != BRIG_OK) {
        (void)snprintf(error, error_bytes, "socket %s: the path is longer than %zu bytes", path,
                       sizeof(address.sun_path) - 1);
        return BRIG_ARGUMENT;
    }
    listener->fd = find_activated(path);
    if (listener->fd >= 0) {
        (void)fcntl(listener->fd, F_SETFD, FD_CLOEXEC);
        return BRIG_OK;
    }
    const char *problem = clear_path(&address);
    if (problem == NULL)
        problem = bind_and_listen(listener, &address);
    if (problem == NULL)
        return BRIG_OK;
    fail(error, error_bytes, path, problem);
    return BRIG_SYSTEM;
}

/* ---- clients ---- */

static bool may_connect(const brig_listener *listener, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    if (peer.uid == geteuid())
        return true;
    for (size_t i = 0; i < listener->config->allow_uid_count; i++) {
        if (peer.uid == listener->config->allow_uids[i])
            return true;
    }
    brig_log("connection refused: user %u may not connect", (unsigned)peer.uid);
    brig_audit_refused(listener->server, fd, "this user may not connect");
    return false;
}

static void welcome(brig_listener *listener, int fd)
{
    brig_client *client = NULL;
    brig_client_config config = {.server = listener->server, .conn = listener->conn, .fd = fd};

    config.conn.refuse_busy = !brig_server_has_room(listener->server);
    if (!may_connect(listener, fd) || brig_client_new(&config, &client) != BRIG_OK)
        (void)close(fd);
    sodium_memzero(&config, sizeof(config));
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_shortage_timeout(uv_timer_t *timer)
{
    brig_listener *listener = timer->data;

    (void)uv_poll_start(&listener->poll, UV_READABLE, on_connection);
}

/* Nothing can be accepted, and the socket stays readable: those who connect wait in its queue. */
static void wait_for_resources(brig_listener *listener, int cause)
{
    if (!listener->is_short)
        brig_log("unix:%s: connections cannot be accepted and have to wait: %s",
                 listener->config->path, strerror(cause));
    listener->is_short = true;
    (void)uv_poll_stop(&listener->poll);
    (void)uv_timer_start(&listener->timer, on_shortage_timeout, SHORTAGE_MS, 0);
}

static void on_accepted(brig_listener *listener, int fd)
{
    if (listener->is_short)
        brig_log("unix:%s: connections are accepted again", listener->config->path);
    listener->is_short = false;
    welcome(listener, fd);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    brig_listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                wait_for_resources(listener, errno);
            return;
        }
        on_accepted(listener, fd);
    }
}

static void free_listener(brig_listener *listener)
{
    if (listener->fd >= 0)
        (void)close(listener->fd);
    free(listener->client_publics);
    sodium_memzero(&listener->conn, sizeof(listener->conn));
    free(listener);
}

static void on_closed(uv_handle_t *handle)
{
    brig_listener *listener = handle->data;

    if (--listener->open_handles == 0)
        free_listener(listener);
}

static void remove_name(const brig_listener *listener)
{
    struct stat facts;
    const char *path = listener->config->path;

    if (listener->is_own && lstat(path, &facts) == 0 && facts.st_dev == listener->device &&
        facts.st_ino == listener->inode)
        (void)unlink(path);
}

brig_status brig_listener_new(brig_server *server, const brig_listener_config *config, char *error,
                              size_t error_bytes, brig_listener **ret_listener)
{
    brig_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL) {
        fail(error, error_bytes, config->path, brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    listener->server = server;
    listener->config = config;
    listener->fd = -1;
    brig_status status = read_keys(listener, error, error_bytes);
    if (status == BRIG_OK)
        status = open_socket(listener, error, error_bytes);
    if (status == BRIG_OK &&
        uv_poll_init(&brig_server_loop(server)->uv, &listener->poll, listener->fd) != 0) {
        fail(error, error_bytes, config->path, "it cannot be watched");
        status = BRIG_SYSTEM;
    }
    if (status != BRIG_OK) {
        remove_name(listener);
        free_listener(listener);
        return status;
    }
    (void)uv_timer_init(&brig_server_loop(server)->uv, &listener->timer);
    listener->open_handles = LISTENER_HANDLES;
    listener->poll.data = listener;
    listener->timer.data = listener;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_connection);
    brig_log("listening on unix:%s", config->path);
    *ret_listener = listener;
    return BRIG_OK;
}

void brig_listener_close(brig_listener *listener)
{
    remove_name(listener);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    uv_close((uv_handle_t *)&listener->timer, on_closed);
}
