/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_WINDOWS_PLAN_H
#define BRIG_SANDBOX_WINDOWS_PLAN_H

#include <brig/status.h>

#include "effects.h"
#include "profile.h"

/*
 * A worker under Windows (ARCHITECTURE.md, "Systems without namespaces"): an environment made from
 * nothing, a job that bounds memory and processes and ends with the server, a restricted token of
 * low integrity. The plan is computed on any system; windows_start.c carries it out. Texts are
 * UTF-8.
 */
typedef struct brig_windows_plan {
    char *program;            /* C:\…\name.exe */
    char *command_line;       /* quoted for CommandLineToArgvW and for the C library's own parser */
    char *environment;        /* NAME=value, NUL, …, NUL; ordered as Windows wants it */
    size_t environment_bytes; /* with the last NUL */
    char *workspace;          /* where the worker starts; it may write here */
    char *scratch;            /* and here */
    uint64_t memory_bytes;    /* of all processes together */
    uint32_t process_count;   /* 1: the worker cannot start another program */
    brig_effects effects;
} brig_windows_plan;

/* What the plan is made of; borrowed. */
typedef struct brig_windows_worker {
    const char *program;
    brig_strings arguments;
    const char *system_root; /* C:\Windows */
    const char *r_home;      /* NULL: the engine is not R */
    const char *scratch;     /* the session's own directory for temporary files */
    const char *workspace;
} brig_windows_worker;

/*
 * The caller owns *ret_plan: brig_windows_plan_done(). BRIG_OK, BRIG_NO_MEMORY, BRIG_TOO_LARGE (more
 * than a command line or an environment can hold), or BRIG_ARGUMENT: a path that is not absolute and
 * plain, a program that is not an .exe (others are run by a shell that reads arguments its own way),
 * or a memory limit of 0.
 */
brig_status brig_windows_plan_new(const brig_profile *profile, const brig_windows_worker *worker,
                                  brig_windows_plan *ret_plan);
void brig_windows_plan_done(brig_windows_plan *plan);

#endif
