/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_SESSION_OPTIONS_H
#define BRIG_CLI_SESSION_OPTIONS_H

#include <getopt.h>

#include "cli.h"

enum { MAX_LIMITS = 32 };

/* Options that every command with a session has: which server, which sandbox. */
typedef struct session_options {
    brig_address address; /* .socket_path NULL: a private server */
    brig_server server;
    brig_open open;
    brig_limit limits[MAX_LIMITS];
} session_options;

/* For getopt_long(): values no letter has. */
enum {
    OPTION_CONNECT = 256,
    OPTION_KEY_FILE,
    OPTION_SERVER_KEY,
    OPTION_SERVER,
    OPTION_PROFILE,
    OPTION_ENGINE,
    OPTION_LIMIT,
    OPTION_HELP,
    OPTION_OF_COMMAND, /* the first that a command may use for its own */
};

#define SESSION_OPTIONS \
    {"connect", required_argument, NULL, OPTION_CONNECT}, \
        {"key-file", required_argument, NULL, OPTION_KEY_FILE}, \
        {"server-key", required_argument, NULL, OPTION_SERVER_KEY}, \
        {"server", required_argument, NULL, OPTION_SERVER}, \
        {"profile", required_argument, NULL, OPTION_PROFILE}, \
        {"engine", required_argument, NULL, OPTION_ENGINE}, \
        {"limit", required_argument, NULL, OPTION_LIMIT}, \
    { \
        "help", no_argument, NULL, OPTION_HELP \
    }

#define SESSION_USAGE \
    "  --connect unix:PATH  use this server; without it, a private one is started\n" \
    "  --key-file FILE      the key shared with it, or with --server-key our secret key\n" \
    "  --server-key FILE    its public key\n" \
    "  --server PROGRAM     the brigd to start\n" \
    "  --profile NAME       of the server; default standard\n" \
    "  --engine NAME        that must run the code; default: the profile's\n" \
    "  --limit NAME=NUMBER  tighten a limit, such as memory_bytes=268435456\n" \
    "  --help\n"

typedef enum option_verdict {
    OPTION_TAKEN,
    OPTION_WRONG, /* complained about */
    OPTION_NOT_OURS,
} option_verdict;

/* Texts are borrowed from argv. */
option_verdict brig_session_option(session_options *options, int option, char *argument);

/* Is everything there that belongs together? Complains if not. */
bool brig_session_options_end(session_options *options);

/* Connect or start, then open. Complains, and returns NULL, if it fails. The caller owns it. */
brig_client *brig_session_begin(const session_options *options, const brig_client_config *config,
                                brig_result *ret_opened);

#endif
