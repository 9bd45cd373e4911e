/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_CHECK_H
#define BRIG_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Stop the test with the place and the expression. Active in every build type. */
#define CHECK(condition, ...) \
    do { \
        if (!(condition)) { \
            (void)fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            (void)fprintf(stderr, __VA_ARGS__); \
            (void)fputc('\n', stderr); \
            exit(EXIT_FAILURE); \
        } \
    } while (0)

#endif
