/* SPDX-License-Identifier: MIT */
/* The self-test of a template: bait, a session, a verdict. ARCHITECTURE.md, "The self-test". */
#include "selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <brig/pack.h>
#include <sodium.h>

#define BAIT_VARIABLE "BRIG_SELF_TEST_BAIT"

enum {
    BAIT_BYTES = 4096,
    PATIENCE_MS = 60000,
    RANDOM_BYTES = 16,
};

/* Of these, those that we can read ourselves and the profile does not grant. */
static const char *const host_files[] = {
    "/etc/shadow",          "/etc/hostname", "/etc/machine-id", "/etc/fstab",
    "/var/lib/dpkg/status", "/home",         "/root",           "/boot",
};

struct brig_selftest {
    brig_selftest_config config;
    brig_worker *worker; /* NULL when it is gone or abandoned */
    uv_timer_t timer;
    int sockets[2]; /* that the probes try to reach */
    brig_buffer bait;
    uint64_t call_id;
    uint64_t started_ms;
    brig_verdict_facts facts;
    brig_selftest_result result;
};

static void close_sockets(brig_selftest *test)
{
    for (int i = 0; i < 2; i++) {
        if (test->sockets[i] >= 0)
            (void)close(test->sockets[i]);
        test->sockets[i] = -1;
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    brig_selftest *test = handle->data;

    brig_buffer_done(&test->bait);
    free(test);
}

/* Nothing more is expected: the session is killed, and the memory goes when the timer is closed. */
static void end(brig_selftest *test)
{
    if (test->worker != NULL)
        brig_worker_abandon(test->worker);
    test->worker = NULL;
    close_sockets(test);
    uv_close((uv_handle_t *)&test->timer, on_timer_closed);
}

static void conclude(brig_selftest *test)
{
    brig_selftest_result *result = &test->result;

    result->took_ms = brig_now_ms() - test->started_ms;
    end(test); /* before the owner is told: it may end the template */
    test->config.on_done(test->config.owner, result);
}

static void give_up(brig_selftest *test, const char *why)
{
    (void)snprintf(test->result.failure, sizeof(test->result.failure), "%s", why);
    conclude(test);
}

static void on_timeout(uv_timer_t *timer)
{
    give_up(timer->data, "the probes did not end in time");
}

static void on_ready(void *owner, const brig_value *report)
{
    brig_selftest *test = owner;

    test->facts.landlock_abi = (int)brig_value_get_uint(report, "landlock_abi", 0);
    if (brig_worker_call(test->worker, brig_span_text("probe"), (brig_span){NULL, 0},
                         &test->call_id) != BRIG_OK)
        give_up(test, "the probes cannot be asked for");
}

static void on_failed(void *owner, brig_error_code code, const char *why, brig_span data)
{
    (void)code;
    (void)data;
    give_up(owner, why);
}

static bool read_outcomes(brig_span encoded, brig_probe_outcomes *ret_outcomes)
{
    brig_tree *tree = NULL;
    bool is_complete = brig_tree_new(encoded, &tree) == BRIG_OK;

    for (unsigned probe = 0; is_complete && probe < BRIG_PROBE_COUNT; probe++) {
        const brig_value *row =
            brig_value_get(brig_tree_root(tree), brig_probe_name((brig_probe)probe));

        is_complete =
            row != NULL && row->kind == BRIG_ARRAY && row->array.count == BRIG_PROBE_STAGE_COUNT;
        for (unsigned stage = 0; is_complete && stage < BRIG_PROBE_STAGE_COUNT; stage++) {
            const brig_value *item = &row->array.items[stage];

            is_complete = item->kind == BRIG_INT && item->integer >= BRIG_PROBE_NOT_TRIED &&
                          item->integer <= INT16_MAX;
            ret_outcomes->at[stage][probe] = (int16_t)(is_complete ? item->integer : 0);
        }
    }
    brig_tree_free(tree);
    return is_complete;
}

static void on_message(void *owner, const brig_message *message)
{
    brig_selftest *test = owner;
    brig_selftest_result *result = &test->result;
    brig_probe_outcomes outcomes;

    if (message->type != BRIG_MESSAGE_RESULT || message->id != test->call_id ||
        !read_outcomes(message->body, &outcomes)) {
        give_up(test, "the probes' answer is unreadable");
        return;
    }
    result->is_judged = true;
    result->is_passed = brig_verdicts_make(&outcomes, &test->facts, result->verdicts,
                                           result->failure, sizeof(result->failure)) == BRIG_OK;
    conclude(test);
}

static void on_violation(void *owner, const brig_value *what)
{
    brig_selftest *test = owner;

    if (brig_value_is_text(brig_value_get(what, "kind"), "exec"))
        test->facts.exec_violations++;
    if (brig_value_is_text(brig_value_get(what, "kind"), "socket"))
        test->facts.socket_violations++;
}

static void on_gone(void *owner, const brig_worker_end *how)
{
    brig_selftest *test = owner;

    (void)how;
    test->worker = NULL;
    give_up(test, "the session of the probes ended before they did");
}

static void on_raw(void *owner, brig_raw_stream stream, brig_span bytes)
{
    (void)owner;
    (void)stream;
    (void)bytes;
}

static void on_file(void *owner, uint64_t id, const brig_message *answer)
{
    (void)owner;
    (void)id;
    (void)answer;
}

static void on_quiet(void *owner)
{
    (void)owner;
}

/* After on_failed the test is over and the worker has been abandoned: on_gone does not come. */
static const brig_worker_events worker_events = {
    .on_ready = on_ready,
    .on_failed = on_failed,
    .on_message = on_message,
    .on_raw = on_raw,
    .on_interrupted = on_quiet,
    .on_file = on_file,
    .on_violation = on_violation,
    .on_written = on_quiet,
    .on_gone = on_gone,
};

static bool is_listed(const brig_strings *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++) {
        size_t len = strlen(paths->items[i]);

        if (strncmp(paths->items[i], path, len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return true;
    }
    return false;
}

/* A file that we cannot open ourselves would prove nothing. */
static bool is_bait(const brig_profile *profile, const char *path)
{
    int fd = -1;

    if (!is_listed(&profile->read_only, path) && !is_listed(&profile->libraries, path))
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static void pack_files(const brig_profile *profile, brig_buffer *to)
{
    enum { FILE_COUNT = sizeof(host_files) / sizeof(host_files[0]) };
    const char *found[FILE_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < FILE_COUNT; i++)
        if (is_bait(profile, host_files[i]))
            found[count++] = host_files[i];
    brig_pack_cstring(to, "files");
    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_bin(to, brig_span_text(found[i]));
}

static bool listen_on(int *fd, const struct sockaddr *name, socklen_t name_bytes)
{
    *fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *fd >= 0 && bind(*fd, name, name_bytes) == 0 && listen(*fd, 1) == 0;
}

/* Two listeners on this machine; nobody ever takes a connection of theirs. */
static brig_status lay_sockets(brig_selftest *test)
{
    struct sockaddr_in tcp = {.sin_family = AF_INET};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    socklen_t tcp_bytes = sizeof(tcp);
    uint8_t random[RANDOM_BYTES];
    char name[2 * RANDOM_BYTES + 1];

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(name, sizeof(name), random, sizeof(random));
    memcpy(local.sun_path + 1, name, sizeof(name) - 1);
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!listen_on(&test->sockets[0], (const struct sockaddr *)&tcp, sizeof(tcp)) ||
        getsockname(test->sockets[0], (struct sockaddr *)&tcp, &tcp_bytes) != 0 ||
        !listen_on(&test->sockets[1], (const struct sockaddr *)&local,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name))))
        return BRIG_SYSTEM;
    brig_pack_key_uint(&test->bait, "port", ntohs(tcp.sin_port));
    brig_pack_key_text(&test->bait, "name", name);
    return BRIG_OK;
}

static brig_status lay_bait(brig_selftest *test)
{
    brig_pack_map(&test->bait, 4);
    brig_pack_key_text(&test->bait, "variable", BAIT_VARIABLE);
    pack_files(test->config.profile, &test->bait);
    brig_status status = lay_sockets(test);
    return status == BRIG_OK ? test->bait.fault : status;
}

static brig_status begin(brig_selftest *test)
{
    static const uint8_t empty_map[] = {0x80};
    brig_worker_config worker = {
        .loop = test->config.loop,
        .template = test->config.template,
        .groups = test->config.groups,
        .limits = &test->config.profile->limits,
        .open_args = {empty_map, sizeof(empty_map)},
        .probe = brig_buffer_span(&test->bait),
        .events = &worker_events,
        .owner = test,
        .on_freed = test->config.on_freed,
        .server = test->config.server,
    };

    return brig_worker_new(&worker, &test->worker);
}

brig_status brig_selftest_new(const brig_selftest_config *config, brig_selftest **ret_test)
{
    brig_selftest *test = calloc(1, sizeof(*test));

    if (test == NULL)
        return BRIG_NO_MEMORY;
    test->config = *config;
    test->sockets[0] = -1;
    test->sockets[1] = -1;
    test->started_ms = brig_now_ms();
    test->facts.profile = config->profile;
    test->result.profile = config->profile;
    brig_buffer_init(&test->bait, BAIT_BYTES);
    brig_status status = lay_bait(test);
    if (status == BRIG_OK)
        status = begin(test);
    if (status != BRIG_OK) {
        close_sockets(test);
        brig_buffer_done(&test->bait);
        free(test);
        return status;
    }
    (void)uv_timer_init(&config->loop->uv, &test->timer);
    test->timer.data = test;
    (void)uv_timer_start(&test->timer, on_timeout, PATIENCE_MS, 0);
    *ret_test = test;
    return BRIG_OK;
}

void brig_selftest_cancel(brig_selftest *test)
{
    end(test);
}

brig_status brig_selftest_lay_bait(void)
{
    uint8_t random[RANDOM_BYTES];
    char secret[2 * RANDOM_BYTES + 1];

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(secret, sizeof(secret), random, sizeof(random));
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): brigd has one thread */
    return setenv(BAIT_VARIABLE, secret, 1) == 0 ? BRIG_OK : BRIG_SYSTEM;
}
