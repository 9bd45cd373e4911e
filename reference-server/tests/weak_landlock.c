/* SPDX-License-Identifier: MIT */
/* A layer that says it stands and does not, linked over the real one: the self-test must notice. */
#include "landlock.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker gives the name */
int __wrap_brig_landlock_apply(const brig_steps *steps, const brig_step *landlock,
                               const char *place);

int __wrap_brig_landlock_apply(const brig_steps *steps, const brig_step *landlock,
                               const char *place)
{
    (void)place;
    (void)steps;
    (void)landlock;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */
