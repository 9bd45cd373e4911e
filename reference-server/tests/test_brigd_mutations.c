/* SPDX-License-Identifier: MIT */
/* What a worker sends, changed by chance: whatever it was, the call ends once with an end that a
 * worker can have, and everything else goes on (spec 11.2). `test_brigd_mutations FIRST COUNT` runs
 * other seeds than the tests do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "live_server.h"

enum {
    FIRST_SEED = 1,
    SEEDS = 200,
    MESSAGES = 24, /* of a seed */
    LONG_MS = 60000,
    GROWTH_BYTES = 8388608,
};

/* The codes of a call whose worker lies at will: its own, and what the server finds. */
static const struct {
    const char *code;
    const char *reason;
    const char *state;
} ends[] = {
    {"", "", ""}, /* RESULT */
    {"parse", "", "kept"},
    {"runtime", "", "kept"},
    {"cancelled", "", "kept"},
    {"bad_arguments", "", "kept"},
    {"unknown_tool", "", "kept"},
    {"exited", "", "lost"},
    {"crashed", "protocol", "lost"},
};

static unsigned end_counts[sizeof(ends) / sizeof(ends[0])];

static void check_end(unsigned seed, const live_end *end)
{
    size_t i = 0;

    while (i < sizeof(ends) / sizeof(ends[0]) &&
           (strcmp(end->code, ends[i].code) != 0 || strcmp(end->reason, ends[i].reason) != 0 ||
            strcmp(end->state, ends[i].state) != 0))
        i++;
    CHECK(i < sizeof(ends) / sizeof(ends[0]), "seed %u: %s, %s, %s", seed, end->code, end->reason,
          end->state);
    CHECK(end->has_usage && end->generation > 0, "seed %u: usage and generation", seed);
    end_counts[i]++;
}

static void open_session(const live_server *server, live_client *client)
{
    live_join(server, client);
    live_end end = live_wait(client, live_send_open(client, "idle_ms", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error, "a session opens: %s", end.code);
}

/* The client decodes all that it gets, takes calls of its own tool alone, and no event of a call
 * that has ended. */
static void run_seed(live_client *client, unsigned seed)
{
    char code[64];

    (void)snprintf(code, sizeof(code), "mutate %u %u", seed, (unsigned)MESSAGES);
    live_end end = live_wait(client, live_send_code(client, code, LONG_MS), LIVE_ANSWER);
    check_end(seed, &end);
    end = live_wait(client, live_send(client, "brig.reset", NULL), LIVE_IGNORE);
    CHECK(!end.is_error, "seed %u: reset: %s", seed, end.code);
    end = live_wait(client, live_send_code(client, "", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error && end.value == 1, "seed %u: the new worker works: %s", seed, end.code);
}

static void check_growth(uint64_t before_bytes, uint64_t now_bytes)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    /* A sanitizer keeps what is freed: nothing can be said of the server's own growth. */
    (void)fprintf(stderr, "%llu bytes and then %llu, not judged under a sanitizer\n",
                  (unsigned long long)before_bytes, (unsigned long long)now_bytes);
#else
    CHECK(now_bytes < before_bytes + GROWTH_BYTES, "the server grows: %llu bytes",
          (unsigned long long)now_bytes);
#endif
}

int main(int argc, char *argv[])
{
    unsigned first = argc > 2 ? (unsigned)strtoul(argv[1], NULL, 10) : FIRST_SEED;
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : SEEDS;
    live_server server;
    live_client attacker;
    live_client bystander;

    live_server_start_with(&server, LIVE_NO_SPARES);
    open_session(&server, &attacker);
    open_session(&server, &bystander);
    run_seed(&attacker, first);
    live_holdings quiet = live_server_settle(&server);
    uint64_t before_bytes = live_server_memory_bytes(&server);
    for (unsigned seed = first; seed < first + count; seed++)
        run_seed(&attacker, seed);
    live_end end = live_wait(&bystander, live_send_code(&bystander, "", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error && end.value == 1, "another session is as it was: %s", end.code);
    live_server_await(&server, &quiet, "after all seeds");
    check_growth(before_bytes, live_server_memory_bytes(&server));
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        (void)printf("%6u %s %s %s\n", end_counts[i], ends[i].code, ends[i].reason, ends[i].state);
    live_leave(&attacker);
    live_leave(&bystander);
    live_server_stop(&server);
    return 0;
}
