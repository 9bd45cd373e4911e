/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_LIVE_SERVER_H
#define BRIG_TESTS_LIVE_SERVER_H

#include "live_client.h"

/*
 * A brigd that listens, for tests with several sessions in one server. Whatever fails stops the
 * test; its socket and its key are gone when it has stopped.
 */
typedef struct live_server {
    pid_t pid;
    char socket_path[64];
    char key_path[64];
    uint8_t key[BRIG_KEY_BYTES];
} live_server;

/* With the scripted engine and the profiles that are built in. */
void live_server_start(live_server *server);
/* SIGTERM; it must end with status 0 and leave no process. */
void live_server_stop(live_server *server);

/* A client of it, that ends with live_leave() and not with live_stop(). */
void live_join(const live_server *server, live_client *client);
void live_leave(live_client *client);

/* What a server holds. */
typedef struct live_holdings {
    unsigned descriptors;
    unsigned processes; /* below it, zombies not counted */
} live_holdings;

live_holdings live_server_holdings(const live_server *server);
/* What it holds when that has not changed for a while: a spare may be on its way. */
live_holdings live_server_settle(const live_server *server);
/* Wait until it holds this again: what it gives back may take it a moment. */
void live_server_await(const live_server *server, const live_holdings *wanted, const char *what);

/* Resident memory now, and its peak since the last call of live_server_forget_peak(). */
uint64_t live_server_memory_bytes(const live_server *server);
uint64_t live_server_peak_bytes(const live_server *server);
void live_server_forget_peak(const live_server *server);

#endif
