/* SPDX-License-Identifier: MIT */
/* A server of one's own: found, started over inherited descriptors, ended (ARCHITECTURE.md). */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

enum {
    CONNECTION_FD = 3, /* of the server */
    KEY_FD = 4,
    FIRST_FREE_FD = 5,
    OWN_ARGUMENTS = 5, /* name, two options with their values */
    MAX_ARGUMENTS = 32,
};

/* The four ends of what the server inherits and what stays here. */
struct ends {
    int connection[2]; /* ours, the server's */
    int key[2];        /* read by the server, written here */
};

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

static bool is_beside_us(char *path, size_t path_bytes)
{
    ssize_t len = readlink("/proc/self/exe", path, path_bytes);
    char *slash;

    if (len <= 0 || (size_t)len >= path_bytes)
        return false;
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + sizeof("/brigd") > path_bytes)
        return false;
    memcpy(slash + 1, "brigd", sizeof("brigd"));
    return is_program(path);
}

static bool is_in_search_path(char *path, size_t path_bytes)
{
    const char *rest = getenv("PATH");

    while (rest != NULL && *rest != '\0') {
        size_t len = strcspn(rest, ":");

        /* A relative entry would start whatever lies in the current directory. */
        if (rest[0] == '/' && len + sizeof("/brigd") <= path_bytes) {
            memcpy(path, rest, len);
            memcpy(path + len, "/brigd", sizeof("/brigd"));
            if (is_program(path))
                return true;
        }
        rest += len + (rest[len] == ':');
    }
    return false;
}

static bool is_at(const char *place, char *path, size_t path_bytes)
{
    if (strlen(place) >= path_bytes || !is_program(place))
        return false;
    memcpy(path, place, strlen(place) + 1);
    return true;
}

static const char *named_program(const brig_server *server)
{
    return server != NULL && server->program != NULL ? server->program : getenv("BRIG_SERVER");
}

brig_status brig_server_find(const brig_server *server, char *ret_path, size_t path_bytes)
{
    const char *named = named_program(server);
    bool is_found;

    /* What was named is not silently replaced by what was not. */
    if (named != NULL)
        is_found = is_at(named, ret_path, path_bytes);
    else
        is_found = is_beside_us(ret_path, path_bytes) ||
                   is_at(BRIG_INSTALLED_SERVER, ret_path, path_bytes) ||
                   is_in_search_path(ret_path, path_bytes);
    return is_found ? BRIG_OK : BRIG_UNAVAILABLE;
}

static brig_status find_program(brig_client *client, const brig_server *server, char path[PATH_MAX])
{
    const char *named = named_program(server);

    if (brig_server_find(server, path, PATH_MAX) == BRIG_OK)
        return BRIG_OK;
    if (named != NULL)
        return brig_outcome_fail(&client->last, BRIG_UNAVAILABLE, "%s is not a program", named);
    return brig_outcome_fail(
        &client->last, BRIG_UNAVAILABLE,
        "the server brigd is neither beside this program nor " BRIG_INSTALLED_SERVER
        " nor in PATH; BRIG_SERVER may name it");
}

/* Above what the server's own numbers are, so that placing one never overwrites another. */
static int lift(int fd)
{
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

    (void)close(fd);
    return lifted;
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            (void)close(pair[i]);
        pair[i] = -1;
    }
}

static brig_status make_ends(struct ends *ends)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->connection) != 0)
        return BRIG_SYSTEM;
    if (pipe2(ends->key, O_CLOEXEC) != 0)
        return BRIG_SYSTEM;
    ends->connection[1] = lift(ends->connection[1]);
    ends->key[0] = lift(ends->key[0]);
    return ends->connection[1] < 0 || ends->key[0] < 0 ? BRIG_SYSTEM : BRIG_OK;
}

/* 64 digits and a newline: a pipe takes them without anybody reading. */
static brig_status write_key(int fd, uint8_t ret_key[BRIG_KEY_BYTES])
{
    char text[2 * BRIG_KEY_BYTES + 1];
    ssize_t written;

    randombytes_buf(ret_key, BRIG_KEY_BYTES);
    (void)sodium_bin2hex(text, sizeof(text), ret_key, BRIG_KEY_BYTES);
    text[sizeof(text) - 1] = '\n';
    written = write(fd, text, sizeof(text));
    sodium_memzero(text, sizeof(text));
    return written == (ssize_t)sizeof(text) ? BRIG_OK : BRIG_SYSTEM;
}

/* Own session: a Ctrl-C of the terminal is ours to pass on. Default signals, nothing inherited. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    int failed;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    failed = posix_spawnattr_setsigmask(attributes, &none);
    if (failed == 0)
        failed = posix_spawnattr_setsigdefault(attributes, &all);
    if (failed == 0)
        failed = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    return failed;
}

static int set_descriptors(posix_spawn_file_actions_t *actions, const struct ends *ends)
{
    int failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);

    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, ends->connection[1], CONNECTION_FD);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, ends->key[0], KEY_FD);
    if (failed == 0)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FREE_FD);
    return failed;
}

static int spawn(const char *path, char *const *arguments, const struct ends *ends, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawnattr_init(&attributes);

    if (failed != 0)
        return failed;
    failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        (void)posix_spawnattr_destroy(&attributes);
        return failed;
    }
    failed = set_attributes(&attributes);
    if (failed == 0)
        failed = set_descriptors(&actions, ends);
    if (failed == 0)
        failed = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return failed;
}

static brig_status spawn_server(brig_client *client, const brig_server *server,
                                const struct ends *ends)
{
    char path[PATH_MAX];
    char *arguments[MAX_ARGUMENTS + 1] = {path, "--connection-fd", "3", "--key-fd", "4"};
    size_t count = OWN_ARGUMENTS;
    int failed;

    TRY(find_program(client, server, path));
    for (const char *const *more = server->arguments; more != NULL && *more != NULL; more++) {
        if (count == MAX_ARGUMENTS)
            return brig_outcome_fail(&client->last, BRIG_ARGUMENT, "too many server arguments");
        arguments[count++] = (char *)*more;
    }
    failed = spawn(path, arguments, ends, &client->server_pid);
    if (failed != 0)
        return brig_outcome_fail(&client->last, BRIG_UNAVAILABLE, "cannot start %s: %s", path,
                                 strerror(failed));
    return BRIG_OK;
}

brig_status brig_private_server_start(brig_client *client, const brig_server *server, int *ret_fd,
                                      uint8_t ret_key[BRIG_KEY_BYTES])
{
    struct ends ends = {{-1, -1}, {-1, -1}};
    brig_status status = make_ends(&ends);

    if (status == BRIG_OK)
        status = write_key(ends.key[1], ret_key);
    if (status != BRIG_OK)
        (void)brig_outcome_fail(&client->last, status, "no descriptors: %s", strerror(errno));
    else
        status = spawn_server(client, server, &ends);
    if (status == BRIG_OK) {
        *ret_fd = ends.connection[0];
        ends.connection[0] = -1;
    }
    close_pair(ends.connection);
    close_pair(ends.key);
    return status;
}

/* True once the process has ended; reaping is left to waitpid(). */
static bool has_ended(pid_t pid, int wait_ms)
{
    struct pollfd fd = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    uint64_t end_ms = brig_transport_now_ms() + (uint64_t)wait_ms;
    int ready;

    if (fd.fd < 0)
        return errno == ESRCH;
    do {
        uint64_t now_ms = brig_transport_now_ms();

        ready = poll(&fd, 1, now_ms < end_ms ? (int)(end_ms - now_ms) : 0);
    } while (ready < 0 && errno == EINTR);
    (void)close(fd.fd);
    return ready > 0;
}

void brig_private_server_end(brig_client *client, int wait_ms)
{
    pid_t pid = client->server_pid;

    if (pid == 0)
        return;
    client->server_pid = 0;
    /* It ends by itself at the end of its connection, with all that it has started. */
    if (!has_ended(pid, wait_ms))
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
