/* SPDX-License-Identifier: MIT */
/* Bytes between the socket and the connection, and the connection's end (spec 3.6). */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <sys/socket.h>
#include <unistd.h>

#include "mutant.h"

uint64_t brig_transport_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void brig_transport_start(brig_client *client, int fd)
{
    client->fd = fd;
    client->phase = PHASE_CONNECTED;
    client->timer_ms = brig_transport_now_ms() + client->config.connect_ms;
}

bool brig_transport_has_room(const brig_client *client)
{
    return brig_conn_pending(client->conn) < QUIET_OUTPUT_BYTES;
}

brig_status brig_transport_end(brig_client *client, brig_status status, const char *format, ...)
{
    char text[BRIG_LIMIT_ERROR_MESSAGE_BYTES];
    va_list arguments;

    if (client->phase == PHASE_ENDED)
        return client->end;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    client->phase = PHASE_ENDED;
    client->end = status;
    client->timer_ms = 0;
    (void)close(client->fd);
    client->fd = -1;
    brig_hosting_cancel_all(client);
    (void)brig_outcome_fail(&client->last, status, "%s", text);
    brig_calls_lose_all(client);
    return status;
}

/* After our CLOSE nothing more follows: the peer sees the end of our half at once. */
static void shut_down_if_closing(brig_client *client)
{
    if (client->shut_down || !brig_conn_is_closing(client->conn))
        return;
    client->shut_down = true;
    (void)shutdown(client->fd, SHUT_WR);
}

brig_status brig_transport_flush(brig_client *client)
{
    client->output_blocked = false;
    for (;;) {
        brig_span output = brig_conn_output(client->conn);
        ssize_t sent;

        if (output.len == 0)
            break;
        sent = send(client->fd, output.data, output.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            brig_conn_sent(client->conn, (size_t)sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            client->output_blocked = true;
            return BRIG_OK;
        } else if (errno != EINTR) {
            /* What the server said before it left may still be there to be read. */
            client->shut_down = true;
            brig_conn_sent(client->conn, output.len);
        }
    }
    shut_down_if_closing(client);
    return BRIG_OK;
}

static brig_status end_of_stream(brig_client *client)
{
    brig_status status = brig_conn_eof(client->conn);

    if (status == BRIG_OK || client->phase == PHASE_CLOSING)
        return brig_transport_end(client, BRIG_CLOSED, "the connection is closed");
    if (!brig_conn_is_ready(client->conn) && client->server_pid != 0)
        return brig_transport_end(client, BRIG_TRUNCATED,
                                  "the server brigd ended before it answered; it has said why");
    if (!brig_conn_is_ready(client->conn))
        return brig_transport_end(client, BRIG_TRUNCATED,
                                  "the server ended the connection without an answer: does it use "
                                  "the same key?");
    return brig_transport_end(client, BRIG_TRUNCATED,
                              "the server ended the connection without taking leave");
}

brig_status brig_transport_receive(brig_client *client)
{
    brig_room room = brig_conn_room(client->conn);
    ssize_t got;

    if (room.len == 0)
        return brig_transport_end(client, BRIG_NO_MEMORY, "out of memory");
    do
        got = recv(client->fd, room.data, room.len, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        brig_conn_filled(client->conn, (size_t)got);
        return BRIG_OK;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return BRIG_AGAIN;
    return end_of_stream(client);
}

static const char *refusal_text(uint8_t reason)
{
    switch (reason) {
    case BRIG_REFUSAL_VERSION:
        return "it does not speak version 1";
    case BRIG_REFUSAL_SUITE:
        return "it does not offer this kind of key";
    case BRIG_REFUSAL_BUSY:
        return "it takes no further connection now";
    case BRIG_REFUSAL_DOWNGRADE:
        return "it speaks a newer version";
    default:
        return "for a reason that is not known here";
    }
}

static brig_status on_refused(brig_client *client, const brig_event *event)
{
    if (MUTANT(hides_a_refusal))
        return brig_transport_end(client, BRIG_TRUNCATED, "the server ended the connection");
    return brig_transport_end(client, BRIG_REFUSED, "the server refused the connection: %s",
                              refusal_text(event->refusal.reason));
}

static brig_status on_closed(brig_client *client, const brig_message *message)
{
    (void)brig_transport_flush(client);
    if (client->phase == PHASE_CLOSING || brig_span_is(message->name, "done"))
        return brig_transport_end(client, BRIG_CLOSED, "the connection is closed");
    return brig_transport_end(client, BRIG_CLOSED, "the server closed the session (%.*s): %.*s",
                              (int)message->name.len, (const char *)message->name.data,
                              (int)message->text.len, (const char *)message->text.data);
}

static brig_status on_message(brig_client *client, const brig_message *message)
{
    switch (message->type) {
    case BRIG_MESSAGE_EVENT:
        brig_calls_on_event(client, message);
        break;
    case BRIG_MESSAGE_CALL:
        brig_hosting_on_call(client, message);
        return brig_hosting_send(client);
    default: /* RESULT and ERROR */
        brig_calls_on_terminal(client, message);
    }
    return client->phase == PHASE_ENDED ? client->end : BRIG_OK;
}

static brig_status on_fault(brig_client *client, brig_status status)
{
    /* A CLOSE that says why may be waiting. */
    (void)brig_transport_flush(client);
    return brig_transport_end(client, status, "%s", brig_status_text(status));
}

brig_status brig_transport_dispatch(brig_client *client)
{
    brig_event event;
    brig_status status = brig_conn_next(client->conn, &event);

    if (status == BRIG_AGAIN)
        return status;
    if (status != BRIG_OK)
        return on_fault(client, status);
    switch (event.type) {
    case BRIG_EVENT_READY:
        if (client->phase == PHASE_CONNECTED)
            client->timer_ms = 0;
        return BRIG_OK;
    case BRIG_EVENT_REFUSED:
        return on_refused(client, &event);
    case BRIG_EVENT_CLOSED:
        return on_closed(client, &event.message);
    case BRIG_EVENT_MESSAGE:
        break;
    }
    return on_message(client, &event.message);
}
