/* SPDX-License-Identifier: MIT */
/* A brigd that listens, with files of its own and with eyes on what it holds. */
#include "live_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

enum {
    PATH_BYTES = 128,
    LOG_BYTES = 1048576,
    MAX_PROCESSES = 8192,
    PATIENCE_TURNS = 3000, /* only a test that fails waits so long */
    TURN_MS = 10,
    CODE_MS = 60000,
};

static void wait_a_turn(void)
{
    (void)poll(NULL, 0, TURN_MS);
}

static const char *const file_names[] = {"config.yaml", "key", "log", "socket"};

static const char *path_of(const live_server *server, const char *name)
{
    static char path[PATH_BYTES];

    (void)snprintf(path, sizeof(path), "%s/%s", server->directory, name);
    return path;
}

static void write_file(const live_server *server, const char *name, const char *text)
{
    int fd = open(path_of(server, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0, "%s can be made: %s", name, strerror(errno));
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s is written", name);
    (void)close(fd);
}

static void write_files(live_server *server, const char *more)
{
    char key[2 * BRIG_KEY_BYTES + 2];
    char config[4096];

    randombytes_buf(server->key, sizeof(server->key));
    (void)sodium_bin2hex(key, sizeof(key), server->key, BRIG_KEY_BYTES);
    key[sizeof(key) - 2] = '\n';
    key[sizeof(key) - 1] = '\0';
    write_file(server, "key", key);
    (void)snprintf(config, sizeof(config), "listen:\n  - unix: %s/socket\n    key_file: %s/key\n%s",
                   server->directory, server->directory, more);
    write_file(server, "config.yaml", config);
    write_file(server, "log", "");
}

static void run_server(const live_server *server)
{
    int log = open(path_of(server, "log"), O_WRONLY | O_APPEND | O_CLOEXEC);

    /* A test that fails takes it along. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || log < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(90);
    (void)execl(BRIGD, BRIGD, "--worker", SCRIPTED_WORKER, "--config",
                path_of(server, "config.yaml"), (char *)NULL);
    _exit(91);
}

void live_server_start_with(live_server *server, const char *more)
{
    CHECK(sodium_init() >= 0, "libsodium");
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans come here");
    (void)snprintf(server->directory, sizeof(server->directory), "live-XXXXXX");
    CHECK(mkdtemp(server->directory) != NULL, "a directory: %s", strerror(errno));
    write_files(server, more);
    server->pid = fork();
    CHECK(server->pid >= 0, "fork");
    if (server->pid == 0)
        run_server(server);
    live_server_await_log(server, "self-test passed", 1);
    (void)live_server_settle(server); /* the session of the self-test goes after it was told of */
}

void live_server_start(live_server *server)
{
    live_server_start_with(server, "");
}

void live_server_terminate(const live_server *server)
{
    CHECK(kill(server->pid, SIGTERM) == 0, "brigd is there until it is told to end");
}

void live_server_await_gone(live_server *server)
{
    live_check_nothing_left(server->pid);
    CHECK(access(path_of(server, "socket"), F_OK) != 0, "brigd takes its socket along");
    for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++)
        (void)unlink(path_of(server, file_names[i]));
    CHECK(rmdir(server->directory) == 0, "nothing else is in its directory");
}

void live_server_stop(live_server *server)
{
    live_server_terminate(server);
    live_server_await_gone(server);
}

int live_server_connect(const live_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s", path_of(server, "socket"));
    CHECK(len > 0 && (size_t)len < sizeof(address.sun_path), "the path fits");
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

void live_join(const live_server *server, live_client *client)
{
    int fd = live_server_connect(server);

    CHECK(fd >= 0, "brigd listens: %s", strerror(errno));
    live_connect(client, fd, server->key);
}

void live_leave(live_client *client)
{
    live_take_leave(client);
    live_abandon(client);
}

void live_server_open(const live_server *server, live_client *client)
{
    live_join(server, client);
    live_end end = live_wait(client, live_send_open(client, "deadline_ms", CODE_MS), LIVE_IGNORE);
    CHECK(!end.is_error, "a session opens: %s, %s", end.code, end.text);
}

void live_server_eval(live_client *client, const char *code)
{
    live_end end = live_wait(client, live_send_code(client, code, CODE_MS), LIVE_ANSWER);

    CHECK(!end.is_error, "`%s` runs: %s", code, end.code);
}

unsigned live_server_count_log(const live_server *server, const char *text)
{
    static char log[LOG_BYTES];
    unsigned count = 0;
    int fd = open(path_of(server, "log"), O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0, "there is a log");
    ssize_t len = read(fd, log, sizeof(log) - 1);
    (void)close(fd);
    CHECK(len >= 0, "the log can be read");
    log[len] = '\0';
    for (const char *at = strstr(log, text); at != NULL; at = strstr(at + 1, text))
        count++;
    return count;
}

void live_server_await_log(const live_server *server, const char *text, unsigned count)
{
    int turns = 0;

    while (live_server_count_log(server, text) < count) {
        CHECK(turns++ < PATIENCE_TURNS, "the log does not say: %s", text);
        wait_a_turn();
    }
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

bool live_server_await_end(int fd, int patience_ms, brig_span *ret_bytes)
{
    static uint8_t bytes[4096];
    size_t len = 0;

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int count = poll(&wait, 1, patience_ms);

        if (count == 0)
            return false;
        ssize_t got = read(fd, bytes + len, sizeof(bytes) - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    *ret_bytes = (brig_span){bytes, len};
    return true;
}
