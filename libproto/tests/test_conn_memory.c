/* SPDX-License-Identifier: MIT */
/* Memory: every allocation may fail, and small messages need none. */
#include <brig/conn.h>

#include "check.h"
#include "pair.h"

enum { WARM_UP = 1000, EXCHANGES = 2000 };

/* The linker sends the library's allocations here (-Wl,--wrap). */
void *real_malloc(size_t size) __asm__("__real_malloc");
void *real_calloc(size_t count, size_t size) __asm__("__real_calloc");
void *real_realloc(void *old, size_t size) __asm__("__real_realloc");
void *bounded_malloc(size_t size) __asm__("__wrap_malloc");
void *bounded_calloc(size_t count, size_t size) __asm__("__wrap_calloc");
void *bounded_realloc(void *old, size_t size) __asm__("__wrap_realloc");

static size_t allocation_count;
static size_t failing_allocation = SIZE_MAX; /* this one and all behind it */

static int may_allocate(void)
{
    return allocation_count++ < failing_allocation;
}

void *bounded_malloc(size_t size)
{
    return may_allocate() ? real_malloc(size) : NULL;
}

void *bounded_calloc(size_t count, size_t size)
{
    return may_allocate() ? real_calloc(count, size) : NULL;
}

void *bounded_realloc(void *old, size_t size)
{
    return may_allocate() ? real_realloc(old, size) : NULL;
}

/* Nothing but "no memory", and what follows from it for the other side. */
static void check_status(brig_status status, size_t failing)
{
    CHECK(status == BRIG_OK || status == BRIG_AGAIN || status == BRIG_NO_MEMORY ||
              status == BRIG_STATE || status == BRIG_CLOSED,
          "allocation %zu: %s", failing, brig_status_name(status));
}

/* The next events of one side; calls are answered. Returns how many there were. */
static size_t serve(brig_conn *from, brig_conn *to, size_t failing)
{
    size_t count = 0;
    brig_status status;
    brig_event event;

    while ((status = next_of(from, to, &event)) == BRIG_OK) {
        count++;
        if (event.type != BRIG_EVENT_MESSAGE || event.message.type != BRIG_MESSAGE_CALL)
            continue;
        static const uint8_t value[6 * BRIG_LIMIT_FRAGMENT_BYTES] = {0xc6, 0, 5, 0xff, 0x8f};
        const brig_message answer = {
            .type = BRIG_MESSAGE_RESULT, .id = event.message.id, .body = {value, sizeof(value)}};

        check_status(brig_conn_send(to, &answer, NULL), failing);
    }
    check_status(status, failing);
    return count;
}

/* A session with a call held back, a large answer and CLOSE. Returns how many events it had. */
static size_t run_session(size_t failing)
{
    const brig_conn_config client_config = puppet_config(BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED);
    const brig_conn_config server_config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_KEYED);
    const brig_message call = call_of("brig.eval");
    struct pair pair = {NULL, NULL};
    size_t events = 0;

    allocation_count = 0;
    failing_allocation = failing;
    check_status(brig_conn_new(&client_config, &pair.client), failing);
    check_status(brig_conn_new(&server_config, &pair.server), failing);
    if (pair.client != NULL && pair.server != NULL) {
        check_status(brig_conn_send(pair.client, &call, NULL), failing);
        for (int i = 0; i < 3; i++) {
            events += serve(pair.client, pair.server, failing);
            events += serve(pair.server, pair.client, failing);
        }
        brig_conn_close(pair.client, BRIG_CLOSE_DONE, "enough");
        events += serve(pair.client, pair.server, failing);
        events += serve(pair.server, pair.client, failing);
    }
    failing_allocation = SIZE_MAX;
    free_pair(&pair);
    return events;
}

static void every_allocation_may_fail(void)
{
    enum { ALL_EVENTS = 6 }; /* 2 READY, CALL, RESULT, 2 CLOSED */
    size_t failing = 0;

    CHECK(run_session(SIZE_MAX) == ALL_EVENTS, "%zu events", run_session(SIZE_MAX));
    size_t needed = allocation_count;
    CHECK(needed > 10, "%zu allocations", needed);
    for (; failing < needed; failing++)
        CHECK(run_session(failing) < ALL_EVENTS, "allocation %zu was not needed", failing);
    CHECK(run_session(needed) == ALL_EVENTS, "all allocations");
}

static void small_messages_need_no_memory(void)
{
    struct pair pair = new_pair(BRIG_SUITE_LOCAL);
    size_t before = 0;

    connect_pair(&pair);
    for (uint64_t id = 1; id <= EXCHANGES; id++) {
        if (id == WARM_UP)
            before = allocation_count;
        send_ok(pair.client, call_of("brig.ping"));
        expect_message(pair.client, pair.server, BRIG_MESSAGE_CALL, id);
        send_ok(pair.server, answer_to(id));
        expect_message(pair.server, pair.client, BRIG_MESSAGE_RESULT, id);
    }
    CHECK(allocation_count == before, "%zu allocations", allocation_count - before);
    free_pair(&pair);
}

/* A stranger that announces a large first record gets no memory for it. */
static void strangers_get_little_memory(void)
{
    const brig_conn_config config = puppet_config(BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL);
    static struct puppet puppet;
    brig_conn *conn = puppet_conn(&config);
    brig_event event;

    puppet_begin(&puppet, BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL);
    CHECK(puppet_feed(conn, puppet.stream, puppet.len) == puppet.len, "one read");
    CHECK(brig_conn_next(conn, &event) == BRIG_AGAIN, "handshake");
    size_t before = allocation_count;
    CHECK(brig_conn_room(conn).len <= BRIG_LIMIT_HELLO_BYTES, "room");
    CHECK(allocation_count - before <= 1, "%zu allocations", allocation_count - before);
    brig_conn_free(conn);
}

int main(void)
{
    every_allocation_may_fail();
    small_messages_need_no_memory();
    strangers_get_little_memory();
    return EXIT_SUCCESS;
}
