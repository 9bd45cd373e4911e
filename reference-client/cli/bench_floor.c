/* SPDX-License-Identifier: MIT */
/* The least that a way through three processes costs on this machine. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include <brig/conn.h>
#include <brig/pack.h>

/* Both ends between two neighbours of the chain client, server, worker. */
struct chain {
    int client[2]; /* client's end, server's end */
    int worker[2]; /* server's end, worker's end */
    pid_t server_pid;
    pid_t worker_pid;
    size_t bulk_bytes;
};

static bool send_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = recv(fd, bytes, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

/* Runs in a child until its neighbour has left. */
typedef void (*chain_part)(const struct chain *chain);

static pid_t fork_part(struct chain *chain, chain_part part, int keep_client, int keep_worker)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    (void)close(chain->client[0]);
    if (keep_client == 0)
        (void)close(chain->client[1]);
    (void)close(chain->worker[keep_worker == 0 ? 1 : 0]);
    part(chain);
    _exit(0);
}

static void close_ends(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            (void)close(pair[i]);
        pair[i] = -1;
    }
}

static bool start_chain(struct chain *chain, chain_part server, chain_part worker)
{
    chain->client[0] = chain->client[1] = chain->worker[0] = chain->worker[1] = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, chain->client) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, chain->worker) != 0)
        return false;
    chain->server_pid = fork_part(chain, server, 1, 0);
    chain->worker_pid = fork_part(chain, worker, 0, 1);
    close_ends(chain->worker);
    (void)close(chain->client[1]);
    chain->client[1] = -1;
    return chain->server_pid > 0 && chain->worker_pid > 0;
}

static void reap(pid_t pid)
{
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Each part ends when the one before it has closed its end. */
static void end_chain(struct chain *chain)
{
    close_ends(chain->client);
    close_ends(chain->worker);
    reap(chain->server_pid);
    reap(chain->worker_pid);
}

static void echo_server(const struct chain *chain)
{
    uint8_t bytes[FLOOR_MESSAGE_BYTES];

    while (receive_all(chain->client[1], bytes, sizeof(bytes)) &&
           send_all(chain->worker[0], bytes, sizeof(bytes)) &&
           receive_all(chain->worker[0], bytes, sizeof(bytes)) &&
           send_all(chain->client[1], bytes, sizeof(bytes)))
        continue;
}

static void echo_worker(const struct chain *chain)
{
    uint8_t bytes[FLOOR_MESSAGE_BYTES];

    while (receive_all(chain->worker[1], bytes, sizeof(bytes)) &&
           send_all(chain->worker[1], bytes, sizeof(bytes)))
        continue;
}

bool brig_floor_echo(brig_bench *bench, size_t runs, brig_samples *samples)
{
    uint8_t bytes[FLOOR_MESSAGE_BYTES] = {0};
    struct chain chain = {.bulk_bytes = 0};
    bool is_good = start_chain(&chain, echo_server, echo_worker);

    (void)bench;
    for (size_t i = 0; i < runs && is_good; i++) {
        uint64_t begin = brig_bench_now_ns();

        is_good = send_all(chain.client[0], bytes, sizeof(bytes)) &&
                  receive_all(chain.client[0], bytes, sizeof(bytes));
        brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    }
    end_chain(&chain);
    return is_good;
}

/* One end of a Brig connection over a blocking socket. */
struct talk {
    int fd;
    brig_conn *conn;
};

static bool talk_flush(struct talk *talk)
{
    brig_span output = brig_conn_output(talk->conn);

    while (output.len > 0) {
        if (!send_all(talk->fd, output.data, output.len))
            return false;
        brig_conn_sent(talk->conn, output.len);
        output = brig_conn_output(talk->conn);
    }
    return true;
}

/* The next message; greetings pass by. */
static bool talk_next(struct talk *talk, brig_event *ret_event)
{
    for (;;) {
        brig_status status = brig_conn_next(talk->conn, ret_event);
        brig_room room;
        ssize_t got;

        if (!talk_flush(talk))
            return false;
        if (status == BRIG_OK && ret_event->type == BRIG_EVENT_MESSAGE)
            return true;
        if (status == BRIG_OK && ret_event->type == BRIG_EVENT_READY)
            continue;
        if (status != BRIG_AGAIN)
            return false;
        room = brig_conn_room(talk->conn);
        got = recv(talk->fd, room.data, room.len, 0);
        if (got <= 0)
            return false;
        brig_conn_filled(talk->conn, (size_t)got);
    }
}

static bool talk_init(struct talk *talk, brig_side side, int fd)
{
    brig_conn_config config = {.side = side,
                               .suite = BRIG_SUITE_LOCAL,
                               .suites = 1u << BRIG_SUITE_LOCAL,
                               .software = "floor",
                               .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                               .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};

    talk->fd = fd;
    memset(config.psk, 1, sizeof(config.psk)); /* the same on both sides; it hides nothing */
    randombytes_buf(config.ephemeral, sizeof(config.ephemeral));
    return brig_conn_new(&config, &talk->conn) == BRIG_OK;
}

/* Asks the worker for the bytes by one octet, and passes them on as one RESULT. */
static void bulk_server(const struct chain *chain)
{
    brig_buffer body;
    brig_event event;
    struct talk talk;
    uint8_t ask = 1;

    brig_buffer_init(&body, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    if (!talk_init(&talk, BRIG_SIDE_SERVER, chain->client[1]))
        return;
    while (talk_next(&talk, &event)) {
        brig_message result = {.type = BRIG_MESSAGE_RESULT, .id = event.message.id};
        uint8_t *elements;

        brig_buffer_clear(&body);
        elements = brig_pack_vector(&body, BRIG_VECTOR_FLOAT64, chain->bulk_bytes / 8);
        if (elements == NULL || !send_all(chain->worker[0], &ask, 1) ||
            !receive_all(chain->worker[0], elements, chain->bulk_bytes))
            break;
        result.body = brig_buffer_span(&body);
        if (brig_conn_send(talk.conn, &result, NULL) != BRIG_OK || !talk_flush(&talk))
            break;
    }
    brig_conn_free(talk.conn);
    brig_buffer_done(&body);
}

static void bulk_worker(const struct chain *chain)
{
    uint8_t *bytes = calloc(1, chain->bulk_bytes);
    uint8_t ask;

    while (bytes != NULL && receive_all(chain->worker[1], &ask, 1) &&
           send_all(chain->worker[1], bytes, chain->bulk_bytes))
        continue;
    free(bytes);
}

static bool fetch_bulk(struct talk *talk, size_t runs, brig_samples *samples)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("bulk")};
    brig_event event;

    for (size_t i = 0; i < runs; i++) {
        uint64_t begin = brig_bench_now_ns();

        if (brig_conn_send(talk->conn, &call, NULL) != BRIG_OK || !talk_flush(talk) ||
            !talk_next(talk, &event))
            return false;
        brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    }
    return true;
}

static bool measure_bulk(size_t bytes, size_t runs, brig_samples *samples)
{
    struct talk talk = {.fd = -1, .conn = NULL};
    struct chain chain = {.bulk_bytes = bytes};
    bool is_good = start_chain(&chain, bulk_server, bulk_worker);

    is_good = is_good && talk_init(&talk, BRIG_SIDE_CLIENT, chain.client[0]) &&
              fetch_bulk(&talk, runs, samples);
    brig_conn_free(talk.conn);
    end_chain(&chain);
    return is_good;
}

bool brig_floor_doubles(brig_bench *bench, size_t runs, brig_samples *samples)
{
    (void)bench;
    return measure_bulk(FLOOR_DOUBLES_BYTES, runs, samples);
}

bool brig_floor_string(brig_bench *bench, size_t runs, brig_samples *samples)
{
    (void)bench;
    return measure_bulk(FLOOR_STRING_BYTES, runs, samples);
}
