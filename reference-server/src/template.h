/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_TEMPLATE_H
#define BRIG_SERVER_TEMPLATE_H

#include <brig/span.h>

#include "../sandbox/profile.h"
#include "packet.h"
#include "stream.h"

/*
 * One template: the process that has the engine started and forks a session on request
 * (ARCHITECTURE.md, "Control channel"). It is started with the first request or by
 * brig_template_new() and ends when it is closed, fails, or has served its share.
 */
typedef struct brig_template brig_template;

/* Whose the template is, and what to tell them. */
typedef struct brig_template_config {
    brig_loop *loop;
    const brig_profile *profile;
    const char
        *worker_path; /* of the engine r; another's is beside it, with -ENGINE behind its name */
    unsigned uid;     /* to run as, also as group; 0: as the server's own user */
    bool is_private;  /* one session only: nothing is worth warming */
    bool is_tested;   /* no self-test is needed: sessions may start at once */
    unsigned share_count; /* sessions until it is replaced */
    /* It can be tested now; only if not is_tested. brig_template_pass() or _refuse() must follow. */
    void (*on_ready)(brig_template *template, void *owner);
    /* It takes no further request. May be called inside brig_template_request(). */
    void (*on_retired)(brig_template *template, void *owner);
    /* Its process is gone and nothing uses it: it has freed itself. */
    void (*on_gone)(void *owner);
    void *owner;
} brig_template_config;

/* Ask for one session. Lives in the asker; fds stay the asker's. */
typedef struct brig_start_request brig_start_request;

struct brig_start_request {
    brig_buffer packet;       /* the encoded CALL `start`; made by brig_template_request() */
    int fds[BRIG_PACKET_FDS]; /* as brig_session_fd has them, then entrances of control groups */
    size_t fd_count;
    uint64_t id;
    pid_t shim_pid; /* if it is not the process of the pidfd; otherwise 0 */
    bool is_sent;
    bool is_probe; /* of the self-test: goes before it is over, and is not counted */
    /* Exactly one of them is called, unless the request is withdrawn. pidfd is the asker's. */
    void (*on_started)(brig_start_request *request, int pidfd);
    void (*on_failed)(brig_start_request *request, const char *why);
    void (*on_sent)(brig_start_request *request); /* fds may be closed now */
    brig_start_request *next;
};

/*
 * Start a template. BRIG_OK, or another status with a sentence in error. The caller owns the
 * template until on_gone.
 */
brig_status brig_template_new(const brig_template_config *config, char *error, size_t error_bytes,
                              brig_template **ret_template);

/* args: encoded map of `start`. Each request holds the template until brig_template_release(). */
brig_status brig_template_request(brig_template *template, brig_start_request *request,
                                  brig_span args);
/*
 * May it have a session that nobody has asked for yet? Not the last one of its share: a template
 * would retire with it.
 */
bool brig_template_may_spare(const brig_template *template);
/* A session begins that it forked before: its age may end its service. */
void brig_template_note_session(brig_template *template);
/*
 * A session's walls could not be built: something of the host may have been replaced since the
 * template began to hold it. It keeps its sessions and gets no more. Before its self-test has passed
 * this does nothing: that fails, and decides.
 */
void brig_template_retire(brig_template *template);
/* Withdraw a request that has had no answer. */
void brig_template_withdraw(brig_template *template, brig_start_request *request);
/* The session of one request is gone. */
void brig_template_release(brig_template *template);

/* Has it no namespaces? Then the pidfd of a session is its keeper's, and the shim another process. */
bool brig_template_is_reduced(const brig_template *template);
/* End every process of a session that it forked: by pid 1's end, or by its keeper's hand. */
void brig_template_end_session(const brig_template *template, int pidfd);

/* The self-test has passed: sessions may start. Or it has not: end the template, for this reason. */
void brig_template_pass(brig_template *template);
void brig_template_refuse(brig_template *template, const char *why);

/* End it, with all its sessions. */
void brig_template_close(brig_template *template);

/* The `engine` record, encoded; empty until the template is ready. */
brig_span brig_template_engine(const brig_template *template);
/* Why it failed; empty if it did not. */
const char *brig_template_failure(const brig_template *template);

#endif
