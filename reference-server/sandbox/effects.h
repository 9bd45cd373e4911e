/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_EFFECTS_H
#define BRIG_SANDBOX_EFFECTS_H

#include <stdbool.h>

/* What a plan can promise, in the words of the sandbox statement (spec 7.5). */
typedef struct brig_effects {
    const char *level;
    const char *fs_read;
    const char *fs_write;
    const char *network;
    bool exec;
    const char *processes;
    const char *memory;
    const char *uid;
} brig_effects;

#endif
