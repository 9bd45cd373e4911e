/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_PROFILE_H
#define BRIG_SANDBOX_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <brig/generated/protocol.h>

/*
 * A profile is what an operator grants to code: data, read from the configuration, the same for
 * every session that names it. Names, units and meanings of the limits are those of the spec's
 * record `limits`; one X-macro keeps struct, configuration, statement and tightening together.
 *
 * X(name, default): 0 is never "unlimited".
 */
#define BRIG_LIMITS(X) \
    X(deadline_ms, 60000) \
    X(grace_ms, 2000) \
    X(idle_ms, 1800000) \
    X(cpu_ms, 60000) \
    X(memory_bytes, 2147483648) \
    X(processes, 64) \
    X(open_files, 256) \
    X(file_bytes, 268435456) \
    X(workspace_bytes, 268435456) \
    X(workspace_files, 16384) \
    X(output_bytes, 16777216) \
    X(code_bytes, 1048576) \
    X(value_bytes, 16000000) \
    X(message_bytes, BRIG_LIMIT_MAX_MESSAGE_BYTES) \
    X(displays, 64) \
    X(display_bytes, 8388608) \
    X(display_pixels, 16000000) \
    X(tool_calls, 10000) \
    X(tool_calls_open, 32)

typedef struct brig_limits {
#define BRIG_LIMITS_FIELD(name, fallback) uint64_t name;
    BRIG_LIMITS(BRIG_LIMITS_FIELD)
#undef BRIG_LIMITS_FIELD
} brig_limits;

/* Count and borrowed NUL-terminated texts. */
typedef struct brig_strings {
    const char *const *items;
    size_t count;
} brig_strings;

enum { BRIG_SPARES_MAX = 64 };

/* The least that the operator accepts around code; the spec's effect `level`. */
typedef enum brig_level {
    BRIG_LEVEL_FULL,
    BRIG_LEVEL_REDUCED, /* without Landlock or without namespaces will do, but not without both */
} brig_level;

typedef struct brig_profile {
    const char *name;
    brig_level level;
    const char *engine;     /* "r" (also if NULL) or "conf" */
    const char *r_home;     /* NULL: ask `R RHOME` when the server starts */
    bool exec;              /* the code may start the programs of /usr/bin */
    bool proc;              /* a /proc of the session's own processes */
    bool isolated;          /* `isolation: process`: a bubblewrap and an engine per session */
    brig_strings libraries; /* more package libraries, absolute */
    brig_strings read_only; /* more files and directories the code may read, absolute */
    brig_strings preload;   /* packages the template loads */
    brig_strings harmless_threads; /* preloaded packages whose thread may be ignored */
    brig_strings client_env;       /* names of environment variables a client may set */
    uint32_t spares;               /* workers that wait for a session */
    uint32_t cpu_percent;          /* of one processor, for all of a session; 0: no limit */
    brig_limits limits;
} brig_profile;

/* Does its engine need R on this machine? */
static inline bool brig_profile_has_r(const brig_profile *profile)
{
    return profile->engine == NULL || strcmp(profile->engine, "r") == 0;
}

#endif
