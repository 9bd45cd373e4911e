/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_VECTORS_NOTATION_H
#define BRIG_TESTS_VECTORS_NOTATION_H

#include <brig/buffer.h>
#include <brig/value.h>

/* Append a value in the notation of spec/vectors/README.md. */
void vectors_note_value(brig_buffer *to, const brig_value *value);

#endif
