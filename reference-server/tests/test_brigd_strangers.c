/* SPDX-License-Identifier: MIT */
/* Connections before their HELLO: what they hear, how long they last, how many there are (spec 3). */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "live_server.h"

enum {
    PATIENCE_MS = 120000,
    FLOOD_COUNT = 400,
    MOST_STRANGERS = 256,   /* admission.c */
    SPARE_DESCRIPTORS = 20, /* of the server, for what it does meanwhile */
    NOBODY = 65534,
    MESSAGE_2_BYTES = 50,
};

typedef struct stranger_case {
    const char *name;
    const char *bytes;
    size_t len;
    const char *heard; /* before the server closes */
    size_t heard_len;
} stranger_case;

#define BYTES(text) text, sizeof(text) - 1
#define ZEROS       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const stranger_case cases[] = {
    {"silence is closed in silence", BYTES(""), BYTES("")},
    {"half a preamble is closed in silence", BYTES("BRIG\1"), BYTES("")},
    {"another protocol is closed in silence", BYTES("GET / HTTP/1.1\r\n\r\n"), BYTES("")},
    {"a version that is not spoken is refused", BYTES("BRIG\11\1\11\0"), BYTES("\0\0\1\1\1")},
    {"a suite that is not offered is refused", BYTES("BRIG\1\2\1\0"), BYTES("\0\0\2\1\1")},
    {"a message 1 of another length is closed in silence", BYTES("BRIG\1\1\1\0\377\377"),
     BYTES("")},
    {"a message 1 without the key is closed in silence",
     BYTES("BRIG\1\1\1\0\0\60" ZEROS ZEROS ZEROS), BYTES("")},
    {"a message 1 that never ends is closed in silence", BYTES("BRIG\1\1\1\0\0\60" ZEROS),
     BYTES("")},
};

/* CHN-038: whatever came, and whatever did not. */
static void check_case(const live_server *server, const stranger_case *c)
{
    brig_span heard = {NULL, 0};
    int fd = live_server_connect(server);

    CHECK(fd >= 0, "%s: brigd accepts", c->name);
    CHECK(send(fd, c->bytes, c->len, MSG_NOSIGNAL) == (ssize_t)c->len, "%s: sent", c->name);
    CHECK(live_server_await_end(fd, PATIENCE_MS, &heard), "%s: brigd closes", c->name);
    CHECK(heard.len == c->heard_len && memcmp(heard.data, c->heard, heard.len) == 0,
          "%s: %zu octets were said", c->name, heard.len);
    (void)close(fd);
}

/* Octets that keep coming make nobody's time longer. */
static void check_drip(const live_server *server)
{
    static const char drip[] = "BRIG\1\1\1\0\0\60" ZEROS ZEROS;
    const struct timespec pause = {0, 20000000};
    brig_span heard = {NULL, 0};
    int fd = live_server_connect(server);
    size_t sent = 0;

    while (sent < sizeof(drip) - 1 && send(fd, drip + sent, 1, MSG_NOSIGNAL) == 1) {
        sent++;
        (void)nanosleep(&pause, NULL);
    }
    CHECK(live_server_await_end(fd, PATIENCE_MS, &heard) && heard.len == 0,
          "a peer that sends one octet after the other is closed in silence");
    (void)close(fd);
}

/* A peer that knows the key, and says nothing more than message 1 (CHN-037, CHN-038). */
static void check_no_hello(const live_server *server)
{
    size_t before = live_server_holdings(server).processes;
    brig_span heard = {NULL, 0};
    live_client client;
    int fd = live_server_connect(server);

    live_connect(&client, fd, server->key);
    live_flush(&client);
    CHECK(live_server_await_end(fd, PATIENCE_MS, &heard), "a peer without HELLO is closed");
    CHECK(heard.len == MESSAGE_2_BYTES, "and hears message 2 alone: %zu", heard.len);
    CHECK(live_server_holdings(server).processes == before, "no process was started for it");
    live_abandon(&client);
}

static void check_cases(void)
{
    live_server server;

    live_server_start_with(&server, LIVE_NO_SPARES "handshake_ms: 400\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&server, &cases[i]);
    check_drip(&server);
    check_no_hello(&server);
    live_server_stop(&server);
}

static size_t count_ended(const int *fds, size_t count)
{
    size_t ended = 0;

    for (size_t i = 0; i < count; i++) {
        struct pollfd wait = {.fd = fds[i], .events = POLLIN};

        ended += poll(&wait, 1, 0) == 1 ? 1 : 0;
    }
    return ended;
}

/* CHN-039: the oldest make room for the newest, and nobody who is in is disturbed. */
static void check_flood(void)
{
    static int fds[FLOOD_COUNT];
    live_server server;
    live_client early;
    live_client late;

    live_server_start_with(&server, LIVE_NO_SPARES);
    live_server_open(&server, &early);
    size_t before = live_server_holdings(&server).descriptors;
    for (size_t i = 0; i < FLOOD_COUNT; i++) {
        fds[i] = live_server_connect(&server);
        CHECK(fds[i] >= 0, "connection %zu waits at least: %s", i, strerror(errno));
        if (i % 100 == 0)
            live_server_eval(&early, "say hi");
    }
    live_server_open(&server, &late); /* behind all of them */
    live_server_eval(&early, "say hi");
    CHECK(count_ended(fds, FLOOD_COUNT) >= FLOOD_COUNT - MOST_STRANGERS,
          "the oldest strangers make room");
    CHECK(live_server_holdings(&server).descriptors <= before + MOST_STRANGERS + SPARE_DESCRIPTORS,
          "strangers are bounded");
    for (size_t i = 0; i < FLOOD_COUNT; i++)
        (void)close(fds[i]);
    live_server_eval(&late, "say hi");
    live_abandon(&late);
    live_abandon(&early);
    live_server_stop(&server);
}

/* Both were let in while there was room for one. */
static void check_last_place(void)
{
    live_server server;
    live_client first;
    live_client second;
    brig_event event;
    brig_span heard = {NULL, 0};

    live_server_start_with(&server, "max_connections: 1\n");
    int slow = live_server_connect(&server);
    live_server_open(&server, &first);
    live_connect(&second, slow, server.key);
    do {
        CHECK(live_next(&second, &event), "the slower one hears a reason");
    } while (event.type != BRIG_EVENT_CLOSED);
    CHECK(brig_span_is(event.message.name, "busy"), "and that is busy");
    live_abandon(&second);

    int fd = live_server_connect(&server);
    CHECK(send(fd, "BRIG\1\1\1\0", 8, MSG_NOSIGNAL) == 8, "a third one comes");
    CHECK(live_server_await_end(fd, PATIENCE_MS, &heard), "it is not let in");
    CHECK(heard.len == 5 && memcmp(heard.data, "\0\0\3\1\1", 5) == 0, "but refused as busy");
    (void)close(fd);
    live_server_eval(&first, "say hi");
    live_abandon(&first);
    live_server_stop(&server);
}

/* In a process of its own: connect as somebody else. 0: what the server said was nothing. */
static int connect_as_nobody(const live_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    char byte = 0;

    if (chdir(server->directory) != 0 || setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 ||
        setuid(NOBODY) != 0)
        return 3;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return errno == EACCES ? 2 : 4;
    return read(fd, &byte, 1) == 0 ? 0 : 1;
}

static int status_of_nobody(const live_server *server)
{
    int status = 0;
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid == 0)
        _exit(connect_as_nobody(server));
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "nobody ends");
    return WEXITSTATUS(status);
}

/* TRN-001, TRN-002; only root can become somebody else. */
static void check_other_users(const char *more, mode_t mode, int expected)
{
    char path[64];
    struct stat facts;
    live_server server;

    live_server_start_with(&server, more);
    (void)snprintf(path, sizeof(path), "%s/socket", server.directory);
    CHECK(stat(path, &facts) == 0 && (facts.st_mode & 0777) == mode, "the mode of the socket");
    CHECK(chmod(server.directory, 0711) == 0, "others may look into the directory");
    if (geteuid() == 0) {
        int status = status_of_nobody(&server);

        CHECK(status == expected, "another user: %d", status);
    }
    live_server_stop(&server);
}

int main(void)
{
    check_cases();
    check_flood();
    check_last_place();
    check_other_users("", 0600, 2);
    check_other_users("    allow_uids: [1]\n", 0666, 0);
    return 0;
}
