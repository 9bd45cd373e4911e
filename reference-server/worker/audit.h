/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_AUDIT_H
#define BRIG_WORKER_AUDIT_H

#include <stddef.h>

#include <brig/status.h>

/*
 * Is this process fit to be forked (ARCHITECTURE.md, "How a session starts")? A thread would be
 * missing in every session, and a descriptor would be in every session. Both return BRIG_OK, or
 * BRIG_UNAVAILABLE with a sentence in error that names what was found.
 */
brig_status brig_audit_threads(char *error, size_t error_bytes);

/* Nothing may be open but standard input, output, error and the control channel. */
brig_status brig_audit_descriptors(char *error, size_t error_bytes);

#endif
