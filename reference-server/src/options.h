/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_OPTIONS_H
#define BRIG_SERVER_OPTIONS_H

#include <stddef.h>

#include <brig/status.h>

/* What the command line asks for. Texts are borrowed from argv; NULL and -1 mean "not given". */
typedef enum brig_mode {
    BRIG_MODE_SERVE,        /* --config, --listen or --connection-fd */
    BRIG_MODE_CHECK_CONFIG, /* --check-config */
    BRIG_MODE_PRINT_PLAN,   /* --print-plan PROFILE */
    BRIG_MODE_SELF_TEST,    /* --self-test PROFILE */
    BRIG_MODE_VERIFY_AUDIT, /* --verify-audit FILE… */
    BRIG_MODE_VERSION,
    BRIG_MODE_HELP,
} brig_mode;

typedef struct brig_options {
    brig_mode mode;
    const char *config_path;
    const char *listen_path; /* of `--listen unix:PATH` */
    const char *key_path;
    const char *worker_path;
    const char *profile;            /* of --print-plan and --self-test */
    const char *const *audit_paths; /* of --verify-audit */
    size_t audit_path_count;
    int connection_fd;
    int key_fd;
} brig_options;

/* Exit statuses of brigd. */
enum {
    BRIG_EXIT_OK = 0,
    BRIG_EXIT_TAMPERED = 1, /* --verify-audit */
    BRIG_EXIT_USAGE = 2,
    BRIG_EXIT_SYSTEM = 3,
};

/* BRIG_OK, or BRIG_ARGUMENT with a sentence in error. */
brig_status brig_options_parse(int argc, char *const argv[], brig_options *ret_options, char *error,
                               size_t error_bytes);

/* The text of --help. */
extern const char brig_options_help[];

#endif
