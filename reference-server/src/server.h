/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_SERVER_H
#define BRIG_SERVER_SERVER_H

#include "audit.h"
#include "cgroup.h"
#include "client.h"
#include "config.h"
#include "selftest.h"
#include "session_state.h"
#include "worker.h"

/*
 * What runs: the loop, listeners, clients, templates (ARCHITECTURE.md, "brigd"). The server ends
 * when it was told to and nothing is left of what it started.
 */
typedef struct brig_server_config {
    const brig_config *config;
    const char *worker_path;
    brig_cgroups *groups; /* the caller's, until _free(); NULL: there are none */
    bool is_private;      /* one inherited connection, and the server ends with it */
    /* What became of a self-test; and a template that failed, of that or else. May be NULL. */
    void (*on_tested)(brig_server *server, void *owner, const brig_selftest_result *result);
    void (*on_failed)(brig_server *server, void *owner, const char *why);
    void *owner;
} brig_server_config;

/* BRIG_OK, or a status with a sentence in error. The caller keeps the config until _free(). */
brig_status brig_server_new(const brig_server_config *config, char *error, size_t error_bytes,
                            brig_server **ret_server);
void brig_server_free(brig_server *server);

/* The audit log comes before anything that it tells. Statuses as brig_audit_new(). */
brig_status brig_server_open_audit(brig_server *server, char *error, size_t error_bytes);
brig_audit *brig_server_audit(const brig_server *server); /* NULL: there is none */

/* Listen as the configuration says, or serve one inherited connection. */
brig_status brig_server_listen(brig_server *server, char *error, size_t error_bytes);
brig_status brig_server_serve(brig_server *server, int fd, const uint8_t key[BRIG_KEY_BYTES]);
/* Start templates before they are asked for. */
void brig_server_warm(brig_server *server);

/* Start one template and test it, for on_tested and on_failed. */
void brig_server_test(brig_server *server, size_t profile);
/* What the last self-test of the profile found, encoded; empty: there was none. */
brig_span brig_server_proof(const brig_server *server, size_t profile);

/* Until the end. */
void brig_server_run(brig_server *server);
void brig_server_stop(brig_server *server);

brig_loop *brig_server_loop(brig_server *server);
const brig_config *brig_server_config_of(const brig_server *server);

/* For a new connection: does it fit, or is it refused as `busy`? */
bool brig_server_has_room(const brig_server *server);

/* Clients come, get authenticated (false: there is no room any more), go. */
void brig_server_on_client(brig_server *server, brig_visit *visit);
bool brig_server_on_authenticated(brig_server *server, brig_visit *visit);
void brig_server_on_client_gone(brig_server *server, brig_visit *visit);

/*
 * The template for a session of this profile, started if need be. BRIG_OK or BRIG_UNAVAILABLE with
 * a sentence in error.
 */
brig_status brig_server_template(brig_server *server, size_t profile, char *error,
                                 size_t error_bytes, brig_template **ret_template);
/* The template that is there, or NULL; and may one more worker be started that nobody waits for? */
brig_template *brig_server_template_of(const brig_server *server, size_t profile);
bool brig_server_may_spare(const brig_server *server);
/* A spare for a session with these limits and no environment of its own, or NULL. */
brig_worker *brig_server_take_spare(brig_server *server, size_t profile, const brig_limits *limits);
/* A session of this profile is ready: what was taken may be replaced. */
void brig_server_on_session(brig_server *server, size_t profile, brig_phase begun);
/* Who its processes are; 0: the server's own user. */
unsigned brig_server_template_uid(const brig_server *server, size_t profile);
/* Where sessions are counted; NULL: there are no control groups. */
brig_cgroups *brig_server_groups(const brig_server *server);
/* A worker begins; brig_server_on_worker_freed() is its on_freed. */
void brig_server_on_worker(brig_server *server);
void brig_server_on_worker_freed(void *context);

#endif
