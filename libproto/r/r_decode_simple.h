/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_DECODE_SIMPLE_H
#define BRIG_R_DECODE_SIMPLE_H

#include "r_decode.h"

/* Parts of r_decode(): integers beyond R's, simplified arrays, annotated values. */

/* Integer within int32; double up to 2^53; otherwise decimal text of class integer. */
SEXP r_decode_int(int64_t number);
SEXP r_decode_uint(uint64_t number);
/* int64 vector: bit64's class where that is loaded, double if all fit, else decimal texts. */
SEXP r_decode_int64s(const brig_value *vector);
/* An array of only bools, numbers or texts as a vector; R_NilValue if it is another. */
SEXP r_decode_simplified(struct r_decoder *decoder, const brig_value *array);
/* ext 3. */
SEXP r_decode_annotated(struct r_decoder *decoder, const brig_value *value);

#endif
