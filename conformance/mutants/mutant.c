/* SPDX-License-Identifier: MIT */
/* Which fault a program has: from its environment, once, before main() and before any thread. */
#include "mutant.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#ifndef BRIG_MUTANTS
#error "faults are built by the preset `mutants` only"
#endif

enum { USAGE_STATUS = 2 };

static const char *const names[] = {[BRIG_MUTANT_none] = "none",
#define MUTANT_NAME(name) [BRIG_MUTANT_##name] = #name,
                                    BRIG_MUTANT_MAP(MUTANT_NAME)
#undef MUTANT_NAME
};

brig_mutant_name brig_mutant = BRIG_MUTANT_none;

const char *brig_mutant_text(void)
{
    return names[brig_mutant];
}

/* A misspelt fault must not pass for a program without one. */
__attribute__((constructor)) static void choose(void)
{
    const char *wanted = getenv(BRIG_MUTANT_VARIABLE);

    if (wanted == NULL)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(wanted, names[i]) == 0) {
            brig_mutant = (brig_mutant_name)i;
            return;
        }
    }
    (void)fprintf(stderr, BRIG_MUTANT_VARIABLE ": there is no mutant `%s`\n", wanted);
    _exit(USAGE_STATUS);
}
