/* SPDX-License-Identifier: MIT */
/*
 * A connection and a peer that has the keys and follows the rules of ids and states, or not: the
 * verdict on each of its messages is foretold by a model of spec 6 and 7.1.
 */
#include <brig/conn.h>

#include "bytes.h"
#include "generate.h"
#include "puppet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    MAX_STEPS = 300,
    MESSAGE_BYTES = 65536,
    MAX_OPEN = BRIG_LIMIT_MAX_CALLS + BRIG_LIMIT_MAX_CONTROL_CALLS,
    MAX_FRAGMENTS = 4,
};

/* What may come next. */
struct model {
    brig_conn *conn;
    struct puppet *puppet;
    size_t fed; /* of the puppet's stream */
    uint64_t last_call;
    uint64_t calls[MAX_OPEN]; /* the peer's, unanswered */
    bool is_control[MAX_OPEN];
    size_t call_count;
    uint64_t asked[MAX_OPEN]; /* ours, unanswered */
    size_t asked_count;
    brig_status end; /* BRIG_OK: it goes on */
};

static void feed(struct model *model)
{
    while (model->fed < model->puppet->len) {
        size_t part = puppet_feed(model->conn, model->puppet->stream + model->fed,
                                  model->puppet->len - model->fed);

        if (part == 0)
            return;
        model->fed += part;
    }
}

/* The message in one record or several; only a message's last record says that it is. */
static void seal(struct model *model, brig_span message, struct script *script)
{
    size_t fragments = 1 + script_below(script, MAX_FRAGMENTS);

    model->puppet->len = model->fed = 0;
    for (size_t i = 1; i < fragments && message.len > 1; i++) {
        size_t len = 1 + script_uint(script, 2) % (message.len - 1);

        puppet_record(model->puppet, 0, message.data, len);
        message.data += len;
        message.len -= len;
    }
    puppet_record(model->puppet, BRIG_RECORD_LAST, message.data, message.len);
}

/* Feed what is sealed; the event or the fault that was foretold comes, and no other. */
static void expect(struct model *model, brig_status status, brig_event_type type)
{
    brig_event event;
    brig_status got;

    do {
        feed(model);
        got = brig_conn_next(model->conn, &event);
    } while (got == BRIG_AGAIN && model->fed < model->puppet->len);
    CHECK(got == status, "%s, not %s", brig_status_name(got), brig_status_name(status));
    if (got == BRIG_OK)
        CHECK(event.type == type, "event %d, not %d", event.type, type);
    if (got != BRIG_OK && got != BRIG_AGAIN) {
        model->end = got;
        CHECK(brig_conn_next(model->conn, &event) == got, "a fault stays");
    }
    brig_conn_sent(model->conn, brig_conn_output(model->conn).len);
}

static void forget(uint64_t *ids, bool *kinds, size_t *count, size_t at)
{
    (*count)--;
    ids[at] = ids[*count];
    if (kinds != NULL)
        kinds[at] = kinds[*count];
}

static size_t find(const uint64_t *ids, size_t count, uint64_t id)
{
    size_t at = 0;

    while (at < count && ids[at] != id)
        at++;
    return at;
}

static size_t count_kind(const struct model *model, bool is_control)
{
    size_t count = 0;

    for (size_t i = 0; i < model->call_count; i++)
        count += model->is_control[i] == is_control ? 1 : 0;
    return count;
}

static brig_status say(struct model *model, const brig_message *message, struct script *script)
{
    brig_buffer bytes;
    brig_message parsed;

    brig_buffer_init(&bytes, MESSAGE_BYTES);
    brig_status status = brig_message_append(message, &bytes);
    if (status == BRIG_OK)
        status = brig_message_parse(brig_buffer_span(&bytes), &parsed);
    else
        status = BRIG_AGAIN; /* it cannot be said */
    if (status != BRIG_AGAIN && bytes.len <= BRIG_LIMIT_FRAGMENT_BYTES)
        seal(model, brig_buffer_span(&bytes), script);
    else
        status = BRIG_AGAIN;
    brig_buffer_done(&bytes);
    return status;
}

static void peer_calls(struct model *model, struct script *script)
{
    brig_procedure procedure = (brig_procedure)script_below(script, BRIG_PROCEDURE_COUNT);
    bool is_control = brig_procedure_is_control(procedure);
    brig_buffer args;
    brig_message call = {.type = BRIG_MESSAGE_CALL,
                         .name = brig_span_text(brig_procedure_name(procedure)),
                         .id = model->last_call + 1};

    if (script_rarely(script, 16))
        call.id += script_uint(script, 3);
    else if (script_rarely(script, 32))
        call.id = 1 + script_below(script, 8);
    brig_buffer_init(&args, MESSAGE_BYTES);
    generate_args(script, procedure, &args);
    call.body = brig_buffer_span(&args);
    brig_status status = args.fault == BRIG_OK ? say(model, &call, script) : BRIG_AGAIN;
    brig_buffer_done(&args);
    if (status == BRIG_AGAIN)
        return;
    size_t most = is_control ? BRIG_LIMIT_MAX_CONTROL_CALLS : BRIG_LIMIT_MAX_CALLS;
    if (status == BRIG_OK && (call.id <= model->last_call || count_kind(model, is_control) == most))
        status = BRIG_STATE;
    expect(model, status, BRIG_EVENT_MESSAGE);
    if (status != BRIG_OK)
        return;
    model->last_call = call.id;
    model->is_control[model->call_count] = is_control;
    model->calls[model->call_count++] = call.id;
    CHECK(brig_conn_is_open_call(model->conn, call.id), "a delivered CALL is open");
}

/* RESULT, ERROR or EVENT for one of our calls, or for none. */
static void peer_answers(struct model *model, struct script *script)
{
    static const uint8_t types[] = {BRIG_MESSAGE_RESULT, BRIG_MESSAGE_ERROR, BRIG_MESSAGE_EVENT};
    brig_message message = {.type = types[script_below(script, 3)], .id = 1};
    brig_buffer body;

    if (model->asked_count > 0 && !script_rarely(script, 32))
        message.id = model->asked[script_below(script, model->asked_count)];
    else if (!script_rarely(script, 8))
        return;
    brig_buffer_init(&body, MESSAGE_BYTES);
    if (message.type == BRIG_MESSAGE_ERROR) {
        message.name = brig_span_text("tool");
    } else {
        generate_object(script, &body, true);
        message.name = brig_span_text("stdout");
        message.body = brig_buffer_span(&body);
    }
    brig_status status = body.fault == BRIG_OK ? say(model, &message, script) : BRIG_AGAIN;
    brig_buffer_done(&body);
    if (status == BRIG_AGAIN)
        return;
    size_t at = find(model->asked, model->asked_count, message.id);
    if (status == BRIG_OK && at == model->asked_count)
        status = BRIG_STATE;
    expect(model, status, BRIG_EVENT_MESSAGE);
    if (status == BRIG_OK && message.type != BRIG_MESSAGE_EVENT)
        forget(model->asked, NULL, &model->asked_count, at);
}

static void we_call(struct model *model)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("population")};
    uint64_t id = 0;
    brig_status status = brig_conn_send(model->conn, &call, &id);

    if (model->asked_count == BRIG_LIMIT_MAX_CALLS) {
        CHECK(status == BRIG_FULL, "%s", brig_status_name(status));
        return;
    }
    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
    model->asked[model->asked_count++] = id;
    brig_conn_sent(model->conn, brig_conn_output(model->conn).len);
}

static void we_answer(struct model *model, struct script *script)
{
    brig_message message = {.type = BRIG_MESSAGE_RESULT, .id = 1 + script_uint(script, 1)};

    if (model->call_count > 0 && !script_rarely(script, 8))
        message.id = model->calls[script_below(script, model->call_count)];
    size_t at = find(model->calls, model->call_count, message.id);
    brig_status status = brig_conn_send(model->conn, &message, NULL);
    CHECK(status == (at < model->call_count ? BRIG_OK : BRIG_STATE), "%s",
          brig_status_name(status));
    if (status == BRIG_OK)
        forget(model->calls, model->is_control, &model->call_count, at);
    brig_conn_sent(model->conn, brig_conn_output(model->conn).len);
}

/* Messages that no sender of ours can make. */
static void peer_says_else(struct model *model, struct script *script)
{
    static const struct {
        brig_span bytes;
        brig_status status;
    } others[] = {
        {BYTES("\x92\x63\xc0"), BRIG_AGAIN},     /* an odd type that nobody knows */
        {BYTES("\x92\x0a\xc0"), BRIG_MALFORMED}, /* an even one */
        {BYTES("\x92\x00\x80"), BRIG_STATE},     /* HELLO again */
        {BYTES("\x90"), BRIG_MALFORMED},
        {BYTES("\xc1"), BRIG_MALFORMED},
        {BYTES("\x93\x04\x01\xc0"), BRIG_MALFORMED}, /* no meta */
    };
    size_t choice = script_below(script, COUNT_OF(others) * 4);

    if (choice >= COUNT_OF(others))
        choice = 0;
    seal(model, others[choice].bytes, script);
    expect(model, others[choice].status, BRIG_EVENT_MESSAGE);
}

static void peer_closes(struct model *model, struct script *script)
{
    const brig_message close = {.type = BRIG_MESSAGE_CLOSE, .name = brig_span_text("done")};

    if (!script_rarely(script, 16) || say(model, &close, script) != BRIG_OK)
        return;
    expect(model, BRIG_OK, BRIG_EVENT_CLOSED);
    CHECK(brig_conn_is_closed(model->conn), "closed");
    model->end = BRIG_CLOSED;
}

/* After our CLOSE only the peer's is heard. */
static void we_close(struct model *model, struct script *script)
{
    const brig_message late = {
        .type = BRIG_MESSAGE_CALL, .name = brig_span_text("brig.ping"), .id = 1};

    if (!script_rarely(script, 32))
        return;
    brig_conn_close(model->conn, BRIG_CLOSE_DONE, "");
    CHECK(brig_conn_is_closing(model->conn), "closing");
    for (size_t i = script_below(script, 3); i > 0 && say(model, &late, script) == BRIG_OK; i--)
        expect(model, BRIG_AGAIN, BRIG_EVENT_MESSAGE);
    CHECK(brig_conn_eof(model->conn) == BRIG_TRUNCATED, "an end without the peer's CLOSE");
    model->end = BRIG_TRUNCATED;
}

static void step(struct model *model, struct script *script)
{
    switch (script_below(script, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        peer_calls(model, script);
        break;
    case 4:
    case 5:
        peer_answers(model, script);
        break;
    case 6:
    case 7:
        we_call(model);
        break;
    case 8:
        we_answer(model, script);
        break;
    case 9:
        peer_says_else(model, script);
        break;
    case 10:
        peer_closes(model, script);
        break;
    default:
        we_close(model, script);
        break;
    }
}

/* HELLO fits one record (MSG-011), and is not cut. */
static void say_hello(struct model *model)
{
    struct script whole = {NULL, 0};
    brig_buffer about;
    brig_message hello = {.type = BRIG_MESSAGE_HELLO};

    brig_buffer_init(&about, BRIG_LIMIT_HELLO_BYTES / 2);
    brig_pack_map(&about, 2);
    brig_pack_key_text(&about, "software", "a peer");
    brig_pack_cstring(&about, "capabilities");
    brig_pack_array(&about, 1);
    brig_pack_cstring(&about, "x");
    hello.body = brig_buffer_span(&about);
    size_t handshake_bytes = model->puppet->len;
    model->fed = 0;
    feed(model);
    CHECK(model->fed == handshake_bytes, "the handshake is taken at once");
    expect(model, BRIG_AGAIN, BRIG_EVENT_READY);
    CHECK(say(model, &hello, &whole) == BRIG_OK, "HELLO");
    expect(model, BRIG_OK, BRIG_EVENT_READY);
    brig_buffer_done(&about);
}

static brig_conn *new_conn(brig_side side, brig_suite suite)
{
    static brig_conn_config configs[2][BRIG_SUITE_KEYED + 1];

    if (configs[side][suite].software == NULL)
        configs[side][suite] = puppet_config(side, suite);
    return puppet_conn(&configs[side][suite]);
}

/* The handshake is always the same: it is made once for each side and suite. */
static void begin(struct puppet *puppet, brig_side side, brig_suite suite)
{
    static struct puppet begun[2][BRIG_SUITE_KEYED + 1];
    struct puppet *kept = &begun[side][suite];

    if (kept->len == 0)
        puppet_begin(kept, side, suite);
    puppet->sealing = kept->sealing;
    puppet->opening = kept->opening;
    puppet->len = 0;
    puppet_append(puppet, kept->stream, kept->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct puppet puppet;
    struct script script = {data, len};
    brig_side side = script_rarely(&script, 2) ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER;
    brig_suite suite = script_rarely(&script, 2) ? BRIG_SUITE_KEYED : BRIG_SUITE_LOCAL;
    struct model model = {.conn = new_conn(side, suite), .puppet = &puppet};

    begin(&puppet, side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER, suite);
    say_hello(&model);
    for (int i = 0; i < MAX_STEPS && script.left > 0 && model.end == BRIG_OK; i++)
        step(&model, &script);
    brig_conn_free(model.conn);
    return 0;
}
