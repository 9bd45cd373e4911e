/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_SHIM_WATCH_H
#define BRIG_WORKER_SHIM_WATCH_H

#include <stdbool.h>

#include "shim_given.h"

/*
 * The sum of a session's files, where no file system of its own counts them. Code can be faster
 * than a look; files without a name are seen by nobody.
 */
typedef struct brig_shim_watched {
    uint64_t next_ms; /* time of the next look, of a clock that only goes forward */
    bool is_over;     /* the limit was passed, and that has been told */
} brig_shim_watched;

/*
 * Look at each directory of the session's own: is one of them, with more_bytes to come, larger than
 * the limits? NULL, or the name of the limit.
 */
const char *brig_watch_overrun(const brig_shim_given *given, uint64_t more_bytes);

#endif
