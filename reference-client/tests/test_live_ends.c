/* SPDX-License-Identifier: MIT */
/* The ways a code call ends, and what each does to the session's state (spec 7.2, 8). */
#include "live.h"

#include <pthread.h>
#include <signal.h>

struct end_case {
    const char *name;
    const char *code;
    uint64_t deadline_ms;
    brig_error_code error;
    brig_survival state;
    const char *text; /* part of the message */
};

/* Each with a variable `kept` that was set before; what is lost ends with a reset. */
static const struct end_case cases[] = {
    {"a condition is a runtime error and keeps the state", "stop(\"no such thing\")", 0,
     BRIG_ERROR_RUNTIME, BRIG_SURVIVAL_KEPT, "no such thing"},
    {"what is no program is a parse error and keeps the state", "1 +", 0, BRIG_ERROR_PARSE,
     BRIG_SURVIVAL_KEPT, "unexpected end of input"},
    {"a deadline interrupts a loop and keeps the state", "repeat {}", 300, BRIG_ERROR_DEADLINE,
     BRIG_SURVIVAL_KEPT, ""},
    {"a deadline interrupts a sleep and keeps the state", "Sys.sleep(600)", 300,
     BRIG_ERROR_DEADLINE, BRIG_SURVIVAL_KEPT, ""},
    {"code that swallows interrupts is killed at its deadline and loses the state",
     "repeat tryCatch(Sys.sleep(600), interrupt = function(e) NULL)", 300, BRIG_ERROR_DEADLINE,
     BRIG_SURVIVAL_LOST, ""},
    {"a worker that is killed has crashed", "tools::pskill(Sys.getpid(), 9); Sys.sleep(600)", 0,
     BRIG_ERROR_CRASHED, BRIG_SURVIVAL_LOST, ""},
    {"code that quits has exited", "quit(\"no\", 7)", 0, BRIG_ERROR_EXITED, BRIG_SURVIVAL_LOST, ""},
};

static void renew(struct live *session, const struct end_case *c, uint64_t generation)
{
    brig_result result;

    (void)live_fails(session, "1", 0, BRIG_ERROR_STALE);
    CHECK(brig_client_reset(session->client, &result) == BRIG_OK, "%s: %s", c->name,
          brig_client_error(session->client)->message);
    CHECK(brig_value_get_uint(result.value, "generation", 0) == generation, "%s", c->name);
    live_holds(session, "!exists(\"kept\")");
}

static void run_case(struct live *session, const struct end_case *c, uint64_t *generation)
{
    const brig_error *error;
    brig_survival state;

    (void)live_eval(session, "kept <- 1");
    error = live_fails(session, c->code, c->deadline_ms, c->error);
    state = error->state;
    CHECK(strstr(error->message, c->text) != NULL, "%s: %s", c->name, error->message);
    CHECK(error->generation == *generation, "%s", c->name);
    CHECK(brig_value_get(brig_value_get(error->data, "usage"), "wall_ms") != NULL, "%s", c->name);
    CHECK(state == c->state, "%s: state %d", c->name, state);
    if (state == BRIG_SURVIVAL_LOST)
        renew(session, c, ++*generation);
    else
        live_holds(session, "kept == 1");
}

static void test_parse_position(struct live *session)
{
    const brig_error *error = live_fails(session, "x <- 1\ny <- )", 0, BRIG_ERROR_PARSE);

    CHECK(brig_value_get_uint(error->data, "line", 0) == 2, "the line of a parse error");
}

static struct live *interrupted; /* for the signal handler */

static void on_signal(int number)
{
    (void)number;
    brig_client_interrupt(interrupted->client);
}

/* Sent from the code's own output, so that no clock is involved: it runs when we interrupt it. */
static void *interrupt_from_thread(void *context)
{
    struct live *session = context;

    brig_client_interrupt(session->client);
    return NULL;
}

struct trigger {
    struct live session;
    bool by_signal;
    bool is_pulled;
    pthread_t thread;
};

static void on_ready(void *context, brig_tool_call *call)
{
    static const uint8_t nil[] = {0xc0};
    struct trigger *trigger = context;

    brig_tool_call_answer(call, (brig_span){nil, sizeof(nil)});
    trigger->is_pulled = true;
    if (trigger->by_signal)
        CHECK(raise(SIGUSR1) == 0, "raise");
    else
        CHECK(pthread_create(&trigger->thread, NULL, interrupt_from_thread, &trigger->session) == 0,
              "thread");
}

static void test_interrupt(bool by_signal)
{
    struct trigger trigger = {.by_signal = by_signal};
    const brig_tool tool = {.name = "ready", .handler = on_ready, .context = &trigger};
    const brig_open open = {.tools = &tool, .tool_count = 1};
    const struct sigaction action = {.sa_handler = on_signal};
    const brig_error *error;

    CHECK(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
    live_open(&trigger.session, &open);
    interrupted = &trigger.session;
    error = live_fails(&trigger.session, "kept <- 2; ready(); repeat {}", 0, BRIG_ERROR_CANCELLED);
    CHECK(error->state == BRIG_SURVIVAL_KEPT && trigger.is_pulled, "cancelled keeps the state");
    live_holds(&trigger.session, "kept == 2");
    /* With no code call open, an interrupt means nothing, and is not kept for the next one. */
    brig_client_interrupt(trigger.session.client);
    live_holds(&trigger.session, "kept == 2");
    brig_client_interrupt(trigger.session.client);
    CHECK(brig_client_ping(trigger.session.client) == BRIG_OK, "ping");
    live_holds(&trigger.session, "kept == 2");
    if (!by_signal)
        CHECK(pthread_join(trigger.thread, NULL) == 0, "thread");
    live_close(&trigger.session);
}

static void on_output(void *context, const brig_notice *notice)
{
    brig_client *const *client = context;

    if (notice->kind == BRIG_EVENT_KIND_STDOUT &&
        memchr(notice->bytes.data, '.', notice->bytes.len))
        brig_client_interrupt(*client);
}

/* Only its sight ends the code before its deadline. */
static void test_output_of_sleeping_code(void)
{
    brig_client *client = NULL;
    const brig_open open = {0};
    const brig_client_config config = {.on_notice = on_output, .context = &client};
    const brig_eval eval = {.code = "cat(\"waiting\\n\"); cat(\".\"); Sys.sleep(600)",
                            .deadline_ms = 20000};

    CHECK(brig_client_new(&config, &client) == BRIG_OK &&
              brig_client_start(client, NULL) == BRIG_OK &&
              brig_client_open(client, &open, NULL) == BRIG_OK,
          "a session: %s", brig_client_error(client)->message);
    CHECK(brig_client_eval(client, &eval, NULL) == BRIG_FAILED, "it does not end by itself");
    CHECK(brig_client_error(client)->code == BRIG_ERROR_CANCELLED,
          "what code says before it sleeps is seen while it sleeps: %s",
          brig_client_error(client)->code_name);
    CHECK(brig_client_close(client) == BRIG_CLOSED, "close");
    brig_client_free(client);
}

int main(void)
{
    size_t descriptors = live_count_descriptors();
    uint64_t generation = 1;
    struct live session;

    live_open(&session, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(&session, &cases[i], &generation);
    test_parse_position(&session);
    live_close(&session);
    test_interrupt(true);
    test_interrupt(false);
    test_output_of_sleeping_code();
    CHECK(live_count_descriptors() == descriptors, "a descriptor is left");
    return EXIT_SUCCESS;
}
