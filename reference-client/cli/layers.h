/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_LAYERS_H
#define BRIG_CLI_LAYERS_H

#include <stdbool.h>
#include <stddef.h>

enum { LAYER_DETAIL_BYTES = 160 };

/* One thing of this machine that the sandbox is built from. */
typedef struct brig_layer {
    const char *name;
    bool is_there;
    bool is_needed; /* without it no session starts; otherwise the walls are weaker */
    char detail[LAYER_DETAIL_BYTES];
    const char *fix; /* what brings it, if it is missing */
    long version;    /* of Landlock; otherwise 0 */
} brig_layer;

enum { LAYER_COUNT = 6 };

void brig_layers_probe(brig_layer layers[LAYER_COUNT]);

/*
 * The level that sessions can have here, and why it is not `full`: one text. A profile has to allow
 * any other.
 */
const char *brig_layers_level(const brig_layer layers[LAYER_COUNT]);

#endif
