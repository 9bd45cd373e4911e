/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_MACOS_PLAN_H
#define BRIG_SANDBOX_MACOS_PLAN_H

#include <brig/status.h>

#include "effects.h"
#include "profile.h"

/*
 * A worker under macOS (ARCHITECTURE.md, "Systems without namespaces"): Seatbelt, by sandbox-exec,
 * with a policy that denies what it does not list; an environment made from nothing; resource
 * limits. The plan is computed on any system; macos_start.c carries it out.
 */
typedef struct brig_macos_plan {
    char *policy;       /* what sandbox-exec enforces; names paths as parameters only */
    char **arguments;   /* of sandbox-exec, itself first, NULL last */
    char **environment; /* NAME=value, NULL last */
    uint64_t open_files;
    uint64_t file_bytes;
    uint64_t memory_bytes; /* set as RLIMIT_DATA, which that kernel may ignore: not an effect */
    brig_effects effects;
} brig_macos_plan;

/* What the plan is made of; borrowed. Paths without links in them: Seatbelt compares real ones. */
typedef struct brig_macos_worker {
    const char *program;
    const char *r_home;  /* NULL: the engine is not R */
    const char *scratch; /* the session's own directory for temporary files */
    const char *workspace;
} brig_macos_worker;

/*
 * The caller owns *ret_plan: brig_macos_plan_done(). BRIG_OK; BRIG_NO_MEMORY; BRIG_ARGUMENT: a path
 * that is not absolute and plain, that lies below /tmp, /var or /etc, which are links there, or a
 * library with a colon; BRIG_UNSUPPORTED: the profile lets code start programs, and nothing there
 * finds, and ends, all that they leave behind.
 */
brig_status brig_macos_plan_new(const brig_profile *profile, const brig_macos_worker *worker,
                                brig_macos_plan *ret_plan);
void brig_macos_plan_done(brig_macos_plan *plan);

#endif
