/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_SHAPE_H
#define BRIG_R_SHAPE_H

#include <brig/value.h>

#include "r_encode.h"

/*
 * Write an argument in the shape its schema asks for, so that the same call gives the same octets
 * whatever the length of what was passed (spec 11.3). schema NULL says nothing. What does not fit
 * is written as it is, for the server to refuse with the path.
 */
void r_shape(struct r_encoder *encoder, const brig_value *schema, SEXP value);

/* All arguments of a call, a named list, as one map: shaped by `params`, always an object. */
void r_shape_arguments(struct r_encoder *encoder, const brig_value *params, SEXP arguments);

#endif
