/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_LISTENING_H
#define BRIG_FUZZ_LISTENING_H

#include "noise.h"

/*
 * brigd with a listening socket, in this process and in virtual time. It offers both suites; templates
 * answer nothing, so that sessions stay without workers.
 */
void listening_begin(void);
/* The server is told to end; nothing may be left. */
void listening_end(void);

/* A new connection, or an end of the process: the queue has room for all. */
int listening_connect(void);
/* What a client of the server needs to know. */
void listening_keys(brig_noise_keys *ret_keys);

void listening_pump(void);
void listening_wait(uint64_t ms);

/* A client that follows the rules gets its answer. */
void listening_expect_service(void);

#endif
