/* SPDX-License-Identifier: MIT */
/* What code does and says, as events and one terminal (spec 7.2, 7.6, 8). */
#include <string.h>

#include "check.h"
#include "test_r_harness.h"

#define SIMPLE(kind)  "\"classes\": [\"simple" kind "\", "
#define ERROR_CLASSES SIMPLE("Error") "\"error\", \"condition\"]"
#define OVERFLOW_TEXT "C stack usage"

static const struct code_case {
    const char *name;
    const char *code;
    const char *transcript;
} cases[] = {
    {"a visible value is printed and is the result", "1 + 1",
     "stdout [1] 2\n\nRESULT 2.0 {\"visible\": true}\n"},
    {"an invisible value is only the result", "x <- 5L", "RESULT 5 {\"visible\": false}\n"},
    {"the last of several expressions is the result", "x <- 2; x\nx * 2L; invisible(x)",
     "stdout [1] 2\n[1] 4\n\nRESULT 2.0 {\"visible\": false}\n"},
    {"the value before the last expression is at hand, as at R's prompt",
     "invisible(20L); .Last.value + 1L", "stdout [1] 21\n\nRESULT 21 {\"visible\": true}\n"},
    {"no code is NULL", "", "RESULT nil {\"visible\": false}\n"},
    {"what is printed keeps its order",
     "cat('a'); cat('b\\n', file = stderr()); message('m'); cat('c\\n')",
     "stdout a\nstderr b\n\n"
     "message {\"message\": \"m\\n\", " SIMPLE(
         "Message") "\"message\", \"condition\"]}\n"
                    "stdout c\n\nRESULT nil {\"visible\": false}\n"},
    {"sink() and capture.output() take the output", "capture.output(print('x'))[1]",
     "stdout [1] \"[1] \\\"x\\\"\"\n\nRESULT \"[1] \"x\"\" {\"visible\": true}\n"},
    {"a warning is one event and does not end the code", "as.integer('z')",
     "warning {\"message\": \"NAs introduced by coercion\", " SIMPLE(
         "Warning") "\"warning\", \"condition\"]}\n"
                    "stdout [1] NA\n\nRESULT NA:i32 {\"visible\": true}\n"},
    {"with options(warn = 2) a warning is an error", "options(warn = 2); warning('w'); 1",
     "ERROR runtime \"(converted from warning) w\" {" ERROR_CLASSES
     ", \"traceback\": [\"warning(\"w\")\", \".signalSimpleWarning(\"w\", base::quote(NULL))\", "
     "\"withRestarts({\", \"withOneRestart(expr, restarts[[1L]])\", "
     "\"doWithOneRestart(return(expr), restart)\"]}\n"},
    {"with options(warn = -1) a warning is nothing", "options(warn = -1); warning('w'); 1L",
     "stdout [1] 1\n\nRESULT 1 {\"visible\": true}\n"},
    {"handlers of the code come first",
     "suppressWarnings(warning('a'))\n"
     "tryCatch(warning('b'), warning = function(w) invisible(conditionMessage(w)))",
     "RESULT \"b\" {\"visible\": false}\n"},
    {"an error tells classes, call and traceback", "f <- function(n) stop('deep ', n); f(3)",
     "ERROR runtime \"deep 3\" {" ERROR_CLASSES
     ", \"call\": \"f(3)\", \"traceback\": [\"f(3)\", \"stop(\"deep \", n)\"]}\n"},
    {"an error object keeps its classes",
     "stop(structure(class = c('mine', 'error', 'condition'), list(message = 'm', call = NULL)))",
     "ERROR runtime \"m\" {\"classes\": [\"mine\", \"error\", \"condition\"], \"traceback\": "
     "[\"stop(structure(class = c(\"mine\", \"error\", \"condition\"), list(message = \"m\", "
     "call = NULL)))\"]}\n"},
    {"a value that cannot be allocated is an error", "numeric(1e15)",
     "ERROR runtime \"cannot allocate vector of size 7450580.6 Gb\" {" ERROR_CLASSES
     ", \"traceback\": [\"numeric(1e+15)\"]}\n"},
    {"an error in a print method is the code's",
     "print.p <- function(x, ...) stop('no'); structure(1, class = 'p')",
     "ERROR runtime \"no\" {" ERROR_CLASSES ", \"call\": \"print.p(x)\", \"traceback\": "
     "[\"(function (x, ...) \", \"print.p(x)\", \"stop(\"no\")\"]}\n"},
    {"a jump to top level is told from an error", "invokeRestart('abort')",
     "ERROR runtime \"the code jumped to top level\" {\"classes\": [\"error\", \"condition\"], "
     "\"traceback\": []}\n"},
    {"code that ends too early does not parse, and none of it runs", "cat('x')\n1 +",
     "ERROR parse \"unexpected end of input\\n1: cat('x')\\n2: 1 +\\n  ^\" "
     "{\"line\": 3, \"column\": 1}\n"},
    {"the place of a parse error is told", "x <- 1\na b",
     "ERROR parse \"unexpected symbol\\n1: x <- 1\\n2: a b\\n     ^\" "
     "{\"line\": 2, \"column\": 3}\n"},
    {"what R's parser raises by itself is a parse error as well", "x <- 1\n'\\q'",
     "ERROR parse \"'\\q' is an unrecognized escape in character string starting \"'\\q\"\" "
     "{\"line\": 1, \"column\": 1}\n"},
    {"what R's parser warns of is an event", "invisible(1.5L)",
     "warning {\"message\": \"integer literal 1.5L contains decimal; using numeric value\", "
     "\"classes\": [\"simpleWarning\", \"warning\", \"condition\"]}\n"
     "RESULT 1.5 {\"visible\": false}\n"},
    {"top-level code has no frame of ours", "list(sys.nframe(), sys.call())[1]; sys.nframe()",
     "stdout [[1]]\n[1] 0\n\n[1] 0\n\nRESULT 0 {\"visible\": true}\n"},
    {"code cannot stand in for what the engine uses",
     ".Internal <- function(...) stop('mine'); withVisible <- .Internal; 2L",
     "stdout [1] 2\n\nRESULT 2 {\"visible\": true}\n"},
    {"the session is not interactive without standard input", "interactive(); readline('x')",
     "stdout [1] FALSE\nx\n[1] \"\"\n\nRESULT \"\" {\"visible\": true}\n"},
    {"a plot is displayed when the code ends", "plot(1:3)",
     "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
    {"a plot that is added to is displayed once", "plot(1:3); lines(3:1)",
     "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
    {"panels of one page are one display", "par(mfrow = c(1, 2)); plot(1); plot(2)",
     "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
    {"the page of a device that is closed is displayed", "plot(1); dev.off(); invisible(1L)",
     "stdout null device \n          1 \n\n"
     "display image/png image/svg+xml\nRESULT 1 {\"visible\": false}\n"},
    {"a grid page is displayed", "grid::grid.newpage(); grid::grid.circle(); invisible()",
     "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
    {"plots beyond the limit are announced", "for (i in 1:5) plot(i)",
     "display image/png image/svg+xml\ndisplay image/png image/svg+xml\n"
     "display image/png image/svg+xml\n"
     "warning {\"message\": \"a plot is not shown: the code has drawn more than the limit "
     "displays\", \"classes\": [\"warning\", \"condition\"]}\n"
     "RESULT nil {\"visible\": false}\n"},
    {"a plot to a file of the code's own is no display",
     "f <- tempfile(); png(f); plot(1); invisible(dev.off()); file.size(f) > 100",
     "stdout [1] TRUE\n\nRESULT true {\"visible\": true}\n"},
    {"progress is told", "progress(0.5, 'half')",
     "progress {\"fraction\": 0.5, \"text\": \"half\"}\nRESULT nil {\"visible\": false}\n"},
};

/* The numbers in its text differ; the state must survive. */
static void check_overflow(void)
{
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, "kept <- 7L; f <- function() f(); options(expressions = 500000); f()");
    seen = worker_transcript(&worker);
    CHECK(strstr(seen, "ERROR runtime \"" OVERFLOW_TEXT) != NULL, "a stack overflow: %s", seen);
    CHECK(strstr(seen, "\"CStackOverflowError\"") != NULL, "its class: %s", seen);
    worker_eval(&worker, "invisible(kept)");
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT 7 {\"visible\": false}\n") == 0, "state is kept: %s", seen);
    CHECK(worker_end(&worker) == 0, "exit status");
}

/* A page stays open between calls, and what is added to it is displayed anew. */
static void check_page_grows(void)
{
    static const char *const steps[][2] = {
        {"plot(1:3)", "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
        {"invisible(1L)", "RESULT 1 {\"visible\": false}\n"},
        {"lines(3:1)", "display image/png image/svg+xml\nRESULT nil {\"visible\": false}\n"},
    };
    struct worker worker;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const char *seen;

        worker_eval(&worker, steps[i][0]);
        seen = worker_transcript(&worker);
        CHECK(strcmp(seen, steps[i][1]) == 0, "a page grows: %s: %s", steps[i][0], seen);
    }
    CHECK(worker_end(&worker) == 0, "exit status");
}

int main(void)
{
    harness_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_code(cases[i].name, cases[i].code, cases[i].transcript);
    check_overflow();
    check_page_grows();
    return EXIT_SUCCESS;
}
