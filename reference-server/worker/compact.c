/* SPDX-License-Identifier: MIT */
/* Fewer page table entries to copy. ARCHITECTURE.md, "How a session starts". */
#include "compact.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#ifndef MADV_COLLAPSE /* Linux 6.1; Debian 12's headers are older */
#define MADV_COLLAPSE 25
#endif

enum { HUGE_BYTES = 2 * 1024 * 1024, LINE_BYTES = 512 };

/* Private and writable, of no file, and no stack, which must stay small to grow. */
static bool is_own_memory(const char *line, uintptr_t *ret_begin, uintptr_t *ret_end)
{
    static const char private_memory[] = " rw-p 00000000 00:00 0 ";
    char *rest;

    *ret_begin = strtoul(line, &rest, 16);
    if (*rest != '-')
        return false;
    *ret_end = strtoul(rest + 1, &rest, 16);
    return strncmp(rest, private_memory, sizeof(private_memory) - 1) == 0 &&
           strstr(rest, "[stack]") == NULL;
}

static void collapse(uintptr_t begin, uintptr_t end)
{
    begin = (begin + HUGE_BYTES - 1) & ~(uintptr_t)(HUGE_BYTES - 1);
    end &= ~(uintptr_t)(HUGE_BYTES - 1);
    for (; begin < end; begin += HUGE_BYTES)
        (void)madvise((void *)begin, HUGE_BYTES, MADV_COLLAPSE);
}

void brig_compact_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[LINE_BYTES];

    if (maps == NULL)
        return;
    while (fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t begin;
        uintptr_t end;

        if (is_own_memory(line, &begin, &end))
            collapse(begin, end);
    }
    (void)fclose(maps);
}
