/* SPDX-License-Identifier: MIT */
/*
 * What libproto makes of generated sessions: reads them from standard input, plays each to a fresh
 * connection with fixed keys, and writes one line per session. ../oracle/agree.py has the other end
 * and says what the octets of a session and the words of a line mean.
 */
#include <stdio.h>
#include <string.h>

#include <brig/conn.h>
#include <brig/procedure.h>
#include <brig/schema.h>

#include "puppet.h"

/* Words of a line. */
#define SAY(...) CHECK(printf(__VA_ARGS__) >= 0, "the output is gone")

enum {
    SESSION_HEADER_BYTES = 7, /* side u8, max_message u32, count of steps u16 */
    STEP_HEADER_BYTES = 5,    /* kind u8, length u32 */
    STEP_BYTES = 1024 * 1024,
};

typedef enum step_kind {
    STEP_RECORD = 'r',  /* the peer sends a record with this plaintext; empty: too short for one */
    STEP_DAMAGED = 'd', /* the same with a flipped bit */
    STEP_SEND = 's',    /* we send this message */
    STEP_CLOSE = 'c',   /* we close */
    STEP_SCHEMA = 't',  /* a declaration of a tool, and arguments if it is in order */
} step_kind;

struct step {
    step_kind kind;
    size_t len;
    uint8_t bytes[STEP_BYTES];
};

struct session {
    brig_side side; /* of the connection under test */
    brig_conn *conn;
    bool is_over;
    struct puppet puppet; /* its peer */
};

static size_t read_number(const uint8_t *bytes, size_t len)
{
    size_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* Exactly so many bytes; false if there is nothing at all. */
static bool read_exactly(uint8_t *to, size_t len)
{
    size_t got = len == 0 ? 0 : fread(to, 1, len, stdin);

    CHECK(got == 0 || got == len, "the input ends after %zu of %zu bytes", got, len);
    return got == len;
}

static const char *word_of(brig_status status)
{
    return brig_status_name(status) + strlen("BRIG_");
}

static void say_problem(const brig_problem *problem)
{
    SAY("%s@", brig_error_name(problem->code));
    for (const char *at = problem->path; *at != '\0'; at++) {
        bool is_plain = *at > ' ' && *at < 0x7f && *at != '%';

        SAY(is_plain ? "%c" : "%%%02x", (uint8_t)*at);
    }
}

/* The verdict of a server on args and options of a call that it has. */
static void say_call(const brig_message *call)
{
    brig_procedure procedure = brig_procedure_find(call->name);
    brig_tree *args = NULL;
    brig_tree *options = NULL;
    brig_problem problem;

    if (brig_tree_new(call->body, &args) != BRIG_OK ||
        brig_tree_new(call->extra, &options) != BRIG_OK)
        SAY("meaningless");
    else if (procedure == BRIG_PROCEDURE_COUNT ||
             !brig_procedure_is_from(procedure, BRIG_SIDE_CLIENT))
        SAY("unknown_procedure");
    else if (brig_procedure_check(procedure, brig_tree_root(args), brig_tree_root(options),
                                  &problem) == BRIG_OK)
        SAY("ok");
    else
        say_problem(&problem);
    brig_tree_free(args);
    brig_tree_free(options);
}

/* May a receiver build the value that a message brings? */
static void say_body(const brig_message *message)
{
    brig_tree *tree = NULL;
    brig_status status = brig_tree_new(message->body, &tree);

    SAY("%s", status == BRIG_OK ? "ok" : "meaningless");
    brig_tree_free(tree);
}

static void say_message(const struct session *session, const brig_message *message)
{
    SAY("M%u:%llu:%zu:", message->type, (unsigned long long)message->id, message->trailing);
    if (message->type == BRIG_MESSAGE_CALL && session->side == BRIG_SIDE_SERVER)
        say_call(message);
    else
        say_body(message);
}

/* Everything that the connection has to say now, as words. */
static brig_status say_events(struct session *session)
{
    brig_status status;
    brig_event event;

    while ((status = brig_conn_next(session->conn, &event)) == BRIG_OK) {
        if (event.type == BRIG_EVENT_MESSAGE)
            say_message(session, &event.message);
        else
            SAY("%c", event.type == BRIG_EVENT_READY ? 'H' : 'C');
    }
    return status;
}

/* Bring the peer's bytes from here to the end of its stream. */
static brig_status feed(struct session *session, size_t from)
{
    brig_status status = BRIG_AGAIN;

    while (from < session->puppet.len && status == BRIG_AGAIN) {
        from +=
            puppet_feed(session->conn, session->puppet.stream + from, session->puppet.len - from);
        status = say_events(session);
    }
    return status;
}

static void on_record(struct session *session, const struct step *step)
{
    static const uint8_t too_short[BRIG_LIMIT_RECORD_MIN_BYTES - 1];
    struct puppet *puppet = &session->puppet;
    brig_status status;

    puppet->len = 0;
    if (step->len == 0)
        puppet_frame(puppet, too_short, sizeof(too_short));
    else
        puppet_record(puppet, step->bytes[0], step->bytes + 1, step->len - 1);
    if (step->kind == STEP_DAMAGED)
        puppet->stream[puppet->len - 1] ^= 1;
    status = feed(session, 0);
    session->is_over = status != BRIG_AGAIN;
    if (session->is_over && status != BRIG_CLOSED)
        SAY("!%s", word_of(status));
}

static void on_send(struct session *session, const struct step *step)
{
    brig_span bytes = {step->bytes, step->len};
    uint64_t id = 0;
    brig_message message;
    brig_status status;

    CHECK(brig_message_parse(bytes, &message) == BRIG_OK, "we are to send what nobody can read");
    status = brig_conn_send(session->conn, &message, &id);
    SAY("%s", word_of(status));
    if (status == BRIG_OK && message.type == BRIG_MESSAGE_CALL)
        SAY(":%llu", (unsigned long long)id);
}

static void on_close(struct session *session)
{
    brig_conn_close(session->conn, BRIG_CLOSE_DONE, "");
    session->is_over = !brig_conn_is_closing(session->conn);
    SAY("c");
}

/* The verdict on a declaration, and on arguments if it is in order. */
static void say_tool(const brig_value *tool, const brig_value *args)
{
    brig_problem problem;

    if (brig_tool_check(tool, &problem) != BRIG_OK) {
        SAY("tool:");
        say_problem(&problem);
    } else if (brig_schema_check(brig_value_get(tool, "params"), args, &problem) != BRIG_OK) {
        SAY("args:");
        say_problem(&problem);
    } else {
        SAY("ok");
    }
}

/* A declaration and arguments, one object behind the other: no connection is needed. */
static void on_schema(const struct step *step)
{
    size_t tool_bytes = read_number(step->bytes, 4);
    brig_tree *tool = NULL;
    brig_tree *args = NULL;

    CHECK(step->len >= 4 && tool_bytes <= step->len - 4, "a tool of %zu bytes", tool_bytes);
    brig_span declaration = {step->bytes + 4, tool_bytes};
    brig_span arguments = {declaration.data + tool_bytes, step->len - 4 - tool_bytes};
    if (brig_tree_new(declaration, &tool) == BRIG_OK && brig_tree_new(arguments, &args) == BRIG_OK)
        say_tool(brig_tree_root(tool), brig_tree_root(args));
    else
        SAY("meaningless");
    brig_tree_free(tool);
    brig_tree_free(args);
}

static void on_step(struct session *session, const struct step *step)
{
    if (session->is_over && step->kind != STEP_SCHEMA) {
        SAY("-");
        return;
    }
    switch (step->kind) {
    case STEP_RECORD:
    case STEP_DAMAGED:
        on_record(session, step);
        break;
    case STEP_SEND:
        on_send(session, step);
        break;
    case STEP_CLOSE:
        on_close(session);
        break;
    case STEP_SCHEMA:
        on_schema(step);
        break;
    default:
        CHECK(false, "a step of kind %d", (int)step->kind);
    }
}

/* Our CLOSE, if the output has one: every record of it opens with the peer's key. */
static void say_output(struct session *session)
{
    brig_span out = brig_conn_output(session->conn);
    size_t at = session->puppet.handshake_out_bytes;
    bool has_close = false;

    CHECK(brig_conn_is_closing(session->conn) || out.len == 0 || out.len >= at, "%zu", out.len);
    while (at < out.len) {
        static uint8_t record[BRIG_LIMIT_RECORD_BYTES];
        brig_fragment fragment;
        brig_message message;
        size_t len = brig_frame_bytes(out.data + at);

        memcpy(record, out.data + at + BRIG_FRAME_HEADER_BYTES, len);
        CHECK(brig_record_open(&session->puppet.opening, (brig_room){record, len}, &fragment) ==
                  BRIG_OK,
              "a record that the peer cannot open");
        at += BRIG_FRAME_HEADER_BYTES + len;
        if (!fragment.is_last || brig_message_parse(fragment.bytes, &message) != BRIG_OK ||
            message.type != BRIG_MESSAGE_CLOSE)
            continue;
        CHECK(!has_close && at == out.len, "something behind a CLOSE");
        has_close = true;
        SAY(" CLOSE:%.*s", (int)message.name.len, (const char *)message.name.data);
    }
    if (!has_close)
        SAY(" silent");
}

static void begin(struct session *session, const uint8_t header[SESSION_HEADER_BYTES])
{
    session->side = header[0] == 's' ? BRIG_SIDE_SERVER : BRIG_SIDE_CLIENT;
    brig_conn_config config = puppet_config(session->side, BRIG_SUITE_LOCAL);

    config.max_message_bytes = read_number(header + 1, 4);
    session->conn = puppet_conn(&config);
    session->is_over = false;
    puppet_begin(&session->puppet,
                 session->side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER,
                 BRIG_SUITE_LOCAL);
    CHECK(feed(session, 0) == BRIG_AGAIN, "the handshake");
}

int main(void)
{
    static struct session session;
    static struct step step;
    uint8_t header[SESSION_HEADER_BYTES];
    uint8_t step_header[STEP_HEADER_BYTES];

    while (read_exactly(header, sizeof(header))) {
        begin(&session, header);
        for (size_t left = read_number(header + 5, 2); left > 0; left--) {
            CHECK(read_exactly(step_header, sizeof(step_header)), "a step is missing");
            step.kind = (step_kind)step_header[0];
            step.len = read_number(step_header + 1, 4);
            CHECK(step.len <= sizeof(step.bytes), "a step of %zu bytes", step.len);
            CHECK(step.len == 0 || read_exactly(step.bytes, step.len), "a step is cut");
            on_step(&session, &step);
            SAY(" ");
        }
        SAY("E:%s", word_of(brig_conn_eof(session.conn)));
        say_output(&session);
        SAY("\n");
        brig_conn_free(session.conn);
        CHECK(fflush(stdout) == 0, "the output is gone");
    }
    return 0;
}
