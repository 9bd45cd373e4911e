/* SPDX-License-Identifier: MIT */
/* Many sessions at once, and what happens when the server has no descriptor left for one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "live_server.h"

enum {
    SESSIONS = 64,
    SESSION_DESCRIPTORS = 9,
    LONG_MS = 60000,
    NEEDED_AT_LEAST = 3, /* descriptors; a session needs more */
    ROOM = 64,
    WATCHED_MS = 500,
    BUSY_PERCENT = 10, /* of a processor: far less than a loop that never waits would use */
};

/* All of them are there before the first one runs code, and all run code at once. */
static void check_sessions(void)
{
    static live_client clients[SESSIONS];
    static uint64_t ids[SESSIONS];
    char code[32];
    live_server server;

    live_server_start_with(&server, LIVE_NO_SPARES);
    size_t before = live_server_holdings(&server).descriptors;
    for (int i = 0; i < SESSIONS; i++)
        live_server_open(&server, &clients[i]);
    for (int i = 0; i < SESSIONS; i++) {
        (void)snprintf(code, sizeof(code), "say %d\ntool echo", i);
        ids[i] = live_send_code(&clients[i], code, LONG_MS);
    }
    for (int i = 0; i < SESSIONS; i++) {
        live_end end = live_wait(&clients[i], ids[i], LIVE_ANSWER);

        (void)snprintf(code, sizeof(code), "%dtool: result\n", i);
        CHECK(!end.is_error && strcmp(end.output, code) == 0, "session %d: `%s` %s", i, end.output,
              end.code);
        CHECK(end.value == 1, "session %d has its own worker", i);
    }
    CHECK(live_server_holdings(&server).descriptors <=
              before + (size_t)SESSION_DESCRIPTORS * SESSIONS,
          "a session takes no more descriptors than admission.c says");
    for (int i = 0; i < SESSIONS; i++)
        live_abandon(&clients[i]);
    live_server_stop(&server);
}

static bool has_descriptor(const live_server *server, size_t number)
{
    char path[64];
    char target[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%zu", (int)server->pid, number);
    return readlink(path, target, sizeof(target)) > 0;
}

/* The server may have this many descriptors more than it has: the limit is one of numbers. */
static void allow_more(const live_server *server, size_t more)
{
    struct rlimit limit;

    CHECK(prlimit(server->pid, RLIMIT_NOFILE, NULL, &limit) == 0, "prlimit: %s", strerror(errno));
    limit.rlim_cur = 0;
    for (size_t free_count = 0; free_count <= more; limit.rlim_cur++)
        free_count += has_descriptor(server, limit.rlim_cur) ? 0 : 1;
    limit.rlim_cur--;
    CHECK(prlimit(server->pid, RLIMIT_NOFILE, &limit, NULL) == 0, "prlimit: %s", strerror(errno));
}

static double cpu_ms(const live_server *server)
{
    clockid_t clock = 0;
    struct timespec used;

    CHECK(clock_getcpuclockid(server->pid, &clock) == 0 && clock_gettime(clock, &used) == 0,
          "brigd lives");
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static void check_accept(const live_server *server, live_client *guest)
{
    const struct timespec watched = {0, WATCHED_MS * 1000000L};
    live_client late;

    allow_more(server, 0);
    int fd = live_server_connect(server);
    live_server_await_log(server, "have to wait: Too many open files", 1);
    double before = cpu_ms(server);
    (void)nanosleep(&watched, NULL);
    CHECK(cpu_ms(server) - before < WATCHED_MS * BUSY_PERCENT / 100.0,
          "a server that cannot accept does not spin");
    live_server_eval(guest, "say hi");
    allow_more(server, ROOM);
    live_connect(&late, fd, server->key);
    live_end end = live_wait(&late, live_send(&late, "brig.open", NULL), LIVE_IGNORE);
    CHECK(!end.is_error, "who had to wait is served: %s", end.code);
    CHECK(live_server_count_log(server, "have to wait") == 1, "the log says it once");
    CHECK(live_server_count_log(server, "accepted again") == 1, "and that it is over");
    live_abandon(&late);
}

static void check_text(live_client *client, uint64_t id, const char *text)
{
    brig_event event;

    do {
        CHECK(live_next(client, &event), "there is an answer");
    } while (event.message.id != id);
    CHECK(event.message.type == BRIG_MESSAGE_ERROR &&
              brig_span_is(event.message.name, "unavailable"),
          "the session cannot start");
    CHECK(memmem(event.message.text.data, event.message.text.len, text, strlen(text)) != NULL,
          "and why: %.*s", (int)event.message.text.len, (const char *)event.message.text.data);
}

static void check_start(const live_server *server, live_client *guest)
{
    live_client late;
    brig_event event;

    live_connect(&late, live_server_connect(server), server->key);
    CHECK(live_next(&late, &event) && event.type == BRIG_EVENT_READY, "a client is let in");
    for (size_t more = 0; more <= NEEDED_AT_LEAST; more++) {
        (void)live_server_settle(server); /* an attempt that failed gives its own back */
        allow_more(server, more);
        check_text(&late, live_send(&late, "brig.open", NULL), "Too many open files");
    }
    live_server_eval(guest, "say hi");
    allow_more(server, ROOM);
    live_end end = live_wait(&late, live_send(&late, "brig.open", NULL), LIVE_IGNORE);
    CHECK(!end.is_error, "the same client gets its session later: %s", end.code);
    live_abandon(&late);
}

static void check_descriptors(void)
{
    live_server server;
    live_client guest;

    live_server_start_with(&server, LIVE_NO_SPARES);
    live_server_open(&server, &guest);
    check_accept(&server, &guest);
    check_start(&server, &guest);
    live_abandon(&guest);
    live_server_stop(&server);
}

int main(void)
{
    check_sessions();
    check_descriptors();
    return 0;
}
