/* SPDX-License-Identifier: MIT */
/* For functions that own nothing: leave at the first failure. */
#ifndef BRIG_TRY_H
#define BRIG_TRY_H

#include <brig/status.h>

#define TRY(expression) \
    do { \
        brig_status try_status = (expression); \
        if (try_status != BRIG_OK) \
            return try_status; \
    } while (0)

#endif
