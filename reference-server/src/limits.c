/* SPDX-License-Identifier: MIT */
/* What the limits of a profile may be (spec 7.7). */
#include "config.h"

#include <brig/generated/protocol.h>

const char *brig_limits_fault(const brig_limits *limits)
{
    /* libcyaml takes "-1" for the largest number there is. */
#define CHECK_LIMIT(name, fallback) \
    if (limits->name > BRIG_LIMIT_MAX_ID) \
        return #name " is negative or too large";
    BRIG_LIMITS(CHECK_LIMIT)
#undef CHECK_LIMIT
    if (limits->deadline_ms == 0 || limits->deadline_ms > UINT32_MAX)
        return "deadline_ms must be 1 to 4294967295";
    if (limits->grace_ms > UINT32_MAX)
        return "grace_ms must be at most 4294967295";
    if (limits->idle_ms == 0 || limits->cpu_ms == 0 || limits->memory_bytes == 0 ||
        limits->processes == 0)
        return "idle_ms, cpu_ms, memory_bytes and processes must be above 0";
    if (limits->open_files < 16 || limits->workspace_files < 16)
        return "open_files and workspace_files must be at least 16";
    if (limits->display_pixels < 10000)
        return "display_pixels must be at least 10000";
    if (limits->workspace_bytes < 4096)
        return "workspace_bytes must be at least 4096";
    if (limits->tool_calls_open == 0 || limits->tool_calls_open > BRIG_LIMIT_MAX_CALLS)
        return "tool_calls_open must be 1 to 64";
    return NULL;
}
