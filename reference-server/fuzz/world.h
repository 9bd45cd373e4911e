/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_WORLD_H
#define BRIG_FUZZ_WORLD_H

#include <brig/conn.h>
#include <brig/link.h>

#include "server.h"

/*
 * All of brigd but its processes, its clock and its files, in this process: the server with its
 * connections, sessions and worker channels over real sockets, a client that is libproto's own, and
 * the far ends of each worker's channels. ARCHITECTURE.md, "Fuzzing".
 */

enum {
    WORLD_WORKERS = 24,
    WORLD_CALLS = BRIG_LIMIT_MAX_CALLS + BRIG_LIMIT_MAX_CONTROL_CALLS,
};

/* A worker with its shim, as the server believes it to be. */
struct world_worker {
    int channel_fd; /* -1: closed */
    int supervisor_fd;
    int raw_fds[2];
    int life_fd; /* its closing is the end of all processes */
    int pidfd;   /* the server's, by number */
    brig_link *channel;
    brig_link *supervisor;
    brig_buffer limits; /* that it was started with, encoded */
    uint64_t go_id;     /* asked and not answered; 0: none */
    uint64_t open_id;
    uint64_t interrupt_id;
    uint64_t file_ids[WORLD_CALLS];
    size_t file_count;
    uint64_t call_id; /* the last code call that it was sent */
    uint64_t last_id; /* of its own calls */
    bool is_alive;
    bool is_deaf; /* reads nothing */
};

struct world {
    brig_server *server;
    brig_conn *client;
    int client_fd; /* -1: gone */
    bool is_client_deaf;
    bool is_client_over;         /* CLOSE has come, or the server has ended the stream */
    uint64_t asked[WORLD_CALLS]; /* the server's calls without an answer */
    size_t asked_count;
    struct {
        uint64_t id;
        brig_procedure procedure;
    } calls[WORLD_CALLS]; /* the client's calls without an answer */
    size_t call_count;
    struct world_worker workers[WORLD_WORKERS];
    bool is_shim_slow; /* shim or engine do not answer by themselves */
    bool is_engine_slow;
    bool is_template_slow;
    int lowest_fd; /* free before it all began */
};

/* A server with one client that has shaken hands. */
void world_begin(struct world *world);
/* Everything is told to end; nothing may be left, and no call without an answer. */
void world_end(struct world *world);

/* Until nobody has anything to do any more at this point of time. */
void world_pump(struct world *world);
/* So much time passes. */
void world_wait(struct world *world, uint64_t ms);

/* The client: a CALL, an answer, the end. */
void world_call(struct world *world, brig_procedure procedure, brig_span args, brig_span options);
void world_answer(struct world *world, const brig_message *answer);
void world_leave(struct world *world);

/* world_worker.c */
/* Start what the templates were asked for, or say that it cannot be. */
bool world_start_worker(struct world *world, const char *failure);
/* Move what is said to and by the workers; true if anything moved. */
bool world_move_workers(struct world *world);
/* The one that was started last and is alive, or NULL. */
struct world_worker *world_newest(struct world *world);
/* Say what was asked for in the regular way: the walls stand, the engine is open, SIGINT is sent. */
bool world_answer_go(struct world_worker *worker);
bool world_answer_open(struct world_worker *worker);
bool world_answer_shim(struct world_worker *worker);
void world_say(brig_link *link, const brig_message *message);
/* Octets that are no message. */
void world_write(int fd, brig_span bytes);
/* Its processes end. */
void world_kill(struct world_worker *worker);
void world_forget(struct world_worker *worker);

#endif
