/* SPDX-License-Identifier: MIT */
/* A server whose template is up, so that opening a session can be measured by itself. */
#include "bench_server.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "cli.h"

enum {
    START_MS = 30000,
    RETRY_MS = 5,
    KEY_TEXT_BYTES = 2 * BRIG_KEY_BYTES + 1,
};

static bool write_key(const char *path)
{
    uint8_t key[BRIG_KEY_BYTES];
    char text[KEY_TEXT_BYTES];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written;

    if (fd < 0)
        return false;
    randombytes_buf(key, sizeof(key));
    (void)sodium_bin2hex(text, sizeof(text), key, sizeof(key));
    text[sizeof(text) - 1] = '\n';
    is_written = write(fd, text, sizeof(text)) == (ssize_t)sizeof(text);
    return close(fd) == 0 && is_written;
}

static bool make_directory(bench_server *server)
{
    static const char pattern[] = "/tmp/brig-bench-XXXXXX";

    memcpy(server->directory, pattern, sizeof(pattern));
    if (mkdtemp(server->directory) == NULL) {
        server->directory[0] = '\0';
        return false;
    }
    (void)snprintf(server->socket_path, BENCH_PATH_BYTES, "%.64s/socket", server->directory);
    (void)snprintf(server->key_file, BENCH_PATH_BYTES, "%.64s/key", server->directory);
    return write_key(server->key_file);
}

static int spawn(bench_server *server, char *program)
{
    char listen_at[BENCH_PATH_BYTES + 8];
    posix_spawn_file_actions_t actions;
    char *arguments[] = {program, "--listen", listen_at, "--key-file", server->key_file, NULL};
    int failed;

    (void)snprintf(listen_at, sizeof(listen_at), "unix:%s", server->socket_path);
    failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return failed;
    failed = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (failed == 0)
        failed = posix_spawn(&server->pid, program, &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Is somebody behind the socket? It says nothing that a client would not say. */
static bool answers(const bench_server *server)
{
    const brig_client_config config = {.software = NULL};
    const brig_address address = {.socket_path = server->socket_path, .key_file = server->key_file};
    brig_client *client;
    bool is_there;

    if (brig_client_new(&config, &client) != BRIG_OK)
        return false;
    is_there = brig_client_connect(client, &address) == BRIG_OK;
    brig_client_free(client);
    return is_there;
}

bool brig_bench_server_start(bench_server *server, const brig_server *which)
{
    const struct timespec pause = {0, RETRY_MS * 1000000L};
    char program[PATH_MAX];
    int failed;

    memset(server, 0, sizeof(*server));
    if (brig_server_find(which, program, sizeof(program)) != BRIG_OK) {
        (void)brig_complain(0, "no brigd; name one with --server");
        return false;
    }
    if (!make_directory(server)) {
        (void)brig_complain(0, "no directory below /tmp: %s", strerror(errno));
        return false;
    }
    failed = spawn(server, program);
    if (failed != 0) {
        server->pid = 0;
        (void)brig_complain(0, "cannot start %s: %s", program, strerror(failed));
        return false;
    }
    for (int waited = 0; waited < START_MS; waited += RETRY_MS) {
        if (answers(server))
            return true;
        (void)nanosleep(&pause, NULL);
    }
    (void)brig_complain(0, "%s does not listen", program);
    return false;
}

void brig_bench_server_end(bench_server *server)
{
    if (server->pid > 0) {
        (void)kill(server->pid, SIGTERM);
        while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (server->directory[0] != '\0') {
        (void)unlink(server->socket_path);
        (void)unlink(server->key_file);
        (void)rmdir(server->directory);
    }
}
