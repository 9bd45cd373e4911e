/* SPDX-License-Identifier: MIT */
/* Bytes as literals, in tables of cases. */
#ifndef BRIG_TESTS_BYTES_H
#define BRIG_TESTS_BYTES_H

#include <brig/span.h>

/* For initialisers; the literal may hold NUL. */
#define BYTES(literal) \
    { \
        (const uint8_t *)("" literal), sizeof(literal) - 1 \
    }

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
