/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_R_NOTATION_H
#define BRIG_TESTS_R_NOTATION_H

#include <stdio.h>

#include <brig/value.h>

/*
 * Values as text that a reader can check by eye: nil true 1 1.0 "a" h'00ff' [1, 2] {"a": 1}
 * f64(1, NA, NaN) i32(…) lgl(…) txt("a", NA) NA:f64 factor(i32(0){"levels": …}) opaque("lm"; "…").
 */
void print_value(FILE *to, const brig_value *value);
/* The same for an encoded object. */
void print_encoded(FILE *to, brig_span encoded);
/* A text in quotes, with \n and bytes beyond ASCII as they are. */
void print_text(FILE *to, brig_span text);

#endif
