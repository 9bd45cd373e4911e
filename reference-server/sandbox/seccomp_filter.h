/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_SECCOMP_FILTER_H
#define BRIG_SANDBOX_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#include <brig/status.h>

enum { BRIG_SHA256_BYTES = 32 };

/* Bits of a mode. */
enum {
    BRIG_SECCOMP_NO_EXEC = 0,
    BRIG_SECCOMP_EXEC = 1,    /* the code may start programs */
    BRIG_SECCOMP_EXPOSED = 2, /* no namespace hides what else the user owns */
};

/* A filter, compiled before any session is forked. */
typedef struct brig_seccomp {
    struct sock_filter *code;
    unsigned short length;
    uint8_t sha256[BRIG_SHA256_BYTES]; /* of the code, for the sandbox report */
} brig_seccomp;

/* The caller owns *ret_filter: brig_seccomp_done(). BRIG_OK, BRIG_SYSTEM or BRIG_NO_MEMORY. */
brig_status brig_seccomp_compile(unsigned mode, brig_seccomp *ret_filter);
void brig_seccomp_done(brig_seccomp *filter);

/*
 * Install the filter for this process and its children, for ever. *ret_listener is the descriptor
 * on which the calls of brig_seccomp_find() ask for an answer. Needs no_new_privs; makes system
 * calls only. 0 or an errno.
 */
int brig_seccomp_install(const brig_seccomp *filter, int *ret_listener);

/* A call that is refused by the shim, so that it can be reported. */
typedef struct brig_seccomp_reported {
    int number;
    const char *call; /* "execve" */
    const char *kind; /* of the violation event: "exec" or "socket" */
} brig_seccomp_reported;

enum { BRIG_SECCOMP_REPORTED_COUNT = 3 };
extern const brig_seccomp_reported brig_seccomp_reported_calls[BRIG_SECCOMP_REPORTED_COUNT];

/* NULL: no such call. */
const brig_seccomp_reported *brig_seccomp_find(int number);

#endif
