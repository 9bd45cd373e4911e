/* SPDX-License-Identifier: MIT */
/* Speculative execution, as far as a process may choose. ARCHITECTURE.md, "The walls". */
#include "speculation.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>

/* Since 5.16 a seccomp filter no longer implies them. */
static const int controls[] = {PR_SPEC_STORE_BYPASS, PR_SPEC_INDIRECT_BRANCH};

static bool is_open(int control)
{
    int state = prctl(PR_GET_SPECULATION_CTRL, control, 0, 0, 0);

    return state > 0 && ((unsigned)state & PR_SPEC_PRCTL) != 0 &&
           ((unsigned)state & PR_SPEC_FORCE_DISABLE) == 0;
}

bool brig_speculation_is_open(void)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        if (is_open(controls[i]))
            return true;
    return false;
}

int brig_speculation_restrict(void)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        if (is_open(controls[i]) &&
            prctl(PR_SET_SPECULATION_CTRL, controls[i], PR_SPEC_FORCE_DISABLE, 0, 0) != 0)
            return errno;
    return brig_speculation_is_open() ? ENOTSUP : 0;
}
