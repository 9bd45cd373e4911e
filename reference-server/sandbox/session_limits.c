/* SPDX-License-Identifier: MIT */
/* Resource limits of the worker. ARCHITECTURE.md, "The walls". */
#include "session_limits.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>

/*
 * What the code may never have. A core of one byte, not none: with none the kernel still starts a
 * core_pattern program of the host and pipes the worker's memory to it.
 */
static const struct fixed_limit {
    int resource;
    rlim_t value;
} fixed_limits[] = {
    {RLIMIT_CORE, 1},   {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0},
    {RLIMIT_RTPRIO, 0}, {RLIMIT_NICE, 0},
};

#ifdef __SANITIZE_ADDRESS__
/* At the limit an allocation fails, as it does without the runtime, and the code goes on. */
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__asan_default_options(void)  /* NOLINT(bugprone-reserved-identifier) */
{
    return "allocator_may_return_null=1";
}
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
uint64_t brig_limits_runtime_bytes(void)
{
    static const char key[] = "VmData:";
    FILE *status = fopen("/proc/self/status", "re");
    uint64_t kib = 0;
    char line[256];

    if (status == NULL)
        return 0;
    while (kib == 0 && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, key, sizeof(key) - 1) == 0)
            kib = strtoull(line + sizeof(key) - 1, NULL, 10);
    (void)fclose(status);
    return kib * 1024;
}
#else
uint64_t brig_limits_runtime_bytes(void)
{
    return 0;
}
#endif

/* Set a limit for good and read it back. A hard limit that is tighter already stays. */
static int set_limit(int resource, rlim_t wanted, rlim_t *ret_in_force)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return errno;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
        wanted = limit.rlim_max;
    limit.rlim_cur = wanted;
    limit.rlim_max = wanted;
    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0 ||
        getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return errno;
    if (limit.rlim_cur != wanted || limit.rlim_max != wanted)
        return ENOTSUP;
    *ret_in_force = wanted;
    return 0;
}

static int apply_fixed(void)
{
    for (size_t i = 0; i < sizeof(fixed_limits) / sizeof(fixed_limits[0]); i++) {
        rlim_t in_force;
        int error = set_limit(fixed_limits[i].resource, fixed_limits[i].value, &in_force);

        if (error != 0)
            return error;
    }
    return 0;
}

/* The scratch file systems were mounted with these limits; ask them. */
static int read_workspace(brig_session_limits *in_force)
{
    struct statfs workspace;

    if (statfs("/workspace", &workspace) != 0)
        return errno;
    in_force->workspace_bytes = (uint64_t)workspace.f_blocks * (uint64_t)workspace.f_bsize;
    in_force->workspace_files = (uint64_t)workspace.f_files;
    return 0;
}

int brig_limits_apply(const brig_session_limits *wanted, const brig_limits_extra *extra,
                      brig_session_limits *ret_in_force)
{
    brig_session_limits in_force = {0};
    const struct {
        int resource;
        uint64_t wanted;
        uint64_t extra; /* not the code's: neither granted to it nor reported */
        uint64_t spare; /* likewise, where the limit need not be exact */
        uint64_t *in_force;
    } chosen[] = {
        /* Counted in the session's own user namespace, with the shim; without one, of the user. */
        {RLIMIT_NPROC, wanted->processes, 1 + extra->processes, extra->spare_processes,
         &in_force.processes},
        {RLIMIT_NOFILE, wanted->open_files, 0, 0, &in_force.open_files},
        {RLIMIT_FSIZE, wanted->file_bytes, 0, 0, &in_force.file_bytes},
        /* Not RLIMIT_AS: what is reserved and never touched costs nothing. */
        {RLIMIT_DATA, wanted->memory_bytes, extra->data_bytes, 0, &in_force.memory_bytes},
    };
    int error = apply_fixed();

    for (size_t i = 0; error == 0 && i < sizeof(chosen) / sizeof(chosen[0]); i++) {
        rlim_t value = 0;

        error = set_limit(chosen[i].resource,
                          (rlim_t)(chosen[i].wanted + chosen[i].extra + chosen[i].spare), &value);
        *chosen[i].in_force = value > chosen[i].extra ? (uint64_t)value - chosen[i].extra : 0;
        if (*chosen[i].in_force > chosen[i].wanted)
            *chosen[i].in_force = chosen[i].wanted;
    }
    in_force.workspace_bytes = wanted->workspace_bytes;
    in_force.workspace_files = wanted->workspace_files;
    if (error == 0 && !extra->is_workspace_watched)
        error = read_workspace(&in_force);
    if (error == 0)
        *ret_in_force = in_force;
    return error;
}
