/* SPDX-License-Identifier: MIT */
/* A worker that attacks its link: one truthful end for its client, and a server that neither grows
 * nor loses anything nor lets anybody else notice (spec 7.2, 7.4, 11.2). */
#include <stdio.h>
#include <string.h>

#include <poll.h>

#include "check.h"
#include "live_server.h"

enum {
    LONG_MS = 60000,
    SHORT_MS = 200,
    GRACE_MS = 400,
    POUR = 4194304, /* what one may cost that the client does not take */
    RACES = 20,
    RACE_MS = 60,
    SMALL = 8388608, /* what a flood of small things may cost */
    /* One message: here as a whole before it is relayed, and then on its way to the client. */
    LARGE = 2 * BRIG_LIMIT_MAX_MESSAGE_BYTES + SMALL,
    /* One message that has to be decoded: all its elements, for as long as they are looked at. */
    DECODED = LARGE + BRIG_LIMIT_MAX_ELEMENTS * 64,
};

/* What a worker does with its link, and what its client hears of it. */
typedef struct attack {
    const char *name;
    const char *code; /* commands of the scripted engine; the call has id 3 on the link */
    uint64_t deadline_ms;
    const char *error; /* "": RESULT */
    const char *reason;
    const char *state;
    unsigned cancels; /* tool calls that are cancelled at the client before the terminal */
    size_t growth_bytes;
} attack;

#define BREACH "crashed", "protocol", "lost"
#define FINE   "", "", ""
#define KEPT   "deadline", "", "kept"
#define LOST   "deadline", "", "lost"

static const attack attacks[] = {
    /* Forged, replayed, out of order. WRK-007 */
    {"a forged result of the present call is its result", "frame 9404030180", LONG_MS, FINE, 0,
     SMALL},
    {"a result of the call before", "frame 9404020180", LONG_MS, BREACH, 0, SMALL},
    {"a result of the next call", "frame 9404040180", LONG_MS, BREACH, 0, SMALL},
    {"a result of the largest id", "frame 9404cf001fffffffffffff0180", LONG_MS, BREACH, 0, SMALL},
    {"a result of id 0", "frame 9404000180", LONG_MS, BREACH, 0, SMALL},
    {"a second result in the same write", "write 000000059404030180000000059404030180", LONG_MS,
     FINE, 0, SMALL},
    /* SES-005: it would be an event of no call at the client */
    {"an event behind the result", "frame 9404030180\nframe 950103a67374646f7574c4017880", LONG_MS,
     FINE, 0, SMALL},
    {"a tool call behind the result", "frame 9404030180\nask 1", LONG_MS, FINE, 0, SMALL},
    {"an error behind the result", "frame 9404030180\nfail runtime", LONG_MS, FINE, 0, SMALL},
    {"a result while a tool call is open", "ask 1", LONG_MS, FINE, 1, SMALL},
    {"a child that writes a result of another call", "child 0 000000059404090180\npause 60000",
     LONG_MS, BREACH, 0, SMALL},
    {"a child that writes the result of this call", "child 0 000000059404030180\npause 60000",
     LONG_MS, FINE, 0, SMALL},
    /* Frames. WRK-002, WRK-005 */
    {"an announced length of 0", "octets 00000000", LONG_MS, BREACH, 0, SMALL},
    {"the largest length there is", "octets ffffffff", LONG_MS, BREACH, 0, SMALL},
    {"one octet above max_message", "octets 01000001", LONG_MS, BREACH, 0, SMALL},
    {"a header and nothing behind it", "octets 01000000", SHORT_MS, LOST, 0, SMALL},
    {"half a header", "octets 0000", SHORT_MS, LOST, 0, SMALL},
    {"a message that drips and is whole in the end",
     "write 00000005\npause 20\nwrite 94\npause 20\nwrite 0403\npause 20\nwrite 01\npause "
     "20\nwrite 80\ndeaf",
     LONG_MS, FINE, 0, SMALL},
    {"a message that drips for ever",
     "write 00ffffff\nwrite c6\npause 20\nwrite 00\npause 20\nwrite 00\ndeaf", SHORT_MS, LOST, 0,
     SMALL},
    {"half a message and the end of the link", "write 0000001095\nmute", LONG_MS, BREACH, 0, SMALL},
    {"half a message and the end of the process", "write 0000001095\nexit 3", LONG_MS, "exited", "",
     "lost", 0, SMALL},
    {"the largest message but for its last octet", "write 01000000\nrepeat 16777215 c0\ndeaf",
     SHORT_MS, LOST, 0, LARGE},
    {"the descriptors 1 and 2 are closed", "shut", LONG_MS, FINE, 0, SMALL},
    /* MessagePack that is none. ENC-012 */
    {"arrays in arrays, a million deep",
     "write 000f4245940403\nrepeat 1000000 91\nwrite c080\ndeaf", LONG_MS, BREACH, 0, SMALL},
    {"maps in maps, half a million deep",
     "write 0016e365940403\nrepeat 500000 81a161\nwrite c080\ndeaf", LONG_MS, BREACH, 0, SMALL},
    {"a map of four thousand million entries and no data", "frame 940403dfee6b280080", LONG_MS,
     BREACH, 0, SMALL},
    {"an array of as many", "frame 940403ddee6b280080", LONG_MS, BREACH, 0, SMALL},
    {"a bin of as many octets", "frame 940403c6ee6b280080", LONG_MS, BREACH, 0, SMALL},
    {"a str of as many", "frame 940403dbee6b280080", LONG_MS, BREACH, 0, SMALL},
    {"an ext of as many", "frame 940403c9ee6b28000180", LONG_MS, BREACH, 0, SMALL},
    {"a vector of as many texts", "frame 940403d60106ee6b280080", LONG_MS, BREACH, 0, SMALL},
    {"more elements than a message may have",
     "write 000f424a940403dd000f4241\nrepeat 1000001 c0\nwrite 80\ndeaf", LONG_MS, BREACH, 0,
     SMALL},
    {"a text in overlong UTF-8", "frame 940403a2c08080", LONG_MS, BREACH, 0, SMALL},
    {"a text with half a surrogate pair", "frame 940403a3eda08080", LONG_MS, BREACH, 0, SMALL},
    {"a text that is cut within a character", "frame 940403a1e280", LONG_MS, BREACH, 0, SMALL},
    {"a number in too many octets", "frame 940403cd000180", LONG_MS, BREACH, 0, SMALL},
    {"a small number in the signed form", "frame 940403d00180", LONG_MS, BREACH, 0, SMALL},
    {"an octet that means nothing", "frame 940403c180", LONG_MS, BREACH, 0, SMALL},
    {"a map key that is a number", "frame 94040381010180", LONG_MS, BREACH, 0, SMALL},
    {"an annotated value in an annotated value", "frame 940403c70b0393a46c697374c70103008080",
     LONG_MS, BREACH, 0, SMALL},
    {"octets behind the message", "frame 940403018000", LONG_MS, BREACH, 0, SMALL},
    {"an empty frame of an array", "frame 90", LONG_MS, BREACH, 0, SMALL},
    {"not a number where the value is free", "frame 940403cb7ff800000000000080", LONG_MS, FINE, 0,
     SMALL},
    /* What only a server says, or only once. WRK-005, WRK-006 */
    {"HELLO once more", "frame 920081a8736f667477617265a178", LONG_MS, BREACH, 0, SMALL},
    {"a CLOSE", "frame 9308a4646f6e65a0", LONG_MS, BREACH, 0, SMALL},
    /* WRK-009 */
    {"an exit status that the worker made up", "frame 950103a46578697481a67374617475730080",
     LONG_MS, BREACH, 0, SMALL},
    {"a violation that the worker made up", "frame 950103a976696f6c6174696f6e8080", LONG_MS, BREACH,
     0, SMALL},
    {"an error code of the server's", "fail budget", LONG_MS, BREACH, 0, SMALL},
    /* Tool calls out of turn. TOL-008, COD-010 */
    {"a tool that nobody granted", "tool nope", LONG_MS, BREACH, 0, SMALL},
    {"an id used twice", "ask 1\nask 1\ndeaf", LONG_MS, BREACH, 1, SMALL},
    {"an id that goes back", "ask 7\nask 3\ndeaf", LONG_MS, BREACH, 1, SMALL},
    {"a breach while tool calls are open", "ask 1\nask 2\nask 3\noctets 00000000", LONG_MS, BREACH,
     3, SMALL},
    {"a crash while a tool call is open", "ask 1\nsignal 6", LONG_MS, "crashed", "signal", "lost",
     1, SMALL},
    {"args that are no map", "frame 950201a46563686f9180", LONG_MS, BREACH, 0, SMALL},
    {"args with a key twice", "frame 950201a46563686f82a17801a1780280", LONG_MS, BREACH, 0, SMALL},
    {"a tool call with options of its own", "frame 950201a46563686f8081a16101", LONG_MS, BREACH, 0,
     SMALL},
    /* LIM-002, LIM-003 */
    {"a million tool calls whose answers nobody reads", "calls 1000000", LONG_MS, "crashed",
     "stalled", "lost", 16, SMALL},
    /* Floods. EVT-005, LIM-001 */
    {"a hundred thousand events of one octet", "repeat 100000 0000000e950103a67374646f7574c4017880",
     LONG_MS, FINE, 0, SMALL},
    {"a hundred thousand conditions", "repeat 100000 0000000d950103a76d6573736167658080", LONG_MS,
     FINE, 0, SMALL},
    {"a hundred thousand displays", "repeat 100000 00000011950103a7646973706c617981a161a17880",
     LONG_MS, FINE, 0, SMALL},
    {"more console output than the limit", "spill 33554432", LONG_MS, FINE, 0, SMALL},
    {"refused system calls without end", "offend 3000", LONG_MS, FINE, 0, SMALL},
    {"the largest value there is", "big 15000000", LONG_MS, FINE, 0, LARGE},
    {"a display with an id of a megabyte",
     "write 00100015950103a7646973706c61798081a26964db00100000\nrepeat 1048576 78", LONG_MS, FINE,
     0, SMALL},
    {"args of a million elements", "wide 999000 3", LONG_MS, FINE, 0, DECODED},
    /* Descriptors that ride along. WRK-005 */
    {"descriptors with an event",
     "pass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880\npass 60 0000000e950103a67374646f7574c4017880\npass 60 "
     "0000000e950103a67374646f7574c4017880",
     LONG_MS, FINE, 0, SMALL},
    {"descriptors with octets that are no message", "pass 60 00000000\ndeaf", LONG_MS, BREACH, 0,
     SMALL},
    {"descriptors with half a message", "pass 60 0000\npass 60 00ff\ndeaf", SHORT_MS, LOST, 0,
     SMALL},
};

/* The session that attacks, the one beside it, and what the server holds when both are quiet. */
typedef struct arena {
    live_server server;
    live_client attacker;
    live_client bystander;
    uint64_t generation;
    uint64_t bystander_calls;
    live_holdings quiet;
} arena;

static live_end run_code(live_client *client, const char *code, uint64_t deadline_ms)
{
    return live_wait(client, live_send_code(client, code, deadline_ms), LIVE_IGNORE);
}

static void open_session(const live_server *server, live_client *client, uint64_t grace_ms)
{
    live_join(server, client);
    live_end end = live_wait(client, live_send_open(client, "grace_ms", grace_ms), LIVE_IGNORE);
    CHECK(!end.is_error, "a session opens: %s", end.code);
}

/* Whatever has happened to its worker, the session goes on with a new one. PRC-015 */
static void check_reset(arena *a, const char *name)
{
    live_end end =
        live_wait(&a->attacker, live_send(&a->attacker, "brig.reset", NULL), LIVE_IGNORE);

    CHECK(!end.is_error, "%s: the session can be reset: %s", name, end.code);
    end = run_code(&a->attacker, "", LONG_MS);
    CHECK(!end.is_error && end.value == 1, "%s: the new worker works: %s", name, end.code);
    CHECK(end.generation == ++a->generation, "%s: generation %llu", name,
          (unsigned long long)end.generation);
}

static void check_bystander(arena *a, const char *name)
{
    live_end end = run_code(&a->bystander, "", LONG_MS);

    CHECK(!end.is_error && end.value == ++a->bystander_calls && end.generation == 1,
          "%s: another session is as it was: %s", name, end.code);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* A sanitizer keeps what is freed: nothing can be said of the server's own growth. */
static void check_growth(const attack *t, uint64_t before_bytes, uint64_t now_bytes)
{
    uint64_t growth_bytes = now_bytes > before_bytes ? now_bytes - before_bytes : 0;

    (void)fprintf(stderr, "%s: %llu bytes, not judged under a sanitizer\n", t->name,
                  (unsigned long long)growth_bytes);
}
#else
static void check_growth(const attack *t, uint64_t before_bytes, uint64_t now_bytes)
{
    uint64_t growth_bytes = now_bytes > before_bytes ? now_bytes - before_bytes : 0;

    CHECK(growth_bytes <= t->growth_bytes, "%s: the server grows by %llu KiB", t->name,
          (unsigned long long)growth_bytes / 1024);
}
#endif

static void check_attack(arena *a, const attack *t)
{
    live_server_forget_peak(&a->server);
    uint64_t before_bytes = live_server_memory_bytes(&a->server);
    live_end end = run_code(&a->attacker, t->code, t->deadline_ms);

    CHECK(strcmp(end.code, t->error) == 0, "%s: code `%s`", t->name, end.code);
    CHECK(strcmp(end.reason, t->reason) == 0, "%s: reason `%s`", t->name, end.reason);
    CHECK(strcmp(end.state, t->state) == 0, "%s: state `%s`", t->name, end.state);
    CHECK(end.has_usage && end.generation == a->generation, "%s: usage and generation", t->name);
    CHECK(end.cancel_count == t->cancels, "%s: %u tool calls are cancelled first", t->name,
          end.cancel_count);
    check_bystander(a, t->name);
    check_reset(a, t->name);
    live_server_await(&a->server, &a->quiet, t->name);
    check_growth(t, before_bytes, live_server_peak_bytes(&a->server));
}

/* What a worker pours out while its client reads nothing. LIM-004, LIM-005 */
static const struct {
    const char *name;
    const char *code;
    uint64_t deadline_ms;
} pours[] = {
    {"console output", "flood 12000", 1000},
    {"output past the engine", "spill 15000000", 1000},
    {"displays", "repeat 500000 00000011950103a7646973706c617981a161a17880", 1000},
    {"refused system calls", "offend 500000", 3000},
    {"tool calls", "calls 100000", 1000},
};

static void check_pours(arena *a)
{
    for (size_t i = 0; i < sizeof(pours) / sizeof(pours[0]); i++) {
        const attack t = {.name = pours[i].name, .growth_bytes = POUR};

        live_server_forget_peak(&a->server);
        uint64_t before_bytes = live_server_memory_bytes(&a->server);
        uint64_t id = live_send_code(&a->attacker, pours[i].code, pours[i].deadline_ms);
        /* Served all the while, the bystander waits until the server has stopped the other code. */
        char code[32];
        (void)snprintf(code, sizeof(code), "pause %u",
                       (unsigned)pours[i].deadline_ms + 2 * GRACE_MS);
        live_end end = run_code(&a->bystander, code, LONG_MS);
        CHECK(!end.is_error && end.value == ++a->bystander_calls, "%s: another session is served",
              t.name);
        check_growth(&t, before_bytes, live_server_peak_bytes(&a->server));
        end = live_wait(&a->attacker, id, LIVE_IGNORE);
        CHECK(!end.is_error || strcmp(end.code, "deadline") == 0, "%s: it ends: %s", t.name,
              end.code);
        check_reset(a, t.name);
        live_server_await(&a->server, &a->quiet, t.name);
    }
}

/*
 * The worker's result and the server's clock meet: one of them wins, the same one for everybody, and
 * the session goes on. COD-003, COD-009
 */
static void check_races(live_client *client)
{
    for (unsigned i = 0; i < RACES; i++) {
        char code[32];

        (void)snprintf(code, sizeof(code), "hold %u", RACE_MS - RACES / 2 + i);
        live_end end = run_code(client, code, RACE_MS);
        CHECK(!end.is_error ||
                  (strcmp(end.code, "deadline") == 0 && strcmp(end.state, "kept") == 0),
              "a race ends with %s, %s", end.code, end.state);
        end = run_code(client, "", LONG_MS);
        CHECK(!end.is_error && end.value == 2 * i + 2, "the worker is the same after a race: %s",
              end.code);
    }
}

/*
 * The end is decided, and the worker ignores the interrupt and goes on talking. The client hears of
 * the deadline and of nothing else. COD-003, COD-009
 */
static const struct {
    const char *code; /* after the deadline */
    const char *state;
} last_words[] = {
    {"fail runtime", "kept"},
    {"calls 5\nfail runtime", "kept"},
    {"frame 9404020180", "kept"},
    {"octets 00000000", "lost"},
    {"frame 9404090180", "lost"},
    {"frame 920081a8736f667477617265a178", "lost"},
    {"ask 5\nask 5\ndeaf", "lost"},
    {"mute", "lost"},
    {"exit 3", "lost"},
    {"signal 6", "lost"},
};

static void check_last_words(live_client *client)
{
    for (size_t i = 0; i < sizeof(last_words) / sizeof(last_words[0]); i++) {
        const char *name = last_words[i].code;
        char code[128];

        live_end end = live_wait(client, live_send(client, "brig.reset", NULL), LIVE_IGNORE);
        CHECK(!end.is_error, "%s: reset: %s", name, end.code);
        (void)snprintf(code, sizeof(code), "ignore\npause 300\n%s", name);
        end = run_code(client, code, SHORT_MS);
        CHECK(strcmp(end.code, "deadline") == 0, "%s: a decided end stays: %s", name, end.code);
        CHECK(strcmp(end.state, last_words[i].state) == 0, "%s: %s", name, end.state);
        CHECK(end.cancel_count == 0 && end.tool_calls == 0, "%s: no tool call leaves", name);
    }
}

/* Of a worker that a reset has replaced nothing is heard: not one event behind the terminal. */
static void check_reset_races(live_client *client)
{
    live_end first = live_wait(client, live_send(client, "brig.reset", NULL), LIVE_IGNORE);

    CHECK(!first.is_error, "a reset: %s", first.code);
    for (unsigned i = 0; i < RACES; i++) {
        uint64_t code =
            live_send_code(client, "repeat 1000000 0000000e950102a67374646f7574c4017880", LONG_MS);
        (void)poll(NULL, 0, (int)i); /* the flood may have begun */
        uint64_t reset = live_send(client, "brig.reset", NULL);
        live_end end = live_wait(client, code, LIVE_IGNORE);
        CHECK(strcmp(end.code, "cancelled") == 0 && strcmp(end.state, "lost") == 0,
              "a flood ends by the reset: %s, %s", end.code, end.state);
        end = live_wait(client, reset, LIVE_IGNORE);
        CHECK(!end.is_error, "the reset follows it: %s", end.code);
    }
}

static void check_decided_ends(arena *a)
{
    live_client patient;

    open_session(&a->server, &patient, LONG_MS);
    check_races(&patient);
    check_last_words(&patient);
    check_reset_races(&patient);
    live_leave(&patient);
}

int main(void)
{
    static arena a = {.generation = 1};

    live_server_start_with(&a.server, LIVE_NO_SPARES);
    open_session(&a.server, &a.attacker, GRACE_MS);
    open_session(&a.server, &a.bystander, GRACE_MS);
    check_bystander(&a, "at first");
    check_reset(&a, "at first");
    a.quiet = live_server_settle(&a.server);
    const attack all = {.name = "all of it", .growth_bytes = SMALL};
    uint64_t before_bytes = live_server_memory_bytes(&a.server);
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
        check_attack(&a, &attacks[i]);
    check_pours(&a);
    check_decided_ends(&a);
    live_leave(&a.attacker);
    check_bystander(&a, "at last");
    check_growth(&all, before_bytes, live_server_memory_bytes(&a.server));
    live_leave(&a.bystander);
    live_server_stop(&a.server);
    return 0;
}
