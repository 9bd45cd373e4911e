/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_PROBES_H
#define BRIG_WORKER_PROBES_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include <probe.h>
#include <step.h>

#include <brig/value.h>

/*
 * The probes of a self-test, and what came of them. It lies in memory that a template shares with
 * the one session it forks for it, so that each stage can write down its part.
 */
typedef struct brig_probe_board {
    brig_probe_outcomes outcomes;
    /* Bait: laid out by brigd, which can reach all of it. */
    char files[BRIG_PROBE_FILES][BRIG_PROBE_PATH_BYTES];
    size_t file_count;
    char variable[BRIG_PROBE_NAME_BYTES];
    char abstract_name[BRIG_PROBE_NAME_BYTES];
    uint16_t port;
    uint64_t memory_bytes; /* the session's limit */
    pid_t guard;           /* of the processes around the code the nearest: pid 1, or the shim */
    /* Where code may write, and what the template has left in its own such place. */
    char scratch[BRIG_PROBE_PATH_BYTES];
    char other_file[BRIG_PROBE_PATH_BYTES];
} brig_probe_board;

/*
 * In the template: read `probe` of a `start` call, and try the probes of the stage `outer`.
 * BRIG_OK, BRIG_NO_MEMORY or BRIG_ARGUMENT. The caller owns *ret_board: brig_probe_board_free().
 */
brig_status brig_probe_board_new(const brig_value *bait, uint64_t memory_bytes,
                                 brig_probe_board **ret_board);
void brig_probe_board_free(brig_probe_board *board);

/* Try all probes, each in a child of its own, and write down what came of them. */
void brig_probe_try(brig_probe_board *board, brig_probe_stage stage);

/* In the shim: it is what stands around the code. */
void brig_probe_take_guard(brig_probe_board *board);

/* In shim and worker, after a step: try the probes if a stage ends with it. */
void brig_probe_on_step(void *board, brig_step_op op);

#endif
