/* SPDX-License-Identifier: MIT */
/* What the kinds of annotated values promise (spec 9.5). */
#ifndef BRIG_ANNOTATION_H
#define BRIG_ANNOTATION_H

#include <brig/value.h>

/*
 * Set .annotated.kind from its name and check that base and attributes keep the kind's rules. What
 * base holds has been checked before. BRIG_OK, BRIG_MALFORMED, BRIG_TOO_LARGE or BRIG_NO_MEMORY.
 */
brig_status brig_annotation_check(brig_value *value);

#endif
