/* SPDX-License-Identifier: MIT */
/* The worker as a process: interrupts, forked children, quit(), what a fork must not share. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "test_r_harness.h"

/* The code says when it is about to hang, so that the signal never comes too early. */
static const struct interrupt_case {
    const char *name;
    const char *code;
    const char *rest; /* of the transcript, after the sign */
} interrupts[] = {
    {"an endless loop stops", "repeat {}", "ERROR cancelled \"the code was interrupted\" {}\n"},
    {"a sleep stops", "Sys.sleep(60)", "ERROR cancelled \"the code was interrupted\" {}\n"},
    {"a wait for forked children stops", "parallel::mclapply(1:2, function(i) Sys.sleep(60))",
     "ERROR cancelled \"the code was interrupted\" {}\n"},
    {"code can handle an interrupt",
     "tryCatch(repeat {}, interrupt = function(i) 'handled', finally = cat('finally\\n'))",
     "stdout finally\n[1] \"handled\"\n\nRESULT \"handled\" {\"visible\": true}\n"},
};

static void await_sign(struct worker *worker)
{
    brig_message message;

    CHECK(worker_receive(worker, &message), "the worker is gone");
    CHECK(message.type == BRIG_MESSAGE_EVENT && brig_span_is(message.name, "message"),
          "another message than the sign");
}

static void check_interrupt(const struct interrupt_case *c)
{
    char code[512];
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    (void)snprintf(code, sizeof(code), "kept <- 1L\nmessage('ready')\n%s", c->code);
    worker_eval(&worker, code);
    await_sign(&worker);
    CHECK(kill(-worker.pid, SIGINT) == 0, "kill");
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, c->rest) == 0, "%s:\n%s--- expected\n%s", c->name, seen, c->rest);
    worker_eval(&worker, "invisible(kept)");
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT 1 {\"visible\": false}\n") == 0, "%s: state: %s", c->name, seen);
    CHECK(worker_end(&worker) == 0, "%s: exit status", c->name);
}

/* An interrupt that comes between calls belongs to none. */
static void check_late_interrupt(void)
{
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, "1L");
    (void)worker_transcript(&worker);
    CHECK(kill(worker.pid, SIGINT) == 0, "kill");
    worker_eval(&worker, "for (i in 1:100000) i; invisible(2L)");
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT 2 {\"visible\": false}\n") == 0, "a late interrupt: %s", seen);
    CHECK(worker_end(&worker) == 0, "exit status");
}

/* quit() ends the process with its status, and what was printed before still arrives. */
static void check_quit(void)
{
    struct worker worker;
    const char *seen;
    int status;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, "reg.finalizer(globalenv(), function(e) cat('never'), onexit = TRUE)\n"
                         "cat('last words'); quit(status = 7)");
    seen = worker_transcript(&worker);
    CHECK(strstr(seen, "last words") != NULL && strstr(seen, "never") == NULL, "quit: %s", seen);
    status = worker_wait(&worker);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7, "quit: status %x", (unsigned)status);
}

/* Children write to the descriptors, not to the channel. WRK-004 */
static void check_children(void)
{
    static const char code[] = "x <- parallel::mclapply(1:2, function(i) {\n"
                               "    if (i == 1) { cat('from a child\\n'); message('note') }\n"
                               "    5L\n"
                               "})\n"
                               "invisible(x[[1]])";
    char raw[256] = "";
    size_t len = 0;
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, code);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT 5 {\"visible\": false}\n") == 0, "a child's output: %s", seen);
    while (len < sizeof(raw) - 1 && strstr(raw, "note") == NULL) {
        ssize_t got = read(worker.raw[0], raw + len, sizeof(raw) - 1 - len);

        CHECK(got > 0, "the child's output is not there");
        len += (size_t)got;
        raw[len] = '\0';
    }
    CHECK(strcmp(raw, "from a child\nnote\n") == 0, "raw: %s", raw);
    CHECK(worker_end(&worker) == 0, "exit status");
}

/* Two forks of one template share neither random numbers nor a directory. */
static void check_sessions_differ(void)
{
    static const char code[] = "invisible(c(basename(tempdir()), basename(tempfile())))";
    char first[512];
    struct worker worker;

    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, code);
    (void)snprintf(first, sizeof(first), "%s", worker_transcript(&worker));
    CHECK(worker_end(&worker) == 0, "exit status");
    worker_start(&worker, NULL);
    (void)worker_transcript(&worker);
    worker_eval(&worker, code);
    CHECK(strcmp(worker_transcript(&worker), first) != 0, "both sessions have %s", first);
    CHECK(worker_end(&worker) == 0, "exit status");
}

int main(void)
{
    harness_start();
    for (size_t i = 0; i < sizeof(interrupts) / sizeof(interrupts[0]); i++)
        check_interrupt(&interrupts[i]);
    check_late_interrupt();
    check_quit();
    check_children();
    check_sessions_differ();
    check_code("a seed makes random numbers known", "identical(runif(2), {set.seed(1); runif(2)})",
               "stdout [1] TRUE\n\nRESULT true {\"visible\": true}\n");
    return EXIT_SUCCESS;
}
