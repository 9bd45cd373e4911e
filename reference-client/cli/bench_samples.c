/* SPDX-License-Identifier: MIT */
/* Samples of a measurement, and the clock. */
#include "bench_samples.h"

#include <stdlib.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t brig_bench_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t brig_bench_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

bool brig_samples_init(brig_samples *samples, size_t capacity)
{
    samples->values = calloc(capacity, sizeof(*samples->values));
    samples->count = 0;
    samples->capacity = capacity;
    return samples->values != NULL;
}

void brig_samples_done(brig_samples *samples)
{
    free(samples->values);
}

void brig_samples_add(brig_samples *samples, double value)
{
    if (samples->count < samples->capacity)
        samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

double brig_samples_quantile(brig_samples *samples, double fraction)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->values, samples->count, sizeof(*samples->values), compare);
    return samples->values[(size_t)(fraction * (double)(samples->count - 1) + 0.5)];
}
