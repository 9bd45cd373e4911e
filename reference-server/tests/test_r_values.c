/* SPDX-License-Identifier: MIT */
/* Values between R and the wire, in both directions and in every form (spec 7.2, 9). */
#include <string.h>

#include <brig/pack.h>

#include "check.h"
#include "test_r_harness.h"

enum { ARGS_BYTES = 64 * 1024 };

static const struct value_case {
    const char *code;
    const char *form;
    const char *value; /* in the notation of test_r_notation.h; with meta.value appended */
} cases[] = {
    {"NULL", "full", "nil"},
    {"TRUE", "full", "true"},
    {"1L", "full", "1"},
    {"1", "full", "1.0"},
    {"'a'", "full", "\"a\""},
    {"NA", "full", "NA:lgl"},
    {"NA_integer_", "full", "NA:i32"},
    {"NA_real_", "full", "NA:f64"},
    {"NaN", "full", "NaN"},
    {"NA_character_", "full", "NA:txt"},
    {"1i", "full", "cpl(0.0+1.0i)"},
    {"as.raw(c(0, 255))", "full", "h'00ff'"},
    {"c(TRUE, NA, FALSE)", "full", "lgl(true, NA, false)"},
    {"c(1L, NA)", "full", "i32(1, NA)"},
    {"1:3", "full", "i32(1, 2, 3)"},
    {"c(1, NA, NaN, -Inf)", "full", "f64(1.0, NA, NaN, -Inf)"},
    {"c('a', NA, '\\u00e9')", "full", "txt(\"a\", NA, \"é\")"},
    {"iconv('\\u00e9', 'UTF-8', 'latin1')", "full", "\"é\""},
    {"rawToChar(as.raw(c(97, 255)))", "full", "\"a\\xff\""},
    {"rawToChar(as.raw(c(rep(97, 11), 255, rep(98, 9))))", "full", "\"aaaaaaaaaaa\\xffbbbbbbbbb\""},
    {"paste0(strrep('a', 13), '\\u00e9', strrep('b', 10))", "full", "\"aaaaaaaaaaaaaébbbbbbbbbb\""},
    {"character(0)", "full", "txt()"},
    {"list()", "full", "[]"},
    {"setNames(list(), character(0))", "full", "{}"},
    {"list(1L, 'a', NULL)", "full", "[1, \"a\", nil]"},
    {"list(b = 1L, a = list(c = TRUE))", "full", "{\"b\": 1, \"a\": {\"c\": true}}"},
    {"list(a = 1L, a = 2L)", "full", "plain([1, 2]{\"names\": txt(\"a\", \"a\")})"},
    {"list(a = 1L, 2L)", "full", "plain([1, 2]{\"names\": txt(\"a\", \"\")})"},
    {"c(a = 1, b = 2)", "full", "plain(f64(1.0, 2.0){\"names\": txt(\"a\", \"b\")})"},
    {"matrix(1:4, 2, dimnames = list(c('x', 'y'), NULL))", "full",
     "plain(i32(1, 2, 3, 4){\"dim\": i32(2, 2), \"dimnames\": [txt(\"x\", \"y\"), nil]})"},
    {"table(g = c('a', 'b', 'a'))", "full",
     "plain(i32(2, 1){\"dim\": i32(2), \"dimnames\": {\"g\": txt(\"a\", \"b\")}})"},
    {"factor(c('u', NA, 'v'))", "full",
     "factor(i32(0, NA, 1){\"levels\": txt(\"u\", \"v\"), \"ordered\": false})"},
    {"as.Date('1970-01-03')", "full", "date(f64(2.0))"},
    {".POSIXct(c(1.5, NA), 'UTC')", "full", "datetime(f64(1.5, NA){\"tz\": \"UTC\"})"},
    {"as.POSIXlt(.POSIXct(1.5, 'Europe/Oslo'))", "full",
     "datetime(f64(1.5){\"tz\": \"Europe/Oslo\"})"},
    {"as.difftime(c(2, NA), units = 'hours')", "full", "duration(f64(7200.0, NA))"},
    {"data.frame(x = 1L)", "full", "table([i32(1)]{\"names\": txt(\"x\"), \"rows\": 1})"},
    {"data.frame(f = factor('a'), l = I(list(NULL)))", "full",
     "table([factor(i32(0){\"levels\": txt(\"a\"), \"ordered\": false}), [nil]]"
     "{\"names\": txt(\"f\", \"l\"), \"rows\": 1})"},
    {"head(mtcars[1], 1)", "full",
     "table([f64(21.0)]{\"names\": txt(\"mpg\"), \"rows\": 1, \"row_names\": txt(\"Mazda RX4\")})"},
    {"data.frame()", "full", "table([]{\"names\": txt(), \"rows\": 0})"},
    {"structure(1, class = 'integer64')", "full", "4607182418800017408"},
    {"structure('123456789012345678901', class = 'integer')", "full",
     "integer(\"123456789012345678901\")"},
    {"structure(NA_character_, class = 'integer')", "full", "integer(txt(NA))"},
    {"structure(list('image/png' = as.raw(1)), class = 'brig_media')", "full",
     "media({\"image/png\": h'01'})"},
    {"I(list(1L))", "full", "[1]"},
    {"sum", "full",
     "opaque([\"function\"]; \"function (..., na.rm = FALSE)  .Primitive(\"sum\")\\n\") omitted"},
    {"list(quote(a + b))", "full", "[opaque([\"call\"]; \"a + b\\n\")]"},
    {"x ~ y", "full", "opaque([\"formula\"]; \"x ~ y\\n\") omitted"},
    {"structure(list(), class = c('odd', 'thing'))", "full",
     "opaque([\"odd\", \"thing\"]; \"list()\\nattr(,\"class\")\\n[1] \"odd\"   \"thing\"\\n\") "
     "omitted"},
    {"print.bad <- function(x, ...) stop(); structure(1, class = 'bad')", "full",
     "opaque([\"bad\"]; \"\") omitted"},
    {"structure(1:3, class = 'factor', levels = 'a')", "full",
     "opaque([\"factor\"]; \"\") omitted"},
    {"structure(list(a = 1:2, b = 1), class = 'data.frame', row.names = 1:2)[0]", "full",
     "table([]{\"names\": txt(), \"rows\": 2})"},
    {"sink('/dev/null'); sum", "full",
     "opaque([\"function\"]; \"function (..., na.rm = FALSE)  .Primitive(\"sum\")\\n\") omitted"},
    {"as.numeric(1:100)", "full-10",
     "opaque([\"numeric\"]; \"  [1]   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  "
     "16  17  18\\n [19]  19  20  21  22  23  24  25  26  27  28  29  30  31  32  33  34  35  "
     "36\\n [37]  37  38  39  40  41  42  43  44  45  46  47  48  49  50  51  52  53  54\\n [55]"
     "  55  56  57  58  59  60  61  62  63  64  65  66  67  68  69  70  71  72\\n [73]  73  74  "
     "75  76  77  78  79  80  81  82  83  84  85  86  87  88  89  90\\n [91]  91  92  93  94  95"
     "  96  97  98  99 100\\n\") omitted"},
    {"1:3", "none", "nil"},
    {"1:3", "text", "\"[1] 1 2 3\\n\""},
    {"c(1, NA)", "plain", "[1.0, nil]"},
    {"c(a = 1L, b = NA)", "plain", "{\"a\": 1, \"b\": nil}"},
    {"matrix(1:4, 2)", "plain", "[[1, 3], [2, 4]]"},
    {"data.frame(x = 1L, f = factor('u'), d = as.Date('2024-01-02'))", "plain",
     "{\"x\": [1], \"f\": [\"u\"], \"d\": [\"2024-01-02\"]}"},
    {".POSIXct(0, 'UTC')", "plain", "\"1970-01-01T00:00:00Z\""},
    {".POSIXct(1.5, 'UTC')", "plain", "\"1970-01-01T00:00:01.500Z\""},
    {"as.difftime(1, units = 'mins')", "plain", "60.0"},
    {"list(1i, sum)", "plain",
     "[\"0+1i\", \"function (..., na.rm = FALSE)  .Primitive(\"sum\")\\n\"]"},
};

static void send_eval(struct worker *worker, const char *code, const char *form)
{
    bool is_small = strcmp(form, "full-10") == 0;
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 3);
    brig_pack_key_text(&args, "code", code);
    brig_pack_key_text(&args, "value", is_small ? "full" : form);
    brig_pack_key_uint(&args, "value_bytes", is_small ? 10 : ARGS_BYTES);
    worker_call(worker, "brig.eval", &args);
    brig_buffer_done(&args);
}

static void check_value(const struct value_case *c)
{
    char expected[2048];
    char code[512];
    const char *omitted = strstr(c->value, " omitted");
    int len = (int)(omitted != NULL ? (size_t)(omitted - c->value) : strlen(c->value));
    struct worker worker;
    const char *seen;

    (void)snprintf(code, sizeof(code), "invisible({%s})", c->code);
    (void)snprintf(expected, sizeof(expected), "RESULT %.*s {%s\"visible\": false}\n", len,
                   c->value, omitted != NULL ? "\"value\": \"omitted\", " : "");
    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    send_eval(&worker, code, c->form);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, expected) == 0, "%s as %s:\n%s--- expected\n%s", c->code, c->form, seen,
          expected);
    CHECK(worker_end(&worker) == 0, "exit status");
}

/* What a value is in R when it comes as an argument, and that it goes back as it came. */
static const struct round_case {
    const char *code; /* a value as R makes it; sent, and sent back as the argument x */
    const char *is;   /* an expression of x that is TRUE */
} rounds[] = {
    {"c(1.5, NA, NaN)", "identical(x, c(1.5, NA, NaN))"},
    {"c(1L, NA)", "identical(x, c(1L, NA))"},
    {"c(TRUE, NA)", "identical(x, c(TRUE, NA))"},
    {"c('a', NA)", "identical(x, c('a', NA))"},
    {"c(1i, NA)", "identical(x, c(1i, NA))"},
    {"NA_character_", "identical(x, NA_character_)"},
    {"as.raw(1:2)", "identical(x, as.raw(1:2))"},
    {"list(a = 1, b = list(NULL))", "identical(x, list(a = 1, b = list(NULL)))"},
    {"list(a = 1, a = 2)", "identical(x, list(a = 1, a = 2))"},
    {"setNames(1:2, c('p', 'q'))", "identical(x, c(p = 1L, q = 2L))"},
    {"array(1:8, c(2, 2, 2))", "identical(x, array(1:8, c(2, 2, 2)))"},
    {"table(g = c('a', 'b'))", "identical(dimnames(x), list(g = c('a', 'b')))"},
    {"factor(c('u', NA), levels = c('v', 'u'))",
     "identical(x, factor(c('u', NA), levels = c('v', 'u')))"},
    {"factor('u', ordered = TRUE)", "is.ordered(x)"},
    {"as.Date('2024-02-29')", "identical(x, as.Date('2024-02-29'))"},
    {".POSIXct(1.5, 'UTC')", "identical(x, .POSIXct(1.5, 'UTC'))"},
    {"as.difftime(3, units = 'mins')", "identical(x, as.difftime(180, units = 'secs'))"},
    {"head(mtcars, 3)", "identical(x, head(mtcars, 3))"},
    {"data.frame(a = 1:2, b = c('x', NA))", "identical(x, data.frame(a = 1:2, b = c('x', NA)))"},
    {"structure('9007199254740993', class = 'integer')", "inherits(x, 'integer')"},
    {"sum", "inherits(x, 'brig_opaque') && identical(x$class, 'function')"},
    {"structure(list('text/plain' = 'p'), class = 'brig_media')", "inherits(x, 'brig_media')"},
};

/* The terminal's value, copied out. */
static void receive_value(struct worker *worker, brig_buffer *to)
{
    brig_message message;

    do
        CHECK(worker_receive(worker, &message), "the worker is gone");
    while (message.type == BRIG_MESSAGE_EVENT);
    CHECK(message.type == BRIG_MESSAGE_RESULT, "%.*s", (int)message.text.len,
          (const char *)message.text.data);
    brig_buffer_clear(to);
    brig_buffer_append(to, message.body);
}

static void send_with_argument(struct worker *worker, const char *code, const brig_buffer *x)
{
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "code", code);
    brig_pack_cstring(&args, "args");
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "x");
    brig_pack_raw(&args, brig_buffer_span(x));
    worker_call(worker, "brig.eval", &args);
    brig_buffer_done(&args);
}

static void check_round(const struct round_case *c)
{
    char code[512];
    brig_buffer sent;
    brig_buffer returned;
    struct worker worker;
    const char *seen;

    brig_buffer_init(&sent, ARGS_BYTES);
    brig_buffer_init(&returned, ARGS_BYTES);
    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    (void)snprintf(code, sizeof(code), "invisible(%s)", c->code);
    worker_eval(&worker, code);
    receive_value(&worker, &sent);
    (void)snprintf(code, sizeof(code), "invisible(%s)", c->is);
    send_with_argument(&worker, code, &sent);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT true {\"visible\": false}\n") == 0, "%s: %s: %s", c->code, c->is,
          seen);
    send_with_argument(&worker, "invisible(x)", &sent);
    receive_value(&worker, &returned);
    CHECK(brig_span_equal(brig_buffer_span(&sent), brig_buffer_span(&returned)),
          "%s goes back as other octets", c->code);
    CHECK(worker_end(&worker) == 0, "exit status");
    brig_buffer_done(&sent);
    brig_buffer_done(&returned);
}

static void check_nul_is_refused(void)
{
    /* VAL-024 */
    const char *expected = "ERROR bad_arguments \"a text holds U+0000, which R cannot\" "
                           "{\"path\": \"/args/x\"}\n";
    struct worker worker;
    const char *seen;
    brig_buffer text;

    brig_buffer_init(&text, ARGS_BYTES);
    brig_pack_text(&text, (brig_span){(const uint8_t *)"a\0b", 3});
    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    send_with_argument(&worker, "x", &text);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, expected) == 0, "a text with U+0000: %s", seen);
    CHECK(worker_end(&worker) == 0, "exit status");
    brig_buffer_done(&text);
}

/* Deeper than a message may be, and larger than value_bytes: the printed form instead. */
static void check_too_deep(void)
{
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, "x <- 1; for (i in 1:40) x <- list(x); invisible(x)");
    seen = worker_transcript(&worker);
    CHECK(strncmp(seen, "RESULT opaque([\"list\"];", 23) == 0, "a deep list: %s", seen);
    CHECK(strstr(seen, "{\"value\": \"omitted\", \"visible\": false}") != NULL, "meta: %s", seen);
    CHECK(worker_end(&worker) == 0, "exit status");
}

int main(void)
{
    harness_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_value(&cases[i]);
    for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
        check_round(&rounds[i]);
    check_nul_is_refused();
    check_too_deep();
    return EXIT_SUCCESS;
}
