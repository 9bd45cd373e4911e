/* SPDX-License-Identifier: MIT */
/* brig repl: lines in, one session. */
#include "interrupt.h"
#include "report.h"
#include "session_options.h"

#include <stdlib.h>
#include <string.h>

#include <unistd.h>

enum {
    CODE_BYTES = 1024 * 1024,
    OPTION_RAW = OPTION_OF_COMMAND,
};

static const char usage_text[] =
    "usage: brig repl [OPTION…]\n\n"
    "Read code from standard input and run it as soon as it is complete.\n\n"
    "  --raw                pass control characters to the terminal\n" SESSION_USAGE;

struct repl {
    session_options session;
    report_options report_options;
    brig_report report;
    brig_client *client;
    brig_buffer code; /* what has been entered of an unfinished expression */
};

static void prompt(const struct repl *repl)
{
    if (isatty(STDIN_FILENO) != 1)
        return;
    (void)fputs(repl->code.len == 0 ? "> " : "+ ", stdout);
    (void)fflush(stdout);
}

/* Engines say in their own words that more is expected; this is R's. */
static bool is_unfinished(const brig_error *error)
{
    return error->code == BRIG_ERROR_PARSE &&
           strstr(error->message, "unexpected end of input") != NULL;
}

static bool renew(struct repl *repl)
{
    (void)brig_complain(0, "the worker is gone; a new one starts, without variables and files");
    if (brig_client_reset(repl->client, NULL) == BRIG_OK)
        return true;
    brig_report_error(&repl->report, brig_client_error(repl->client));
    return false;
}

/* False: the session cannot go on. */
static bool evaluate(struct repl *repl, bool is_last)
{
    const brig_eval eval = {.code = (const char *)repl->code.data, .form = BRIG_FORM_NONE};
    struct sigaction before;
    const brig_error *error;
    brig_status status;

    brig_interrupt_begin(repl->client, &before);
    status = brig_client_eval(repl->client, &eval, NULL);
    brig_interrupt_end(&before);
    brig_report_flush(&repl->report);
    if (status == BRIG_OK) {
        brig_buffer_clear(&repl->code);
        return true;
    }
    error = brig_client_error(repl->client);
    if (status == BRIG_FAILED && is_unfinished(error) && !is_last)
        return true;
    brig_buffer_clear(&repl->code);
    brig_report_error(&repl->report, error);
    if (status != BRIG_FAILED)
        return false;
    return error->state != BRIG_SURVIVAL_LOST || renew(repl);
}

/* The NUL makes a text of the code; the next line takes its place. */
static bool add_line(struct repl *repl, const char *line, size_t len)
{
    const brig_span nul = {(const uint8_t *)"", 1};

    if (repl->code.len > 0)
        repl->code.data[repl->code.len - 1] = '\n';
    brig_buffer_append(&repl->code, (brig_span){(const uint8_t *)line, len});
    brig_buffer_append(&repl->code, nul);
    if (repl->code.fault == BRIG_OK)
        return true;
    (void)brig_complain(0, "%s", brig_status_text(repl->code.fault));
    return false;
}

static int read_lines(struct repl *repl)
{
    char *line = NULL;
    size_t capacity = 0;
    bool goes_on = true;
    ssize_t len;

    prompt(repl);
    while (goes_on && (len = getline(&line, &capacity, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            len--;
        goes_on = add_line(repl, line, (size_t)len) && evaluate(repl, false);
        prompt(repl);
    }
    free(line);
    if (goes_on && repl->code.len > 0)
        goes_on = evaluate(repl, true);
    return goes_on ? EXIT_SUCCESS : EXIT_INFRASTRUCTURE;
}

static int run_session(struct repl *repl)
{
    const brig_client_config config = {.software = "brig " BRIG_VERSION,
                                       .on_notice = brig_report_notice,
                                       .context = &repl->report};
    brig_result opened;
    int exit_code;

    repl->client = brig_session_begin(&repl->session, &config, &opened);
    if (repl->client == NULL)
        return EXIT_INFRASTRUCTURE;
    exit_code = read_lines(repl);
    (void)brig_client_close(repl->client);
    brig_client_free(repl->client);
    return exit_code;
}

int brig_cmd_repl(int argc, char **argv)
{
    static const struct option options[] = {
        {"raw", no_argument, NULL, OPTION_RAW},
        SESSION_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    struct repl repl = {.client = NULL};
    int exit_code = EXIT_INFRASTRUCTURE;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return fputs(usage_text, stdout) < 0 ? EXIT_INFRASTRUCTURE : EXIT_SUCCESS;
        if (option == OPTION_RAW)
            repl.report_options.mode = TERMINAL_RAW;
        else if (brig_session_option(&repl.session, option, optarg) != OPTION_TAKEN)
            return EXIT_USAGE;
    }
    if (!brig_session_options_end(&repl.session))
        return EXIT_USAGE;
    if (optind != argc) {
        (void)fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
    brig_buffer_init(&repl.code, CODE_BYTES);
    if (brig_report_init(&repl.report, &repl.report_options))
        exit_code = run_session(&repl);
    brig_report_done(&repl.report);
    brig_buffer_done(&repl.code);
    return exit_code;
}
