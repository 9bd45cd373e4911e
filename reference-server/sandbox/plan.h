/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_PLAN_H
#define BRIG_SANDBOX_PLAN_H

#include <stdio.h>

#include <brig/buffer.h>
#include <brig/value.h>

#include "profile.h"

/*
 * The sandbox as a list of steps, computed before anything starts (ARCHITECTURE.md, "The walls").
 * brig_plan_new() is pure: everything it knows about the machine comes in through brig_host, so
 * plans are tested without privilege. bwrap_args.c turns the outer part into bubblewrap's
 * arguments; the inner part travels to the template, where walls.c applies it.
 */
typedef struct brig_plan brig_plan;

/* A path that exists here, and what kind of thing it is. */
typedef enum brig_host_kind {
    BRIG_HOST_DIRECTORY,
    BRIG_HOST_FILE,
    BRIG_HOST_SYMLINK, /* .target says where to */
} brig_host_kind;

typedef struct brig_host_path {
    const char *path;
    brig_host_kind kind;
    const char *target;
} brig_host_path;

/* An environment variable that the engine needs here. */
typedef struct brig_host_variable {
    const char *name;
    const char *value;
} brig_host_variable;

/* Facts about this machine, gathered once by brig_host_new(). */
typedef struct brig_host {
    const char *bwrap;           /* path of the program */
    const char *r_home;          /* NULL: the engine is not R */
    const brig_host_path *binds; /* the default list, in the order to bind; only what exists */
    size_t bind_count;
    const brig_host_path
        *programs; /* /usr/bin: always for the template, whose R starts a shell, and
                                       for sessions of a profile with `exec` */
    size_t program_count;
    brig_strings libraries; /* R's library directories, as .libPaths() would have them */
    const brig_host_variable *variables; /* what R's start script would set besides R_HOME */
    size_t variable_count;
    /*
     * No namespaces and no mounts can be had, and the profile does without (level reduced): then
     * the template and its sessions live below `place`, which brigd has made for them.
     */
    bool is_reduced;
    const char *place;
    bool fresh_proc;       /* can bubblewrap mount a fresh /proc, or must it bind the old one? */
    int landlock_abi;      /* 0: none */
    unsigned template_uid; /* who the template runs as */
    unsigned template_gid;
} brig_host;

/*
 * Ask the machine (host.c: runs `R RHOME`, looks at files, tries bubblewrap once). Returns BRIG_OK,
 * or BRIG_UNAVAILABLE with a sentence in *error (capacity error_bytes) that names what is missing
 * and how to get it: bwrap, user namespaces, R, an unreadable library.
 */
brig_status brig_host_new(const brig_profile *profile, unsigned template_uid, char *error,
                          size_t error_bytes, brig_host **ret_host);
void brig_host_free(brig_host *host);

/* BRIG_OK, BRIG_ARGUMENT (a path that is not absolute or has "..") or BRIG_NO_MEMORY. */
brig_status brig_plan_new(const brig_profile *profile, const brig_host *host, brig_plan **ret_plan);
void brig_plan_free(brig_plan *plan);

/* For --print-plan: one step a line, first the outer wall, then the inner. */
void brig_plan_print(const brig_plan *plan, FILE *to);

/*
 * Arguments of bubblewrap, "bwrap" first and NULL last, that start the worker binary as template
 * with its control channel on descriptor 3 and the binary itself read from worker_fd. The caller
 * frees the array and its texts with brig_bwrap_args_free().
 */
brig_status brig_bwrap_args_new(const brig_plan *plan, int worker_fd, char ***ret_args);
void brig_bwrap_args_free(char **args);

/* The inner part as one encoded array, for the template's `configure` call. */
void brig_plan_encode(const brig_plan *plan, brig_buffer *to);

/* Likewise the part of the outer wall that the template raises around itself, if it does. */
void brig_plan_encode_outer(const brig_plan *plan, brig_buffer *to);
bool brig_plan_is_reduced(const brig_plan *plan);

/*
 * The environment of a template that no bubblewrap starts, NULL last; NULL for no memory. The
 * caller frees it with brig_bwrap_args_free().
 */
char **brig_plan_environment(const brig_plan *plan);

#endif
