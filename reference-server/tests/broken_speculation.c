/* SPDX-License-Identifier: MIT */
/* A layer that never stands, linked over the real one: no session starts, and everybody is told. */
#include "speculation.h"

#include <errno.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker gives the name */
int __wrap_brig_speculation_restrict(void);

int __wrap_brig_speculation_restrict(void)
{
    return EIO;
}
/* NOLINTEND(bugprone-reserved-identifier) */
