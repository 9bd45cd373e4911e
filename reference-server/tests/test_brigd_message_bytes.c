/* SPDX-License-Identifier: MIT */
/* The limit message_bytes of a profile: what a worker may send, what it is sent, and what a worker
 * that pours out as much as it may costs the server (spec 7.7, 11.1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>

#include "check.h"
#include "live_server.h"

enum {
    MIB = 1048576,
    OF_PROFILE = 8 * MIB,
    OF_PROTOCOL = 16 * MIB,
    OF_CLIENT = MIB, /* what a client lowers it to, the least there is */
    SMALL = 8 * MIB, /* what a flood may cost beside the message */
    FLOODERS = 4,
    LONG_MS = 60000,
    SHORT_MS = 200,
    ENVELOPE = 64, /* at least what a message takes beside its content */
    DECLARATION = 60000,
    TOO_MANY = OF_CLIENT / DECLARATION + 1, /* declarations for one message */
};

static const char profile[] = "profiles:\n  - name: standard\n    spares: 1\n    limits:\n"
                              "      message_bytes: 8388608\n";

static live_end run_code(live_client *client, const char *code, uint64_t deadline_ms)
{
    return live_wait(client, live_send_code(client, code, deadline_ms), LIVE_IGNORE);
}

static void open_session(const live_server *server, live_client *client, uint64_t message_bytes)
{
    live_join(server, client);
    live_end end =
        live_wait(client, live_send_open(client, "message_bytes", message_bytes), LIVE_IGNORE);
    CHECK(!end.is_error, "a session opens: %s", end.code);
}

static void reset(live_client *client)
{
    live_end end = live_wait(client, live_send(client, "brig.reset", NULL), LIVE_IGNORE);

    CHECK(!end.is_error, "the session can be reset: %s", end.code);
}

/* Messages of a worker at the limit of its session; the call has id 2 on the link. WRK-002, LIM-001 */
static const struct {
    const char *name;
    uint64_t message_bytes;
    const char *code;
    const char *error; /* "": RESULT */
} messages[] = {
    {"the profile's limit to the octet", OF_PROFILE,
     "write 00800000940402c6007ffff7\nrepeat 8388599 78\nwrite 80\ndeaf", ""},
    {"an octet above the profile's limit", OF_PROFILE, "octets 00800001", "crashed"},
    {"a client that asks for more has the profile's limit", OF_PROTOCOL, "octets 00800001",
     "crashed"},
    {"the client's limit to the octet", OF_CLIENT,
     "write 00100000940402c6000ffff7\nrepeat 1048567 78\nwrite 80\ndeaf", ""},
    {"an octet above the client's limit", OF_CLIENT, "octets 00100001", "crashed"},
};

static void check_messages(const live_server *server)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        const char *name = messages[i].name;
        bool is_fine = messages[i].error[0] == '\0';
        live_client client;

        open_session(server, &client, messages[i].message_bytes);
        live_end end = run_code(&client, messages[i].code, LONG_MS);
        CHECK(strcmp(end.code, messages[i].error) == 0, "%s: code `%s`", name, end.code);
        CHECK(!end.is_omitted, "%s: the value is here", name);
        CHECK(is_fine || (strcmp(end.reason, "protocol") == 0 && strcmp(end.state, "lost") == 0),
              "%s: %s, %s", name, end.reason, end.state);
        reset(&client);
        end = run_code(&client, "", LONG_MS);
        CHECK(!end.is_error && end.generation == 2, "%s: the session goes on: %s", name, end.code);
        live_leave(&client);
    }
}

/* ---- what the worker is sent ---- */

/* Args of brig.eval with so many octets for the code to have; the code counts its calls. */
static live_end run_with_args(live_client *client, size_t octet_count)
{
    uint8_t *octets = calloc(1, octet_count);
    brig_buffer args;

    CHECK(octets != NULL, "memory");
    brig_buffer_init(&args, octet_count + 1024);
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "code", "");
    brig_pack_cstring(&args, "args");
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "x");
    brig_pack_bin(&args, (brig_span){octets, octet_count});
    live_end end = live_wait(client, live_send(client, "brig.eval", &args), LIVE_IGNORE);
    brig_buffer_done(&args);
    free(octets);
    return end;
}

static void check_refused(const live_end *end, const char *name)
{
    CHECK(strcmp(end->code, "too_large") == 0 && strcmp(end->reason, "message_bytes") == 0,
          "%s: `%s`, limit `%s`", name, end->code, end->reason);
}

/* LIM-008: the worker has not counted the call that was refused, and its count is the state. */
static void check_calls(const live_server *server)
{
    live_client client;

    open_session(server, &client, OF_CLIENT);
    live_end end = run_with_args(&client, OF_CLIENT - ENVELOPE);
    CHECK(!end.is_error && end.value == 1, "args below the limit: %s", end.code);
    end = run_with_args(&client, OF_CLIENT);
    check_refused(&end, "args above the limit");
    end = run_code(&client, "", LONG_MS);
    CHECK(!end.is_error && end.value == 2 && end.generation == 1, "the state is kept: %s",
          end.code);
    (void)live_send(&client, "brig.reset", NULL); /* until its RESULT the call is held */
    end = run_with_args(&client, OF_CLIENT);
    check_refused(&end, "held args above the limit");
    end = run_code(&client, "", LONG_MS);
    CHECK(!end.is_error && end.value == 1 && end.generation == 2, "the new worker works: %s",
          end.code);
    live_leave(&client);
}

/* Tools whose declarations have about DECLARATION octets each. */
static void pack_tools(brig_buffer *to, size_t first, size_t count)
{
    static char text[DECLARATION];
    char name[32];

    memset(text, 'x', sizeof(text) - 1);
    brig_pack_cstring(to, "tools");
    brig_pack_array(to, count);
    for (size_t i = first; i < first + count; i++) {
        (void)snprintf(name, sizeof(name), "tool%zu", i);
        brig_pack_map(to, 2);
        brig_pack_key_text(to, "name", name);
        brig_pack_key_text(to, "description", text);
    }
}

static live_end send_tools(live_client *client, const char *procedure, size_t first, size_t count)
{
    bool is_open = strcmp(procedure, "brig.open") == 0;
    brig_buffer args;

    brig_buffer_init(&args, OF_PROTOCOL);
    brig_pack_map(&args, is_open ? 2 : 1);
    pack_tools(&args, first, count);
    if (is_open) {
        brig_pack_cstring(&args, "limits");
        brig_pack_map(&args, 1);
        brig_pack_key_uint(&args, "message_bytes", OF_CLIENT);
    }
    live_end end = live_wait(client, live_send(client, procedure, &args), LIVE_IGNORE);
    brig_buffer_done(&args);
    return end;
}

/* LIM-008: what brig.open could not send again after a brig.reset is not declared at all. */
static void check_tools(const live_server *server)
{
    live_client client;

    live_join(server, &client);
    live_end end = live_wait(&client, live_send(&client, "brig.ping", NULL), LIVE_IGNORE);
    CHECK(!end.is_error, "the server has said how much it takes: %s", end.code);
    end = send_tools(&client, "brig.open", 0, TOO_MANY);
    check_refused(&end, "tools for more than one message");
    end = send_tools(&client, "brig.open", 0, TOO_MANY - 2);
    CHECK(!end.is_error, "tools for one message: %s", end.code);
    end = send_tools(&client, "brig.define", TOO_MANY - 2, 2);
    check_refused(&end, "a definition that makes them too many");
    end = send_tools(&client, "brig.define", TOO_MANY - 2, 1);
    CHECK(!end.is_error, "a definition that they have room for: %s", end.code);
    reset(&client);
    end = run_code(&client, "", LONG_MS);
    CHECK(!end.is_error && end.value == 1, "they are there after a reset: %s", end.code);
    live_leave(&client);
}

/* What a tool answers, with an octet too many or none too many. LIM-009 */
static live_end answer_with(live_client *client, size_t octet_count)
{
    uint8_t *octets = calloc(1, octet_count);
    brig_buffer value;
    uint64_t id = live_send_code(client, "tool echo", LONG_MS);
    live_end end = live_wait(client, id, LIVE_RETURN);

    CHECK(octets != NULL && strcmp(end.code, "tool_call") == 0, "the tool is called: %s", end.code);
    brig_buffer_init(&value, octet_count + ENVELOPE);
    brig_pack_bin(&value, (brig_span){octets, octet_count});
    live_answer(client, end.tool_call_id, brig_buffer_span(&value));
    brig_buffer_done(&value);
    free(octets);
    return live_wait(client, id, LIVE_IGNORE);
}

static void check_answers(const live_server *server)
{
    live_client client;

    open_session(server, &client, OF_CLIENT);
    live_end end = answer_with(&client, OF_CLIENT - ENVELOPE);
    CHECK(strcmp(end.output, "tool: result\n") == 0, "an answer below the limit: %s", end.output);
    end = answer_with(&client, OF_CLIENT);
    CHECK(strcmp(end.output, "tool: too_large\n") == 0, "one above it: %s", end.output);
    CHECK(!end.is_error && end.value == 2 && end.generation == 1, "the code goes on: %s", end.code);
    live_leave(&client);
}

/* ---- what it costs ---- */

/* Peak of the server while each of FLOODERS workers sends as much of this as it can. */
static void check_flood(const live_server *server, const char *name, const char *code,
                        size_t most_bytes)
{
    live_client clients[FLOODERS];
    uint64_t ids[FLOODERS];

    for (size_t i = 0; i < FLOODERS; i++)
        open_session(server, &clients[i], OF_PROFILE);
    (void)live_server_settle(server); /* a spare may be on its way */
    live_server_forget_peak(server);
    uint64_t before_bytes = live_server_memory_bytes(server);
    for (size_t i = 0; i < FLOODERS; i++)
        ids[i] = live_send_code(&clients[i], code, SHORT_MS);
    for (size_t i = 0; i < FLOODERS; i++) {
        live_end end = live_wait(&clients[i], ids[i], LIVE_IGNORE);

        CHECK(strcmp(end.code, "deadline") == 0, "%s: it ends: %s", name, end.code);
    }
    uint64_t growth_bytes = live_server_peak_bytes(server) - before_bytes;
    (void)fprintf(stderr, "%s: %llu KiB for each of %d sessions\n", name,
                  (unsigned long long)growth_bytes / FLOODERS / 1024, FLOODERS);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(growth_bytes <= FLOODERS * most_bytes, "%s: the server grows by %llu KiB", name,
          (unsigned long long)growth_bytes / 1024);
#else
    (void)most_bytes; /* a sanitizer keeps what is freed */
#endif
    for (size_t i = 0; i < FLOODERS; i++)
        live_leave(&clients[i]);
}

int main(void)
{
    static live_server server;

    live_server_start_with(&server, profile);
    check_messages(&server);
    check_calls(&server);
    check_tools(&server);
    check_answers(&server);
    /* All of a message but its last octet: it is never relayed. */
    check_flood(&server, "a message that is not whole",
                "ignore\nwrite 00800000\nrepeat 8388607 c0\ndeaf", OF_PROFILE + SMALL);
    /* Whole ones wait for their client in the memory in which they came, and nothing is read meanwhile. */
#define DISPLAY \
    "write 00800000950102a7646973706c617981a161db007fffec\nrepeat 8388588 78\nwrite 80\n"
    check_flood(&server, "the largest messages there are",
                "ignore\n" DISPLAY DISPLAY DISPLAY "deaf", OF_PROFILE + SMALL);
    live_server_stop(&server);
    return 0;
}
