/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_H
#define BRIG_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Durations of one thing, in nanoseconds. */
typedef struct brig_samples {
    double *ns;
    size_t count;
    size_t capacity;
} brig_samples;

uint64_t brig_bench_now_ns(void);
bool brig_samples_init(brig_samples *samples, size_t capacity);
void brig_samples_done(brig_samples *samples);
/* Ignored when full. */
void brig_samples_add(brig_samples *samples, double ns);
/* The value below which this fraction lies; sorts. 0 of none. */
double brig_samples_quantile(brig_samples *samples, double fraction);

/*
 * Floors: what the same way costs without Brig's protocol and without R, here and now. False if
 * the processes could not be made.
 */
enum {
    FLOOR_MESSAGE_BYTES = 64,
    FLOOR_BULK_BYTES = 8000000,
};

/* client → server → worker → server → client, plain sockets between three processes. */
bool brig_floor_echo(size_t runs, brig_samples *samples);
/* FLOOR_BULK_BYTES from the worker by a plain socket to the server, which seals them in one Brig
   message to the client. */
bool brig_floor_bulk(size_t runs, brig_samples *samples);
/* A bare `R --vanilla -e 1`, start to end. */
bool brig_floor_r(size_t runs, brig_samples *samples);

#endif
