/* SPDX-License-Identifier: MIT */
/* R's engine where messages are small: what code makes larger leaves in another way (spec 11.3). */
#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>

#include "check.h"
#include "test_r_harness.h"

enum { MESSAGE_BYTES = 1048576, ARGS_BYTES = 4096 };

/* The harness breaks off at a message above MESSAGE_BYTES. WRK-017 */
static const struct narrow_case {
    const char *name;
    const char *code;  /* made invisible */
    const char *start; /* of the transcript */
    const char *end;   /* of the transcript */
} cases[] = {
    /* WRK-018 */
    {"a value below the limit is itself", "raw(900000)", "RESULT h'000",
     "00' {\"visible\": false}\n"},
    {"a value above it is replaced", "raw(1048577)", "RESULT opaque([\"raw\"];",
     "{\"value\": \"omitted\", \"visible\": false}\n"},
    {"so are texts with more octets than letters", "rep(strrep('\\u00e9', 600), 1000)",
     "RESULT opaque(", "{\"value\": \"omitted\", \"visible\": false}\n"},
    {"a value of many small ones is replaced", "as.list(seq_len(120000) + 0.5)", "RESULT opaque(",
     "{\"value\": \"omitted\", \"visible\": false}\n"},
    /* WRK-019 */
    {"arguments below the limit are sent", "nchar(echo(strrep('x', 1000000)))",
     "CALL echo {\"x\": \"xxx", "\"}\nRESULT 1000000 {\"visible\": false}\n"},
    {"arguments above it are an error that code can catch, and the next call is sent",
     "list(tryCatch(echo(strrep('x', 1048577)), error = conditionMessage), echo(1L))",
     "CALL echo {\"x\": 1}\nRESULT [\"tool 'echo': the arguments are too large or too deep\", 1]",
     " {\"visible\": false}\n"},
    {"nobody catches it", "echo(raw(1048577))",
     "ERROR runtime \"tool 'echo': the arguments are too large or too deep\"", "}\n"},
    {"output is as long as it is", "{cat(strrep('x', 3000000)); 5L}", "stdout xxx",
     "xxx\nRESULT 5 {\"visible\": false}\n"},
    {"so is a condition, which has a bound of its own", "{message(strrep('x', 3000000)); 5L}",
     "message {\"message\": \"xxx", "RESULT 5 {\"visible\": false}\n"},
    {"and an error", "stop(strrep('x', 3000000))", "ERROR runtime \"xxx", "}\n"},
    {"a plot above it is not shown, and a warning names the limit",
     "{plot.new(); rasterImage(array(runif(2880000), c(800, 1200, 3)), 0, 0, 1, 1); 5L}",
     "warning {\"message\": \"a plot is not shown: it is larger than the limit message_bytes\"",
     "RESULT 5 {\"visible\": false}\n"},
};

static void pack_echo(brig_buffer *to)
{
    brig_pack_array(to, 1);
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "name", "echo");
    brig_pack_cstring(to, "params");
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "type", "object");
    brig_pack_cstring(to, "properties");
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "x");
    brig_pack_map(to, 0);
}

static void start_narrow(struct worker *worker)
{
    brig_buffer tools;
    brig_buffer args;

    brig_buffer_init(&tools, ARGS_BYTES);
    brig_buffer_init(&args, ARGS_BYTES);
    pack_echo(&tools);
    pack_open_narrow(&args, &tools, MESSAGE_BYTES);
    worker_start(worker, &args);
    CHECK(strcmp(worker_transcript(worker), "RESULT {}\n") == 0, "open");
    brig_buffer_done(&args);
    brig_buffer_done(&tools);
}

static void check_narrow(struct worker *worker, const struct narrow_case *c)
{
    char code[512];
    size_t end_bytes = strlen(c->end);
    const char *seen;

    (void)snprintf(code, sizeof(code), "invisible(%s)", c->code);
    worker_eval(worker, code);
    seen = worker_transcript(worker);
    size_t len = strlen(seen);
    CHECK(strncmp(seen, c->start, strlen(c->start)) == 0, "%s: begins %.200s", c->name, seen);
    CHECK(len >= end_bytes && strcmp(seen + len - end_bytes, c->end) == 0, "%s: ends %s", c->name,
          seen + (len > 200 ? len - 200 : 0));
}

/* An engine is never told of less than the protocol's least. */
static void check_too_narrow(void)
{
    static const char expected[] = "ERROR bad_arguments";
    struct worker worker;
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    pack_open_narrow(&args, NULL, MESSAGE_BYTES - 1);
    worker_start(&worker, &args);
    const char *seen = worker_transcript(&worker);
    CHECK(strncmp(seen, expected, strlen(expected)) == 0, "too narrow: %s", seen);
    CHECK(worker_end(&worker) == 0, "exit status");
    brig_buffer_done(&args);
}

int main(void)
{
    struct worker worker;

    harness_start();
    start_narrow(&worker);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_narrow(&worker, &cases[i]);
    CHECK(worker_end(&worker) == 0, "exit status");
    check_too_narrow();
    return EXIT_SUCCESS;
}
