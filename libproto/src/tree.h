/* SPDX-License-Identifier: MIT */
/* Decoding without a look at what values mean (spec 9.8). */
#ifndef BRIG_SRC_TREE_H
#define BRIG_SRC_TREE_H

#include <brig/value.h>

/*
 * As brig_tree_new(), but annotated values of every kind are data: for records whose unknown keys
 * are ignored, whatever stands there (spec 6.1).
 */
brig_status brig_tree_new_as_data(brig_span encoded, brig_tree **ret_tree);

#endif
