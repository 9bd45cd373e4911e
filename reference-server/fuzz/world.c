/* SPDX-License-Identifier: MIT */
/* A server and its client in one process, with time that stands still. */
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <brig/procedure.h>
#include <check.h>
#include <sodium.h>

#include "clock.h"
#include "fake_template.h"
#include "fakes.h"

enum {
    PUMPS = 400,       /* more turns without rest, and something turns for ever */
    SOCKET_BYTES = 0,  /* the kernel's least: slow readers are met soon */
    SETTLE_MS = 60000, /* longer than any limit below and what follows from it */
};

static const uint8_t psk[BRIG_KEY_BYTES] = {7};

/* Limits that a short script reaches. */
#define SMALL_LIMITS \
    { \
        .deadline_ms = 2000, .grace_ms = 400, .idle_ms = 20000, .cpu_ms = 1000, \
        .memory_bytes = 1 << 20, .processes = 4, .open_files = 16, .file_bytes = 4096, \
        .workspace_bytes = 4096, .workspace_files = 16, .output_bytes = 2000, .code_bytes = 100, \
        .value_bytes = 200, .message_bytes = 1 << 20, .displays = 3, .display_bytes = 100, \
        .display_pixels = 10000, .tool_calls = 20, .tool_calls_open = 3 \
    }

static const char *const client_env[] = {"LANG"};

static const brig_profile profiles[] = {
    {.name = "standard",
     .engine = "r",
     .spares = 1,
     .client_env = {client_env, 1},
     .limits = SMALL_LIMITS},
    {.name = "strict", .engine = "r", .isolated = true, .limits = SMALL_LIMITS},
};

static const brig_config config = {
    .profiles = profiles,
    .profile_count = 2,
    .uid_base = 200000,
    .max_connections = 4,
    .handshake_ms = 5000,
    .buffer_bytes = UINT64_C(2) * BRIG_LIMIT_MAX_MESSAGE_BYTES,
    .template_sessions = 5,
    .audit = {.path = "audit", .refuses = true, .has_code = true},
};

static int lowest_free_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0, "%d", errno);
    (void)close(fd);
    return fd;
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
int __wrap_uv_loop_close(uv_loop_t *loop);
int __real_uv_loop_close(uv_loop_t *loop);
/* NOLINTEND(bugprone-reserved-identifier) */

int __wrap_uv_loop_close(uv_loop_t *loop)
{
    int status = __real_uv_loop_close(loop);

    CHECK(status == 0, "the loop is in use: %s", uv_strerror(status));
    return status;
}

/* ---- the client ---- */

static size_t find_call(const struct world *world, uint64_t id)
{
    size_t at = 0;

    while (at < world->call_count && world->calls[at].id != id)
        at++;
    return at;
}

/* What the registry says of an answer's parts; of files and values only the code knows more. */
static void check_map(brig_record record, brig_span encoded)
{
    brig_tree *tree = NULL;
    brig_problem problem = {.text = ""};

    CHECK(brig_tree_new(encoded, &tree) == BRIG_OK, "an answer that cannot be read");
    CHECK(brig_record_check(record, brig_tree_root(tree), &problem) == BRIG_OK, "record %d: %s: %s",
          (int)record, problem.path, problem.text);
    brig_tree_free(tree);
}

static void check_result(brig_procedure procedure, const brig_message *message)
{
    static const brig_record records[BRIG_PROCEDURE_COUNT] = {
        [BRIG_PROCEDURE_OPEN] = BRIG_RECORD_OPENED, [BRIG_PROCEDURE_DEFINE] = BRIG_RECORD_DEFINED,
        [BRIG_PROCEDURE_RESET] = BRIG_RECORD_RESET, [BRIG_PROCEDURE_CANCEL] = BRIG_RECORD_CANCELLED,
        [BRIG_PROCEDURE_INFO] = BRIG_RECORD_INFO,   [BRIG_PROCEDURE_PING] = BRIG_RECORD_PONG,
    };

    if (records[procedure] != 0)
        check_map(records[procedure], message->body);
    if (brig_procedure_is_code(procedure))
        check_map(BRIG_RECORD_CODE_META, message->extra);
}

static void on_answer(struct world *world, const brig_message *message)
{
    size_t at = find_call(world, message->id);

    CHECK(at < world->call_count, "an answer to no call");
    if (message->type == BRIG_MESSAGE_RESULT) {
        check_result(world->calls[at].procedure, message);
    } else {
        brig_error_code code = brig_error_find(message->name);

        CHECK(code < BRIG_ERROR_COUNT, "code %.*s", (int)message->name.len,
              (const char *)message->name.data);
        CHECK(brig_span_is(message->class_, brig_error_class(code)), "its class");
    }
    world->calls[at] = world->calls[--world->call_count];
}

static void on_event_message(struct world *world, const brig_message *message)
{
    size_t at = find_call(world, message->id);

    CHECK(at < world->call_count && brig_procedure_is_code(world->calls[at].procedure),
          "an event of no code call");
    check_map(BRIG_RECORD_EVENT_META, message->extra);
}

static void on_message(struct world *world, const brig_message *message)
{
    switch (message->type) {
    case BRIG_MESSAGE_CALL:
        CHECK(world->asked_count < WORLD_CALLS, "more calls than may be open");
        world->asked[world->asked_count++] = message->id;
        if (brig_span_is(message->name, "brig.input"))
            check_map(BRIG_RECORD_INPUT, message->body);
        if (!brig_span_is(message->name, "brig.cancel"))
            check_map(BRIG_RECORD_TOOL_OPTIONS, message->extra);
        break;
    case BRIG_MESSAGE_EVENT:
        on_event_message(world, message);
        break;
    default:
        on_answer(world, message);
        break;
    }
}

static void drain_client(struct world *world)
{
    brig_event event;
    brig_status status;

    while ((status = brig_conn_next(world->client, &event)) == BRIG_OK) {
        if (event.type == BRIG_EVENT_MESSAGE)
            on_message(world, &event.message);
        else if (event.type == BRIG_EVENT_CLOSED)
            world->is_client_over = true;
    }
    /* The server is never at fault: the client's own connection judges what it says. */
    CHECK(status == BRIG_AGAIN || status == BRIG_CLOSED, "%s", brig_status_name(status));
}

static bool read_client(struct world *world)
{
    bool has_moved = false;

    while (world->client_fd >= 0 && !world->is_client_deaf && !world->is_client_over) {
        brig_room room = brig_conn_room(world->client);
        ssize_t got = room.len == 0 ? -1 : read(world->client_fd, room.data, room.len);

        if (got < 0)
            break;
        has_moved = true;
        if (got == 0) {
            world->is_client_over = true;
            break;
        }
        brig_conn_filled(world->client, (size_t)got);
        drain_client(world);
    }
    return has_moved;
}

static bool write_client(struct world *world)
{
    bool has_moved = false;

    while (world->client_fd >= 0) {
        brig_span out = brig_conn_output(world->client);
        ssize_t put = out.len == 0 ? -1 : send(world->client_fd, out.data, out.len, MSG_NOSIGNAL);

        if (put <= 0)
            break;
        has_moved = true;
        brig_conn_sent(world->client, (size_t)put);
    }
    return has_moved;
}

void world_call(struct world *world, brig_procedure procedure, brig_span args, brig_span options)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL,
                               .name = brig_span_text(brig_procedure_name(procedure)),
                               .body = args,
                               .extra = options};
    uint64_t id = 0;

    if (world->call_count == WORLD_CALLS || brig_conn_send(world->client, &call, &id) != BRIG_OK)
        return;
    world->calls[world->call_count].id = id;
    world->calls[world->call_count++].procedure = procedure;
}

void world_answer(struct world *world, const brig_message *answer)
{
    if (brig_conn_send(world->client, answer, NULL) != BRIG_OK ||
        answer->type == BRIG_MESSAGE_EVENT)
        return;
    for (size_t i = 0; i < world->asked_count; i++) {
        if (world->asked[i] == answer->id)
            world->asked[i--] = world->asked[--world->asked_count];
    }
}

void world_leave(struct world *world)
{
    if (world->client_fd >= 0)
        (void)close(world->client_fd);
    world->client_fd = -1;
    world->is_client_over = true;
}

/* ---- all together ---- */

void world_pump(struct world *world)
{
    int quiet = 0;

    for (int i = 0; i < PUMPS && quiet < 2; i++) { /* closing handles takes a turn of its own */
        bool has_moved = write_client(world);

        (void)uv_run(&brig_server_loop(world->server)->uv, UV_RUN_NOWAIT);
        has_moved |= read_client(world);
        has_moved |= world_move_workers(world);
        quiet = has_moved ? 0 : quiet + 1;
    }
    CHECK(quiet == 2, "no rest");
}

static void pump(void *context)
{
    world_pump(context);
}

void world_wait(struct world *world, uint64_t ms)
{
    clock_advance(ms, pump, world);
    world_pump(world);
}

static void connect_client(struct world *world)
{
    brig_conn_config client = {.side = BRIG_SIDE_CLIENT,
                               .suite = BRIG_SUITE_LOCAL,
                               .ephemeral = {8, 1},
                               .software = "a fuzzer",
                               .max_message_bytes = 1 << 20,
                               .max_output_bytes = 1 << 20};
    int least = SOCKET_BYTES;
    int pair[2];

    memcpy(client.psk, psk, sizeof(psk));
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0, "%d",
          errno);
    for (int i = 0; i < 2; i++)
        CHECK(setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)) == 0, "%d", errno);
    CHECK(brig_conn_new(&client, &world->client) == BRIG_OK, "client");
    CHECK(brig_server_serve(world->server, pair[0], psk) == BRIG_OK, "serve");
    world->client_fd = pair[1];
    world_pump(world);
    CHECK(brig_conn_is_ready(world->client), "the handshake");
}

void world_begin(struct world *world)
{
    brig_server_config server = {.config = &config, .worker_path = "/nowhere"};
    char error[256] = "";

    CHECK(sodium_init() >= 0, "sodium");
    clock_begin();
    fake_counters = (struct fake_counters){.cpu_ms = 0};
    *world = (struct world){.lowest_fd = lowest_free_fd()};
    for (size_t i = 0; i < WORLD_WORKERS; i++) {
        world->workers[i].channel_fd = world->workers[i].supervisor_fd = -1;
        world->workers[i].raw_fds[0] = world->workers[i].raw_fds[1] = -1;
        world->workers[i].life_fd = -1;
    }
    CHECK(brig_server_new(&server, error, sizeof(error), &world->server) == BRIG_OK, "%s", error);
    CHECK(brig_server_open_audit(world->server, error, sizeof(error)) == BRIG_OK, "%s", error);
    connect_client(world);
}

/* Whatever has happened: with everybody regular again, each call ends in its time. */
static void settle(struct world *world)
{
    world->is_client_deaf = world->is_shim_slow = world->is_engine_slow = false;
    world->is_template_slow = false;
    fake_counters.is_audit_refusing = false;
    for (size_t i = 0; i < WORLD_WORKERS; i++)
        world->workers[i].is_deaf = false;
    world_pump(world);
    world_wait(world, SETTLE_MS);
    CHECK(world->call_count == 0 || world->is_client_over, "%zu calls without an end: the first %s",
          world->call_count, brig_procedure_name(world->calls[0].procedure));
}

void world_end(struct world *world)
{
    settle(world);
    brig_server_stop(world->server);
    world_pump(world);
    world_leave(world);
    world_wait(world, SETTLE_MS);
    CHECK(fake_template_is_none_left(), "a template is left");
    CHECK(uv_run(&brig_server_loop(world->server)->uv, UV_RUN_NOWAIT) == 0, "handles are left");
    brig_server_free(world->server);
    brig_conn_free(world->client);
    for (size_t i = 0; i < WORLD_WORKERS; i++)
        world_forget(&world->workers[i]);
    CHECK(lowest_free_fd() == world->lowest_fd, "a descriptor is left");
}
