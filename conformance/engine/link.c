/* SPDX-License-Identifier: MIT */
/* Blocking messages over the worker link, and interrupts (spec 11). */
#include "link.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <poll.h>
#include <unistd.h>

#include <brig/link.h>

#include "arena.h"
#include "engine.h"

enum {
    OUTPUT_BYTES = 64 * 1024 * 1024,
    ENVELOPE_BYTES = 1024, /* the longest names and ids, and the meta of a RESULT */
    SECOND_MS = 1000,
    MILLISECOND_NS = 1000000,
};

static struct {
    brig_link *link;
    int fd; /* -1 in a child without it */
    uint64_t call_id;
    uint64_t own_id;
    bool is_deaf;           /* to interrupts, until the call ends */
    uint64_t message_bytes; /* of the largest message we may send */
} state = {.fd = -1, .message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

void conf_link_start(void)
{
    const brig_link_config config = {BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES, OUTPUT_BYTES};
    const struct sigaction interrupt = {.sa_handler = on_interrupt}; /* without SA_RESTART */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (brig_link_new(&config, &state.link) != BRIG_OK)
        _exit(CONF_EXIT_MEMORY);
    if (sigaction(SIGINT, &interrupt, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
        _exit(CONF_EXIT_PROTOCOL);
    state.fd = BRIG_WORKER_FD;
}

void conf_link_drop(void)
{
    (void)close(state.fd);
    state.fd = -1;
}

void conf_link_write(brig_span octets)
{
    while (octets.len > 0 && state.fd >= 0) {
        ssize_t sent = write(state.fd, octets.data, octets.len);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EBADF) /* the code has closed it */
            return;
        if (sent < 0)
            _exit(EXIT_SUCCESS);
        octets = (brig_span){octets.data + sent, octets.len - (size_t)sent};
    }
}

void conf_link_set_most(uint64_t message_bytes)
{
    state.message_bytes = message_bytes;
}

uint64_t conf_link_room(void)
{
    return state.message_bytes - ENVELOPE_BYTES;
}

void conf_link_send(brig_message *message)
{
    if (message->type == BRIG_MESSAGE_EVENT || message->type == BRIG_MESSAGE_RESULT ||
        message->type == BRIG_MESSAGE_ERROR)
        message->id = state.call_id;
    if (brig_link_send(state.link, message) != BRIG_OK)
        _exit(CONF_EXIT_MEMORY);
    brig_span output = brig_link_output(state.link);
    conf_link_write(output);
    brig_link_sent(state.link, output.len);
}

void conf_link_begin_call(uint64_t id)
{
    state.call_id = id;
    state.is_deaf = false;
    is_interrupted = 0;
}

uint64_t conf_link_call_id(void)
{
    return state.call_id;
}

uint64_t conf_link_next_id(void)
{
    return ++state.own_id;
}

bool conf_link_is_interrupted(void)
{
    return is_interrupted != 0 && !state.is_deaf;
}

void conf_link_ignore_interrupts(void)
{
    state.is_deaf = true;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / MILLISECOND_NS;
}

/*
 * Until something happens at the link, an interrupt comes, or the time is over; -1 is for ever.
 * SIGINT is let in only inside ppoll(), so that one which comes after the look at the flag ends it.
 */
static bool wait_at_link(short events, int64_t duration_ms)
{
    struct pollfd pollfd = {.fd = state.fd, .events = events};
    struct timespec limit = {.tv_sec = duration_ms / SECOND_MS,
                             .tv_nsec = duration_ms % SECOND_MS * MILLISECOND_NS};
    sigset_t blocked;
    sigset_t before;

    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    if (!conf_link_is_interrupted())
        (void)ppoll(&pollfd, 1, duration_ms < 0 ? NULL : &limit, &before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if ((pollfd.revents & POLLRDHUP) != 0)
        _exit(EXIT_SUCCESS);
    if ((pollfd.revents & POLLNVAL) != 0) /* closed by the code: there is nothing to wait for */
        conf_link_hang();
    return !conf_link_is_interrupted();
}

static void read_more(void)
{
    brig_room room = brig_link_room(state.link);

    if (room.len == 0)
        _exit(CONF_EXIT_PROTOCOL);
    ssize_t got = read(state.fd, room.data, room.len);
    if (got == 0 || (got < 0 && errno != EINTR))
        _exit(EXIT_SUCCESS);
    if (got > 0)
        brig_link_filled(state.link, (size_t)got);
}

static bool take_message(brig_message *ret_message)
{
    brig_status status = brig_link_next(state.link, ret_message);

    if (status != BRIG_OK && status != BRIG_AGAIN)
        _exit(CONF_EXIT_PROTOCOL);
    return status == BRIG_OK;
}

bool conf_link_receive(brig_message *ret_message)
{
    while (!take_message(ret_message)) {
        if (!wait_at_link(POLLIN, -1))
            return false;
        read_more();
    }
    return true;
}

void conf_link_await_call(brig_message *ret_message)
{
    do {
        is_interrupted = 0;
    } while (!conf_link_receive(ret_message));
}

bool conf_link_sleep(int64_t duration_ms)
{
    const int64_t end_ms = now_ms() + duration_ms;

    for (int64_t left_ms = duration_ms; left_ms > 0; left_ms = end_ms - now_ms())
        if (!wait_at_link(POLLRDHUP, left_ms))
            return false;
    return !conf_link_is_interrupted();
}

void conf_link_look(void)
{
    struct pollfd pollfd = {.fd = state.fd, .events = POLLRDHUP};

    if (state.fd >= 0 && poll(&pollfd, 1, 0) > 0 && (pollfd.revents & POLLRDHUP) != 0)
        _exit(EXIT_SUCCESS);
}

void conf_link_hang(void)
{
    for (;;)
        (void)pause();
}
