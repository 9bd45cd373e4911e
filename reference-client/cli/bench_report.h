/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_REPORT_H
#define BRIG_CLI_BENCH_REPORT_H

#include <stdio.h>

#include "bench_samples.h"

typedef enum brig_unit {
    BRIG_UNIT_NS,
    BRIG_UNIT_BYTES,
    BRIG_UNIT_PER_SECOND,
    BRIG_UNIT_COUNT,
} brig_unit;

/* One thing that was measured, beside its floor. */
typedef struct brig_figure {
    const char *name;
    const char *what;
    brig_unit unit;
    const char *floor_what;
    double bytes; /* moved by each run; 0: the figure is no transfer */
    brig_samples samples;
    brig_samples floor;
} brig_figure;

void brig_figure_print_text(brig_figure *figure);
void brig_figure_print_json(brig_figure *figure);

/* A page that needs nothing but itself: begin, each figure, end. False: it could not be written. */
FILE *brig_page_begin(const char *path);
void brig_page_add(FILE *page, brig_figure *figure);
bool brig_page_end(FILE *page);

#endif
