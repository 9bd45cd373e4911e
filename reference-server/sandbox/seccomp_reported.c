/* SPDX-License-Identifier: MIT */
/* The calls that the filter leaves to the shim. ARCHITECTURE.md, "The walls". */
#include "seccomp_filter.h"

#include <stddef.h>
#include <sys/syscall.h>

const brig_seccomp_reported brig_seccomp_reported_calls[BRIG_SECCOMP_REPORTED_COUNT] = {
    {SYS_execve, "execve", "exec"},
    {SYS_execveat, "execveat", "exec"},
    {SYS_socket, "socket", "socket"},
};

const brig_seccomp_reported *brig_seccomp_find(int number)
{
    for (size_t i = 0; i < BRIG_SECCOMP_REPORTED_COUNT; i++)
        if (brig_seccomp_reported_calls[i].number == number)
            return &brig_seccomp_reported_calls[i];
    return NULL;
}
