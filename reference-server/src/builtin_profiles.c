/* SPDX-License-Identifier: MIT */
/* What code may do where the operator has not said otherwise (brigd.example.yaml explains the keys). */
#include "builtin_profiles.h"

#include "config.h"
#include "mutant.h"

const brig_profile brig_profiles_builtin[BRIG_PROFILES_BUILTIN] = {
    {.name = "standard"},
    {.name = "tools", .exec = true, .proc = true},
    {.name = "strict",
     .isolated = true,
     .limits = {.deadline_ms = 10000,
                .cpu_ms = 10000,
                .memory_bytes = 536870912,
                .processes = 16,
                .open_files = 64,
                .file_bytes = 67108864,
                .workspace_bytes = 67108864,
                .workspace_files = 4096,
                .output_bytes = 1048576,
                .tool_calls = 1000}},
};

brig_limits brig_limits_tighten(const brig_limits *granted, const brig_limits *asked)
{
    brig_limits limits = *granted;

#define TIGHTEN(name, fallback) \
    if (asked->name < limits.name || (MUTANT(loosens_limits) && asked->name != UINT64_MAX)) \
        limits.name = asked->name;
    BRIG_LIMITS(TIGHTEN)
#undef TIGHTEN
    return limits;
}
