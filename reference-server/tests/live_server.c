/* SPDX-License-Identifier: MIT */
/* A listening brigd for tests, and what the kernel says of it. */
#include "live_server.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum {
    PATIENCE_TURNS = 3000, /* only a test that fails waits so long */
    TURN_MS = 10,
    MAX_PROCESSES = 4096,
};

static void wait_a_turn(void)
{
    (void)poll(NULL, 0, TURN_MS);
}

static void run_server(const live_server *server)
{
    char address[80];

    (void)snprintf(address, sizeof(address), "unix:%s", server->socket_path);
    /* A test that fails takes it along. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
        _exit(90);
    (void)execl(BRIGD, BRIGD, "--listen", address, "--key-file", server->key_path, "--worker",
                SCRIPTED_WORKER, (char *)NULL);
    _exit(91);
}

static void write_key_file(live_server *server)
{
    char text[2 * BRIG_KEY_BYTES + 1];
    int fd = open(server->key_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    CHECK(fd >= 0, "%s is new", server->key_path);
    randombytes_buf(server->key, sizeof(server->key));
    (void)sodium_bin2hex(text, sizeof(text), server->key, sizeof(server->key));
    CHECK(dprintf(fd, "%s\n", text) > 0, "the key is written");
    (void)close(fd);
}

/* -1 while nobody listens. */
static int try_to_connect(const live_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0, "a socket");
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->socket_path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

void live_server_start(live_server *server)
{
    CHECK(sodium_init() >= 0, "libsodium");
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans come here");
    (void)snprintf(server->socket_path, sizeof(server->socket_path), "live_%ld.sock",
                   (long)getpid());
    (void)snprintf(server->key_path, sizeof(server->key_path), "live_%ld.key", (long)getpid());
    write_key_file(server);
    server->pid = fork();
    CHECK(server->pid >= 0, "fork");
    if (server->pid == 0)
        run_server(server);
}

void live_join(const live_server *server, live_client *client)
{
    brig_conn_config config = {
        .side = BRIG_SIDE_CLIENT,
        .suite = BRIG_SUITE_LOCAL,
        .software = "test",
        .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
        .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
    };
    int turns = 0;

    memcpy(config.psk, server->key, sizeof(config.psk));
    randombytes_buf(config.ephemeral, sizeof(config.ephemeral));
    *client = (live_client){.fd = -1, .server = server->pid};
    while ((client->fd = try_to_connect(server)) < 0 && turns++ < PATIENCE_TURNS)
        wait_a_turn();
    CHECK(client->fd >= 0, "brigd listens");
    CHECK(brig_conn_new(&config, &client->conn) == BRIG_OK, "a connection");
}

void live_leave(live_client *client)
{
    brig_event event;

    brig_conn_close(client->conn, BRIG_CLOSE_DONE, "");
    live_flush(client);
    while (live_next(client, &event))
        continue;
    CHECK(brig_conn_is_closed(client->conn), "brigd answers CLOSE by CLOSE");
    brig_conn_free(client->conn);
    (void)close(client->fd);
}

void live_server_stop(live_server *server)
{
    int status = 0;

    CHECK(kill(server->pid, SIGTERM) == 0, "brigd is there");
    CHECK(waitpid(server->pid, &status, 0) == server->pid, "brigd ends");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "brigd ends with status %x", status);
    while (waitpid(-1, &status, WNOHANG) > 0)
        continue;
    CHECK(waitpid(-1, &status, WNOHANG) < 0, "no process outlives brigd");
    CHECK(access(server->socket_path, F_OK) != 0, "brigd takes its socket with it");
    CHECK(unlink(server->key_path) == 0, "the key goes");
}

static unsigned count_descriptors(pid_t pid)
{
    char path[64];
    unsigned count = 0;

    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
    DIR *fds = opendir(path);
    CHECK(fds != NULL, "brigd lives");
    while (readdir(fds) != NULL)
        count++;
    (void)closedir(fds);
    return count;
}

/* The parent of a process, or 0 if it is gone or a zombie. */
static long parent_of(const char *pid)
{
    char path[64];
    char text[512] = "";

    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    const char *end = strrchr(text, ')'); /* then: blank, state, blank, parent */
    if (end == NULL || strlen(end) < 5 || end[2] == 'Z' || end[2] == 'X')
        return 0;
    return strtol(end + 4, NULL, 10);
}

typedef struct family {
    long pids[MAX_PROCESSES];
    long parents[MAX_PROCESSES];
    unsigned count;
} family;

static void read_family(family *all)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;

    CHECK(proc != NULL, "/proc");
    all->count = 0;
    while ((entry = readdir(proc)) != NULL && all->count < MAX_PROCESSES) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        all->pids[all->count] = strtol(entry->d_name, NULL, 10);
        all->parents[all->count++] = parent_of(entry->d_name);
    }
    (void)closedir(proc);
}

/* Is this process below another? */
static bool is_below(const family *all, long pid, long ancestor)
{
    for (unsigned steps = 0; steps < all->count && pid > 1; steps++) {
        unsigned i = 0;

        while (i < all->count && all->pids[i] != pid)
            i++;
        if (i == all->count)
            return false;
        pid = all->parents[i];
        if (pid == ancestor)
            return true;
    }
    return false;
}

live_holdings live_server_holdings(const live_server *server)
{
    static family all;
    live_holdings holdings = {.descriptors = count_descriptors(server->pid)};

    read_family(&all);
    for (unsigned i = 0; i < all.count; i++)
        holdings.processes += is_below(&all, all.pids[i], server->pid) ? 1 : 0;
    return holdings;
}

void live_server_await(const live_server *server, const live_holdings *wanted, const char *what)
{
    live_holdings now = live_server_holdings(server);

    for (int turns = 0; turns < PATIENCE_TURNS; turns++) {
        if (now.descriptors == wanted->descriptors && now.processes == wanted->processes)
            return;
        wait_a_turn();
        now = live_server_holdings(server);
    }
    CHECK(false, "%s: %u descriptors and %u processes, not %u and %u", what, now.descriptors,
          now.processes, wanted->descriptors, wanted->processes);
}

live_holdings live_server_settle(const live_server *server)
{
    enum { STILL_TURNS = 20 };
    live_holdings last = live_server_holdings(server);

    for (int turns = 0, still = 0; turns < PATIENCE_TURNS && still < STILL_TURNS; turns++) {
        wait_a_turn();
        live_holdings now = live_server_holdings(server);
        bool is_still = now.descriptors == last.descriptors && now.processes == last.processes;

        still = is_still ? still + 1 : 0;
        last = now;
    }
    return last;
}

static uint64_t read_status(const live_server *server, const char *key)
{
    char path[64];
    char line[256];
    uint64_t kib = 0;

    (void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)server->pid);
    FILE *file = fopen(path, "re");
    CHECK(file != NULL, "brigd lives");
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtoull(line + strlen(key), NULL, 10);
    (void)fclose(file);
    CHECK(kib > 0, "%s is told", key);
    return kib * 1024;
}

uint64_t live_server_memory_bytes(const live_server *server)
{
    return read_status(server, "VmRSS:");
}

uint64_t live_server_peak_bytes(const live_server *server)
{
    return read_status(server, "VmHWM:");
}

void live_server_forget_peak(const live_server *server)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/clear_refs", (long)server->pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && write(fd, "5", 1) == 1, "the peak is forgotten");
    (void)close(fd);
}
