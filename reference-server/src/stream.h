/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_STREAM_H
#define BRIG_SERVER_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include <brig/span.h>

#include "budget.h"

/*
 * A non-blocking stream descriptor between the loop and something that turns bytes into messages
 * (brig_conn, brig_link). Reading stops while the owner is not able to go on; writing happens once
 * per turn of the loop, when everything that the turn had to say is queued.
 */
typedef struct brig_stream brig_stream;

/* The loop, and the streams that have something to write before it waits. */
typedef struct brig_loop {
    uv_loop_t uv;
    uv_prepare_t writer;
    brig_stream *dirty;
    brig_budget budget;
} brig_loop;

/* 0 or a libuv error. */
int brig_loop_init(brig_loop *loop);
/* Stop writing, so that the loop can end; then brig_loop_done(). */
void brig_loop_release(brig_loop *loop);
void brig_loop_done(brig_loop *loop);

/* Milliseconds of a clock that never goes back. */
uint64_t brig_now_ms(void);

/* The message side of a stream: the functions that brig_conn and brig_link share. */
typedef struct brig_codec {
    brig_room (*room)(void *state);
    void (*filled)(void *state, size_t len);
    brig_span (*output)(const void *state);
    void (*sent)(void *state, size_t len);
    size_t (*pending)(const void *state);      /* the output and what will follow it */
    size_t (*memory_bytes)(const void *state); /* of its buffers */
    void (*trim)(void *state);                 /* give back those that are empty */
} brig_codec;

typedef struct brig_stream_events {
    void (*on_readable)(brig_stream *stream); /* before bytes are read; may be NULL */
    void (*on_bytes)(brig_stream *stream);    /* take what is whole; may stop reading */
    void (*on_written)(brig_stream *stream);  /* the output is shorter than it was */
    void (*on_end)(brig_stream *stream);      /* end of file, or the peer is gone; once */
    void (*on_freed)(brig_stream *stream);    /* after brig_stream_close(): memory may be freed */
} brig_stream_events;

struct brig_stream {
    uv_poll_t poll;
    brig_loop *loop;
    brig_stream *next_dirty;
    const brig_codec *codec;
    void *codec_state;
    const brig_stream_events *events;
    void *owner;
    brig_account *account; /* who pays for the buffers; NULL: nobody */
    TAILQ_ENTRY(brig_stream) account_link;
    size_t held_bytes;    /* of the buffers, as the budget knows */
    uint64_t progress_ms; /* when bytes last left, or when the output was last empty */
    int fd;
    int watched;     /* events that the poll handle waits for */
    bool is_reading; /* the owner can take bytes */
    bool is_ended;   /* on_end was called: nothing is read or written any more */
    bool is_closed;
    bool is_dirty;
};

/*
 * Take over fd (made non-blocking) and start reading. On failure (a libuv error) fd is still the
 * caller's. The other fields are set by the caller before: codec, codec_state, events, owner.
 */
int brig_stream_start(brig_stream *stream, brig_loop *loop, int fd);

/* There is output: write it before the loop waits. */
void brig_stream_wake(brig_stream *stream);

/* Stop reading, and go on; going on takes messages that are already there by on_bytes. */
void brig_stream_pause(brig_stream *stream);
void brig_stream_resume(brig_stream *stream);

/* Who pays for the buffers from now on; NULL: nobody, but they count. */
void brig_stream_charge(brig_stream *stream, brig_account *account);

/* Tell the budget what the buffers hold now: after anything but the stream has changed that. */
void brig_stream_count(brig_stream *stream);

/* For the budget: wait for what is allowed now; give back empty buffers. */
void brig_stream_watch(brig_stream *stream);
void brig_stream_trim(brig_stream *stream);

/* Read now what is there, as if the loop had said so. */
void brig_stream_read(brig_stream *stream);

/* Bytes that wait to be written. */
size_t brig_stream_pending(const brig_stream *stream);

/* Close the descriptor; on_freed follows. No other event comes. */
void brig_stream_close(brig_stream *stream);

#endif
