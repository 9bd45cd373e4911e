/* SPDX-License-Identifier: MIT */
/* Many sessions at once: what one weighs, how fast they come and go, how many there can be. */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench_processes.h"
#include "cli.h"

enum {
    MEMORY_SESSIONS = 100,
    AVAILABLE_SESSIONS = 300,
    HOLD_SESSIONS = 2000,
    CHURN_SESSIONS = 25, /* of each thread, in one run */
    SETTLE_MS = 500,     /* until what ended has given back its memory */
};

/* Sessions that are open together. */
struct fleet {
    const session_options *options;
    const char *code; /* evaluated in each; NULL: none */
    brig_client **clients;
    size_t count;
    size_t begun; /* atomic: the next one's place */
};

static size_t asked_sessions(const brig_bench *bench, size_t standard)
{
    return bench->sessions == 0 ? standard : bench->sessions;
}

static void settle(void)
{
    const struct timespec pause = {.tv_nsec = SETTLE_MS * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static bool evaluate(brig_client *client, const char *code)
{
    const brig_eval eval = {.code = code, .form = BRIG_FORM_NONE};

    return brig_client_eval(client, &eval, NULL) == BRIG_OK || brig_bench_complain(client);
}

/* Each thread opens the next one until all are open or one could not be. */
static void *open_some(void *context)
{
    const brig_client_config config = {.software = NULL};
    struct fleet *fleet = context;
    size_t place;

    while ((place = __atomic_fetch_add(&fleet->begun, 1, __ATOMIC_RELAXED)) < fleet->count) {
        brig_result opened;
        brig_client *client = brig_session_begin(fleet->options, &config, &opened);

        fleet->clients[place] = client;
        if (client == NULL || (fleet->code != NULL && !evaluate(client, fleet->code)))
            __atomic_store_n(&fleet->begun, fleet->count, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* The same in as many threads as sessions are in flight. */
static bool in_threads(void *(*run)(void *), void *context)
{
    pthread_t threads[BENCH_IN_FLIGHT];
    size_t count = 0;

    while (count < BENCH_IN_FLIGHT && pthread_create(&threads[count], NULL, run, context) == 0)
        count++;
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    if (count < BENCH_IN_FLIGHT)
        (void)brig_complain(0, "no thread could be made");
    return count == BENCH_IN_FLIGHT;
}

static bool fleet_open(struct fleet *fleet)
{
    fleet->clients = calloc(fleet->count, sizeof(brig_client *));
    fleet->begun = 0;
    return fleet->clients != NULL && in_threads(open_some, fleet);
}

static size_t fleet_held(const struct fleet *fleet)
{
    size_t held = 0;

    for (size_t i = 0; i < fleet->count; i++)
        held += fleet->clients[i] != NULL ? 1 : 0;
    return held;
}

static void fleet_close(struct fleet *fleet)
{
    for (size_t i = 0; fleet->clients != NULL && i < fleet->count; i++) {
        if (fleet->clients[i] == NULL)
            continue;
        (void)brig_client_close(fleet->clients[i]);
        brig_client_free(fleet->clients[i]);
    }
    free(fleet->clients);
}

/* Both ends of many connections: ours, and a server inherits what we may have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* PSS of brigd, its template and all sessions, for each session. */
static bool weigh(brig_bench *bench, const char *code, brig_samples *samples)
{
    session_options options;
    uint64_t bytes = 0;
    bool is_good = brig_bench_serve(bench, &options);
    struct fleet fleet = {
        .options = &options,
        .code = code,
        .count = asked_sessions(bench, MEMORY_SESSIONS),
    };

    if (is_good && bench->server.pid == 0) {
        (void)brig_complain(0, "memory is measured of a server of its own: without --connect");
        return false;
    }
    is_good = is_good && fleet_open(&fleet) && fleet_held(&fleet) == fleet.count;
    if (is_good && !brig_bench_pss_bytes(bench->server.pid, &bytes)) {
        (void)brig_complain(0, "the server's processes cannot be looked at: %s", strerror(errno));
        is_good = false;
    }
    brig_samples_add(samples, (double)bytes / (double)fleet.count);
    fleet_close(&fleet);
    return is_good;
}

bool brig_measure_memory(brig_bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = weigh(bench, NULL, samples);
    return is_good;
}

bool brig_measure_lm(brig_bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = weigh(bench, BENCH_LM, samples);
    return is_good;
}

/* Page tables and what the kernel keeps for namespaces and mounts are in this figure too. */
static bool watch_available(brig_bench *bench, brig_samples *samples)
{
    session_options options;
    uint64_t before = 0;
    uint64_t after = 0;
    bool is_good = brig_bench_serve(bench, &options);
    struct fleet fleet = {.options = &options, .count = asked_sessions(bench, AVAILABLE_SESSIONS)};

    settle();
    is_good = is_good && brig_bench_available_bytes(&before) && fleet_open(&fleet) &&
              fleet_held(&fleet) == fleet.count;
    settle();
    is_good = is_good && brig_bench_available_bytes(&after);
    brig_samples_add(samples, ((double)before - (double)after) / (double)fleet.count);
    fleet_close(&fleet);
    return is_good;
}

bool brig_measure_available(brig_bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = watch_available(bench, samples);
    return is_good;
}

static void *churn_some(void *context)
{
    brig_samples ignored = {NULL, 0, 0};
    struct fleet *fleet = context;

    for (size_t i = 0; i < CHURN_SESSIONS; i++)
        if (!brig_bench_open_once(fleet->options, &ignored))
            return NULL;
        else
            (void)__atomic_fetch_add(&fleet->begun, 1, __ATOMIC_RELAXED);
    return NULL;
}

bool brig_measure_churn(brig_bench *bench, size_t runs, brig_samples *samples)
{
    const size_t count = (size_t)CHURN_SESSIONS * BENCH_IN_FLIGHT;
    session_options options;
    bool is_good = brig_bench_serve(bench, &options);

    for (size_t i = 0; i < runs && is_good; i++) {
        struct fleet fleet = {.options = &options};
        uint64_t begin = brig_bench_now_ns();

        is_good = in_threads(churn_some, &fleet) && fleet.begun == count;
        brig_samples_add(samples, (double)count * 1e9 / (double)(brig_bench_now_ns() - begin));
    }
    return is_good;
}

/* All of them are there at the same time, and each still has its worker. */
static bool hold(brig_bench *bench, brig_samples *samples)
{
    session_options options;
    size_t answered = 0;
    struct fleet fleet = {.options = &options, .count = asked_sessions(bench, HOLD_SESSIONS)};
    bool is_good = false;

    raise_descriptor_limit();
    is_good = brig_bench_serve(bench, &options) && fleet_open(&fleet);
    for (size_t i = 0; is_good && i < fleet.count; i++)
        answered += fleet.clients[i] != NULL && evaluate(fleet.clients[i], "1") ? 1 : 0;
    brig_samples_add(samples, (double)answered);
    fleet_close(&fleet);
    return is_good;
}

bool brig_measure_hold(brig_bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = hold(bench, samples);
    return is_good;
}

bool brig_floor_hold(brig_bench *bench, size_t runs, brig_samples *samples)
{
    for (size_t i = 0; i < runs; i++)
        brig_samples_add(samples, (double)asked_sessions(bench, HOLD_SESSIONS));
    return true;
}
