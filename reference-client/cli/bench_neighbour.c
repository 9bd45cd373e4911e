/* SPDX-License-Identifier: MIT */
/* What a session notices of another one that exhausts what it may have. */
#include "bench.h"

#include <time.h>

#include <pthread.h>

#include "cli.h"

enum {
    WARM_UP = 20,
    ATTACK_MS = 1000,  /* then it is ended, and the next one begins in a new session */
    SETTLE_MS = 300,   /* from its beginning until it has what it can get */
    BREATHE_MS = 1500, /* after the last one, until nothing is left of it */
};

/* A session of its own that does nothing but harm, in a thread. */
struct attack {
    const session_options *options;
    const char *code;
    pthread_t thread;
    bool is_over;   /* atomic */
    bool has_begun; /* atomic */
};

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static void *attack_on(void *context)
{
    const brig_client_config config = {.software = NULL};
    struct attack *attack = context;
    const brig_eval eval = {.code = attack->code, .form = BRIG_FORM_NONE, .deadline_ms = ATTACK_MS};

    while (!__atomic_load_n(&attack->is_over, __ATOMIC_ACQUIRE)) {
        brig_result opened;
        brig_client *client = brig_session_begin(attack->options, &config, &opened);

        if (client == NULL)
            break;
        __atomic_store_n(&attack->has_begun, true, __ATOMIC_RELEASE);
        (void)brig_client_eval(client, &eval, NULL); /* its deadline, or an error: both are meant */
        (void)brig_client_close(client);
        brig_client_free(client);
    }
    __atomic_store_n(&attack->is_over, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool attack_begin(struct attack *attack)
{
    if (pthread_create(&attack->thread, NULL, attack_on, attack) != 0) {
        (void)brig_complain(0, "no thread could be made");
        return false;
    }
    while (!__atomic_load_n(&attack->has_begun, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&attack->is_over, __ATOMIC_ACQUIRE))
        pause_ms(1);
    pause_ms(SETTLE_MS);
    return true;
}

/* False: there was none at the end, so nothing was measured beside it. */
static bool attack_end(struct attack *attack)
{
    bool was_there = !__atomic_exchange_n(&attack->is_over, true, __ATOMIC_ACQ_REL);

    (void)pthread_join(attack->thread, NULL);
    pause_ms(BREATHE_MS);
    return was_there;
}

static bool evaluate(brig_client *client, size_t runs, brig_samples *samples)
{
    const brig_eval eval = {.code = "invisible(1 + 1)"};

    for (size_t i = 0; i < runs; i++) {
        uint64_t begin = brig_bench_now_ns();

        if (brig_client_eval(client, &eval, NULL) != BRIG_OK)
            return brig_bench_complain(client);
        brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    }
    return true;
}

/* code NULL: nobody attacks. */
static bool measure(brig_bench *bench, const char *code, size_t runs, brig_samples *samples)
{
    const brig_client_config config = {.software = NULL};
    brig_samples ignored = {NULL, 0, 0};
    session_options options;
    struct attack attack = {.options = &options, .code = code};
    brig_result opened;
    bool is_good = brig_bench_serve(bench, &options);
    brig_client *quiet = is_good ? brig_session_begin(&options, &config, &opened) : NULL;

    if (quiet == NULL)
        return false;
    is_good = evaluate(quiet, WARM_UP, &ignored);
    if (is_good && code != NULL) {
        is_good = attack_begin(&attack);
        if (is_good) {
            is_good = evaluate(quiet, runs, samples);
            is_good = attack_end(&attack) && is_good;
        }
    } else if (is_good) {
        is_good = evaluate(quiet, runs, samples);
    }
    (void)brig_client_close(quiet);
    brig_client_free(quiet);
    return is_good;
}

#define FORKED(count) \
    "for (i in 1:" #count ") if (inherits(parallel:::mcfork(), 'masterProcess')) repeat {}\n" \
    "repeat {}"

bool brig_measure_neighbour_spin(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, FORKED(4), runs, samples);
}

bool brig_measure_neighbour_forks(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, "repeat try(parallel:::mcfork(), silent = TRUE)", runs, samples);
}

bool brig_measure_neighbour_memory(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, "x <- list(); repeat x[[length(x) + 1]] <- numeric(1e6)", runs, samples);
}

bool brig_measure_neighbour_output(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, "repeat cat(strrep('x', 1e6))", runs, samples);
}

bool brig_measure_neighbour_plots(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, "repeat plot(1:10)", runs, samples);
}

bool brig_floor_alone(brig_bench *bench, size_t runs, brig_samples *samples)
{
    return measure(bench, NULL, runs, samples);
}
