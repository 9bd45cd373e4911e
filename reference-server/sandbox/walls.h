/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_WALLS_H
#define BRIG_SANDBOX_WALLS_H

#include "seccomp_filter.h"
#include "session_limits.h"
#include "step.h"

/*
 * Carrying out the inner part of a plan (ARCHITECTURE.md, "The walls"). Everything that needs
 * memory or the C library's services is prepared in the template; raising makes system calls only.
 */
typedef struct brig_walls {
    brig_steps steps;
    brig_seccomp filter;
    uint64_t runtime_bytes; /* see brig_limits_runtime_bytes() */
    bool is_reduced;        /* see brig_steps_are_reduced() */
} brig_walls;

/*
 * In the template, once: decode the plan and compile its filter. BRIG_OK, or a status of
 * brig_steps_decode() or brig_seccomp_compile(). The caller owns *ret_walls: brig_walls_done().
 */
brig_status brig_walls_prepare(const brig_value *plan, brig_walls *ret_walls);
void brig_walls_done(brig_walls *walls);

enum { BRIG_SCRATCH_OPTIONS_BYTES = 96, BRIG_PLACE_BYTES = 256 };

/* One session's share, and what has come of it. */
typedef struct brig_walls_session {
    brig_session_limits limits;
    /* Without mounts: the session's directory, with `tmp` and `workspace` in it; otherwise "". */
    char place[BRIG_PLACE_BYTES];
    uint64_t crowd; /* likewise: processes of the same user that are not the session's */
    char scratch_options[BRIG_SCRATCH_OPTIONS_BYTES];
    brig_session_limits in_force; /* set by the step `limits` */
    int listener;                 /* set by the step `seccomp`, otherwise -1 */
    brig_step_op failed;          /* set when raising fails */
    /* Called after each step that is raised; NULL except in a self-test. */
    void (*on_raised)(void *context, brig_step_op op);
    void *context;
} brig_walls_session;

/* In the template, for each session. */
void brig_walls_session_init(brig_walls_session *session, const brig_session_limits *limits);

/*
 * In the template of a list without namespaces: make the session's place, empty, and count the
 * user's processes. BRIG_OK or BRIG_SYSTEM.
 */
brig_status brig_walls_session_place(const brig_walls *walls, brig_walls_session *session);

/* Where the session's files are: "workspace" or "tmp", as a path. False if it is too long. */
bool brig_walls_path(const brig_walls_session *session, const char *name,
                     char ret_path[BRIG_PLACE_BYTES]);

/*
 * Carry out the steps of one place in their order. 0, or the errno of the first that failed, with
 * session->failed set: then the process must run nothing else.
 */
int brig_walls_raise(const brig_walls *walls, brig_step_where where, brig_walls_session *session);

#endif
