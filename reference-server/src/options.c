/* SPDX-License-Identifier: MIT */
/* The command line of brigd (ARCHITECTURE.md, "brigd"). */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <getopt.h>

const char brig_options_help[] =
    "Usage: brigd --config FILE\n"
    "       brigd --listen unix:PATH --key-file FILE\n"
    "       brigd --connection-fd N --key-fd N\n"
    "       brigd --config FILE --check-config\n"
    "       brigd [--config FILE] --print-plan PROFILE\n"
    "       brigd [--config FILE] --self-test PROFILE\n"
    "       brigd --verify-audit FILE...\n"
    "\n"
    "Serve sandboxed sessions of Brig/1.\n"
    "\n"
    "  --config FILE        profiles, listeners and limits (YAML)\n"
    "  --listen unix:PATH   listen on a Unix socket (not together with --config)\n"
    "  --key-file FILE      key of that socket: 64 hex digits and a newline, mode 0600\n"
    "  --connection-fd N    serve one connection, inherited as descriptor N, and end with it\n"
    "  --key-fd N           its key, read from descriptor N\n"
    "  --worker PATH        the program brig-worker, if it is not beside brigd\n"
    "  --check-config       read the configuration, say what level each profile gets\n"
    "                       on this machine, and end\n"
    "  --print-plan PROFILE print the sandbox of a profile, step by step, and end\n"
    "  --self-test PROFILE  start its sandbox, try to get out, print what stopped each try, and "
    "end\n"
    "  --verify-audit       follow the chain of an audit log through its files, the oldest first,\n"
    "                       name the first line that is wrong, and end\n"
    "  --version            print the version and end\n"
    "  --help               print this text and end\n"
    "\n"
    "Without a configuration there are three profiles: `standard` (no programs can be started),\n"
    "`tools` (they can) and `strict` (an engine of its own for each session, tighter limits).\n"
    "A listening brigd takes sockets from systemd where LISTEN_FDS says so.\n"
    "SIGTERM and SIGINT end brigd with all its sessions; SIGHUP makes it open the audit log anew,\n"
    "or ends it if there is none.\n"
    "Exit status: 0 ended as asked, 1 the audit log is not whole, 2 usage or configuration, 3 the "
    "system lacks something.\n";

enum {
    OPTION_CONFIG = 1,
    OPTION_LISTEN,
    OPTION_KEY_FILE,
    OPTION_CONNECTION_FD,
    OPTION_KEY_FD,
    OPTION_WORKER,
    OPTION_CHECK_CONFIG,
    OPTION_PRINT_PLAN,
    OPTION_SELF_TEST,
    OPTION_VERIFY_AUDIT,
    OPTION_VERSION,
    OPTION_HELP,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"key-file", required_argument, NULL, OPTION_KEY_FILE},
    {"connection-fd", required_argument, NULL, OPTION_CONNECTION_FD},
    {"key-fd", required_argument, NULL, OPTION_KEY_FD},
    {"worker", required_argument, NULL, OPTION_WORKER},
    {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
    {"print-plan", required_argument, NULL, OPTION_PRINT_PLAN},
    {"self-test", required_argument, NULL, OPTION_SELF_TEST},
    {"verify-audit", no_argument, NULL, OPTION_VERIFY_AUDIT},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static brig_status parse_descriptor(const char *text, int *ret_fd)
{
    char *end = NULL;

    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < 0 || number > INT_MAX)
        return BRIG_ARGUMENT;
    *ret_fd = (int)number;
    return BRIG_OK;
}

static brig_status parse_address(const char *text, const char **ret_path)
{
    static const char scheme[] = "unix:";

    if (strncmp(text, scheme, sizeof(scheme) - 1) != 0 || text[sizeof(scheme) - 1] == '\0')
        return BRIG_ARGUMENT;
    *ret_path = text + sizeof(scheme) - 1;
    return BRIG_OK;
}

static brig_status set_mode(brig_options *options, brig_mode mode)
{
    options->mode = mode;
    return BRIG_OK;
}

static brig_status take_option(brig_options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config_path = value;
        return BRIG_OK;
    case OPTION_LISTEN:
        return parse_address(value, &options->listen_path);
    case OPTION_KEY_FILE:
        options->key_path = value;
        return BRIG_OK;
    case OPTION_CONNECTION_FD:
        return parse_descriptor(value, &options->connection_fd);
    case OPTION_KEY_FD:
        return parse_descriptor(value, &options->key_fd);
    case OPTION_WORKER:
        options->worker_path = value;
        return BRIG_OK;
    case OPTION_CHECK_CONFIG:
        return set_mode(options, BRIG_MODE_CHECK_CONFIG);
    case OPTION_PRINT_PLAN:
        options->profile = value;
        return set_mode(options, BRIG_MODE_PRINT_PLAN);
    case OPTION_SELF_TEST:
        options->profile = value;
        return set_mode(options, BRIG_MODE_SELF_TEST);
    case OPTION_VERIFY_AUDIT:
        return set_mode(options, BRIG_MODE_VERIFY_AUDIT);
    case OPTION_VERSION:
        return set_mode(options, BRIG_MODE_VERSION);
    case OPTION_HELP:
        return set_mode(options, BRIG_MODE_HELP);
    default:
        return BRIG_ARGUMENT;
    }
}

/* Of those that say whom to serve. */
static const char *find_serving_conflict(const brig_options *options)
{
    bool has_connection = options->connection_fd >= 0;

    if (has_connection != (options->key_fd >= 0))
        return "--connection-fd and --key-fd belong together";
    if ((options->listen_path != NULL) != (options->key_path != NULL))
        return "--listen and --key-file belong together";
    if (options->listen_path != NULL && (has_connection || options->config_path != NULL))
        return "--listen goes neither with --connection-fd nor with --config";
    return NULL;
}

/* What is missing or contradictory, or NULL. */
static const char *find_conflict(const brig_options *options)
{
    bool has_connection = options->connection_fd >= 0;
    const char *conflict = find_serving_conflict(options);

    if (options->mode == BRIG_MODE_VERSION || options->mode == BRIG_MODE_HELP)
        return NULL;
    if (options->mode == BRIG_MODE_VERIFY_AUDIT)
        return options->audit_path_count == 0 ? "--verify-audit needs a file" : NULL;
    if (conflict != NULL)
        return conflict;
    if (options->mode == BRIG_MODE_CHECK_CONFIG && options->config_path == NULL)
        return "--check-config needs --config";
    if (options->mode == BRIG_MODE_SELF_TEST && (has_connection || options->listen_path != NULL))
        return "--self-test serves nobody: it goes neither with --listen nor with --connection-fd";
    if (options->mode == BRIG_MODE_SERVE && !has_connection && options->listen_path == NULL &&
        options->config_path == NULL)
        return "one of --config, --listen and --connection-fd is needed";
    return NULL;
}

brig_status brig_options_parse(int argc, char *const argv[], brig_options *ret_options, char *error,
                               size_t error_bytes)
{
    brig_options options = {.connection_fd = -1, .key_fd = -1};
    int option = 0;

    optind = 1;
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): brigd has one thread */
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (take_option(&options, option, optarg) != BRIG_OK) {
            (void)snprintf(error, error_bytes, "`%s` is not understood; see --help",
                           argv[optind - 1]);
            return BRIG_ARGUMENT;
        }
    }
    if (options.mode == BRIG_MODE_VERIFY_AUDIT) {
        options.audit_paths = (const char *const *)argv + optind;
        options.audit_path_count = (size_t)(argc - optind);
    } else if (optind < argc) {
        (void)snprintf(error, error_bytes, "`%s` is not an option; see --help", argv[optind]);
        return BRIG_ARGUMENT;
    }
    const char *conflict = find_conflict(&options);
    if (conflict != NULL) {
        (void)snprintf(error, error_bytes, "%s; see --help", conflict);
        return BRIG_ARGUMENT;
    }
    *ret_options = options;
    return BRIG_OK;
}
