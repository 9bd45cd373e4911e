/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_SESSION_H
#define BRIG_R_SESSION_H

#include "r_api.h"

/* What a forked copy of the template needs to be a session of its own. */

/*
 * The first thing after the fork: signals, console, time limits, a directory for temporary files.
 * Evaluates nothing. Ends the process if the directory cannot be made.
 */
void r_session_separate(void);

/* In the template: options that are the same in every session. */
void r_session_start(void);

/* Random numbers of its own. Within r_guard(). */
void r_session_seed(const int64_t *seed);

/* tempdir() of this session. */
const char *r_session_directory(void);

/* Become ready for a code call: an interrupt that came too late for the last one is dropped. */
void r_session_begin_call(void);

#endif
