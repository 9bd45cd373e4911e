/* SPDX-License-Identifier: MIT */
/* Peers that vanish, stay silent, or end in one direction: what is left of their sessions. */
#include <string.h>

#include <sys/socket.h>

#include "check.h"
#include "live_server.h"

enum { LONG_MS = 60000, PATIENCE_MS = 120000 };

/* What a client does while its code runs. */
typedef enum deed {
    DEED_VANISH,
    DEED_HALF_CLOSE, /* no more from the client; it would still read */
    DEED_CLOSE,      /* CLOSE, and the socket stays open */
    DEED_GARBAGE,    /* a record that does not decrypt */
    DEED_HALF_RECORD,
    DEED_IDLE, /* nothing, until the server has had enough of it; it reads nothing either */
} deed;

typedef struct peer_case {
    const char *name;
    deed deed;
    const char *code; /* that runs meanwhile; NULL: none */
} peer_case;

/* CHN-033, CHN-034 */
static const peer_case cases[] = {
    {"of a client that vanishes nothing is left", DEED_VANISH, NULL},
    {"nor if it vanishes while code runs", DEED_VANISH, "deaf"},
    {"nor if it vanishes in an output flood", DEED_VANISH, "flood 100000"},
    {"a client that ends its direction has ended", DEED_HALF_CLOSE, "deaf"},
    {"a client that takes leave has ended, even if it keeps its socket", DEED_CLOSE, "deaf"},
    {"a record that does not decrypt ends the session", DEED_GARBAGE, "deaf"},
    {"half a record and then nothing is an end as well", DEED_HALF_RECORD, "deaf"},
    {"an idle client that does not hear CLOSE is gone all the same", DEED_IDLE, NULL},
};

static void act(live_client *client, deed what)
{
    static const char garbage[] = "\0\21abcdefghijklmnopq";

    switch (what) {
    case DEED_VANISH:
    case DEED_IDLE:
        break;
    case DEED_HALF_CLOSE:
        CHECK(shutdown(client->fd, SHUT_WR) == 0, "shutdown");
        break;
    case DEED_CLOSE:
        brig_conn_close(client->conn, BRIG_CLOSE_DONE, "");
        live_flush(client);
        break;
    case DEED_GARBAGE:
        CHECK(send(client->fd, garbage, sizeof(garbage) - 1, MSG_NOSIGNAL) > 0, "send");
        break;
    case DEED_HALF_RECORD:
        CHECK(send(client->fd, garbage, 9, MSG_NOSIGNAL) == 9, "send");
        CHECK(shutdown(client->fd, SHUT_WR) == 0, "shutdown");
        break;
    }
}

static void check_case(const live_server *server, const live_holdings *before, const peer_case *c)
{
    live_client client;

    live_server_open(server, &client);
    CHECK(live_server_holdings(server).processes > before->processes,
          "%s: a session costs something", c->name);
    if (c->code != NULL)
        (void)live_send_code(&client, c->code, LONG_MS);
    act(&client, c->deed);
    if (c->deed != DEED_VANISH) /* the server ends before the client does */
        live_server_await(server, before, c->name);
    live_abandon(&client);
    live_server_await(server, before, c->name);
}

/* SIGTERM while some run code, some do nothing and some are strangers. */
static void check_shutdown(live_server *server)
{
    enum { GUESTS = 3 };
    live_client clients[GUESTS];
    brig_span heard = {NULL, 0};
    int stranger = live_server_connect(server);

    for (int i = 0; i < GUESTS; i++)
        live_server_open(server, &clients[i]);
    uint64_t running = live_send_code(&clients[0], "deaf", LONG_MS);
    live_server_terminate(server);
    for (int i = 0; i < GUESTS; i++) {
        brig_event event = {.type = BRIG_EVENT_READY};

        while (live_next(&clients[i], &event) && event.type != BRIG_EVENT_CLOSED)
            CHECK(event.message.id != running, "no terminal of code that did not end");
        CHECK(event.type == BRIG_EVENT_CLOSED && brig_span_is(event.message.name, "shutdown"),
              "client %d is told why", i);
        live_abandon(&clients[i]);
    }
    CHECK(live_server_await_end(stranger, PATIENCE_MS, &heard) && heard.len == 0,
          "a stranger is told nothing");
    live_server_await_gone(server);
}

int main(void)
{
    live_server server;

    live_server_start_with(
        &server, "profiles:\n  - name: standard\n    spares: 0\n    limits: {idle_ms: 400}\n");
    live_holdings before = live_server_holdings(&server);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&server, &before, &cases[i]);
    live_server_stop(&server);

    live_server_start(&server);
    check_shutdown(&server);
    return 0;
}
