/* SPDX-License-Identifier: MIT */
/* What peers that do not read, and peers that do not finish, can make the server hold (spec 7.7). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <sys/socket.h>

#include <brig/pack.h>

#include "check.h"
#include "live_server.h"

enum {
    MIB = 1048576,
    LONG_MS = 60000,
    TURN_MS = 20,
    QUIET_TURNS = 25, /* so long nothing moves: then nothing will */
    PATIENCE_TURNS = 3000,
    HOARDERS = 8,
    VALUE_BYTES = 15000000,
    BOUND_BYTES = 33554432, /* buffer_bytes below */
    /* Above the bound: one message on its way in, its copy on the way out, the allocator's own. */
    SLACK_BYTES = 67108864,
    UNREAD_BYTES = 8388608, /* what one client that reads nothing may cost, its output streamed */
    KEPT_BYTES = 16777216,  /* what may remain when all is over */
    FLOOD_BYTES = 134217728,
    ANSWERS = 32, /* tool_calls_open */
    ANSWER_BYTES = 1000000,
};

/* Half of the sessions take a spare: what those hold counts like what the others hold. */
#define CONFIG \
    "profiles:\n  - name: standard\n    spares: 4\n    limits: {output_bytes: 268435456}\n" \
    "buffer_bytes: 33554432\n"

static void wait_a_turn(void)
{
    (void)poll(NULL, 0, TURN_MS);
}

/* AddressSanitizer keeps what is freed: then figures of memory mean nothing, all else does. */
static bool is_memory_measured(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

static void check_peak(const live_server *server, uint64_t before, uint64_t most, const char *what)
{
    uint64_t peak = live_server_peak_bytes(server);
    uint64_t growth = peak > before ? peak - before : 0;

    CHECK(!is_memory_measured() || growth <= most, "%s: the server grows by %llu KiB, not %llu",
          what, (unsigned long long)growth / 1024, (unsigned long long)most / 1024);
}

static void await_small(const live_server *server, uint64_t before, const char *what)
{
    for (int turns = 0; live_server_memory_bytes(server) > before + KEPT_BYTES; turns++) {
        if (!is_memory_measured())
            return;
        CHECK(turns < PATIENCE_TURNS, "%s: %llu KiB are kept", what,
              (unsigned long long)(live_server_memory_bytes(server) - before) / 1024);
        wait_a_turn();
    }
}

/* Until the server has not grown for a while: it waits for the client. */
static void await_standstill(const live_server *server)
{
    uint64_t last = 0;

    for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
        uint64_t now = live_server_memory_bytes(server);

        if (now != last)
            quiet = 0;
        last = now;
        wait_a_turn();
    }
}

/* LIM-004, LIM-005: the worker has to wait, nothing is lost, nobody else notices. */
static void check_slow_reader(void)
{
    live_server server;
    live_client slow;
    live_client other;

    live_server_start_with(&server, CONFIG);
    live_server_open(&server, &slow);
    live_server_open(&server, &other);
    live_server_forget_peak(&server);
    uint64_t before = live_server_memory_bytes(&server);
    uint64_t id = live_send_code(&slow, "spill 134217728", LONG_MS);
    await_standstill(&server);
    live_server_eval(&other, "say hi");
    check_peak(&server, before, UNREAD_BYTES, "a client that reads nothing");
    live_end end = live_wait(&slow, id, LIVE_IGNORE);
    CHECK(!end.is_error && end.output_bytes == FLOOD_BYTES && end.dropped == 0,
          "all of it arrives: %zu, %s", end.output_bytes, end.code);
    live_server_eval(&slow, "say hi");
    check_peak(&server, before, UNREAD_BYTES, "a client that reads late");
    live_leave(&slow);
    live_leave(&other);
    live_server_stop(&server);
}

/*
 * Reads what a client had left unread. True: the value, and the session goes on. False: it was ended, told
 * `busy` or cut; the value may still have come before, if it was on its way when the session ended.
 */
static bool goes_on(live_client *client, uint64_t id)
{
    uint64_t ping = 0;
    brig_event event;

    client->may_be_cut = true;
    while (live_next(client, &event)) {
        bool is_result =
            event.type == BRIG_EVENT_MESSAGE && event.message.type == BRIG_MESSAGE_RESULT;

        if (event.type == BRIG_EVENT_CLOSED)
            CHECK(brig_span_is(event.message.name, "busy"), "the reason is told");
        else if (is_result && event.message.id == id)
            ping = live_send(client, "brig.ping", NULL);
        else if (is_result && ping != 0 && event.message.id == ping)
            return true;
    }
    return false;
}

/* LIM-006, LIM-007 */
static void check_hoarders(void)
{
    static live_client clients[HOARDERS];
    uint64_t ids[HOARDERS];
    unsigned going_on = 0;
    live_server server;
    live_client other;

    live_server_start_with(&server, CONFIG);
    live_server_open(&server, &other);
    for (int i = 0; i < HOARDERS; i++)
        live_server_open(&server, &clients[i]);
    live_server_forget_peak(&server);
    uint64_t before = live_server_memory_bytes(&server);
    for (int i = 0; i < HOARDERS; i++)
        ids[i] = live_send_code(&clients[i], "big 15000000", LONG_MS);
    live_server_await_log(&server, "above the bound", 1);
    for (int i = 0; i < HOARDERS; i++)
        live_server_eval(&other, "say hi\ntool echo");
    live_server_await_log(&server, "stands still", 1);
    live_server_eval(&other, "say hi\ntool echo");
    check_peak(&server, before, BOUND_BYTES + SLACK_BYTES, "values that nobody reads");
    for (int i = 0; i < HOARDERS; i++)
        going_on += goes_on(&clients[i], ids[i]) ? 1 : 0;
    CHECK(going_on > 0 && going_on < HOARDERS, "%u get their value late, the others end", going_on);
    check_peak(&server, before, BOUND_BYTES + SLACK_BYTES, "values that are read at last");
    live_server_eval(&other, "say hi");
    await_small(&server, before, "values that have been read");
    for (int i = 0; i < HOARDERS; i++)
        live_abandon(&clients[i]);
    live_leave(&other);
    live_server_stop(&server);
}

/* As much as the server takes now; how much that was. */
static size_t push(live_client *client, size_t most)
{
    size_t sent = 0;

    for (int quiet = 0; sent < most && quiet < QUIET_TURNS;) {
        brig_span output = brig_conn_output(client->conn);
        size_t len = output.len < most - sent ? output.len : most - sent;
        ssize_t put =
            len == 0 ? 0 : send(client->fd, output.data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (len == 0)
            break;
        CHECK(put > 0 || errno == EAGAIN, "the server listens: %s", strerror(errno));
        if (put <= 0) {
            quiet++;
            wait_a_turn();
            continue;
        }
        brig_conn_sent(client->conn, (size_t)put);
        sent += (size_t)put;
        quiet = 0;
    }
    return sent;
}

static void queue_code(live_client *client, size_t len)
{
    brig_buffer args;
    char *code = calloc(1, len + 1);

    CHECK(code != NULL, "memory");
    memset(code, ' ', len);
    brig_buffer_init(&args, len + MIB);
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "code", code);
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .name = brig_span_text("brig.eval"),
        .body = brig_buffer_span(&args),
    };
    CHECK(brig_conn_send(client->conn, &call, NULL) == BRIG_OK, "a long message");
    brig_buffer_done(&args);
    free(code);
}

/* LIM-006: messages that never end. */
static void check_unfinished(void)
{
    static live_client clients[HOARDERS];
    live_server server;
    live_client other;

    live_server_start_with(&server, CONFIG);
    live_server_open(&server, &other);
    for (int i = 0; i < HOARDERS; i++)
        live_server_open(&server, &clients[i]);
    live_server_forget_peak(&server);
    uint64_t before = live_server_memory_bytes(&server);
    for (int i = 0; i < HOARDERS; i++) {
        queue_code(&clients[i], VALUE_BYTES);
        (void)push(&clients[i], VALUE_BYTES - MIB);
        live_server_eval(&other, "say hi\ntool echo");
    }
    check_peak(&server, before, BOUND_BYTES + SLACK_BYTES, "messages that do not end");
    for (int i = 0; i < HOARDERS; i++)
        live_abandon(&clients[i]);
    await_small(&server, before, "messages whose sender is gone");
    live_leave(&other);
    live_server_stop(&server);
}

/* As much of an answer to each of the worker's calls as the server takes. */
static size_t push_answers(live_client *client)
{
    uint8_t *bytes = calloc(1, ANSWER_BYTES);
    size_t taken = 0;
    brig_buffer value;

    CHECK(bytes != NULL, "memory");
    brig_buffer_init(&value, ANSWER_BYTES + MIB);
    brig_pack_bin(&value, (brig_span){bytes, ANSWER_BYTES});
    free(bytes);
    for (uint64_t id = 1; id <= ANSWERS && brig_conn_output(client->conn).len == 0; id++) {
        brig_event event;
        const brig_message answer = {
            .type = BRIG_MESSAGE_RESULT, .id = id, .body = brig_buffer_span(&value)};

        CHECK(live_next(client, &event) && event.message.type == BRIG_MESSAGE_CALL, "a tool call");
        brig_status status = brig_conn_send(client->conn, &answer, NULL);
        CHECK(status == BRIG_OK || status == BRIG_FULL, "an answer");
        taken += push(client, SIZE_MAX);
    }
    brig_buffer_done(&value);
    return taken;
}

/* LIM-002, LIM-003: answers for a worker that has stopped reading. */
static void check_deaf_worker(void)
{
    char code[ANSWERS * 8] = "";
    size_t len = 0;
    live_server server;
    live_client client;

    live_server_start_with(&server, CONFIG);
    live_server_open(&server, &client);
    for (int i = 1; i <= ANSWERS; i++)
        len += (size_t)snprintf(code + len, sizeof(code) - len, "ask %d\n", i);
    (void)snprintf(code + len, sizeof(code) - len, "deaf");
    uint64_t id = live_send_code(&client, code, LONG_MS);
    size_t taken = push_answers(&client);
    CHECK(taken > ANSWER_BYTES && taken < 2 * (size_t)BRIG_LIMIT_MAX_MESSAGE_BYTES,
          "the server takes some, and less than it may: %zu", taken);
    live_end end = live_wait(&client, id, LIVE_IGNORE);
    CHECK(strcmp(end.code, "crashed") == 0 && strcmp(end.reason, "stalled") == 0,
          "the worker is ended: %s, %s", end.code, end.reason);
    live_leave(&client);
    live_server_stop(&server);
}

int main(void)
{
    check_slow_reader();
    check_hoarders();
    check_unfinished();
    check_deaf_worker();
    return 0;
}
