/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_STATE_H
#define BRIG_WORKER_SHIM_STATE_H

#include <sys/resource.h>
#include <sys/types.h>

#include <brig/link.h>
#include <seccomp_filter.h>

#include "shim_files.h"
#include "shim_given.h"
#include "shim_watch.h"

/* A shim whose walls stand and whose worker runs. */
typedef struct brig_shim {
    brig_link *link; /* supervisor channel */
    brig_shim_given given;
    int workspace_fd;
    brig_answer answer; /* of the call being served */
    brig_shim_watched watched;
} brig_shim;

/* Answer `go` with the sandbox report. */
brig_status brig_shim_send_report(brig_shim *shim);

/* Serve one call of brigd's and queue its answer. A status other than BRIG_OK is fatal. */
brig_status brig_shim_serve(brig_shim *shim, const brig_message *call);

/* Queue `violation`. */
brig_status brig_shim_send_violation(brig_shim *shim, const brig_seccomp_reported *refused);

/* Queue `overrun`: the session's files have outgrown this limit. */
brig_status brig_shim_send_overrun(brig_shim *shim, const char *limit);

/*
 * Where no file system of its own counts a session's files: look after them if it is time, and
 * queue `overrun` when they outgrow the session's limits. brig_shim_watch_ms() is the time until
 * then, -1: never.
 */
brig_status brig_shim_watch(brig_shim *shim);
int brig_shim_watch_ms(const brig_shim *shim);

/* Queue `exit`, with what wait4() has told. */
brig_status brig_shim_send_exit(brig_shim *shim, int wait_status, const struct rusage *usage);

#endif
