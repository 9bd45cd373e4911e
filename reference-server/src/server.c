/* SPDX-License-Identifier: MIT */
/* What runs, and how it ends: nothing that the server started outlives it (ARCHITECTURE.md). */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit_session.h"
#include "listener.h"
#include "log.h"
#include "process.h"
#include "spares.h"

enum {
    PROOF_BYTES = 4096,
    RETRY_MS = 1000, /* a profile whose template failed is not tried more often */
};

/* The templates of one profile: the one that takes requests, and why there is none. */
typedef struct template_slot {
    brig_template *current;
    brig_spares spares;
    uint64_t failed_ms;
    char failure[1024];
    bool is_proven;    /* a self-test has passed */
    brig_buffer proof; /* its result for the statement, encoded */
} template_slot;

/* What a template's callbacks get. */
typedef struct template_owner {
    brig_server *server;
    size_t profile;
    brig_template *template; /* set when it is ready for its self-test */
    brig_selftest *test;     /* while it lasts */
    struct template_owner *next;
} template_owner;

struct brig_server {
    brig_server_config config;
    brig_loop loop;
    brig_process process;
    brig_listener **listeners;
    size_t listener_count;
    template_slot *slots;
    size_t template_count;
    template_owner *owners; /* of all templates */
    size_t worker_count;
    brig_audit *audit;
    brig_admission admission;
    bool is_stopping;
};

brig_loop *brig_server_loop(brig_server *server)
{
    return &server->loop;
}

const brig_config *brig_server_config_of(const brig_server *server)
{
    return server->config.config;
}

brig_cgroups *brig_server_groups(const brig_server *server)
{
    return server->config.groups;
}

/* Clients first, then their workers, then templates; then the loop has nothing left to wait for. */
static void end_if_empty(brig_server *server)
{
    if (!server->is_stopping || !brig_admission_is_empty(&server->admission) ||
        server->worker_count > 0)
        return;
    for (size_t i = 0; i < server->config.config->profile_count; i++) {
        if (server->slots[i].current != NULL)
            brig_template_close(server->slots[i].current);
    }
    if (server->template_count > 0)
        return;
    brig_audit_release(server->audit);
    brig_loop_release(&server->loop);
}

static void close_all(brig_visits *visits)
{
    brig_visit *visit = TAILQ_FIRST(visits);

    while (visit != NULL) { /* closing one may take it away */
        brig_visit *next = TAILQ_NEXT(visit, link);

        brig_client_close(visit->client, BRIG_CLOSE_SHUTDOWN, "the server ends");
        visit = next;
    }
}

void brig_server_stop(brig_server *server)
{
    if (server->is_stopping)
        return;
    server->is_stopping = true;
    /* What a template leaves for a moment when it ends comes to us; brig_server_run() awaits it. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < server->listener_count; i++)
        brig_listener_close(server->listeners[i]);
    server->listener_count = 0;
    brig_process_end(&server->process);
    for (size_t i = 0; i < server->config.config->profile_count; i++)
        brig_spares_close(&server->slots[i].spares);
    for (template_owner *owner = server->owners; owner != NULL; owner = owner->next) {
        if (owner->test != NULL)
            brig_selftest_cancel(owner->test);
        owner->test = NULL;
    }
    close_all(&server->admission.strangers);
    close_all(&server->admission.guests);
    end_if_empty(server);
}

/* ---- clients ---- */

bool brig_server_has_room(const brig_server *server)
{
    return brig_admission_has_room(&server->admission);
}

void brig_server_on_client(brig_server *server, brig_visit *visit)
{
    brig_admission_arrive(&server->admission, visit);
}

bool brig_server_on_authenticated(brig_server *server, brig_visit *visit)
{
    return brig_admission_greet(&server->admission, visit);
}

void brig_server_on_client_gone(brig_server *server, brig_visit *visit)
{
    brig_admission_leave(&server->admission, visit);
    if (server->config.is_private)
        brig_server_stop(server);
    end_if_empty(server);
}

/* ---- templates and workers ---- */

void brig_server_on_worker(brig_server *server)
{
    server->worker_count++;
}

void brig_server_on_worker_freed(void *context)
{
    brig_server *server = context;

    server->worker_count--;
    end_if_empty(server);
}

unsigned brig_server_template_uid(const brig_server *server, size_t profile)
{
    return geteuid() == 0 ? server->config.config->uid_base + (unsigned)profile : 0;
}

static void log_result(const brig_selftest_result *result)
{
    if (result->is_passed)
        brig_log("profile `%s`: self-test passed, %d probes in %llu ms", result->profile->name,
                 BRIG_PROBE_COUNT, (unsigned long long)result->took_ms);
}

static void on_tested(void *context, const brig_selftest_result *result)
{
    template_owner *owner = context;
    brig_server *server = owner->server;
    template_slot *slot = &server->slots[owner->profile];
    char why[sizeof(result->failure) + 128];

    owner->test = NULL;
    log_result(result);
    if (server->config.on_tested != NULL)
        server->config.on_tested(server, server->config.owner, result);
    if (result->is_passed) {
        slot->is_proven = true;
        brig_buffer_clear(&slot->proof);
        brig_selftest_pack(result, &slot->proof);
        brig_template_pass(owner->template);
        return;
    }
    (void)snprintf(why, sizeof(why), "the self-test failed, and nothing runs in profile %.64s: %s",
                   result->profile->name, result->failure);
    brig_template_refuse(owner->template, why);
}

static void on_template_ready(brig_template *template, void *context)
{
    template_owner *owner = context;
    brig_server *server = owner->server;
    const brig_selftest_config config = {
        .loop = &server->loop,
        .template = template,
        .profile = &server->config.config->profiles[owner->profile],
        .groups = server->config.groups,
        .on_done = on_tested,
        .owner = owner,
        .on_freed = brig_server_on_worker_freed,
        .server = server,
    };

    owner->template = template;
    server->worker_count++;
    if (!server->is_stopping && brig_selftest_new(&config, &owner->test) == BRIG_OK)
        return;
    server->worker_count--;
    brig_template_refuse(template, "the self-test cannot start");
}

static void on_template_retired(brig_template *template, void *context)
{
    template_owner *owner = context;
    template_slot *slot = &owner->server->slots[owner->profile];

    if (slot->current != template)
        return;
    slot->current = NULL;
    brig_spares_drop(&slot->spares);
    if (*brig_template_failure(template) == '\0')
        return;
    slot->failed_ms = brig_now_ms();
    (void)snprintf(slot->failure, sizeof(slot->failure), "%s", brig_template_failure(template));
    if (owner->server->config.on_failed != NULL)
        owner->server->config.on_failed(owner->server, owner->server->config.owner, slot->failure);
}

static void on_template_gone(void *context)
{
    template_owner *owner = context;
    brig_server *server = owner->server;

    template_owner **link = &server->owners;

    while (*link != owner)
        link = &(*link)->next;
    *link = owner->next;
    server->template_count--;
    free(owner);
    end_if_empty(server);
}

static brig_status start_template(brig_server *server, size_t profile, char *error,
                                  size_t error_bytes, brig_template **ret_template)
{
    template_owner *owner = calloc(1, sizeof(*owner));
    brig_template_config config = {
        .loop = &server->loop,
        .profile = &server->config.config->profiles[profile],
        .worker_path = server->config.worker_path,
        .uid = brig_server_template_uid(server, profile),
        .is_private =
            server->config.is_private || server->config.config->profiles[profile].isolated,
        .share_count = server->config.config->profiles[profile].isolated
                           ? 1
                           : server->config.config->template_sessions,
        .is_tested =
            server->config.is_private ||
            (server->config.config->profiles[profile].isolated && server->slots[profile].is_proven),
        .on_ready = on_template_ready,
        .on_retired = on_template_retired,
        .on_gone = on_template_gone,
        .owner = owner,
    };

    if (owner == NULL) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    *owner = (template_owner){.server = server, .profile = profile, .next = server->owners};
    brig_status status = brig_template_new(&config, error, error_bytes, ret_template);
    if (status != BRIG_OK) {
        free(owner);
        return status;
    }
    server->owners = owner;
    server->template_count++;
    return BRIG_OK;
}

/* A failure is kept for a while: clients that try again and again cost nothing. */
static brig_status fill_slot(brig_server *server, size_t profile)
{
    template_slot *slot = &server->slots[profile];

    if (slot->failed_ms != 0 && brig_now_ms() - slot->failed_ms < RETRY_MS)
        return BRIG_UNAVAILABLE;
    brig_status status =
        start_template(server, profile, slot->failure, sizeof(slot->failure), &slot->current);
    slot->failed_ms = status == BRIG_OK ? 0 : brig_now_ms();
    return status;
}

void brig_server_test(brig_server *server, size_t profile)
{
    template_slot *slot = &server->slots[profile];

    if (fill_slot(server, profile) != BRIG_OK && server->config.on_failed != NULL)
        server->config.on_failed(server, server->config.owner, slot->failure);
}

brig_span brig_server_proof(const brig_server *server, size_t profile)
{
    return brig_buffer_span(&server->slots[profile].proof);
}

brig_status brig_server_template(brig_server *server, size_t profile, char *error,
                                 size_t error_bytes, brig_template **ret_template)
{
    template_slot *slot = &server->slots[profile];

    if (server->config.config->profiles[profile].isolated)
        return start_template(server, profile, error, error_bytes, ret_template);
    if (slot->current == NULL && fill_slot(server, profile) != BRIG_OK) {
        (void)snprintf(error, error_bytes, "%s", slot->failure);
        return BRIG_UNAVAILABLE;
    }
    *ret_template = slot->current;
    return BRIG_OK;
}

brig_template *brig_server_template_of(const brig_server *server, size_t profile)
{
    return server->slots[profile].current;
}

bool brig_server_may_spare(const brig_server *server)
{
    return !server->is_stopping && server->worker_count < server->config.config->max_connections;
}

brig_worker *brig_server_take_spare(brig_server *server, size_t profile, const brig_limits *limits)
{
    return brig_spares_take(&server->slots[profile].spares, limits);
}

/* A private server's one session may never need another worker, until it resets. */
void brig_server_on_session(brig_server *server, size_t profile, brig_phase begun)
{
    if (!server->config.is_private || begun == BRIG_PHASE_RESETTING)
        brig_spares_refill(&server->slots[profile].spares);
}

void brig_server_warm(brig_server *server)
{
    const brig_config *config = server->config.config;

    for (size_t i = 0; i < config->profile_count; i++) {
        const brig_profile *profile = &config->profiles[i];

        if (profile->isolated || strcmp(profile->name, "tools") == 0)
            continue; /* started when it is first asked for */
        if (fill_slot(server, i) != BRIG_OK)
            brig_log("profile `%s`: %s", profile->name, server->slots[i].failure);
        else
            brig_spares_refill(&server->slots[i].spares);
    }
}

/* ---- beginning and end ---- */

static void on_signal(void *context, int signal)
{
    brig_server *server = context;

    if (signal == SIGHUP && server->audit != NULL) {
        brig_audit_reopen(server->audit);
        return;
    }
    brig_log("signal %d: the server ends", signal);
    brig_audit_signal(server->audit, signal);
    brig_server_stop(server);
}

brig_status brig_server_new(const brig_server_config *config, char *error, size_t error_bytes,
                            brig_server **ret_server)
{
    brig_server *server = calloc(1, sizeof(*server));

    if (server != NULL)
        server->slots = calloc(config->config->profile_count, sizeof(*server->slots));
    if (server == NULL || server->slots == NULL || brig_loop_init(&server->loop) != 0) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        if (server != NULL)
            free(server->slots);
        free(server);
        return BRIG_NO_MEMORY;
    }
    server->config = *config;
    for (size_t i = 0; i < config->config->profile_count; i++)
        brig_buffer_init(&server->slots[i].proof, PROOF_BYTES);
    server->process = (brig_process){.on_signal = on_signal, .owner = server};
    brig_process_begin(&server->process, &server->loop.uv);
    brig_admission_init(&server->admission,
                        config->is_private ? 1 : config->config->max_connections);
    server->loop.budget.limit_bytes = (size_t)config->config->buffer_bytes;
    for (size_t i = 0; i < config->config->profile_count; i++)
        brig_spares_init(&server->slots[i].spares, server, i);
    *ret_server = server;
    return BRIG_OK;
}

brig_audit *brig_server_audit(const brig_server *server)
{
    return server->audit;
}

brig_status brig_server_open_audit(brig_server *server, char *error, size_t error_bytes)
{
    return brig_audit_begin(server->config.config, &server->loop.uv, error, error_bytes,
                            &server->audit);
}

brig_status brig_server_listen(brig_server *server, char *error, size_t error_bytes)
{
    const brig_config *config = server->config.config;

    server->listeners = calloc(config->listener_count + 1, sizeof(brig_listener *));
    if (server->listeners == NULL) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    for (size_t i = 0; i < config->listener_count; i++) {
        brig_status status = brig_listener_new(server, &config->listeners[i], error, error_bytes,
                                               &server->listeners[i]);
        if (status != BRIG_OK)
            return status;
        server->listener_count++;
    }
    return BRIG_OK;
}

brig_status brig_server_serve(brig_server *server, int fd, const uint8_t key[BRIG_KEY_BYTES])
{
    brig_client *client = NULL;
    brig_client_config config = {
        .server = server,
        .conn = {.suites = 1U << BRIG_SUITE_LOCAL},
        .fd = fd,
    };

    memcpy(config.conn.psk, key, BRIG_KEY_BYTES);
    return brig_client_new(&config, &client);
}

void brig_server_run(brig_server *server)
{
    (void)uv_run(&server->loop.uv, UV_RUN_DEFAULT);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

void brig_server_free(brig_server *server)
{
    if (server == NULL)
        return;
    brig_audit_free(server->audit);
    brig_loop_done(&server->loop);
    free(server->listeners);
    for (size_t i = 0; i < server->config.config->profile_count; i++)
        brig_buffer_done(&server->slots[i].proof);
    free(server->slots);
    free(server);
}
