/* SPDX-License-Identifier: MIT */
/* The engine of a self-test: tries the probes where code would run, and tells what came of all. */
#include "probe_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <brig/link.h>
#include <brig/pack.h>

enum { LINK_BYTES = 65536 };

static const char *const names[BRIG_PROBE_COUNT] = {
#define PROBE_NAME(probe, name, what) [BRIG_PROBE_##probe] = (name),
    BRIG_PROBES(PROBE_NAME)
#undef PROBE_NAME
};

static brig_probe_board *board; /* set before the fork, as all of an engine's state */

void brig_probe_engine_take(brig_probe_board *probes)
{
    board = probes;
}

static void send_message(brig_link *link, const brig_message *message)
{
    if (brig_link_send(link, message) != BRIG_OK)
        _exit(EXIT_FAILURE);
    for (;;) {
        brig_span output = brig_link_output(link);
        ssize_t sent = output.len == 0 ? 0 : write(BRIG_WORKER_FD, output.data, output.len);

        if (output.len == 0)
            return;
        if (sent < 0 && errno != EINTR)
            _exit(EXIT_SUCCESS);
        if (sent > 0)
            brig_link_sent(link, (size_t)sent);
    }
}

static brig_message receive(brig_link *link)
{
    brig_message message;

    for (;;) {
        brig_status status = brig_link_next(link, &message);
        brig_room room;
        ssize_t got;

        if (status == BRIG_OK)
            return message;
        if (status != BRIG_AGAIN)
            _exit(EXIT_FAILURE);
        room = brig_link_room(link);
        got = read(BRIG_WORKER_FD, room.data, room.len);
        if (got == 0 || (got < 0 && errno != EINTR))
            _exit(EXIT_SUCCESS);
        if (got > 0)
            brig_link_filled(link, (size_t)got);
    }
}

/* {name: [outcome of each stage]} */
static void pack_outcomes(brig_buffer *to)
{
    brig_pack_map(to, BRIG_PROBE_COUNT);
    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++) {
        brig_pack_cstring(to, names[probe]);
        brig_pack_array(to, BRIG_PROBE_STAGE_COUNT);
        for (unsigned stage = 0; stage < BRIG_PROBE_STAGE_COUNT; stage++)
            brig_pack_int(to, board->outcomes.at[stage][probe]);
    }
}

static void answer(brig_link *link, const brig_message *call)
{
    brig_message result = {.type = BRIG_MESSAGE_RESULT, .id = call->id};
    brig_buffer value;

    brig_buffer_init(&value, LINK_BYTES);
    if (brig_span_is(call->name, "probe")) {
        brig_probe_try(board, BRIG_PROBE_AT_SECCOMP);
        pack_outcomes(&value);
    } else {
        brig_pack_map(&value, 0);
    }
    if (value.fault != BRIG_OK)
        _exit(EXIT_FAILURE);
    result.body = brig_buffer_span(&value);
    send_message(link, &result);
    brig_buffer_done(&value);
}

static void run(void)
{
    static const uint8_t empty_map[] = {0x80};
    const brig_link_config config = {LINK_BYTES, LINK_BYTES};
    const brig_message hello = {.type = BRIG_MESSAGE_HELLO, .body = {empty_map, sizeof(empty_map)}};
    brig_link *link;

    if (brig_link_new(&config, &link) != BRIG_OK)
        _exit(EXIT_FAILURE);
    send_message(link, &hello);
    for (;;) {
        brig_message call = receive(link);

        answer(link, &call);
    }
}

const brig_engine brig_engine_probe = {.name = "probe", .run = run};
