/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_WORKER_H
#define BRIG_SERVER_WORKER_H

#include <sys/types.h>

#include <brig/link.h>
#include <brig/message.h>
#include <brig/value.h>

#include "../sandbox/profile.h"
#include "cgroup.h"
#include "template.h"

/*
 * One worker with its shim: from the request to its template until nothing of it is left
 * (ARCHITECTURE.md, "brigd"). It speaks for itself to nobody: what happens is told to its owner,
 * the session, which may go away first.
 */
typedef struct brig_worker brig_worker;

/* Why the server ended a worker. */
typedef enum brig_kill_cause {
    BRIG_KILL_NONE,     /* it was not the server */
    BRIG_KILL_DECIDED,  /* the session had decided the end of the call, or of itself */
    BRIG_KILL_PROTOCOL, /* it sent what a worker must not send */
    BRIG_KILL_STALLED,  /* it did not read what it awaited */
    BRIG_KILL_SILENT,   /* it did not get ready in time */
    BRIG_KILL_MEMORY,   /* its session held more memory than its limit */
    BRIG_KILL_FILES,    /* likewise more files, where the kernel refuses none */
    BRIG_KILL_CROWD,    /* likewise more processes */
    BRIG_KILL_COUNT,
} brig_kill_cause;

/* How a worker ended. */
typedef struct brig_worker_end {
    brig_kill_cause cause;
    bool is_exit; /* of its own: `status` is its exit status */
    int status;
    int signal;            /* 0: none is known */
    bool is_out_of_memory; /* the kernel has killed at the session's limit */
} brig_worker_end;

typedef enum brig_raw_stream {
    BRIG_RAW_STDOUT,
    BRIG_RAW_STDERR,
    BRIG_RAW_COUNT,
} brig_raw_stream;

typedef struct brig_worker_events {
    /* A spare has its walls and its engine, and waits for brig_worker_open(). */
    void (*on_waiting)(void *owner);
    /* Every wall stands and the engine is ready; report is what the shim says of the walls. */
    void (*on_ready)(void *owner, const brig_value *report);
    /*
     * It never became ready: UNAVAILABLE, or PARSE or RUNTIME of a sandbox tool with the checked
     * data of that ERROR. on_gone follows.
     */
    void (*on_failed)(void *owner, brig_error_code code, const char *why, brig_span data);
    void (*on_message)(void *owner, const brig_message *message); /* hostile, once ready */
    void (*on_raw)(void *owner, brig_raw_stream stream, brig_span bytes);
    void (*on_interrupted)(void *owner); /* the shim has sent the signal */
    void (*on_file)(void *owner, uint64_t id, const brig_message *answer); /* of the shim */
    void (*on_violation)(void *owner, const brig_value *what);
    void (*on_written)(void *owner);                          /* fewer bytes wait for the worker */
    void (*on_gone)(void *owner, const brig_worker_end *end); /* last */
} brig_worker_events;

typedef struct brig_worker_config {
    brig_loop *loop;
    brig_account *account; /* pays for the buffers until the owner goes */
    brig_template *template;
    brig_cgroups *groups;      /* NULL: there are none */
    const brig_limits *limits; /* copied; message_bytes bounds its channel, in both directions */
    uint32_t cpu_percent;      /* 0: no limit */
    brig_span env;             /* encoded map; copied */
    brig_span open_args;       /* encoded worker_open; copied; empty: a spare */
    brig_span probe; /* encoded bait of a self-test, or empty; borrowed until _new() returns */
    const brig_worker_events *events;
    void *owner;
    void (*on_freed)(void *server); /* nothing of it is left and its memory is free */
    void *server;
} brig_worker_config;

brig_status brig_worker_new(const brig_worker_config *config, brig_worker **ret_worker);

/* Would a worker started with these limits be the same as one started with the others? */
bool brig_worker_starts_alike(const brig_limits *limits, const brig_limits *others);

/* Is this a spare that waits, with all its processes alive now? */
bool brig_worker_is_waiting(const brig_worker *worker);

/* Give a waiting spare to a session: events, owner and open_args become those of config. */
brig_status brig_worker_open(brig_worker *worker, const brig_worker_config *config);

/* The owner goes: kill the worker, tell nobody. */
void brig_worker_abandon(brig_worker *worker);

/* SIGKILL to the shim and thus to all its session; on_gone follows. */
void brig_worker_kill(brig_worker *worker, brig_kill_cause cause);

/* BRIG_TOO_LARGE: above the limit message_bytes, and nothing was sent. Others as brig_link_send(). */
brig_status brig_worker_call(brig_worker *worker, brig_span procedure, brig_span args,
                             uint64_t *ret_id);
brig_status brig_worker_answer(brig_worker *worker, const brig_message *answer);

/* Ask the shim for SIGINT to the worker's process group; on_interrupted follows. */
brig_status brig_worker_interrupt(brig_worker *worker);

/* put, get or list of workspace files; on_file follows with this id. */
brig_status brig_worker_file(brig_worker *worker, const char *procedure, brig_span args,
                             uint64_t *ret_id);

/* Stop reading what the worker says, and go on. */
void brig_worker_pause(brig_worker *worker);
void brig_worker_resume(brig_worker *worker);

/* Take the raw output that is there now. */
void brig_worker_drain(brig_worker *worker);

/* Where the worker's messages come from, to pass one on without a copy; NULL when it is over. */
brig_link *brig_worker_link(brig_worker *worker);

/* That link was given memory. */
void brig_worker_count(brig_worker *worker);

/* Bytes that the worker has still to read. */
size_t brig_worker_pending(const brig_worker *worker);

/* Processor time of the whole session so far, and the worker's peak memory. */
uint64_t brig_worker_cpu_ms(brig_worker *worker);
uint64_t brig_worker_memory_bytes(brig_worker *worker);

/*
 * Has the kernel killed a process of the session at its memory limit? Cheap. Where no group counts,
 * brig_worker_is_above_memory() measures instead; it is false where one does.
 */
bool brig_worker_is_out_of_memory(const brig_worker *worker);
bool brig_worker_is_above_memory(brig_worker *worker);
/* Where neither group nor namespace counts them: are there more processes than the limit? */
bool brig_worker_is_above_processes(brig_worker *worker);
/* How often the kernel has refused a process at the session's limit; 0 without a group. */
uint64_t brig_worker_refused_forks(const brig_worker *worker);

/* Who counts the session's memory. */
typedef struct brig_worker_counting {
    bool is_group;
    const char *mechanism; /* for people */
} brig_worker_counting;
brig_worker_counting brig_worker_counting_of(const brig_worker *worker);

/*
 * Lower limits to what the kernel has in force, by its own word and the shim's report. NULL, or the
 * first limit that is wider than asked for: such a worker must not run code.
 */
const char *brig_worker_in_force(const brig_worker *worker, const brig_value *report,
                                 brig_limits *limits);

/* The `engine` record of its template, encoded. */
brig_span brig_worker_engine(const brig_worker *worker);

#endif
