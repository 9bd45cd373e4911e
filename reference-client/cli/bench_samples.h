/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_SAMPLES_H
#define BRIG_CLI_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was measured, each time; the unit is the measurement's. */
typedef struct brig_samples {
    double *values;
    size_t count;
    size_t capacity;
} brig_samples;

uint64_t brig_bench_now_ns(void);
/* Processor time of this thread: what others run beside it is not in it. */
uint64_t brig_bench_cpu_ns(void);
bool brig_samples_init(brig_samples *samples, size_t capacity);
void brig_samples_done(brig_samples *samples);
/* Ignored when full. */
void brig_samples_add(brig_samples *samples, double value);
/* The value below which this fraction lies; sorts. 0 of none. */
double brig_samples_quantile(brig_samples *samples, double fraction);

#endif
