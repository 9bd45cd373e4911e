/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_LIVE_SERVER_H
#define BRIG_TESTS_LIVE_SERVER_H

#include "live_client.h"

/*
 * A brigd that listens, with the scripted engine and all walls, for tests with several clients. Its
 * files are in a directory of its own below the working directory, and gone when it has stopped.
 * Whatever fails stops the test.
 */
typedef struct live_server {
    pid_t pid;
    char directory[32]; /* relative; holds config.yaml, key, log and socket */
    uint8_t key[BRIG_KEY_BYTES];
} live_server;

/* With the profiles that are built in. Its template is ready. */
void live_server_start(live_server *server);
/* more: further lines of the configuration (YAML), right behind its listener. */
void live_server_start_with(live_server *server, const char *more);
/* One such line: what the server holds is then what its sessions hold. */
#define LIVE_NO_SPARES "profiles:\n  - name: standard\n    spares: 0\n"
/* SIGTERM; then it must end with status 0 and leave neither process nor socket. */
void live_server_terminate(const live_server *server);
void live_server_await_gone(live_server *server);
/* Both. */
void live_server_stop(live_server *server);

/* A socket that is connected to it, and no byte sent; -1: connect() failed, errno says why. */
int live_server_connect(const live_server *server);
/* A client of it, that ends with live_leave() or live_abandon() and not with live_stop(). */
void live_join(const live_server *server, live_client *client);
/* Send CLOSE and wait for the server's. */
void live_leave(live_client *client);
/* The same with a session in which code can run, and the client tool `echo`. */
void live_server_open(const live_server *server, live_client *client);
/* Code must end with a RESULT. */
void live_server_eval(live_client *client, const char *code);

/* Wait until the log has count lines with this text; how often it has it now. */
void live_server_await_log(const live_server *server, const char *text, unsigned count);
unsigned live_server_count_log(const live_server *server, const char *text);

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

/*
 * Wait for the other end to close; what it said before goes to *ret_bytes (borrowed until the next
 * call). False: it is still open after patience_ms.
 */
bool live_server_await_end(int fd, int patience_ms, brig_span *ret_bytes);

#endif
