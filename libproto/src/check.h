/* SPDX-License-Identifier: MIT */
/* The structural check with what it learns on the way (spec 5). */
#ifndef BRIG_CHECK_H
#define BRIG_CHECK_H

#include <brig/message.h>

enum { CHECK_PARTS = 8 };

struct check_report {
    size_t elements;              /* objects seen, all depths */
    brig_span parts[CHECK_PARTS]; /* the first elements of the outermost array */
    size_t part_count;            /* all its elements */
};

/* brig_check() from depth 0 with the registry's limits; the report is valid when BRIG_OK. */
brig_status brig_check_with_report(brig_span encoded, struct check_report *ret_report);

#endif
