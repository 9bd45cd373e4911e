/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_REPORT_H
#define BRIG_CLI_REPORT_H

#include "json_value.h"
#include "terminal.h"

#include <brig/client.h>

/*
 * What the code says while it runs: shown at once, or collected for --json. Plots go to files with
 * names of our own choice.
 */
typedef struct brig_report {
    json_t *collected; /* NULL: show */
    terminal out;
    terminal err;
    brig_buffer stdout_bytes; /* collected */
    brig_buffer stderr_bytes;
    int plot_dir;         /* a directory, or -1 */
    unsigned plots_saved; /* number of the last one */
    unsigned plots_seen;
} brig_report;

typedef struct report_options {
    terminal_mode mode;
    const char *plot_dir; /* NULL: plots are counted only */
} report_options;

/* Show what happens. False, after a complaint, if plot_dir is not a directory. */
bool brig_report_init(brig_report *report, const report_options *options);
/* Collect it instead. */
void brig_report_collect(brig_report *report);
void brig_report_done(brig_report *report);

/* brig_client_config.on_notice with a report as context. */
void brig_report_notice(void *context, const brig_notice *notice);

/* The code's error, for people. */
void brig_report_error(brig_report *report, const brig_error *error);
json_t *brig_report_error_json(const brig_error *error);

/* Move what was collected into the object: stdout, stderr, messages, warnings, violations … */
void brig_report_into(brig_report *report, json_t *object);

/* Everything shown so far reaches its stream. */
void brig_report_flush(brig_report *report);

#endif
