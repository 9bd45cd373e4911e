/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_HOST_PARTS_H
#define BRIG_SANDBOX_HOST_PARTS_H

#include <sys/types.h>

#include "plan.h"

enum { BRIG_HOST_PROGRAM_PATHS = 2, BRIG_HOST_OUTPUT_BYTES = 256 };

/*
 * brig_host while it is being gathered: host.c puts it together, host_r.c knows R, host_probe.c
 * asks the kernel as the template's user.
 */
typedef struct brig_host_draft {
    brig_host host; /* first: brig_host_free() finds the draft by it */
    const brig_profile *profile;
    brig_host_path *binds;
    brig_host_path programs[BRIG_HOST_PROGRAM_PATHS];
    const char **libraries;
    brig_host_variable *variables;
    char **texts; /* everything the lists above point to */
    size_t text_count;
    const char *rest_of_path; /* where bubblewrap has not been looked for, or NULL */
    brig_status fault;
    char *error; /* the caller's, for one sentence */
    size_t error_bytes;
} brig_host_draft;

/* Say why the host cannot be used; the first reason stays. Returns BRIG_UNAVAILABLE. */
__attribute__((format(printf, 2, 3))) brig_status brig_host_refuse(brig_host_draft *draft,
                                                                   const char *format, ...);

/* A copy that lives as long as the host; NULL with .fault set for no memory. */
const char *brig_host_keep(brig_host_draft *draft, const char *text);

void brig_host_add_bind(brig_host_draft *draft, const char *path, brig_host_kind kind,
                        const char *target);
void brig_host_add_library(brig_host_draft *draft, const char *path);
void brig_host_add_variable(brig_host_draft *draft, const char *name, const char *value);

/* R's home, the variables of its start script and its libraries. */
brig_status brig_host_find_r(brig_host_draft *draft);

/* Which uid and what to run. */
typedef struct brig_host_run {
    const char *const *argv;
    unsigned uid;
    unsigned gid;
    const char *path; /* of the program; NULL: look for argv[0] in PATH */
} brig_host_run;

/*
 * Run a program to its end with stdin empty. Its exit status (127: not found, 128 + signal), and
 * the first bytes of stdout and stderr, NUL-terminated.
 */
brig_status brig_host_execute(const brig_host_run *run, char *output, size_t output_bytes,
                              int *ret_status);

/*
 * Can the template's user read the path (and list it, if it is a directory)? Asked in a child that
 * takes on the user. ret_readable has one entry a path.
 */
brig_status brig_host_check_readable(brig_host_draft *draft, const char *const *paths, size_t count,
                                     bool *ret_readable);

/* A program that runs while we do something else. */
typedef struct brig_host_process {
    pid_t pid;
    int output; /* read end of its stdout and stderr */
} brig_host_process;

/*
 * Try bubblewrap. What has begun must be ended: that waits, sets .fresh_proc, or refuses unless
 * something else was refused before.
 */
brig_status brig_host_begin_trial(brig_host_draft *draft, brig_host_process *ret_trial);
brig_status brig_host_end_trial(brig_host_draft *draft, const brig_host_process *trial);

/* Answer a question, an errno or 0, in a child that takes on the template's user. */
int brig_host_ask_as_user(const brig_host_draft *draft, int (*question)(void));

/*
 * Bubblewrap did not start, after it said this: gather facts, and refuse with cause and fix; or go
 * on without namespaces, if they are what cannot be had, and profile and kernel allow it.
 */
brig_status brig_host_do_without(brig_host_draft *draft, char *output);

/*
 * Refuse a kernel without what every session needs: seccomp with notification, and Landlock unless
 * the profile does without. landlock_error is the errno of asking for Landlock.
 */
brig_status brig_host_check_kernel(brig_host_draft *draft, int landlock_error);

#endif
