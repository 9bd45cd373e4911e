/* SPDX-License-Identifier: MIT */
/* Descriptors on the loop: read until empty, write once per turn (ARCHITECTURE.md, "brigd"). */
#include "stream.h"

#include <errno.h>
#include <stddef.h>

#include <unistd.h>

enum {
    READS_PER_TURN = 16,
    TURN_BYTES = 262144, /* then others have their turn */
};

uint64_t brig_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

size_t brig_stream_pending(const brig_stream *stream)
{
    return stream->codec->pending(stream->codec_state);
}

void brig_stream_count(brig_stream *stream)
{
    size_t before = stream->held_bytes;

    stream->held_bytes = stream->codec->memory_bytes(stream->codec_state);
    if (stream->held_bytes != before)
        brig_budget_change(&stream->loop->budget, stream->account, before, stream->held_bytes);
}

static void count_moved(brig_stream *stream, size_t bytes)
{
    if (stream->account != NULL)
        stream->account->moved_bytes += bytes;
}

void brig_stream_trim(brig_stream *stream)
{
    stream->codec->trim(stream->codec_state);
    brig_stream_count(stream);
}

static void end_stream(brig_stream *stream)
{
    if (stream->is_ended || stream->is_closed)
        return;
    stream->is_ended = true;
    (void)uv_poll_stop(&stream->poll);
    stream->watched = 0;
    stream->events->on_end(stream);
}

/* One read, what it brought is added. False: there is nothing more to read for now. */
static bool read_once(brig_stream *stream, size_t *bytes)
{
    brig_room room = stream->codec->room(stream->codec_state);

    if (room.len == 0)
        return false;
    ssize_t got = read(stream->fd, room.data, room.len);
    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return false;
    if (got <= 0) {
        end_stream(stream);
        return false;
    }
    stream->codec->filled(stream->codec_state, (size_t)got);
    count_moved(stream, (size_t)got);
    *bytes += (size_t)got;
    stream->events->on_bytes(stream);
    if (stream->is_closed)
        return false;
    brig_stream_count(stream);
    return (size_t)got == room.len;
}

static void read_some(brig_stream *stream)
{
    if (stream->events->on_readable != NULL)
        stream->events->on_readable(stream);
    size_t bytes = 0;
    for (int i = 0; i < READS_PER_TURN && bytes < TURN_BYTES; i++) {
        if (!stream->is_reading || stream->is_ended || !read_once(stream, &bytes))
            return;
    }
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Wait for what can happen: bytes if they can be taken, room if there is output. */
void brig_stream_watch(brig_stream *stream)
{
    int wanted = 0;

    if (stream->is_closed || stream->is_ended)
        return;
    if (stream->is_reading && brig_account_may_read(stream->account))
        wanted |= UV_READABLE;
    if (brig_stream_pending(stream) > 0)
        wanted |= UV_WRITABLE;
    if (wanted == stream->watched)
        return;
    stream->watched = wanted;
    if (wanted == 0)
        (void)uv_poll_stop(&stream->poll);
    else
        (void)uv_poll_start(&stream->poll, wanted, on_poll);
}

static void write_some(brig_stream *stream)
{
    size_t bytes = 0;

    while (bytes < TURN_BYTES) {
        brig_span output = stream->codec->output(stream->codec_state);

        if (output.len == 0 || stream->is_ended || stream->is_closed)
            break;
        ssize_t put = write(stream->fd, output.data, output.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (put < 0) {
            end_stream(stream);
            return;
        }
        stream->codec->sent(stream->codec_state, (size_t)put);
        count_moved(stream, (size_t)put);
        stream->progress_ms = brig_now_ms();
        bytes += (size_t)put;
    }
    if (bytes > 0 && !stream->is_closed)
        stream->events->on_written(stream);
    if (!stream->is_closed)
        brig_stream_count(stream);
    brig_stream_watch(stream);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    brig_stream *stream = (brig_stream *)((char *)poll - offsetof(brig_stream, poll));

    if (status < 0) {
        end_stream(stream);
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        write_some(stream);
    if ((events & UV_READABLE) != 0 && !stream->is_closed && brig_account_may_read(stream->account))
        read_some(stream);
    brig_stream_watch(stream);
}

static void write_dirty(uv_prepare_t *prepare)
{
    brig_loop *loop = (brig_loop *)((char *)prepare - offsetof(brig_loop, writer));

    /* Writing can make room for messages that make other streams dirty. */
    while (loop->dirty != NULL) {
        brig_stream *stream = loop->dirty;

        loop->dirty = stream->next_dirty;
        stream->is_dirty = false;
        write_some(stream);
    }
}

int brig_loop_init(brig_loop *loop)
{
    int error = uv_loop_init(&loop->uv);

    if (error != 0)
        return error;
    loop->dirty = NULL;
    brig_budget_init(&loop->budget, &loop->uv);
    (void)uv_prepare_init(&loop->uv, &loop->writer);
    (void)uv_prepare_start(&loop->writer, write_dirty);
    return 0;
}

void brig_loop_release(brig_loop *loop)
{
    if (uv_is_closing((uv_handle_t *)&loop->writer) == 0)
        uv_close((uv_handle_t *)&loop->writer, NULL);
    brig_budget_release(&loop->budget);
}

void brig_loop_done(brig_loop *loop)
{
    (void)uv_loop_close(&loop->uv);
}

int brig_stream_start(brig_stream *stream, brig_loop *loop, int fd)
{
    int error = uv_poll_init(&loop->uv, &stream->poll, fd);

    if (error != 0)
        return error;
    stream->loop = loop;
    stream->fd = fd;
    stream->is_reading = true;
    stream->progress_ms = brig_now_ms();
    brig_stream_watch(stream);
    return 0;
}

void brig_stream_read(brig_stream *stream)
{
    if (stream->is_closed)
        return;
    read_some(stream);
    brig_stream_watch(stream);
}

void brig_stream_charge(brig_stream *stream, brig_account *account)
{
    brig_budget *budget = &stream->loop->budget;

    brig_budget_change(budget, stream->account, stream->held_bytes, 0);
    if (stream->account != NULL)
        TAILQ_REMOVE(&stream->account->streams, stream, account_link);
    stream->account = account;
    if (account != NULL)
        TAILQ_INSERT_TAIL(&account->streams, stream, account_link);
    brig_budget_change(budget, account, 0, stream->held_bytes);
    brig_stream_watch(stream);
}

void brig_stream_wake(brig_stream *stream)
{
    if (stream->is_closed)
        return;
    brig_stream_count(stream);
    if (stream->is_dirty)
        return;
    stream->is_dirty = true;
    stream->next_dirty = stream->loop->dirty;
    stream->loop->dirty = stream;
}

void brig_stream_pause(brig_stream *stream)
{
    stream->is_reading = false;
    brig_stream_watch(stream);
}

void brig_stream_resume(brig_stream *stream)
{
    if (stream->is_reading || stream->is_closed)
        return;
    stream->is_reading = true;
    stream->events->on_bytes(stream);
    brig_stream_watch(stream);
}

static void forget_dirty(brig_stream *stream)
{
    brig_stream **link = &stream->loop->dirty;

    while (*link != stream && *link != NULL)
        link = &(*link)->next_dirty;
    if (*link != NULL)
        *link = stream->next_dirty;
    stream->is_dirty = false;
}

static void on_close(uv_handle_t *handle)
{
    brig_stream *stream =
        (brig_stream *)((char *)handle - offsetof(brig_stream, poll)); /* uv_poll_t is first */

    (void)close(stream->fd);
    brig_stream_charge(stream, NULL);
    brig_budget_change(&stream->loop->budget, NULL, stream->held_bytes, 0);
    stream->events->on_freed(stream);
}

void brig_stream_close(brig_stream *stream)
{
    if (stream->is_closed)
        return;
    stream->is_closed = true;
    if (stream->is_dirty)
        forget_dirty(stream);
    uv_close((uv_handle_t *)&stream->poll, on_close);
}
