/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_WORKER_INTERNAL_H
#define BRIG_SERVER_WORKER_INTERNAL_H

#include "channel.h"
#include "raw.h"
#include "worker.h"

/* What worker.c, worker_start.c and worker_ready.c share. */

/* Named by what is awaited. */
typedef enum worker_state {
    WORKER_AWAIT_SHIM,  /* the template's answer to `start` */
    WORKER_AWAIT_WALLS, /* the shim's answer to `go` */
    WORKER_AWAIT_HELLO,
    WORKER_AWAIT_SESSION, /* a spare: brig_worker_open() */
    WORKER_AWAIT_OPEN,    /* the engine's answer to brig.open */
    WORKER_READY,
    WORKER_LEAVING, /* killed, failed, or gone of its own */
} worker_state;

struct brig_worker {
    brig_worker_config config;
    worker_state state;
    brig_start_request request;
    brig_channel channel;
    brig_channel supervisor;
    brig_raw raws[BRIG_RAW_COUNT];
    uv_poll_t exit_poll; /* of the pidfd */
    uv_timer_t timer;
    uv_timer_t stall_timer;
    int pidfd;
    pid_t first_pid; /* of the session: the shim, or its keeper */
    pid_t pid;       /* of the worker, as the kernel said with its HELLO */
    brig_limits limits;
    brig_cgroup *group; /* NULL: none, or nothing is left in it */
    brig_cgroup_limits group_limits;
    bool has_entrances; /* the group, and the template has them */
    unsigned open_handles;
    brig_worker_end end;
    brig_buffer open_args;
    brig_buffer report; /* of the walls, encoded */
    uint64_t go_id;
    uint64_t open_id;
    uint64_t interrupt_id;
    uint64_t cpu_ms; /* last figures */
    uint64_t memory_bytes;
    uint64_t memory_asked_ms;
    uint64_t sampled_ms; /* without a group: last look at all processes, and what it showed */
    uint64_t others_cpu_ms;
    uint64_t resident_bytes;
    uint64_t process_count;
    char failure[256];    /* that happened while the worker was being made */
    bool is_beginning;    /* brig_worker_new() has not returned */
    bool is_request_open; /* the template owes an answer */
    bool is_holding;      /* brig_template_release() is owed */
    bool is_gone;         /* the pidfd says that every process is */
    bool is_told;         /* the owner knows */
    bool is_paused;
};

/* worker.c */
void brig_worker_start_timer(brig_worker *worker, uv_timer_cb callback, uint64_t timeout_ms);
void brig_worker_leave_soon(brig_worker *worker);
void brig_worker_conclude_if_gone(brig_worker *worker);
void brig_worker_on_exit_poll(uv_poll_t *poll, int status, int events);
void brig_worker_handle_closed(brig_worker *worker);
void brig_worker_close_handles(brig_worker *worker);
void brig_worker_close_request_fds(brig_worker *worker);

/* worker_group.c */
/* Before the request: a leaf with the session's limits, and its entrances among the descriptors. */
void brig_worker_prepare_group(brig_worker *worker);
/* Between the pidfd's arrival and `go`: the shim into its leaf, unless it finds in by itself. */
brig_status brig_worker_place(brig_worker *worker);
void brig_worker_leave_group(brig_worker *worker);
/* What the shim is to set for `processes`. */
uint64_t brig_worker_process_limit(const brig_worker *worker);

/* worker_ready.c */
extern const brig_start_request brig_worker_request_template;
/* Takes over both descriptors, also on failure. */
brig_status brig_worker_start_channels(brig_worker *worker, int worker_fd, int supervisor_fd);
void brig_worker_on_raw(brig_raw *raw, brig_span bytes);

#endif
