/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_HOST_EXPLAIN_H
#define BRIG_SANDBOX_HOST_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Why the outer wall cannot be built here, and what to do about it. Pure: the facts come from
 * host_facts.c, or from a test.
 */
typedef struct brig_host_facts {
    const char *bwrap;  /* its path; NULL: none that the template's user may run */
    const char *output; /* first line of what it said */
    bool is_setuid;     /* the file belongs to root and has the bit */
    unsigned uid;       /* of the template */
    int userns_error;   /* errno of making a user namespace as that user; 0: it can */
    int seccomp_mode;   /* of the server itself: 2 is a filter that somebody else installed */
    /* Contents of files in /proc/sys, without the line's end; "" where there is no such file. */
    const char *unprivileged_userns_clone;
    const char *max_user_namespaces;
    const char *apparmor_restrict_userns;
} brig_host_facts;

/* One sentence, or several: cause, then the exact fix. */
void brig_host_explain(const brig_host_facts *facts, char *text, size_t text_bytes);

/*
 * Are namespaces or mounts what cannot be had, and not only a program that could be installed? Then
 * a profile may do without them.
 */
bool brig_host_is_forbidden(const brig_host_facts *facts);

/*
 * Why a profile cannot do without namespaces here: NULL if it can. abi is Landlock's, proc whether
 * the profile wants one of its own.
 */
const char *brig_host_explain_reduced(int abi, bool proc);

/* The same for Landlock: error is the errno of asking for it, lsms the list of active modules. */
void brig_host_explain_landlock(int error, const char *lsms, char *text, size_t text_bytes);

#endif
