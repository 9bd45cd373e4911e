/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CONFIG_H
#define BRIG_SERVER_CONFIG_H

#include <brig/status.h>

#include "../sandbox/profile.h"
#include "audit.h"

/*
 * What the operator decides: listeners, profiles, limits (brigd.example.yaml explains each key).
 * Every text is owned by the configuration.
 */
typedef struct brig_listener_config {
    const char *path;             /* of the Unix socket */
    const char *key_path;         /* suite local: the pre-shared key; NULL: suite not offered */
    const char *static_key_path;  /* suite keyed: the server's secret; NULL: suite not offered */
    const char *client_keys_path; /* suite keyed: public keys that may connect, one a line */
    const uint32_t *allow_uids;   /* who may connect besides the server's own user */
    size_t allow_uid_count;
} brig_listener_config;

typedef struct brig_config brig_config;

struct brig_config {
    const brig_listener_config *listeners;
    size_t listener_count;
    const brig_profile *profiles;
    size_t profile_count;
    const char *worker_path; /* with the engine r; NULL: look beside brigd */
    const char *cgroup;      /* "auto", "off" or a path; NULL: auto */
    uint32_t uid_base;       /* a template of profile i runs as uid_base + i if brigd is root */
    uint32_t max_connections;
    brig_audit_config audit;
    uint32_t handshake_ms;      /* from accept to HELLO */
    uint64_t buffer_bytes;      /* of all sessions together */
    uint32_t template_sessions; /* a template that has started so many is replaced */
    void *owned;                /* config.c's own */
};

/* The configuration without a file: no listener, profiles `standard`, `tools` and `strict`. */
brig_status brig_config_new_builtin(brig_config **ret_config);

/*
 * Read a file. The built-in profiles are there unless the file defines ones with their names.
 * BRIG_OK, or BRIG_ARGUMENT, BRIG_SYSTEM or BRIG_NO_MEMORY with a text in error that names file,
 * line and key.
 */
brig_status brig_config_new(const char *path, char *error, size_t error_bytes,
                            brig_config **ret_config);
void brig_config_free(brig_config *config);

/* The last step of brig_config_new(): is it possible? path is for the sentence in error. */
brig_status brig_config_check(const brig_config *config, const char *path, char *error,
                              size_t error_bytes);

/* Its index, or profile_count. */
size_t brig_config_find_profile(const brig_config *config, const char *name, size_t name_bytes);

/*
 * The limits in force for a session: each the smaller of what the profile grants and what was
 * asked for; a limit that was not asked for has UINT64_MAX there.
 */
brig_limits brig_limits_tighten(const brig_limits *granted, const brig_limits *asked);
/* NULL, or what a profile's limits must not be. */
const char *brig_limits_fault(const brig_limits *limits);

#endif
