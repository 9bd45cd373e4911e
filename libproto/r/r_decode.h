/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_DECODE_H
#define BRIG_R_DECODE_H

#include <brig/value.h>

#include "r_api.h"

/* Values of the wire in R (spec 9.7). Nothing here evaluates anything. */
struct r_decoder {
    bool simplify;       /* arrays of bools, of numbers or of texts become vectors (spec 9.7) */
    const char *problem; /* set: R cannot hold the value, and this sentence says why */
};

/* The value, unprotected. Meaningless once .problem is set. */
SEXP r_decode(struct r_decoder *decoder, const brig_value *value);

#endif
