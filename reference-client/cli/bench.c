/* SPDX-License-Identifier: MIT */
/* brig bench: times of the whole way, client to client, beside the floors of the same run. */
#include "bench.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#include "bench_server.h"
#include "json_value.h"
#include "session_options.h"

enum {
    OPTION_JSON = OPTION_OF_COMMAND,
    OPTION_RUNS,
    OPTION_PIN,
    MAX_RUNS = 1000000,
    WARM_UP = 20,
    R_RUNS = 10, /* starting R takes long, and varies little */
    ROUNDS = 5,  /* the thing and its floor take turns: machines are not the same all the time */
};

static const char usage_text[] =
    "usage: brig bench [OPTION…] [open | cold | eval | tool | bulk]…\n\n"
    "  --json               one JSON object for each\n"
    "  --runs N             how often\n"
    "  --pin                everything on one core\n" SESSION_USAGE;

struct bench {
    session_options session;
    bool json;
    size_t runs;         /* 0: each measurement's own */
    brig_client *client; /* a session that several measurements share */
    bench_server server; /* for `open`, once it has begun */
    brig_samples *tool_samples;
    uint64_t tool_ns; /* when the last answer left */
};

uint64_t brig_bench_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool brig_samples_init(brig_samples *samples, size_t capacity)
{
    samples->ns = calloc(capacity, sizeof(*samples->ns));
    samples->count = 0;
    samples->capacity = capacity;
    return samples->ns != NULL;
}

void brig_samples_done(brig_samples *samples)
{
    free(samples->ns);
}

void brig_samples_add(brig_samples *samples, double ns)
{
    if (samples->count < samples->capacity)
        samples->ns[samples->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

double brig_samples_quantile(brig_samples *samples, double fraction)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->ns, samples->count, sizeof(*samples->ns), compare);
    return samples->ns[(size_t)(fraction * (double)(samples->count - 1) + 0.5)];
}

static bool complain_of(const brig_client *client)
{
    (void)brig_complain(0, "%s", brig_client_error(client)->message);
    return false;
}

/* A started server, a new session, its first value, its end: only until the value is measured. */
static bool open_once(session_options *options, brig_samples *samples)
{
    const brig_client_config config = {.software = NULL};
    const brig_eval eval = {.code = "1 + 1"};
    uint64_t begin = brig_bench_now_ns();
    brig_result opened;
    brig_client *client = brig_session_begin(options, &config, &opened);
    bool is_good;

    if (client == NULL)
        return false;
    is_good = brig_client_eval(client, &eval, NULL) == BRIG_OK || complain_of(client);
    brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    (void)brig_client_close(client);
    brig_client_free(client);
    return is_good;
}

static bool measure_cold(struct bench *bench, size_t runs, brig_samples *samples)
{
    bool is_good = true;

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = open_once(&bench->session, samples);
    return is_good;
}

/* The template starts with the first session, which is not measured. */
static bool start_server(struct bench *bench, session_options *options)
{
    brig_samples ignored = {NULL, 0, 0};
    bool is_started = bench->server.pid > 0;

    if (!is_started && !brig_bench_server_start(&bench->server, &bench->session.server))
        return false;
    options->address.socket_path = bench->server.socket_path;
    options->address.key_file = bench->server.key_file;
    return is_started || open_once(options, &ignored);
}

static bool measure_open(struct bench *bench, size_t runs, brig_samples *samples)
{
    session_options options = bench->session;
    bool is_good = options.address.socket_path != NULL || start_server(bench, &options);

    for (size_t i = 0; i < runs && is_good; i++)
        is_good = open_once(&options, samples);
    return is_good;
}

static bool eval_once(struct bench *bench, const char *code, brig_samples *samples)
{
    const brig_eval eval = {.code = code};
    uint64_t begin = brig_bench_now_ns();

    if (brig_client_eval(bench->client, &eval, NULL) != BRIG_OK)
        return complain_of(bench->client);
    brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    return true;
}

static bool measure_code(struct bench *bench, const char *code, size_t runs, brig_samples *samples)
{
    brig_samples ignored = {NULL, 0, 0};
    bool is_good = true;

    for (size_t i = 0; i < WARM_UP && is_good; i++)
        is_good = eval_once(bench, code, &ignored);
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = eval_once(bench, code, samples);
    return is_good;
}

static bool measure_eval(struct bench *bench, size_t runs, brig_samples *samples)
{
    /* Invisible, so that no console output is measured with it. */
    return measure_code(bench, "invisible(1 + 1)", runs, samples);
}

static bool measure_bulk(struct bench *bench, size_t runs, brig_samples *samples)
{
    const brig_eval prepare = {.code = "bulk <- as.double(seq_len(1e6))", .form = BRIG_FORM_NONE};

    if (brig_client_eval(bench->client, &prepare, NULL) != BRIG_OK)
        return complain_of(bench->client);
    return measure_code(bench, "invisible(bulk)", runs, samples);
}

/* From one call's arrival to the next: the answer's way back, R's loop, the next call's way here. */
static void on_tool(void *context, brig_tool_call *call)
{
    static const uint8_t one[] = {1};
    struct bench *bench = context;
    uint64_t now = brig_bench_now_ns();

    if (bench->tool_ns != 0 && bench->tool_samples != NULL)
        brig_samples_add(bench->tool_samples, (double)(now - bench->tool_ns));
    bench->tool_ns = now;
    brig_tool_call_answer(call, (brig_span){one, sizeof(one)});
}

static bool measure_tool(struct bench *bench, size_t runs, brig_samples *samples)
{
    char code[64];
    const brig_eval eval = {.code = code, .form = BRIG_FORM_NONE};

    /* One more than intervals; the session's budget of tool calls bounds both. */
    (void)snprintf(code, sizeof(code), "for (i in 0:%zu) bench()", runs);
    bench->tool_samples = samples;
    bench->tool_ns = 0;
    if (brig_client_eval(bench->client, &eval, NULL) != BRIG_OK)
        return complain_of(bench->client);
    return true;
}

struct measurement {
    const char *name;
    const char *what;
    bool (*measure)(struct bench *bench, size_t runs, brig_samples *samples);
    const char *floor_what;
    bool (*floor)(size_t runs, brig_samples *samples);
    size_t runs;
    double bytes; /* moved by each run; 0: a latency */
};

static const struct measurement measurements[] = {
    {"open", "new session on a running server, first value", measure_open, "R --vanilla -e 1",
     brig_floor_r, 50, 0},
    {"cold", "private server started, first value", measure_cold, "R --vanilla -e 1", brig_floor_r,
     10, 0},
    {"eval", "1 + 1, client to client", measure_eval, "4-hop socket echo", brig_floor_echo, 2000,
     0},
    {"tool", "tool call of the code and back", measure_tool, "4-hop socket echo", brig_floor_echo,
     2000, 0},
    {"bulk", "1e6 doubles back", measure_bulk, "the same way without R", brig_floor_bulk, 50,
     FLOOR_BULK_BYTES},
};

enum { MEASUREMENT_COUNT = sizeof(measurements) / sizeof(measurements[0]) };

static void print_text(const struct measurement *m, brig_samples *samples, brig_samples *floor)
{
    double median = brig_samples_quantile(samples, 0.5);
    double floor_median = brig_samples_quantile(floor, 0.5);
    bool is_long = median >= 1e6;
    const char *unit = is_long ? "ms" : "µs";
    double unit_ns = is_long ? 1e6 : 1e3;

    (void)printf("%-5s %s\n", m->name, m->what);
    (void)printf("      %s, %zu runs: min %.1f, median %.1f, p90 %.1f, max %.1f\n", unit,
                 samples->count, brig_samples_quantile(samples, 0) / unit_ns, median / unit_ns,
                 brig_samples_quantile(samples, 0.9) / unit_ns,
                 brig_samples_quantile(samples, 1) / unit_ns);
    if (m->bytes > 0)
        (void)printf("      median %.0f MB/s, floor %.0f MB/s\n", m->bytes / median * 1e3,
                     m->bytes / floor_median * 1e3);
    (void)printf("      floor (%s): median %.1f %s; ratio %.2f\n", m->floor_what,
                 floor_median / unit_ns, unit, median / floor_median);
}

static void print_json(const struct measurement *m, brig_samples *samples, brig_samples *floor)
{
    double median = brig_samples_quantile(samples, 0.5);
    double floor_median = brig_samples_quantile(floor, 0.5);
    json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:f}",
                               "name", m->name, "what", m->what, "unit", "ns", "runs",
                               (json_int_t)samples->count, "min", brig_samples_quantile(samples, 0),
                               "median", median, "p90", brig_samples_quantile(samples, 0.9), "max",
                               brig_samples_quantile(samples, 1), "floor", "what", m->floor_what,
                               "median", floor_median, "ratio", median / floor_median);

    if (m->bytes > 0)
        (void)json_object_set_new(object, "bytes", json_real(m->bytes));
    brig_json_print(object);
    json_decref(object);
}

/* The part of the runs that this round has. */
static size_t share_of(size_t runs, size_t round)
{
    return runs * (round + 1) / ROUNDS - runs * round / ROUNDS;
}

static bool run_rounds(struct bench *bench, const struct measurement *m, size_t runs,
                       brig_samples *samples, brig_samples *floor)
{
    size_t floor_runs = m->floor == brig_floor_r ? R_RUNS : runs;

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t share = share_of(runs, round);

        if (share > 0 && !m->measure(bench, share, samples))
            return false;
        if (!m->floor(share_of(floor_runs, round), floor)) {
            (void)brig_complain(0, "%s: the floor could not be measured", m->name);
            return false;
        }
    }
    return true;
}

static bool run_measurement(struct bench *bench, const struct measurement *m)
{
    size_t runs = bench->runs == 0 ? m->runs : bench->runs;
    brig_samples samples = {NULL, 0, 0};
    brig_samples floor = {NULL, 0, 0};
    bool is_good = brig_samples_init(&samples, runs) && brig_samples_init(&floor, runs + R_RUNS) &&
                   run_rounds(bench, m, runs, &samples, &floor);

    if (is_good && bench->json)
        print_json(m, &samples, &floor);
    else if (is_good)
        print_text(m, &samples, &floor);
    brig_samples_done(&samples);
    brig_samples_done(&floor);
    return is_good;
}

static bool is_asked(const char *name, int count, char *const *names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count == 0;
}

static int run_all(struct bench *bench, int count, char *const *names)
{
    const brig_tool tool = {.name = "bench", .handler = on_tool, .context = bench};
    const brig_client_config config = {.software = NULL};
    session_options options = bench->session;
    brig_result opened;
    bool is_good = true;

    options.open.tools = &tool;
    options.open.tool_count = 1;
    bench->client = brig_session_begin(&options, &config, &opened);
    if (bench->client == NULL)
        return EXIT_INFRASTRUCTURE;
    for (size_t i = 0; i < MEASUREMENT_COUNT && is_good; i++)
        if (is_asked(measurements[i].name, count, names))
            is_good = run_measurement(bench, &measurements[i]);
    brig_bench_server_end(&bench->server);
    (void)brig_client_close(bench->client);
    brig_client_free(bench->client);
    return is_good ? EXIT_SUCCESS : EXIT_INFRASTRUCTURE;
}

static bool pin(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)sched_getcpu(), &set);
    if (sched_setaffinity(0, sizeof(set), &set) == 0)
        return true;
    (void)brig_complain(0, "cannot stay on one core");
    return false;
}

static bool set_runs(struct bench *bench, const char *argument)
{
    char *end;
    long runs = strtol(argument, &end, 10);

    if (*end != '\0' || runs < 1 || runs > MAX_RUNS) {
        (void)brig_complain(0, "--runs wants a number from 1 to %d, not %s", MAX_RUNS, argument);
        return false;
    }
    bench->runs = (size_t)runs;
    return true;
}

static bool take_option(struct bench *bench, int option)
{
    switch (option) {
    case OPTION_JSON:
        bench->json = true;
        return true;
    case OPTION_RUNS:
        return set_runs(bench, optarg);
    case OPTION_PIN:
        return pin();
    default:
        return brig_session_option(&bench->session, option, optarg) == OPTION_TAKEN;
    }
}

static bool are_known(int count, char *const *names)
{
    for (int i = 0; i < count; i++) {
        bool is_known = false;

        for (size_t j = 0; j < MEASUREMENT_COUNT; j++)
            is_known = is_known || strcmp(names[i], measurements[j].name) == 0;
        if (!is_known) {
            (void)brig_complain(0, "nothing to measure is called %s", names[i]);
            return false;
        }
    }
    return true;
}

int brig_cmd_bench(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, OPTION_JSON},
        {"runs", required_argument, NULL, OPTION_RUNS},
        {"pin", no_argument, NULL, OPTION_PIN},
        SESSION_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    struct bench bench = {.client = NULL};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return fputs(usage_text, stdout) < 0 ? EXIT_INFRASTRUCTURE : EXIT_SUCCESS;
        if (!take_option(&bench, option))
            return EXIT_USAGE;
    }
    if (!brig_session_options_end(&bench.session) || !are_known(argc - optind, argv + optind))
        return EXIT_USAGE;
    return sodium_init() < 0 ? EXIT_INFRASTRUCTURE : run_all(&bench, argc - optind, argv + optind);
}
