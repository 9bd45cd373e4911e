/* SPDX-License-Identifier: MIT */
/* A layer that says it stands and does not, linked over the real one: the self-test must notice. */
#include "session_limits.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker gives the name */
int __wrap_brig_limits_apply(const brig_session_limits *wanted, const brig_limits_extra *extra,
                             brig_session_limits *ret_in_force);

int __wrap_brig_limits_apply(const brig_session_limits *wanted, const brig_limits_extra *extra,
                             brig_session_limits *ret_in_force)
{
    (void)extra;
    *ret_in_force = *wanted;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */
