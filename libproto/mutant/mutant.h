/* SPDX-License-Identifier: MIT */
/*
 * Faults that are put in on purpose, to see that tests find them: conformance/README.md,
 * "Mutants". Only the preset `mutants` knows any; everywhere else MUTANT(…) is false, and nothing of
 * it is built.
 */
#ifndef BRIG_MUTANT_H
#define BRIG_MUTANT_H

#ifdef BRIG_MUTANTS
#include "mutants.h"

/* Is this the fault that the program was started with? */
#define MUTANT(name) (brig_mutant == BRIG_MUTANT_##name)
#else
#include <stdbool.h>

#define MUTANT(name) false
#endif

#endif
