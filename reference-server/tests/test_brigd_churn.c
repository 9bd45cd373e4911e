/* SPDX-License-Identifier: MIT */
/* test_brigd_churn [COUNT]: sessions that come and go in every way leave nothing in the server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "check.h"
#include "live_server.h"

enum {
    USUAL_COUNT = 300, /* as a test; 10000 takes minutes */
    WARM_UP = 100,     /* sessions until the server's memory is what it will be: at least, ... */
    WARM_UP_SHARE = 5, /* ... or one in so many: how many are being ended at once varies */
    LONG_MS = 60000,
    SETTLE_S = 2, /* brigd gives back what it has freed after half a second */
    KIB = 1024,
    /* One per cent, but not less than the allocator and the kernel's own counting move by. */
    GROWTH_PERCENT = 1,
    GROWTH_BYTES = 131072,
};

static void use_and_leave(const live_server *server)
{
    live_client client;

    live_server_open(server, &client);
    live_server_eval(&client, "say hi\ntool echo");
    live_leave(&client);
}

static void leave_unused(const live_server *server)
{
    live_client client;

    live_server_open(server, &client);
    live_leave(&client);
}

static void vanish_while_code_runs(const live_server *server)
{
    live_client client;

    live_server_open(server, &client);
    (void)live_send_code(&client, "flood 1000\ndeaf", LONG_MS);
    live_abandon(&client);
}

static void vanish_while_opening(const live_server *server)
{
    live_client client;

    live_join(server, &client);
    brig_event event;
    CHECK(live_next(&client, &event) && event.type == BRIG_EVENT_READY, "a client is let in");
    (void)live_send(&client, "brig.open", NULL);
    live_abandon(&client);
}

static void vanish_before_hello(const live_server *server)
{
    live_client client;

    live_join(server, &client);
    live_flush(&client);
    live_abandon(&client);
}

static void reset_and_leave(const live_server *server)
{
    live_client client;

    live_server_open(server, &client);
    live_end end = live_wait(&client, live_send(&client, "brig.reset", NULL), LIVE_IGNORE);
    CHECK(!end.is_error, "a reset: %s", end.code);
    live_server_eval(&client, "say hi");
    live_leave(&client);
}

static void lose_worker_and_vanish(const live_server *server)
{
    live_client client;

    live_server_open(server, &client);
    live_end end = live_wait(&client, live_send_code(&client, "signal 9", LONG_MS), LIVE_IGNORE);
    CHECK(strcmp(end.code, "crashed") == 0, "a crash: %s", end.code);
    live_abandon(&client);
}

static void (*const ways[])(const live_server *server) = {
    use_and_leave,       leave_unused,    vanish_while_code_runs, vanish_while_opening,
    vanish_before_hello, reset_and_leave, lose_worker_and_vanish,
};

static void run_sessions(const live_server *server, long count)
{
    for (long i = 0; i < count; i++)
        ways[(size_t)i % (sizeof(ways) / sizeof(ways[0]))](server);
}

static size_t count_mounts(const live_server *server)
{
    char path[64];
    size_t count = 0;
    int byte = 0;

    (void)snprintf(path, sizeof(path), "/proc/%ld/mountinfo", (long)server->pid);
    FILE *file = fopen(path, "re");
    CHECK(file != NULL, "brigd lives");
    while ((byte = fgetc(file)) != EOF)
        count += byte == '\n' ? 1 : 0;
    (void)fclose(file);
    return count;
}

static uint64_t settled_memory(const live_server *server)
{
    (void)sleep(SETTLE_S);
    return live_server_memory_bytes(server);
}

static void check_growth(uint64_t memory, long long growth)
{
    long long most = (long long)memory / 100 * GROWTH_PERCENT;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they keep what is freed */
    CHECK(growth <= (most > GROWTH_BYTES ? most : GROWTH_BYTES), "memory is not given back");
#else
    (void)most;
    (void)growth;
#endif
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : USUAL_COUNT;
    live_server server;

    CHECK(count > 0, "usage: test_brigd_churn [COUNT]");
    live_server_start_with(&server, LIVE_NO_SPARES);
    live_holdings before = live_server_holdings(&server);
    size_t mounts = count_mounts(&server);
    run_sessions(&server, count / WARM_UP_SHARE > WARM_UP ? count / WARM_UP_SHARE : WARM_UP);
    live_server_await(&server, &before, "after the first sessions");
    uint64_t memory = settled_memory(&server);
    run_sessions(&server, count);
    live_server_await(&server, &before, "after all sessions");
    CHECK(count_mounts(&server) == mounts, "no mount is left");
    long long growth = (long long)settled_memory(&server) - (long long)memory;
    (void)printf("%ld sessions: %u descriptors, %u processes, %zu mounts as before; "
                 "resident memory %llu KiB, then %+lld KiB\n",
                 count, before.descriptors, before.processes, mounts,
                 (unsigned long long)memory / KIB, growth / KIB);
    check_growth(memory, growth);
    live_server_stop(&server);
    return 0;
}
