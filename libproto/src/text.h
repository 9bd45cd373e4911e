/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: shortest forms, no surrogates, nothing above U+10FFFF (spec 5). */
#ifndef BRIG_TEXT_H
#define BRIG_TEXT_H

#include <brig/span.h>

bool brig_text_is_utf8(brig_span bytes);

/* How many bytes the code point at the front takes, or 0 if it is not UTF-8. len is at least 1. */
size_t brig_text_point_len(brig_span bytes);

/* Code points of a text that is UTF-8. */
size_t brig_text_count_points(brig_span text);

#endif
