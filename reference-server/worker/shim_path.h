/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_PATH_H
#define BRIG_WORKER_SHIM_PATH_H

#include "shim_files.h"

/* A workspace path that keeps the rules of spec 7.3, NUL-terminated. */
typedef struct brig_path {
    char text[BRIG_LIMIT_PATH_BYTES + 1];
} brig_path;

/*
 * The text argument `path`: relative, 1 to path_bytes bytes, no control characters, no empty, "."
 * or ".." component. False with the answer failed.
 */
bool brig_path_parse(const brig_value *args, brig_path *ret_path, brig_answer *answer);

/*
 * Open below a directory without following any link or leaving its file system (openat2). -1 with
 * errno set.
 */
int brig_path_open(int directory_fd, const char *path, int flags);

/*
 * As brig_path_open() for a file to be written: missing directories and the file are made. How much
 * of the path leads to the first that was made goes to *ret_new_len; 0: all was there. Nothing is
 * left of a failure.
 */
int brig_path_create(int workspace_fd, const brig_path *path, size_t *ret_new_len);

/* Take back what brig_path_create() has made. */
void brig_path_discard(int workspace_fd, const brig_path *path, size_t new_len);

/* Fail the answer with the code that a client can act on. */
void brig_path_fail(brig_answer *answer, int error);

#endif
