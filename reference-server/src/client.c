/* SPDX-License-Identifier: MIT */
/* A client's connection from accept to its end (spec 3). */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sys/socket.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "server.h"
#include "session.h"

enum {
    FULL_BYTES = 1048576,   /* unread by the client: then nothing is read from its worker */
    DRAINED_BYTES = 262144, /* ... until only this much is unread */
    OUTPUT_MESSAGES = 4,    /* of the largest size: one in flight, terminals, answers */
    SCRATCH_BYTES = 4096,
};

/* Named by what has happened or is awaited. */
typedef enum client_state {
    CLIENT_AWAIT_HELLO,
    CLIENT_OPEN,
    CLIENT_CLOSING, /* our last bytes leave; what comes is dropped */
    CLIENT_ENDED,
} client_state;

struct brig_client {
    brig_server *server;
    brig_conn *conn;
    brig_stream stream;
    uv_timer_t timer; /* handshake, then close */
    client_state state;
    brig_session *session;
    const char *end_reason; /* the first one; NULL: nothing has ended it */
    brig_visit visit;
    brig_account account;
    unsigned open_handles;
    bool is_final;    /* the connection takes no more bytes: read and drop them */
    bool is_finished; /* nothing of the peer is awaited */
    bool is_shut;
    uint8_t scratch[SCRATCH_BYTES];
};

static brig_room client_room(void *state)
{
    brig_client *client = state;

    if (client->is_final)
        return (brig_room){client->scratch, sizeof(client->scratch)};
    return brig_conn_room(client->conn);
}

static void client_filled(void *state, size_t len)
{
    brig_client *client = state;

    if (!client->is_final)
        brig_conn_filled(client->conn, len);
}

static brig_span client_output(const void *state)
{
    const brig_client *client = state;

    return brig_conn_output(client->conn);
}

static void client_sent(void *state, size_t len)
{
    brig_client *client = state;

    brig_conn_sent(client->conn, len);
}

static size_t client_pending(const void *state)
{
    const brig_client *client = state;

    return brig_conn_pending(client->conn);
}

static size_t client_memory_bytes(const void *state)
{
    const brig_client *client = state;

    return brig_conn_memory_bytes(client->conn);
}

static void client_trim(void *state)
{
    brig_client *client = state;

    brig_conn_trim(client->conn);
}

static const brig_codec client_codec = {
    .room = client_room,
    .filled = client_filled,
    .output = client_output,
    .sent = client_sent,
    .pending = client_pending,
    .memory_bytes = client_memory_bytes,
    .trim = client_trim,
};

static void handle_closed(brig_client *client)
{
    if (--client->open_handles > 0)
        return;
    brig_conn_free(client->conn);
    free(client);
}

static void on_stream_freed(brig_stream *stream)
{
    handle_closed(stream->owner);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void keep_reason(brig_client *client, const char *reason)
{
    if (client->end_reason == NULL)
        client->end_reason = reason;
}

static void end_session(brig_client *client)
{
    brig_session *session = client->session;

    client->session = NULL;
    if (session == NULL)
        return;
    brig_audit_session_end(session, client->end_reason == NULL ? "end" : client->end_reason);
    brig_session_end(session);
}

static void end_client(brig_client *client)
{
    if (client->state == CLIENT_ENDED)
        return;
    client->state = CLIENT_ENDED;
    end_session(client);
    if (!client->visit.is_guest)
        brig_audit_refused(client->server, client->stream.fd,
                           client->end_reason == NULL ? "silence" : client->end_reason);
    brig_account_close(&client->account);
    brig_stream_close(&client->stream);
    uv_close((uv_handle_t *)&client->timer, on_timer_closed);
    brig_server_on_client_gone(client->server, &client->visit);
}

static void on_close_timeout(uv_timer_t *timer)
{
    end_client(timer->data);
}

static void start_timer(brig_client *client, uint64_t timeout_ms)
{
    uv_update_time(&brig_server_loop(client->server)->uv);
    (void)uv_timer_start(&client->timer, on_close_timeout, timeout_ms, 0);
}

/* Our last bytes have left: say so, and go if the peer has nothing more to say. */
static void finish_writing(brig_client *client)
{
    if (client->state != CLIENT_CLOSING || brig_stream_pending(&client->stream) > 0)
        return;
    if (client->is_finished) {
        end_client(client);
        return;
    }
    if (!client->is_shut)
        (void)shutdown(client->stream.fd, SHUT_WR);
    client->is_shut = true;
}

/* No code runs for a client that goes: its session ends first (spec 3.6). */
static void begin_closing(brig_client *client)
{
    if (client->state >= CLIENT_CLOSING)
        return;
    client->state = CLIENT_CLOSING;
    end_session(client);
    /* A stranger's time is not made longer by a refusal that it does not read. */
    if (MUTANT(waits_for_close_without_end))
        (void)uv_timer_stop(&client->timer);
    else if (client->visit.is_guest || uv_timer_get_due_in(&client->timer) > BRIG_LIMIT_CLOSE_MS)
        start_timer(client, BRIG_LIMIT_CLOSE_MS);
    brig_stream_wake(&client->stream);
}

static void on_ready(brig_client *client, brig_span hello)
{
    (void)uv_timer_stop(&client->timer);
    client->state = CLIENT_OPEN;
    if (!brig_server_on_authenticated(client->server, &client->visit))
        brig_client_close(client, BRIG_CLOSE_BUSY, "the server has no room for another session");
    else if (brig_session_new(client->server, client, &client->session) != BRIG_OK)
        brig_client_close(client, BRIG_CLOSE_INTERNAL, "out of memory");
    else
        brig_audit_session_start(client->session, client->stream.fd, hello);
}

static void on_event(brig_client *client, const brig_event *event)
{
    switch (event->type) {
    case BRIG_EVENT_READY:
        on_ready(client, event->message.body);
        break;
    case BRIG_EVENT_MESSAGE:
        if (client->session != NULL)
            brig_session_on_message(client->session, &event->message);
        break;
    case BRIG_EVENT_CLOSED:
        client->is_finished = true;
        keep_reason(client, "closed by the client");
        begin_closing(client);
        finish_writing(client);
        break;
    case BRIG_EVENT_REFUSED:
        break;
    }
}

/* A final status of the connection: what is queued still leaves. */
static void on_final(brig_client *client, brig_status status)
{
    client->is_final = true;
    keep_reason(client, brig_status_name(status));
    if (status == BRIG_CLOSED)
        client->is_finished = true;
    else if (client->state == CLIENT_AWAIT_HELLO)
        brig_log("connection refused: %s (%s)", brig_status_text(status), brig_status_name(status));
    else if (client->state == CLIENT_OPEN)
        brig_log("connection closed: %s (%s)", brig_status_text(status), brig_status_name(status));
    if (brig_stream_pending(&client->stream) == 0) { /* nothing to say: silent, at once */
        end_client(client);
        return;
    }
    begin_closing(client);
}

static void on_stream_bytes(brig_stream *stream)
{
    brig_client *client = stream->owner;
    brig_status status = BRIG_AGAIN;

    while (stream->is_reading && !client->is_final && client->state != CLIENT_ENDED) {
        brig_event event;

        status = brig_conn_next(client->conn, &event);
        if (status != BRIG_OK)
            break;
        on_event(client, &event);
    }
    if (client->state == CLIENT_ENDED)
        return;
    if (status != BRIG_OK && status != BRIG_AGAIN && !client->is_final)
        on_final(client, status);
    else
        brig_stream_wake(stream); /* the handshake has output of its own */
}

/* What a worker has sent goes on in the memory in which it came. */
static brig_link *lender_of(const brig_client *client)
{
    const brig_session *session = client->session;

    return session == NULL || session->worker == NULL ? NULL : brig_worker_link(session->worker);
}

/* Memory that a long message has left goes to the next one, and the worker's buffers hold it then. */
static void give_memory_back(brig_client *client)
{
    brig_link *lender = lender_of(client);

    if (lender == NULL || !brig_conn_give_back(client->conn, lender))
        return;
    brig_stream_count(&client->stream);
    brig_worker_count(client->session->worker);
}

static void on_stream_written(brig_stream *stream)
{
    brig_client *client = stream->owner;

    give_memory_back(client);
    if (client->session != NULL && brig_stream_pending(stream) < DRAINED_BYTES)
        brig_session_on_drained(client->session);
    finish_writing(client);
}

static void on_stream_end(brig_stream *stream)
{
    brig_client *client = stream->owner;

    keep_reason(client, "connection lost");
    if (!client->is_final && brig_conn_eof(client->conn) != BRIG_OK && client->state == CLIENT_OPEN)
        brig_log("connection lost: %s", brig_status_text(BRIG_TRUNCATED));
    end_client(client);
}

static const brig_stream_events stream_events = {
    .on_bytes = on_stream_bytes,
    .on_written = on_stream_written,
    .on_end = on_stream_end,
    .on_freed = on_stream_freed,
};

static void on_shed(void *owner)
{
    brig_client_close(owner, BRIG_CLOSE_BUSY,
                      "the server has no memory left for what this session does not take");
}

static brig_status start(brig_client *client, int fd)
{
    brig_loop *loop = brig_server_loop(client->server);

    client->stream = (brig_stream){
        .codec = &client_codec,
        .codec_state = client,
        .events = &stream_events,
        .owner = client,
    };
    if (brig_stream_start(&client->stream, loop, fd) != 0)
        return BRIG_SYSTEM;
    client->account.owner = client;
    client->account.on_shed = on_shed;
    brig_account_open(&client->account, &loop->budget);
    brig_stream_charge(&client->stream, &client->account);
    (void)uv_timer_init(&loop->uv, &client->timer);
    client->timer.data = client;
    client->open_handles = 2;
    if (!MUTANT(waits_for_hello_without_end))
        start_timer(client, brig_server_config_of(client->server)->handshake_ms);
    return BRIG_OK;
}

brig_status brig_client_new(const brig_client_config *config, brig_client **ret_client)
{
    brig_conn_config conn = config->conn;
    brig_client *client = calloc(1, sizeof(*client));

    if (client == NULL)
        return BRIG_NO_MEMORY;
    client->server = config->server;
    conn.side = BRIG_SIDE_SERVER;
    conn.software = "brigd/" BRIG_VERSION;
    conn.max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES;
    conn.max_output_bytes = (size_t)OUTPUT_MESSAGES * BRIG_LIMIT_MAX_MESSAGE_BYTES;
    if (MUTANT(uses_an_ephemeral_key_again))
        memset(conn.ephemeral, 1, sizeof(conn.ephemeral));
    else
        randombytes_buf(conn.ephemeral, sizeof(conn.ephemeral));
    brig_status status = brig_conn_new(&conn, &client->conn);
    sodium_memzero(&conn, sizeof(conn));
    if (status == BRIG_OK)
        status = start(client, config->fd);
    if (status != BRIG_OK) {
        brig_conn_free(client->conn);
        free(client);
        return status;
    }
    client->visit.client = client;
    brig_server_on_client(client->server, &client->visit);
    *ret_client = client;
    return BRIG_OK;
}

brig_status brig_client_send(brig_client *client, const brig_message *message, uint64_t *ret_id)
{
    uint64_t id = 0;

    if (client->state != CLIENT_OPEN)
        return BRIG_STATE;
    brig_status status = brig_conn_relay(client->conn, message, lender_of(client), &id);
    if (status != BRIG_OK)
        return status;
    brig_stream_wake(&client->stream);
    if (client->session != NULL)
        brig_audit_sent(client->session, message, id);
    if (ret_id != NULL)
        *ret_id = id;
    if (MUTANT(sends_an_event_after_the_end) && message->type == BRIG_MESSAGE_RESULT) {
        const brig_message event = {
            .type = BRIG_MESSAGE_EVENT, .id = message->id, .name = brig_span_text("progress")};

        return brig_conn_send(client->conn, &event, NULL);
    }
    return BRIG_OK;
}

void brig_client_add_identity(const brig_client *client, brig_audit_event *event)
{
    uint8_t key[BRIG_KEY_BYTES];
    char hex[2 * BRIG_KEY_BYTES + 1];

    if (brig_conn_peer_public(client->conn, key) == BRIG_OK)
        brig_audit_add_text(event, "client_key",
                            brig_span_text(sodium_bin2hex(hex, sizeof(hex), key, sizeof(key))));
}

bool brig_client_is_open_call(const brig_client *client, uint64_t id)
{
    return brig_conn_is_open_call(client->conn, id);
}

size_t brig_client_max_message(const brig_client *client)
{
    return brig_conn_peer_max_message(client->conn);
}

bool brig_client_is_full(const brig_client *client)
{
    size_t full = brig_account_may_read(&client->account) ? FULL_BYTES : DRAINED_BYTES;

    return brig_stream_pending(&client->stream) > full;
}

brig_account *brig_client_account(brig_client *client)
{
    return &client->account;
}

void brig_client_pause(brig_client *client)
{
    brig_stream_pause(&client->stream);
}

void brig_client_resume(brig_client *client)
{
    if (client->state != CLIENT_ENDED)
        brig_stream_resume(&client->stream);
}

void brig_client_close(brig_client *client, brig_close_code code, const char *text)
{
    if (client->state == CLIENT_AWAIT_HELLO) { /* before its HELLO nobody hears a reason */
        end_client(client);
        return;
    }
    if (client->state != CLIENT_OPEN)
        return;
    keep_reason(client, text);
    brig_conn_close(client->conn, code, text);
    begin_closing(client);
}

void brig_client_drop(brig_client *client)
{
    end_client(client);
}
