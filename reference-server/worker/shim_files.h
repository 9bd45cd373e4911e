/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_FILES_H
#define BRIG_WORKER_SHIM_FILES_H

#include <brig/buffer.h>
#include <brig/value.h>

/*
 * The workspace's files for brig.put, brig.get and brig.list (spec 7.3), served while hostile code
 * may rename, replace and link what is there: every path is walked below the workspace's
 * descriptor, without links, and only regular files are opened, never waiting.
 */
typedef struct brig_answer {
    brig_buffer value; /* the result, if .code is BRIG_ERROR_COUNT */
    brig_error_code code;
    const char *text; /* of an error; static */
    const char *path; /* of `bad_arguments`: which argument; static, may be NULL */
} brig_answer;

/* Make the answer an error. */
void brig_answer_fail(brig_answer *answer, brig_error_code code, const char *text);

void brig_files_put(int workspace_fd, const brig_value *args, brig_answer *answer);
void brig_files_get(int workspace_fd, const brig_value *args, brig_answer *answer);
void brig_files_list(int workspace_fd, const brig_value *args, brig_answer *answer);

#endif
