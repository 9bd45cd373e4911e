/* SPDX-License-Identifier: MIT */
/* Blocking messages over the worker channel, in the order in which things happened (spec 11). */
#include "r_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include <brig/link.h>
#include <brig/pack.h>

#include "r_api.h"
#include "r_console.h"

enum {
    FRAME_PREFIX_BYTES = 4,
    MAX_VECTORS = 5,         /* prefix and the pieces of a message */
    QUEUE_BYTES = 64 * 1024, /* messages up to a quarter of it are copied and written together */
    ABOUT_BYTES = 256,
};

static struct {
    int fd; /* -1 in a forked child */
    brig_link *link;
    brig_buffer queue;
    bool is_muted;
    size_t message_bytes; /* the largest message we may send */
    uint64_t call_id;
    uint64_t last_id; /* of our own calls */
} channel = {.fd = -1, .message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};

static void write_all(struct iovec *vectors, size_t count)
{
    size_t first = channel.is_muted ? count : 0;

    while (first < count) {
        ssize_t written = writev(channel.fd, vectors + first, (int)(count - first));
        if (written < 0) {
            if (errno == EINTR)
                continue;
            _exit(EXIT_SUCCESS);
        }
        size_t left = (size_t)written;
        while (first < count && left >= vectors[first].iov_len)
            left -= vectors[first++].iov_len;
        if (first < count) {
            vectors[first].iov_base = (uint8_t *)vectors[first].iov_base + left;
            vectors[first].iov_len -= left;
        }
    }
}

void r_channel_flush(void)
{
    if (channel.fd < 0 || channel.queue.len == 0)
        return;

    struct iovec vector = {channel.queue.data, channel.queue.len};
    write_all(&vector, 1);
    brig_buffer_clear(&channel.queue);
}

void r_channel_rehearse(bool is_rehearsal)
{
    brig_room room = brig_link_room(channel.link);

    channel.is_muted = is_rehearsal;
    if (room.len > 0)
        memset(room.data, 0, room.len);
}

static void put_prefix(uint8_t prefix[FRAME_PREFIX_BYTES], size_t length)
{
    for (unsigned i = 0; i < FRAME_PREFIX_BYTES; i++)
        prefix[i] = (uint8_t)(length >> (8 * (FRAME_PREFIX_BYTES - 1 - i)));
}

static void write_pieces(const brig_pieces *pieces, uint8_t prefix[FRAME_PREFIX_BYTES])
{
    struct iovec vectors[MAX_VECTORS] = {{prefix, FRAME_PREFIX_BYTES}};
    size_t count = 1;

    r_channel_flush();
    for (size_t i = 0; i < pieces->count; i++)
        if (pieces->piece[i].len > 0)
            vectors[count++] =
                (struct iovec){(void *)(uintptr_t)pieces->piece[i].data, pieces->piece[i].len};
    write_all(vectors, count);
}

/* Every message is bounded by its maker: one that cannot be sent is our own mistake (WRK-017). */
static void queue_message(const brig_message *message)
{
    uint8_t prefix[FRAME_PREFIX_BYTES];
    brig_pieces pieces;

    if (channel.fd < 0)
        return;
    if (brig_message_pieces(message, &pieces) != BRIG_OK ||
        pieces.total_bytes > channel.message_bytes)
        _exit(R_EXIT_PROTOCOL);
    put_prefix(prefix, pieces.total_bytes);
    if (pieces.total_bytes > QUEUE_BYTES / 4) {
        write_pieces(&pieces, prefix);
        return;
    }
    if (channel.queue.len + FRAME_PREFIX_BYTES + pieces.total_bytes > QUEUE_BYTES)
        r_channel_flush();
    brig_buffer_append(&channel.queue, (brig_span){prefix, FRAME_PREFIX_BYTES});
    for (size_t i = 0; i < pieces.count; i++)
        brig_buffer_append(&channel.queue, pieces.piece[i]);
    if (channel.queue.fault != BRIG_OK)
        _exit(R_EXIT_PROTOCOL);
}

bool r_channel_is_ours(void)
{
    return channel.fd >= 0;
}

void r_channel_set_most(uint64_t message_bytes)
{
    channel.message_bytes = (size_t)message_bytes;
}

size_t r_channel_most(void)
{
    return channel.message_bytes;
}

void r_channel_set_call(uint64_t id)
{
    channel.call_id = id;
}

bool r_channel_takes_events(void)
{
    return channel.fd >= 0 && channel.call_id != 0;
}

void r_channel_event(const char *kind, brig_span payload)
{
    const brig_message event = {.type = BRIG_MESSAGE_EVENT,
                                .id = channel.call_id,
                                .name = brig_span_text(kind),
                                .body = payload};

    if (r_channel_takes_events())
        queue_message(&event);
}

static void send_terminal(const brig_message *terminal)
{
    /* A forked child of the code that comes back to us has nobody to answer. */
    if (channel.fd < 0)
        _exit(EXIT_SUCCESS);
    r_console_flush();
    queue_message(terminal);
    channel.call_id = 0;
    r_channel_flush();
}

void r_channel_result(brig_span value, brig_span meta)
{
    const brig_message result = {
        .type = BRIG_MESSAGE_RESULT, .id = channel.call_id, .body = value, .extra = meta};

    send_terminal(&result);
}

void r_channel_error(brig_error_code code, brig_span message, brig_span data)
{
    const brig_message error = {.type = BRIG_MESSAGE_ERROR,
                                .id = channel.call_id,
                                .name = brig_span_text(brig_error_name(code)),
                                .text = message,
                                .body = data};

    send_terminal(&error);
}

uint64_t r_channel_call(brig_span procedure, brig_span args)
{
    const brig_message call = {
        .type = BRIG_MESSAGE_CALL, .id = ++channel.last_id, .name = procedure, .body = args};

    r_console_flush();
    queue_message(&call);
    r_channel_flush();
    return channel.last_id;
}

/* Returns false if a signal came first. */
static bool read_more(void)
{
    brig_room room = brig_link_room(channel.link);

    if (room.len == 0)
        _exit(R_EXIT_PROTOCOL);
    ssize_t got = read(channel.fd, room.data, room.len);
    if (got == 0 || (got < 0 && errno != EINTR))
        _exit(EXIT_SUCCESS);
    if (got < 0)
        return false;
    brig_link_filled(channel.link, (size_t)got);
    return true;
}

static bool take_message(brig_message *ret_message)
{
    brig_status status = brig_link_next(channel.link, ret_message);

    if (status != BRIG_OK && status != BRIG_AGAIN)
        _exit(R_EXIT_PROTOCOL);
    return status == BRIG_OK;
}

bool r_channel_is_asked(int within_ms)
{
    struct pollfd pollfd = {.fd = channel.fd, .events = POLLIN};

    return poll(&pollfd, 1, within_ms) > 0;
}

void r_channel_look(void)
{
    struct pollfd pollfd = {.fd = channel.fd, .events = POLLRDHUP};

    /* A forked child has no channel, and poll() passes over the descriptor -1. */
    if (poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLRDHUP | POLLHUP)) != 0)
        _exit(EXIT_SUCCESS);
}

void r_channel_receive(brig_message *ret_message)
{
    while (!take_message(ret_message))
        (void)read_more();
}

/*
 * Wait for bytes or for an interrupt. SIGINT stays blocked except inside ppoll(), so that one which
 * comes after the test of the flag still ends the wait.
 */
static bool wait_for_bytes(void)
{
    struct pollfd pollfd = {.fd = channel.fd, .events = POLLIN};
    bool is_interrupted;
    sigset_t blocked;
    sigset_t before;

    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
    is_interrupted = R_interrupts_pending != 0;
    if (!is_interrupted) {
        sigset_t during = before;

        (void)sigdelset(&during, SIGINT);
        (void)ppoll(&pollfd, 1, NULL, &during);
        is_interrupted = R_interrupts_pending != 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !is_interrupted;
}

bool r_channel_receive_answer(brig_message *ret_message)
{
    while (!take_message(ret_message)) {
        if (!wait_for_bytes())
            return false;
        (void)read_more();
    }
    return true;
}

/* In a forked child: its bytes would mix with ours, so the channel is not there. */
static void leave_to_parent(void)
{
    if (channel.fd >= 0)
        (void)close(channel.fd);
    channel.fd = -1;
    r_console_forget();
}

static void send_hello(void)
{
    brig_buffer about;

    brig_buffer_init(&about, ABOUT_BYTES);
    brig_pack_map(&about, 3);
    brig_pack_key_text(&about, "software", "brig-worker r");
    brig_pack_cstring(&about, "capabilities");
    brig_pack_array(&about, 0);
    brig_pack_key_uint(&about, "max_message", BRIG_LIMIT_MAX_MESSAGE_BYTES);
    if (about.fault != BRIG_OK)
        _exit(R_EXIT_PROTOCOL);
    queue_message(&(brig_message){.type = BRIG_MESSAGE_HELLO, .body = brig_buffer_span(&about)});
    brig_buffer_done(&about);
    r_channel_flush();
}

void r_channel_start(int fd)
{
    const brig_link_config config = {.max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                                     .max_output_bytes = QUEUE_BYTES};

    brig_buffer_init(&channel.queue, QUEUE_BYTES);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || brig_link_new(&config, &channel.link) != BRIG_OK ||
        pthread_atfork(r_console_flush_now, NULL, leave_to_parent) != 0)
        _exit(R_EXIT_PROTOCOL);
    channel.fd = fd;
    send_hello();
}
