/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_ENGINE_H
#define BRIG_WORKER_ENGINE_H

#include <brig/buffer.h>
#include <brig/value.h>

/*
 * What runs the code. The template starts an engine once and forks it for every session; between
 * fork and run() only walls.c acts.
 */
enum { BRIG_WORKER_FD = 3 }; /* the worker channel, in the worker */

typedef struct brig_engine {
    const char *name;

    /*
     * In the template: start the language, load the packages of configure's `preload` (array of
     * text), check for threads (`harmless_threads`) and get ready to be forked; `private` (bool) says that only
     * one session will come, so nothing is worth warming. Returns BRIG_OK, or BRIG_UNAVAILABLE with
     * a sentence in error (error_bytes long) that names the package or part.
     */
    brig_status (*start)(const brig_value *configure, char *error, size_t error_bytes);

    /* In the template, after start(): the `engine` record (name, version, packages) to `to`. */
    void (*describe)(brig_buffer *to);

    /*
     * In the worker, behind all walls: speak the worker profile on BRIG_WORKER_FD until its end of
     * file, then leave with _exit(0). Environment, cwd (/workspace), signal mask (empty), SIGINT
     * (default action) and descriptors 0 to 2 are set. Never returns.
     */
    void (*run)(void);
} brig_engine;

extern const brig_engine brig_engine_r;

#endif
