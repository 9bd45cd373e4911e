/* SPDX-License-Identifier: MIT */
/* What the files of the generator share. */
#ifndef BRIG_FUZZ_GENERATE_PRIVATE_H
#define BRIG_FUZZ_GENERATE_PRIVATE_H

#include "generate.h"

enum { GENERATE_DEPTH = 4 };

void generate_text(struct script *script, brig_buffer *to);
void generate_uint(struct script *script, uint64_t minimum, brig_buffer *to);
void generate_number(struct script *script, brig_buffer *to);

/* Any object, with so many containers around each other. */
void generate_inside(struct script *script, size_t depth, brig_buffer *to);

#endif
