/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_RAW_H
#define BRIG_SERVER_RAW_H

#include "stream.h"

/*
 * The read end of a worker's descriptor 1 or 2: what native code and children write past the
 * engine (ARCHITECTURE.md, "brigd").
 */
typedef struct brig_raw brig_raw;

struct brig_raw {
    uv_poll_t poll;
    int fd;
    int number; /* the owner's */
    bool is_ended;
    bool is_closed;
    bool is_paused;
    void *owner;
    void (*on_bytes)(brig_raw *raw, brig_span bytes);
    void (*on_freed)(brig_raw *raw);
};

/* Take over fd; on failure (a libuv error) it is still the caller's. Fields below fd are set. */
int brig_raw_start(brig_raw *raw, brig_loop *loop, int fd);

/*
 * Take the bytes that are in the pipe now, and no more: a writer that never stops cannot hold the
 * server. Paused pipes give theirs too, so that an end is never told before what led to it.
 */
void brig_raw_drain(brig_raw *raw);

void brig_raw_pause(brig_raw *raw);
void brig_raw_resume(brig_raw *raw);

/* on_freed follows. */
void brig_raw_close(brig_raw *raw);

#endif
