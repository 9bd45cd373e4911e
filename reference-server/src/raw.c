/* SPDX-License-Identifier: MIT */
/* Raw output of a worker, read in step with its messages (ARCHITECTURE.md, "brigd"). */
#include "raw.h"

#include <errno.h>
#include <stddef.h>

#include <sys/ioctl.h>
#include <unistd.h>

enum { CHUNK_BYTES = 65536 };

static void on_poll(uv_poll_t *poll, int status, int events);

static void end_raw(brig_raw *raw)
{
    raw->is_ended = true;
    (void)uv_poll_stop(&raw->poll);
}

static void watch(brig_raw *raw)
{
    if (raw->is_ended || raw->is_closed)
        return;
    if (raw->is_paused)
        (void)uv_poll_stop(&raw->poll);
    else
        (void)uv_poll_start(&raw->poll, UV_READABLE, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    brig_raw *raw = (brig_raw *)((char *)poll - offsetof(brig_raw, poll));
    uint8_t chunk[CHUNK_BYTES];
    ssize_t got = status < 0 ? 0 : read(raw->fd, chunk, sizeof(chunk));

    (void)events;
    /* What the loop saw may have been drained since: only the pipe says that no writer is left. */
    if (got > 0)
        raw->on_bytes(raw, (brig_span){chunk, (size_t)got});
    else if (got == 0)
        end_raw(raw);
}

int brig_raw_start(brig_raw *raw, brig_loop *loop, int fd)
{
    int error = uv_poll_init(&loop->uv, &raw->poll, fd);

    if (error != 0)
        return error;
    raw->fd = fd;
    watch(raw);
    return 0;
}

void brig_raw_drain(brig_raw *raw)
{
    uint8_t chunk[CHUNK_BYTES];
    int there = 0;

    if (raw->is_ended || raw->is_closed || ioctl(raw->fd, FIONREAD, &there) != 0)
        return;
    while (there > 0 && !raw->is_closed) {
        size_t wanted = (size_t)there < sizeof(chunk) ? (size_t)there : sizeof(chunk);
        ssize_t got = read(raw->fd, chunk, wanted);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        there -= (int)got;
        raw->on_bytes(raw, (brig_span){chunk, (size_t)got});
    }
}

void brig_raw_pause(brig_raw *raw)
{
    raw->is_paused = true;
    watch(raw);
}

void brig_raw_resume(brig_raw *raw)
{
    raw->is_paused = false;
    watch(raw);
}

static void on_close(uv_handle_t *handle)
{
    brig_raw *raw = (brig_raw *)((char *)handle - offsetof(brig_raw, poll));

    (void)close(raw->fd);
    raw->on_freed(raw);
}

void brig_raw_close(brig_raw *raw)
{
    if (raw->is_closed)
        return;
    raw->is_closed = true;
    uv_close((uv_handle_t *)&raw->poll, on_close);
}
