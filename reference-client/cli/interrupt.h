/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_INTERRUPT_H
#define BRIG_CLI_INTERRUPT_H

#include <signal.h>

#include <brig/client.h>

/*
 * Between begin and end the first Ctrl-C interrupts the code that the client runs; a second one
 * ends this program, and a private server with it. One at a time.
 */
void brig_interrupt_begin(brig_client *client, struct sigaction *ret_before);
void brig_interrupt_end(const struct sigaction *before);

#endif
