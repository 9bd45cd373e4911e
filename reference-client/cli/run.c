/* SPDX-License-Identifier: MIT */
/* brig run: code in, output and exit status out. */
#include "interrupt.h"
#include "report.h"
#include "session_options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_SNIPPETS = 64,
    MAX_FILES = 64,
    CODE_BYTES = 64 * 1024 * 1024,
    JSON_VALUE_BYTES = 8 * 1024 * 1024,
    OPTION_JSON = OPTION_OF_COMMAND,
    OPTION_DEADLINE,
    OPTION_FILE,
    OPTION_PLOT_DIR,
    OPTION_RAW,
};

static const char usage_text[] =
    "usage: brig run [OPTION…] [-e CODE]… [FILE | -]\n\n"
    "  -e CODE              run this; several run one after another in one session\n"
    "  --json               one JSON object: value, output, error, usage, sandbox\n"
    "  --deadline SECONDS   for each piece of code\n"
    "  --file PATH[=NAME]   copy a file into the workspace first; may be repeated\n"
    "  --plot-dir DIRECTORY save plots there\n"
    "  --raw                pass control characters to the terminal\n" SESSION_USAGE;

/* --file PATH[=NAME] */
struct input_file {
    const char *path;
    const char *name; /* in the workspace */
};

struct run {
    session_options session;
    const char *snippets[MAX_SNIPPETS];
    size_t snippet_count;
    struct input_file files[MAX_FILES];
    size_t file_count;
    brig_buffer script; /* FILE or standard input */
    uint64_t deadline_ms;
    report_options report_options;
    bool json;
    brig_report report;
    json_t *object; /* --json */
};

static bool set_deadline(struct run *run, const char *argument)
{
    char *end;
    double seconds;

    errno = 0;
    seconds = strtod(argument, &end);
    /* A day is more than any server grants. */
    if (errno != 0 || *end != '\0' || !(seconds > 0) || seconds > 86400) {
        (void)brig_complain(0, "--deadline wants seconds above 0, not %s", argument);
        return false;
    }
    run->deadline_ms = (uint64_t)ceil(seconds * 1000);
    return true;
}

static bool add_snippet(struct run *run, const char *code)
{
    if (run->snippet_count == MAX_SNIPPETS) {
        (void)brig_complain(0, "more than %d pieces of code", MAX_SNIPPETS);
        return false;
    }
    run->snippets[run->snippet_count++] = code;
    return true;
}

static bool add_file(struct run *run, char *argument)
{
    char *equals = strrchr(argument, '=');
    const char *slash;

    if (run->file_count == MAX_FILES) {
        (void)brig_complain(0, "more than %d files", MAX_FILES);
        return false;
    }
    if (equals != NULL)
        *equals = '\0';
    slash = strrchr(argument, '/');
    run->files[run->file_count++] = (struct input_file){
        .path = argument,
        .name = equals != NULL  ? equals + 1
                : slash != NULL ? slash + 1
                                : argument,
    };
    return true;
}

/* Asked before anything starts: a wrong path is a mistake on the command line. */
static bool can_read(const char *path)
{
    if (strcmp(path, "-") == 0 || access(path, R_OK) == 0)
        return true;
    (void)brig_complain(0, "%s: %s", path, strerror(errno));
    return false;
}

static bool take_option(struct run *run, int option)
{
    switch (option) {
    case 'e':
        return add_snippet(run, optarg);
    case OPTION_JSON:
        run->json = true;
        return true;
    case OPTION_DEADLINE:
        return set_deadline(run, optarg);
    case OPTION_FILE:
        return add_file(run, optarg);
    case OPTION_PLOT_DIR:
        run->report_options.plot_dir = optarg;
        return true;
    case OPTION_RAW:
        run->report_options.mode = TERMINAL_RAW;
        return true;
    default:
        return brig_session_option(&run->session, option, optarg) == OPTION_TAKEN;
    }
}

static bool read_script(struct run *run, const char *path)
{
    const brig_span nul = {(const uint8_t *)"", 1};

    if (!brig_read_file(path, &run->script))
        return false;
    brig_buffer_append(&run->script, nul);
    if (run->script.fault != BRIG_OK ||
        memchr(run->script.data, '\0', run->script.len) != run->script.data + run->script.len - 1) {
        (void)brig_complain(0, "%s: not a text", path);
        return false;
    }
    return add_snippet(run, (const char *)run->script.data);
}

/* False: the exit status is in *ret_exit. */
static bool parse(struct run *run, int argc, char **argv, int *ret_exit)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, OPTION_JSON},
        {"deadline", required_argument, NULL, OPTION_DEADLINE},
        {"file", required_argument, NULL, OPTION_FILE},
        {"plot-dir", required_argument, NULL, OPTION_PLOT_DIR},
        {"raw", no_argument, NULL, OPTION_RAW},
        SESSION_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    int option;

    *ret_exit = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "e:", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            (void)fputs(usage_text, stdout);
            *ret_exit = EXIT_SUCCESS;
            return false;
        }
        if (!take_option(run, option))
            return false;
    }
    if (!brig_session_options_end(&run->session))
        return false;
    if (argc - optind > 1 || (argc == optind && run->snippet_count == 0)) {
        (void)fputs(usage_text, stderr);
        return false;
    }
    for (size_t i = 0; i < run->file_count; i++)
        if (!can_read(run->files[i].path))
            return false;
    return argc == optind || read_script(run, argv[optind]);
}

static bool put_file(brig_client *client, const struct input_file *file)
{
    brig_buffer data;
    bool is_put;

    brig_buffer_init(&data, BRIG_LIMIT_FILE_BYTES);
    is_put = brig_read_file(file->path, &data);
    if (is_put && brig_client_put(client, file->name, brig_buffer_span(&data)) != BRIG_OK) {
        (void)brig_complain(0, "%s: %s", file->path, brig_client_error(client)->message);
        is_put = false;
    }
    brig_buffer_done(&data);
    return is_put;
}

static void report_result(struct run *run, const brig_result *result)
{
    if (!run->json)
        return;
    (void)json_object_set_new(run->object, "value", brig_json_of(result->value));
    (void)json_object_set_new(run->object, "usage",
                              brig_json_of(brig_value_get(result->meta, "usage")));
}

static void report_error(struct run *run, const brig_error *error)
{
    if (!run->json) {
        brig_report_error(&run->report, error);
        return;
    }
    (void)json_object_set_new(run->object, "error", brig_report_error_json(error));
    (void)json_object_set_new(run->object, "usage",
                              brig_json_of(brig_value_get(error->data, "usage")));
}

static int run_snippet(struct run *run, brig_client *client, const char *code)
{
    const brig_eval eval = {.code = code,
                            .form = run->json ? BRIG_FORM_PLAIN : BRIG_FORM_NONE,
                            .value_bytes = run->json ? JSON_VALUE_BYTES : 0,
                            .deadline_ms = run->deadline_ms};
    struct sigaction before;
    brig_result result;
    brig_status status;

    brig_interrupt_begin(client, &before);
    status = brig_client_eval(client, &eval, &result);
    brig_interrupt_end(&before);
    brig_report_flush(&run->report);
    if (status == BRIG_OK) {
        report_result(run, &result);
        return EXIT_SUCCESS;
    }
    report_error(run, brig_client_error(client));
    return status == BRIG_FAILED ? EXIT_CODE_FAILED : EXIT_INFRASTRUCTURE;
}

static int run_all(struct run *run, brig_client *client)
{
    int exit_code = EXIT_SUCCESS;

    for (size_t i = 0; i < run->file_count; i++)
        if (!put_file(client, &run->files[i]))
            return EXIT_INFRASTRUCTURE;
    for (size_t i = 0; i < run->snippet_count && exit_code == EXIT_SUCCESS; i++)
        exit_code = run_snippet(run, client, run->snippets[i]);
    if (run->report.plots_seen > 0 && run->report_options.plot_dir == NULL && !run->json)
        (void)brig_complain(0, "plots were drawn (%u); --plot-dir DIRECTORY saves them",
                            run->report.plots_seen);
    return exit_code;
}

static int run_session(struct run *run)
{
    const brig_client_config config = {
        .software = "brig " BRIG_VERSION, .on_notice = brig_report_notice, .context = &run->report};
    brig_result opened;
    brig_client *client = brig_session_begin(&run->session, &config, &opened);
    int exit_code;

    if (client == NULL)
        return EXIT_INFRASTRUCTURE;
    if (run->json) {
        brig_report_collect(&run->report);
        run->object = json_pack("{s:n, s:n, s:n, s:o, s:o}", "value", "error", "usage", "engine",
                                brig_json_of(brig_value_get(opened.value, "engine")), "sandbox",
                                brig_json_of(brig_value_get(opened.value, "sandbox")));
    }
    exit_code = run_all(run, client);
    (void)brig_client_close(client);
    brig_client_free(client);
    if (run->json) {
        brig_report_into(&run->report, run->object);
        brig_json_print(run->object);
    }
    return exit_code;
}

int brig_cmd_run(int argc, char **argv)
{
    struct run run = {.deadline_ms = 0};
    int exit_code;

    brig_buffer_init(&run.script, CODE_BYTES);
    if (!parse(&run, argc, argv, &exit_code))
        goto out;
    exit_code = EXIT_INFRASTRUCTURE;
    if (brig_report_init(&run.report, &run.report_options))
        exit_code = run_session(&run);
    brig_report_done(&run.report);
out:
    json_decref(run.object);
    brig_buffer_done(&run.script);
    return exit_code;
}
