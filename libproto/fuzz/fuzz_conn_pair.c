/* SPDX-License-Identifier: MIT */
/*
 * Two connections that talk as a script says: whatever one accepts to send, the other delivers once,
 * whole and in order, or nothing more; a changed octet on the way is never taken for a message.
 */
#include <brig/conn.h>

#include "generate.h"
#include "pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    MAX_STEPS = 400,
    QUEUE = 1024,
    BODY_BYTES = 65536,
    OPEN_CALLS = BRIG_LIMIT_MAX_CALLS + BRIG_LIMIT_MAX_CONTROL_CALLS,
};

/* One end of the wire, and what is known of it. */
struct end {
    brig_conn *conn;
    uint64_t sent[QUEUE]; /* digests of what its peer has still to deliver, a ring */
    size_t sent_first;
    size_t sent_count;
    uint64_t open[OPEN_CALLS]; /* ids of delivered calls without an answer */
    size_t open_count;
    brig_status last;
    bool has_ended; /* by a fault, a close, or the wire's end */
};

struct wire {
    struct end ends[2]; /* client, server */
    bool is_harmed;
    bool is_closing; /* somebody has said CLOSE, or will refuse, or the stream has ended */
};

static uint64_t digest_of(const brig_message *message)
{
    brig_buffer bytes;
    uint64_t digest = UINT64_C(14695981039346656037);

    brig_buffer_init(&bytes, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    CHECK(brig_message_append(message, &bytes) == BRIG_OK, "what was sent can be said again");
    for (size_t i = 0; i < bytes.len; i++)
        digest = (digest ^ bytes.data[i]) * UINT64_C(1099511628211);
    brig_buffer_done(&bytes);
    return digest;
}

static void expect_next(struct end *from, const brig_message *message)
{
    CHECK(from->sent_count > 0, "a message that nobody sent");
    CHECK(from->sent[from->sent_first] == digest_of(message), "not the message that was sent");
    from->sent_first = (from->sent_first + 1) % QUEUE;
    from->sent_count--;
}

static void forget_open(struct end *end, uint64_t id)
{
    for (size_t i = 0; i < end->open_count; i++) {
        if (end->open[i] == id)
            end->open[i--] = end->open[--end->open_count];
    }
}

static void take_event(struct wire *wire, int to, const brig_event *event)
{
    struct end *end = &wire->ends[to];

    switch (event->type) {
    case BRIG_EVENT_READY:
        CHECK(brig_conn_is_ready(end->conn), "ready");
        break;
    case BRIG_EVENT_MESSAGE:
        expect_next(&wire->ends[1 - to], &event->message);
        if (event->message.type != BRIG_MESSAGE_CALL)
            break;
        CHECK(brig_conn_is_open_call(end->conn, event->message.id), "a delivered CALL is open");
        CHECK(end->open_count < OPEN_CALLS, "more calls than the limits allow");
        end->open[end->open_count++] = event->message.id;
        break;
    case BRIG_EVENT_CLOSED:
        CHECK(wire->is_closing || wire->is_harmed, "a CLOSE that nobody sent");
        wire->is_closing = true;
        break;
    case BRIG_EVENT_REFUSED:
        wire->is_closing = true;
        break;
    }
}

static void drain(struct wire *wire, int to)
{
    struct end *end = &wire->ends[to];
    brig_event event;

    while ((end->last = brig_conn_next(end->conn, &event)) == BRIG_OK)
        take_event(wire, to, &event);
    if (end->last == BRIG_AGAIN)
        return;
    CHECK(end->last != BRIG_NO_MEMORY, "memory");
    CHECK(wire->is_harmed || wire->is_closing, "%s of nothing", brig_status_name(end->last));
    end->has_ended = true;
    wire->is_closing = true; /* a fault says CLOSE to the other */
}

/* At most so many octets, of which one may change. */
static size_t carry_some(struct wire *wire, int to, size_t most, struct script *harm)
{
    brig_conn *from = wire->ends[1 - to].conn;
    brig_conn *conn = wire->ends[to].conn;
    brig_span out = brig_conn_output(from);
    brig_room room = brig_conn_room(conn);
    size_t part = out.len < most ? out.len : most;

    part = part < room.len ? part : room.len;
    if (part == 0)
        return 0;
    memcpy(room.data, out.data, part);
    if (harm != NULL) {
        room.data[script_uint(harm, 2) % part] ^= (uint8_t)(1u << script_below(harm, 8));
        wire->is_harmed = true;
    }
    brig_conn_filled(conn, part);
    brig_conn_sent(from, part);
    drain(wire, to);
    return part;
}

static void send(struct wire *wire, int from, brig_message *message)
{
    struct end *end = &wire->ends[from];
    uint64_t id = 0;

    if (end->sent_count == QUEUE)
        return;
    brig_status status = brig_conn_send(end->conn, message, &id);
    CHECK(status != BRIG_NO_MEMORY, "memory");
    if (status != BRIG_OK)
        return;
    if (message->type == BRIG_MESSAGE_CALL)
        message->id = id;
    else if (message->type != BRIG_MESSAGE_EVENT)
        forget_open(end, message->id);
    end->sent[(end->sent_first + end->sent_count++) % QUEUE] = digest_of(message);
}

static void make_call(struct wire *wire, int from, struct script *script)
{
    brig_procedure procedure = (brig_procedure)script_below(script, BRIG_PROCEDURE_COUNT);
    brig_buffer args;
    brig_buffer options;

    brig_buffer_init(&args, BODY_BYTES);
    brig_buffer_init(&options, BODY_BYTES);
    generate_args(script, procedure, &args);
    generate_options(script, procedure, &options);
    if (args.fault == BRIG_OK && options.fault == BRIG_OK &&
        brig_check(brig_buffer_span(&args), 1, NULL) == BRIG_OK) {
        brig_message call = {.type = BRIG_MESSAGE_CALL,
                             .name = brig_span_text(brig_procedure_name(procedure)),
                             .body = brig_buffer_span(&args),
                             .extra = brig_buffer_span(&options)};
        send(wire, from, &call);
    }
    brig_buffer_done(&options);
    brig_buffer_done(&args);
}

/* RESULT, ERROR or EVENT; of an open call, or of one that may not be. */
static void answer(struct wire *wire, int from, struct script *script)
{
    static const uint8_t types[] = {BRIG_MESSAGE_RESULT, BRIG_MESSAGE_ERROR, BRIG_MESSAGE_EVENT};
    struct end *end = &wire->ends[from];
    brig_buffer body;
    brig_message message = {.type = types[script_below(script, 3)]};

    message.id = end->open_count > 0 && !script_rarely(script, 8)
                     ? end->open[script_below(script, end->open_count)]
                     : script_byte(script) + 1u;
    brig_buffer_init(&body, BODY_BYTES);
    if (message.type == BRIG_MESSAGE_ERROR) {
        message.name = brig_span_text(
            brig_error_name((brig_error_code)script_below(script, BRIG_ERROR_CONNECTION_LOST)));
        message.text = brig_span_text("no");
    } else {
        message.name = brig_span_text(message.type == BRIG_MESSAGE_EVENT ? "stdout" : "");
        generate_object(script, &body, false);
        message.body = brig_buffer_span(&body);
    }
    bool is_known = brig_conn_is_open_call(end->conn, message.id);
    if (body.fault == BRIG_OK && (body.len == 0 || brig_check(message.body, 1, NULL) == BRIG_OK)) {
        size_t before = end->sent_count;

        send(wire, from, &message);
        CHECK(is_known || end->sent_count == before, "an answer to no call");
    }
    brig_buffer_done(&body);
}

static void end_stream(struct wire *wire, int of)
{
    struct end *end = &wire->ends[of];
    brig_status status;

    drain(wire, of);
    status = brig_conn_eof(end->conn);
    CHECK(status == BRIG_OK || status == BRIG_TRUNCATED || status == end->last, "%s",
          brig_status_name(status));
    CHECK(status != BRIG_OK || brig_conn_is_closed(end->conn), "a regular end without CLOSE");
    wire->is_closing = true;
    end->has_ended = true;
}

static void trim(struct end *end)
{
    size_t before = brig_conn_memory_bytes(end->conn);

    brig_conn_trim(end->conn);
    CHECK(brig_conn_memory_bytes(end->conn) <= before, "trimming takes memory");
}

static void step(struct wire *wire, struct script *script)
{
    int side = (int)script_below(script, 2);

    switch (script_below(script, 16)) {
    case 0:
    case 1:
    case 2:
        make_call(wire, side, script);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        answer(wire, side, script);
        break;
    case 7:
        (void)carry_some(wire, side, 1 + (size_t)script_byte(script), NULL);
        break;
    case 8:
        trim(&wire->ends[side]);
        break;
    case 9:
        if (script_rarely(script, 8))
            (void)carry_some(wire, side, 1 + (size_t)script_byte(script), script);
        break;
    case 10:
        if (!script_rarely(script, 8))
            break;
        brig_conn_close(wire->ends[side].conn,
                        (brig_close_code)script_below(script, BRIG_CLOSE_COUNT), "b\xffye");
        wire->is_closing = true;
        break;
    case 11:
        if (script_rarely(script, 16))
            end_stream(wire, side);
        break;
    default:
        (void)carry_some(wire, side, SIZE_MAX, NULL);
        break;
    }
}

/* Keys cost time: each configuration is made once. */
static brig_conn_config config_of(brig_side side, brig_suite suite)
{
    static brig_conn_config made[2][BRIG_SUITE_KEYED + 1];

    if (made[side][suite].software == NULL)
        made[side][suite] = puppet_config(side, suite);
    return made[side][suite];
}

static void begin(struct wire *wire, struct script *script)
{
    brig_suite suite = script_rarely(script, 2) ? BRIG_SUITE_KEYED : BRIG_SUITE_LOCAL;
    size_t max_output_bytes = script_rarely(script, 4) ? 4096 : BRIG_LIMIT_MAX_MESSAGE_BYTES;

    *wire = (struct wire){.is_harmed = false};
    for (int i = 0; i < 2; i++) {
        brig_conn_config config = config_of(i == 0 ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER, suite);

        config.max_output_bytes = max_output_bytes;
        config.max_message_bytes = script_rarely(script, 4) ? BRIG_LIMIT_FRAGMENT_BYTES : 1u << 20;
        if (i == 1) {
            config.refuse_busy = script_rarely(script, 16);
            if (script_rarely(script, 16))
                config.suites = 1u << BRIG_SUITE_LOCAL;
            wire->is_closing = config.refuse_busy || (config.suites & 1u << suite) == 0;
        }
        wire->ends[i].conn = puppet_conn(&config);
    }
}

/* Nothing was harmed and nobody left: then everything arrives. */
static void finish(struct wire *wire)
{
    size_t moved = 1;

    while (moved > 0)
        moved = carry_some(wire, 0, SIZE_MAX, NULL) + carry_some(wire, 1, SIZE_MAX, NULL);
    for (int i = 0; i < 2 && !wire->is_harmed && !wire->is_closing; i++) {
        CHECK(wire->ends[i].sent_count == 0, "%zu messages are lost", wire->ends[i].sent_count);
        CHECK(brig_conn_is_ready(wire->ends[i].conn), "no handshake");
    }
    for (int i = 0; i < 2; i++) {
        brig_event event;

        if (wire->ends[i].has_ended)
            CHECK(brig_conn_next(wire->ends[i].conn, &event) != BRIG_OK, "an event after the end");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct wire wire;
    struct script script = {data, len};

    begin(&wire, &script);
    for (int i = 0; i < MAX_STEPS && script.left > 0; i++)
        step(&wire, &script);
    finish(&wire);
    brig_conn_free(wire.ends[0].conn);
    brig_conn_free(wire.ends[1].conn);
    return 0;
}
