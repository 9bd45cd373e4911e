/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_LISTENER_H
#define BRIG_SERVER_LISTENER_H

#include "config.h"
#include "server.h"

/* A Unix socket that accepts clients (spec 12.1). */
typedef struct brig_listener brig_listener;

/*
 * Read the keys, then listen: on the socket that systemd hands over for this path, else on a new
 * one. A stale socket is replaced, a live one is not. BRIG_OK, or BRIG_ARGUMENT, BRIG_SYSTEM or
 * BRIG_NO_MEMORY with a sentence in error.
 */
brig_status brig_listener_new(brig_server *server, const brig_listener_config *config, char *error,
                              size_t error_bytes, brig_listener **ret_listener);

/* Stop accepting and remove the socket; the listener frees itself. */
void brig_listener_close(brig_listener *listener);

#endif
