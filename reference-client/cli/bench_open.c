/* SPDX-License-Identifier: MIT */
/* Beginning a session: cold, forked from a template, taken from the spares. */
#include "bench.h"

#include <string.h>
#include <time.h>

#include "cli.h"

enum {
    REFILL_MS = 150, /* a server that was left alone for so long has its spare again */
    OWN_FILES = 255, /* not the profile's open_files: such a session takes no spare */
};

bool brig_bench_open_once(const session_options *options, brig_samples *samples)
{
    const brig_client_config config = {.software = NULL};
    const brig_eval eval = {.code = "1 + 1"};
    uint64_t begin = brig_bench_now_ns();
    brig_result opened;
    brig_client *client = brig_session_begin(options, &config, &opened);
    bool is_good;

    if (client == NULL)
        return false;
    is_good = brig_client_eval(client, &eval, NULL) == BRIG_OK || brig_bench_complain(client);
    brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    (void)brig_client_close(client);
    brig_client_free(client);
    return is_good;
}

bool brig_measure_cold(brig_bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = brig_bench_open_once(&bench->session, samples);
    return is_good;
}

/* The template starts with the server, or at the latest with the first session: not measured. */
bool brig_bench_serve(brig_bench *bench, session_options *ret_options)
{
    brig_samples ignored = {NULL, 0, 0};
    session_options options = bench->session;
    bool is_started = bench->server.pid > 0;

    if (options.address.socket_path == NULL) {
        if (!is_started && !brig_bench_server_start(&bench->server, &options.server))
            return false;
        options.address.socket_path = bench->server.socket_path;
        options.address.key_file = bench->server.key_file;
    }
    if (!is_started && !brig_bench_open_once(&options, &ignored))
        return false;
    *ret_options = options;
    return true;
}

bool brig_measure_open(brig_bench *bench, size_t runs, brig_samples *samples)
{
    session_options options;
    brig_limit limits[MAX_LIMITS + 1];
    bool is_good = brig_bench_serve(bench, &options);

    if (!is_good)
        return false;
    memcpy(limits, options.limits, sizeof(options.limits));
    limits[options.open.limit_count] = (brig_limit){.name = "open_files", .value = OWN_FILES};
    options.open.limits = limits;
    options.open.limit_count++;
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = brig_bench_open_once(&options, samples);
    return is_good;
}

bool brig_measure_spare(brig_bench *bench, size_t runs, brig_samples *samples)
{
    const struct timespec pause = {.tv_nsec = REFILL_MS * 1000000L};
    session_options options;
    bool is_good = brig_bench_serve(bench, &options);

    for (size_t i = 0; i < runs && is_good; i++) {
        (void)nanosleep(&pause, NULL);
        is_good = brig_bench_open_once(&options, samples);
    }
    return is_good;
}
