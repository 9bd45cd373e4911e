/* SPDX-License-Identifier: MIT */
/* Whole sessions with brigd, template, shim and walls: how code calls end (spec 7.2, 7.4, 11.2). */
#include <string.h>

#include <poll.h>

#include "check.h"
#include "live_client.h"

enum { LONG_MS = 60000 };

/* One code call in a session of its own, and a second one after it. */
typedef struct call_case {
    const char *name;
    const char *code;
    uint64_t deadline_ms;
    const char *error;  /* "": RESULT */
    const char *reason; /* data.reason */
    const char *state;
    uint64_t number;
    const char *output;
    const char *next; /* how the next code call ends; "" if it runs in the same worker */
} call_case;

static const call_case cases[] = {
    {"code that says something", "say hi", LONG_MS, "", "", "", 0, "hi", ""},
    {"raw output precedes the terminal", "raw b", LONG_MS, "", "", "", 0, "[b]", ""},
    {"an error of the code keeps the state", "fail runtime", LONG_MS, "runtime", "", "kept", 0, "",
     ""},
    {"a tool is called", "tool echo", LONG_MS, "", "", "", 0, "tool: result\n", ""},
    {"code that stops at its deadline keeps the state", "spin", 50, "deadline", "", "kept", 0, "",
     ""},
    {"code that does not is killed", "deaf", 50, "deadline", "", "lost", 0, "", "stale"},
    {"an exit is told with its status", "exit 7", LONG_MS, "exited", "", "lost", 7, "", "stale"},
    {"a signal is told with its number", "signal 6", LONG_MS, "crashed", "signal", "lost", 6, "",
     "stale"},
    {"a terminal for another call kills the worker", "forge", LONG_MS, "crashed", "protocol",
     "lost", 0, "", "stale"},
    {"a worker that claims usage is killed", "claim", LONG_MS, "crashed", "protocol", "lost", 0, "",
     "stale"},
    {"unreadable bytes kill the worker", "garbage", LONG_MS, "crashed", "protocol", "lost", 0, "",
     "stale"},
    {"a worker that closes its channel is killed", "mute", LONG_MS, "crashed", "protocol", "lost",
     0, "", "stale"},
    {"a tool that nobody granted kills the worker", "tool nope", LONG_MS, "crashed", "protocol",
     "lost", 0, "", "stale"},
    {"brig.input without stdin kills the worker", "tool brig.input", LONG_MS, "crashed", "protocol",
     "lost", 0, "", "stale"},
    {"a code of the server's kills the worker", "fail deadline", LONG_MS, "crashed", "protocol",
     "lost", 0, "", "stale"},
};

static void check_end(const call_case *c, const live_end *end)
{
    CHECK(strcmp(end->code, c->error) == 0, "%s: code `%s`", c->name, end->code);
    CHECK(strcmp(end->reason, c->reason) == 0, "%s: reason `%s`", c->name, end->reason);
    CHECK(strcmp(end->state, c->state) == 0, "%s: state `%s`", c->name, end->state);
    CHECK(end->number == c->number, "%s: number %llu", c->name, (unsigned long long)end->number);
    CHECK(strcmp(end->output, c->output) == 0, "%s: output `%s`", c->name, end->output);
    CHECK(end->has_usage && end->generation == 1, "%s: generation and usage are told", c->name);
}

/* A session that is open: deadlines then measure code alone. */
static void open_session(live_client *client, const char *limit, uint64_t value)
{
    live_start(client);
    live_end end = live_wait(client, live_send_open(client, limit, value), LIVE_IGNORE);
    CHECK(!end.is_error, "the session opens: %s", end.code);
}

static void check_case(const call_case *c)
{
    bool is_kept = strcmp(c->state, "lost") != 0;
    live_client client;

    open_session(&client, "grace_ms", is_kept ? LONG_MS : 50);
    live_end end =
        live_wait(&client, live_send_code(&client, c->code, c->deadline_ms), LIVE_ANSWER);
    check_end(c, &end);
    live_end next = live_wait(&client, live_send_code(&client, "", LONG_MS), LIVE_ANSWER);
    CHECK(strcmp(next.code, c->next) == 0, "%s: the next call ends with `%s`", c->name, next.code);
    if (c->next[0] == '\0')
        CHECK(next.value == 2, "%s: the state is the same", c->name);
    live_stop(&client);
}

static void check_second_call(live_client *client)
{
    uint64_t first = live_send_code(client, "tool echo", LONG_MS);
    live_end end = live_wait(client, first, LIVE_RETURN);
    CHECK(strcmp(end.code, "tool_call") == 0, "the first call waits for its tool");
    end = live_wait(client, live_send_code(client, "", LONG_MS), LIVE_IGNORE);
    CHECK(strcmp(end.code, "busy") == 0, "a second code call is busy: %s", end.code);
    CHECK(!end.has_usage, "and has nothing to tell");
    end = live_wait(client, live_send_cancel(client, first), LIVE_IGNORE);
    CHECK(strcmp(end.outcome, "interrupting") == 0, "the first is being cancelled");
    end = live_wait(client, first, LIVE_IGNORE);
    CHECK(strcmp(end.code, "cancelled") == 0 && strcmp(end.state, "kept") == 0,
          "its end is cancelled: %s, %s", end.code, end.state);
    CHECK(end.tool_calls == 1, "its tool call is counted");
    end = live_wait(client, live_send_cancel(client, first), LIVE_IGNORE);
    CHECK(strcmp(end.outcome, "finished") == 0, "a call that has ended is finished");
    end = live_wait(client, live_send_cancel(client, 1U << 30), LIVE_IGNORE);
    CHECK(strcmp(end.outcome, "unknown") == 0, "a call that never was is unknown");
}

/* COD-014 */
static void check_reset(live_client *client)
{
    uint64_t running = live_send_code(client, "deaf", LONG_MS);
    uint64_t reset = live_send(client, "brig.reset", NULL);
    uint64_t held = live_send_code(client, "", LONG_MS);

    live_end end = live_wait(client, running, LIVE_IGNORE);
    CHECK(strcmp(end.code, "cancelled") == 0 && strcmp(end.state, "lost") == 0,
          "reset ends the running call: %s, %s", end.code, end.state);
    end = live_wait(client, reset, LIVE_IGNORE);
    CHECK(!end.is_error, "reset succeeds: %s", end.code);
    end = live_wait(client, held, LIVE_IGNORE);
    CHECK(!end.is_error && end.value == 1 && end.generation == 2,
          "the call behind it runs in the new worker");
}

/*
 * Written behind a terminal, output leads the next call, or belongs to one of the calls around it
 * if it is read in time; it is never lost and never twice.
 */
static void check_late_output(live_client *client)
{
    unsigned seen_count = 0;
    live_end end = live_wait(client, live_send_code(client, "later tail", LONG_MS), LIVE_IGNORE);

    for (int i = 0; i < 100; i++) {
        if (end.output[0] != '\0') {
            CHECK(strcmp(end.output, "<tail>") == 0 || strcmp(end.output, "[tail]") == 0,
                  "late output arrives whole and marked: %s", end.output);
            seen_count++;
        }
        end = live_wait(client, live_send_code(client, "", LONG_MS), LIVE_IGNORE);
    }
    CHECK(seen_count == 1, "late output arrives once: %u", seen_count);
}

/*
 * More than what is kept between two calls: it leads the next call, the rest is counted, and the sum
 * is what was written. Read during a call it is `raw`, so it is written until the server was first.
 * EVT-004, EVT-007
 */
static void check_late_flood(live_client *client)
{
    enum { WRITTEN = 100000, KEPT = BRIG_LIMIT_EARLY_OUTPUT_BYTES, TRIES = 50 };
    bool is_all_late = false;

    for (int i = 0; i < TRIES && !is_all_late; i++) {
        live_end end =
            live_wait(client, live_send_code(client, "after 100000", LONG_MS), LIVE_IGNORE);
        uint64_t seen_bytes = end.output_bytes;

        (void)poll(NULL, 0, 100 + 20 * i);
        end = live_wait(client, live_send_code(client, "", LONG_MS), LIVE_IGNORE);
        seen_bytes += end.output_bytes + end.dropped;
        CHECK(seen_bytes == WRITTEN, "nothing is lost uncounted: %llu octets",
              (unsigned long long)seen_bytes);
        is_all_late = end.output_bytes == KEPT && end.dropped == WRITTEN - KEPT;
        CHECK(!is_all_late || end.output[0] == '<', "it is marked late");
    }
    CHECK(is_all_late, "what comes between two calls leads the next");
}

static void check_limits(void)
{
    live_client client;

    open_session(&client, "output_bytes", 2500);
    live_end end = live_wait(&client, live_send_code(&client, "flood 10", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error && end.output_bytes == 2500, "output ends at its limit");
    CHECK(end.truncated_count == 1 && end.dropped == 7500, "what is cut is told and counted");
    live_stop(&client);

    open_session(&client, "value_bytes", 1000);
    end = live_wait(&client, live_send_code(&client, "big 2000", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error && end.is_omitted, "a value above its limit is omitted, not an ERROR");
    live_stop(&client);

    open_session(&client, "tool_calls", 1);
    end = live_wait(&client, live_send_code(&client, "tool echo\ntool echo", LONG_MS), LIVE_REFUSE);
    CHECK(strcmp(end.output, "tool: denied\ntool: budget\n") == 0, "tool calls are counted: %s",
          end.output);
    live_stop(&client);

    open_session(&client, "cpu_ms", 100);
    end = live_wait(&client, live_send_code(&client, "burn", LONG_MS), LIVE_IGNORE);
    CHECK(strcmp(end.code, "cpu") == 0 && strcmp(end.state, "kept") == 0,
          "processor time ends a call: %s", end.code);
    live_stop(&client);
}

static void check_open_tool_call(void)
{
    live_client client;

    open_session(&client, "grace_ms", LONG_MS);
    live_end end = live_wait(&client, live_send_code(&client, "tool echo", 1000), LIVE_IGNORE);
    CHECK(strcmp(end.code, "deadline") == 0 && end.cancel_count == 1,
          "a tool call that is open is cancelled before the terminal: %s", end.code);
    end = live_wait(&client, live_send_code(&client, "", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error, "and the session goes on");
    live_stop(&client);
}

static void check_vanishing(void)
{
    live_client client;

    open_session(&client, "grace_ms", 100000);
    live_end end = live_wait(&client, live_send_code(&client, "tool echo", LONG_MS), LIVE_RETURN);
    CHECK(strcmp(end.code, "tool_call") == 0, "code runs");
    live_vanish(&client); /* checks that no process is left */
}

static void check_order(void)
{
    live_client client;

    live_start(&client);
    live_end end = live_wait(&client, live_send_code(&client, "", LONG_MS), LIVE_IGNORE);
    CHECK(strcmp(end.code, "unavailable") == 0, "code before open is unavailable: %s", end.code);
    end = live_wait(&client, live_send(&client, "brig.list", NULL), LIVE_IGNORE);
    CHECK(strcmp(end.code, "unavailable") == 0, "files before open are too: %s", end.code);
    end = live_wait(&client, live_send(&client, "brig.nothing", NULL), LIVE_IGNORE);
    CHECK(strcmp(end.code, "unknown_procedure") == 0, "an unknown procedure: %s", end.code);
    (void)live_send_open(&client, "grace_ms", LONG_MS);
    check_second_call(&client);
    check_reset(&client);
    check_late_output(&client);
    check_late_flood(&client);
    end = live_wait(&client, live_send_open(&client, "grace_ms", 1), LIVE_IGNORE);
    CHECK(strcmp(end.code, "denied") == 0, "a second open is denied: %s", end.code);
    live_stop(&client);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
    check_order();
    check_limits();
    check_open_tool_call();
    check_vanishing();
    return 0;
}
