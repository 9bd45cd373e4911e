/* SPDX-License-Identifier: MIT */
/* Ctrl-C for the sandboxed code. */
#include "interrupt.h"

#include <stddef.h>

static brig_client *running;

static void on_signal(int number)
{
    (void)number;
    brig_client_interrupt(running);
}

void brig_interrupt_begin(brig_client *client, struct sigaction *ret_before)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigemptyset(&action.sa_mask);
    /* After the first signal the default holds again: the second one ends us. */
    action.sa_flags = (int)SA_RESETHAND;
    running = client;
    (void)sigaction(SIGINT, &action, ret_before);
}

void brig_interrupt_end(const struct sigaction *before)
{
    (void)sigaction(SIGINT, before, NULL);
    running = NULL;
}
