/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_AUDIT_FILE_H
#define BRIG_SERVER_AUDIT_FILE_H

#include "audit_chain.h"

/* What the end of an audit file says. */
typedef struct brig_audit_tail {
    brig_audit_link link; /* of its last line; brig_audit_no_link: the file is empty */
    size_t torn_bytes;    /* behind it: the beginning of a line that was never finished */
} brig_audit_tail;

/*
 * Open an audit file for appending, make it if it is not there, and lock it. It must be a regular
 * file with one name, of the server's user and mode 0600, not reached through a link, and no other
 * server may have it open; all checked on the opened descriptor. BRIG_OK, or BRIG_SYSTEM or
 * BRIG_ARGUMENT with a sentence in error.
 */
brig_status brig_audit_file_open(const char *path, char *error, size_t error_bytes, int *ret_fd);

/*
 * Where the chain goes on. BRIG_OK; BRIG_MALFORMED or BRIG_AUTH: its last whole line is none that an
 * audit log has; BRIG_SYSTEM or BRIG_NO_MEMORY.
 */
brig_status brig_audit_file_tail(int fd, brig_audit_tail *ret_tail);

/* Take the last bytes of a file away. BRIG_OK or BRIG_SYSTEM. */
brig_status brig_audit_file_cut(int fd, size_t bytes);

#endif
