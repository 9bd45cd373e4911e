/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_H
#define BRIG_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_samples.h"
#include "bench_server.h"
#include "session_options.h"

/* What several measurements share. */
typedef struct brig_bench {
    session_options session;
    size_t runs;         /* 0: each measurement's own */
    size_t sessions;     /* 0: each measurement's own */
    brig_client *client; /* a session that several measurements use */
    bench_server server; /* a server with its template up, once it is needed */
    brig_samples *tool_samples;
    uint64_t tool_ns; /* when the last answer left */
} brig_bench;

/* The error of the client, to standard error. False. */
bool brig_bench_complain(const brig_client *client);
/* The session that measurements share; false after a complaint. */
bool brig_bench_begin(brig_bench *bench);
/* A server whose template is up: ours, or the one that was named. Options to reach it. */
bool brig_bench_serve(brig_bench *bench, session_options *ret_options);
/* A session begun, one evaluation, its end: only until the value is measured. */
bool brig_bench_open_once(const session_options *options, brig_samples *samples);

/* Measurements: add `runs` samples. False after a complaint. */
typedef bool (*brig_measure)(brig_bench *bench, size_t runs, brig_samples *samples);

bool brig_measure_cold(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_open(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_spare(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_eval(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_tool(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_doubles(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_string(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_memory(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_available(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_lm(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_churn(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_hold(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_proto(brig_bench *bench, size_t runs, brig_samples *samples);
/* Calls of a session while another one exhausts what it may have. */
bool brig_measure_neighbour_spin(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_neighbour_forks(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_neighbour_memory(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_neighbour_output(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_measure_neighbour_plots(brig_bench *bench, size_t runs, brig_samples *samples);

/*
 * Floors: what the same costs without Brig's protocol and without R, or what R costs alone, here
 * and now. False if the processes could not be made.
 */
enum {
    FLOOR_MESSAGE_BYTES = 64,
    FLOOR_DOUBLES_BYTES = 8000000,
    FLOOR_STRING_BYTES = 10000000,
};

/* client → server → worker → server → client, plain sockets between three processes. */
bool brig_floor_echo(brig_bench *bench, size_t runs, brig_samples *samples);
/* Bytes from the worker by a plain socket to the server, which seals them in one Brig message to
   the client. */
bool brig_floor_doubles(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_floor_string(brig_bench *bench, size_t runs, brig_samples *samples);
/* A bare `R --vanilla -e 1`, start to end. */
bool brig_floor_r(brig_bench *bench, size_t runs, brig_samples *samples);
/* Such R, as many at once as `churn` has sessions in flight: how many end in a second. */
bool brig_floor_r_rate(brig_bench *bench, size_t runs, brig_samples *samples);
/* PSS of an R that waits, before and after lm(). */
bool brig_floor_r_memory(brig_bench *bench, size_t runs, brig_samples *samples);
bool brig_floor_r_lm(brig_bench *bench, size_t runs, brig_samples *samples);
/* As many as were asked for. */
bool brig_floor_hold(brig_bench *bench, size_t runs, brig_samples *samples);
/* ChaCha20-Poly1305 of the same bytes, sealed and opened, and nothing else. */
bool brig_floor_cipher(brig_bench *bench, size_t runs, brig_samples *samples);
/* The same session while there is no other. */
bool brig_floor_alone(brig_bench *bench, size_t runs, brig_samples *samples);

enum { BENCH_IN_FLIGHT = 4 };
#define BENCH_LM "invisible(summary(lm(mpg ~ wt + hp, mtcars)))"

#endif
