/* SPDX-License-Identifier: MIT */
/* brig bench: what the whole way costs, client to client, beside the floors of the same run. */
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bench_report.h"
#include "cli.h"

enum {
    OPTION_JSON = OPTION_OF_COMMAND,
    OPTION_HTML,
    OPTION_RUNS,
    OPTION_SESSIONS,
    OPTION_PIN,
    MAX_RUNS = 1000000,
    MAX_SESSIONS = 10000,
    R_RUNS = 10, /* starting R takes long, and varies little */
    ROUNDS = 5,  /* the thing and its floor take turns: machines are not the same all the time */
};

static const char usage_text[] =
    "usage: brig bench [OPTION…] [open | cold | eval | tool | bulk | memory | churn | hold |\n"
    "                            neighbour | proto]…\n\n"
    "  --json               one JSON object for each\n"
    "  --html FILE          also as a page for people\n"
    "  --runs N             how often\n"
    "  --sessions N         how many at once, for memory (100 and 300) and hold (2000)\n"
    "  --pin                everything on one core\n" SESSION_USAGE;

struct measurement {
    const char *name;
    const char *what;
    brig_unit unit;
    brig_measure measure;
    const char *floor_what;
    brig_measure floor;
    size_t runs;
    double bytes;
};

static const char bare_r[] = "R --vanilla -e 1";
static const char hops[] = "4-hop socket echo";
static const char no_r[] = "the same way without R";
static const char alone[] = "the same session alone";
static const char waiting_r[] = "PSS of R --vanilla";

static const struct measurement measurements[] = {
    {"open", "new session forked from a template, first value", BRIG_UNIT_NS, brig_measure_open,
     bare_r, brig_floor_r, 50, 0},
    {"open-spare", "new session where a spare is ready, first value", BRIG_UNIT_NS,
     brig_measure_spare, bare_r, brig_floor_r, 50, 0},
    {"cold", "private server started, first value", BRIG_UNIT_NS, brig_measure_cold, bare_r,
     brig_floor_r, 10, 0},
    {"eval", "1 + 1, client to client", BRIG_UNIT_NS, brig_measure_eval, hops, brig_floor_echo,
     2000, 0},
    {"tool", "tool call of the code and back", BRIG_UNIT_NS, brig_measure_tool, hops,
     brig_floor_echo, 2000, 0},
    {"bulk", "1e6 doubles back", BRIG_UNIT_NS, brig_measure_doubles, no_r, brig_floor_doubles, 50,
     FLOOR_DOUBLES_BYTES},
    {"bulk-string", "a string of 10 MB back", BRIG_UNIT_NS, brig_measure_string, no_r,
     brig_floor_string, 50, FLOOR_STRING_BYTES},
    {"memory", "PSS of brigd, template and idle sessions, per session", BRIG_UNIT_BYTES,
     brig_measure_memory, waiting_r, brig_floor_r_memory, 1, 0},
    {"memory-lm", "the same after lm() and summary()", BRIG_UNIT_BYTES, brig_measure_lm,
     "PSS of R --vanilla after them", brig_floor_r_lm, 1, 0},
    {"memory-available", "fall of MemAvailable per idle session", BRIG_UNIT_BYTES,
     brig_measure_available, waiting_r, brig_floor_r_memory, 1, 0},
    {"churn", "sessions opened, used and closed, four in flight", BRIG_UNIT_PER_SECOND,
     brig_measure_churn, "R --vanilla -e 1, four in flight", brig_floor_r_rate, 10, 0},
    {"hold", "idle sessions held at once, each of which then answers", BRIG_UNIT_COUNT,
     brig_measure_hold, "asked for", brig_floor_hold, 1, 0},
    {"neighbour-spin", "1 + 1 while another session spins in five processes", BRIG_UNIT_NS,
     brig_measure_neighbour_spin, alone, brig_floor_alone, 500, 0},
    {"neighbour-forks", "1 + 1 while another session forks without end", BRIG_UNIT_NS,
     brig_measure_neighbour_forks, alone, brig_floor_alone, 500, 0},
    {"neighbour-memory", "1 + 1 while another session takes all memory", BRIG_UNIT_NS,
     brig_measure_neighbour_memory, alone, brig_floor_alone, 500, 0},
    {"neighbour-output", "1 + 1 while another session floods its output", BRIG_UNIT_NS,
     brig_measure_neighbour_output, alone, brig_floor_alone, 500, 0},
    {"neighbour-plots", "1 + 1 while another session draws without end", BRIG_UNIT_NS,
     brig_measure_neighbour_plots, alone, brig_floor_alone, 500, 0},
    {"proto", "small messages sealed and opened by libproto, per second of processor",
     BRIG_UNIT_PER_SECOND, brig_measure_proto, "ChaCha20-Poly1305 of 32 bytes alone",
     brig_floor_cipher, 40, 0},
};

enum { MEASUREMENT_COUNT = sizeof(measurements) / sizeof(measurements[0]) };

/* How it is told. */
struct reporting {
    bool is_json;
    const char *html_path;
    FILE *page;
};

bool brig_bench_complain(const brig_client *client)
{
    (void)brig_complain(0, "%s", brig_client_error(client)->message);
    return false;
}

/* The part of the runs that this round has. */
static size_t share_of(size_t runs, size_t round)
{
    return runs * (round + 1) / ROUNDS - runs * round / ROUNDS;
}

static bool run_rounds(brig_bench *bench, const struct measurement *m, size_t runs,
                       brig_figure *figure)
{
    size_t floor_runs = m->floor == brig_floor_r && runs > R_RUNS ? R_RUNS : runs;

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t share = share_of(runs, round);

        if (share > 0 && !m->measure(bench, share, &figure->samples))
            return false;
        if (!m->floor(bench, share_of(floor_runs, round), &figure->floor)) {
            (void)brig_complain(0, "%s: the floor could not be measured", m->name);
            return false;
        }
    }
    return true;
}

static bool run_measurement(brig_bench *bench, const struct measurement *m,
                            const struct reporting *to)
{
    size_t runs = bench->runs == 0 ? m->runs : bench->runs;
    brig_figure figure = {.name = m->name,
                          .what = m->what,
                          .unit = m->unit,
                          .floor_what = m->floor_what,
                          .bytes = m->bytes};
    bool is_good = brig_samples_init(&figure.samples, runs) &&
                   brig_samples_init(&figure.floor, runs + R_RUNS) &&
                   run_rounds(bench, m, runs, &figure);

    if (is_good && to->is_json)
        brig_figure_print_json(&figure);
    else if (is_good)
        brig_figure_print_text(&figure);
    if (is_good && to->page != NULL)
        brig_page_add(to->page, &figure);
    brig_samples_done(&figure.samples);
    brig_samples_done(&figure.floor);
    return is_good;
}

/* A name stands for itself and for its variants: `open` for open-spare too. */
static bool is_named(const char *asked, const char *name)
{
    size_t len = strlen(asked);

    return strncmp(asked, name, len) == 0 && (name[len] == '\0' || name[len] == '-');
}

static bool is_asked(const char *name, int count, char *const *names)
{
    for (int i = 0; i < count; i++)
        if (is_named(names[i], name))
            return true;
    return count == 0;
}

static bool run_all(brig_bench *bench, struct reporting *to, int count, char *const *names)
{
    bool is_good = true;

    if (to->html_path != NULL && (to->page = brig_page_begin(to->html_path)) == NULL) {
        (void)brig_complain(0, "%s: %s", to->html_path, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < MEASUREMENT_COUNT && is_good; i++)
        if (is_asked(measurements[i].name, count, names))
            is_good = run_measurement(bench, &measurements[i], to);
    if (to->page != NULL && !brig_page_end(to->page)) {
        (void)brig_complain(0, "%s could not be written", to->html_path);
        is_good = false;
    }
    brig_bench_server_end(&bench->server);
    if (bench->client != NULL)
        (void)brig_client_close(bench->client);
    brig_client_free(bench->client);
    return is_good;
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

static bool set_count(const char *option, const char *argument, long most, size_t *ret_count)
{
    char *end;
    long count = strtol(argument, &end, 10);

    if (*end != '\0' || count < 1 || count > most) {
        (void)brig_complain(0, "%s wants a number from 1 to %ld, not %s", option, most, argument);
        return false;
    }
    *ret_count = (size_t)count;
    return true;
}

static bool take_option(brig_bench *bench, struct reporting *to, int option)
{
    switch (option) {
    case OPTION_JSON:
        to->is_json = true;
        return true;
    case OPTION_HTML:
        to->html_path = optarg;
        return true;
    case OPTION_RUNS:
        return set_count("--runs", optarg, MAX_RUNS, &bench->runs);
    case OPTION_SESSIONS:
        return set_count("--sessions", optarg, MAX_SESSIONS, &bench->sessions);
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
            is_known = is_known || is_named(names[i], measurements[j].name);
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
        {"html", required_argument, NULL, OPTION_HTML},
        {"runs", required_argument, NULL, OPTION_RUNS},
        {"sessions", required_argument, NULL, OPTION_SESSIONS},
        {"pin", no_argument, NULL, OPTION_PIN},
        SESSION_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    brig_bench bench = {.client = NULL};
    struct reporting to = {.page = NULL};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return fputs(usage_text, stdout) < 0 ? EXIT_INFRASTRUCTURE : EXIT_SUCCESS;
        if (!take_option(&bench, &to, option))
            return EXIT_USAGE;
    }
    if (!brig_session_options_end(&bench.session) || !are_known(argc - optind, argv + optind))
        return EXIT_USAGE;
    if (sodium_init() < 0 || !run_all(&bench, &to, argc - optind, argv + optind))
        return EXIT_INFRASTRUCTURE;
    return EXIT_SUCCESS;
}
