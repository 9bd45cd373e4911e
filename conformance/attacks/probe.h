/* SPDX-License-Identifier: MIT */
#ifndef BRIG_ATTACKS_PROBE_H
#define BRIG_ATTACKS_PROBE_H

enum { PROBE_ARGUMENTS = 6 };

/* One system call. Strings and buffers are arguments as they are, numbers through NUMBER(). */
typedef struct probe {
    const char *name;
    long number;
    const void *arguments[PROBE_ARGUMENTS];
} probe;

extern const probe probe_table[];
extern const unsigned probe_count;

#endif
