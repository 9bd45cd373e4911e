/* SPDX-License-Identifier: MIT */
/* Values from R to C, back to R, and to C again: the same bytes, and identical to R (spec 9). */
#include "live.h"

struct value_case {
    const char *name;
    const char *code;
};

static const struct value_case cases[] = {
    {"NULL", "NULL"},
    {"a logical", "TRUE"},
    {"a missing logical", "NA"},
    {"an integer", "7L"},
    {"a missing integer", "NA_integer_"},
    {"a double", "1.5"},
    {"a missing double is not NaN", "c(NA, NaN, Inf, -Inf, -0)"},
    {"NaN alone", "NaN"},
    {"a missing double alone", "NA_real_"},
    {"a text with letters beyond ASCII", "\"gr\\u00fc\\u00df \\u4e2d\""},
    {"a missing text among texts", "c(\"a\", NA, \"\")"},
    {"an empty vector", "integer(0)"},
    {"bytes", "as.raw(c(0, 255, 10))"},
    {"complex numbers", "c(1+2i, NA)"},
    {"a named vector", "c(a = 1, b = 2)"},
    {"a matrix with dimnames", "matrix(1:6, 2, dimnames = list(c(\"a\", \"b\"), NULL))"},
    {"a list without names", "list(1, \"two\", NULL, list(3))"},
    {"a list with names keeps their order", "list(z = 1, a = list(b = TRUE))"},
    {"a list with a name twice", "list(a = 1, a = 2)"},
    {"a factor with a missing value",
     "factor(c(\"lo\", NA, \"hi\", \"lo\"), levels = c(\"lo\", \"hi\"))"},
    {"an ordered factor", "factor(c(\"b\", \"a\"), levels = c(\"a\", \"b\"), ordered = TRUE)"},
    {"dates with a missing one", "as.Date(c(\"2026-01-31\", NA, \"1969-12-31\"))"},
    {"a point in time with its zone",
     "as.POSIXct(1e9, origin = \"1970-01-01\", tz = \"Europe/Berlin\")"},
    {"a data frame with a factor, dates and missing values of every kind",
     "data.frame(n = c(1, NA, NaN), i = c(1L, NA, 3L), s = c(\"a\", NA, \"c\"), b = c(TRUE, NA, "
     "FALSE),\n"
     "  f = factor(c(\"x\", NA, \"y\")), d = as.Date(c(\"2026-02-28\", NA, \"2024-02-29\")))"},
    {"a data frame without rows", "data.frame(a = integer(0), b = character(0))"},
    {"a data frame with row names", "data.frame(a = 1:2, row.names = c(\"first\", \"second\"))"},
};

enum { ARGS_BYTES = 65536 };

/* The value's bytes, kept beyond the next call. */
static void evaluate(struct live *session, const char *code, brig_buffer *to)
{
    brig_result result = live_eval(session, code);

    brig_buffer_clear(to);
    brig_buffer_append(to, result.value->encoded);
}

static void send_back(struct live *session, const struct value_case *c, const brig_buffer *first,
                      brig_result *ret_result)
{
    brig_eval eval = {.code = "back"};
    brig_status status;
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "back");
    brig_pack_raw(&args, brig_buffer_span(first));
    eval.args = brig_buffer_span(&args);
    status = brig_client_eval(session->client, &eval, ret_result);
    CHECK(status == BRIG_OK, "%s: %s", c->name, brig_client_error(session->client)->message);
    brig_buffer_done(&args);
}

static void run_case(struct live *session, const struct value_case *c)
{
    char code[1024];
    brig_buffer first;
    brig_result result;

    brig_buffer_init(&first, ARGS_BYTES);
    evaluate(session, c->code, &first);
    CHECK(first.len > 0 && first.fault == BRIG_OK, "%s", c->name);
    send_back(session, c, &first, &result);
    CHECK(brig_span_equal(result.value->encoded, brig_buffer_span(&first)), "%s: other bytes",
          c->name);
    (void)snprintf(code, sizeof(code), "identical(back, %s)", c->code);
    live_holds(session, code);
    brig_buffer_done(&first);
}

int main(void)
{
    struct live session;

    live_open(&session, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(&session, &cases[i]);
    live_close(&session);
    return EXIT_SUCCESS;
}
