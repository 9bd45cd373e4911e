/* SPDX-License-Identifier: MIT */
/* Is what a configuration says possible? */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <sys/resource.h>

#include <brig/generated/protocol.h>

#include "config_audit.h"

enum {
    MAX_PROFILES = 128, /* more than there can be: so much room is above uid_base */
    MAX_CONNECTIONS = 100000,
    MAX_TEMPLATE_SESSIONS = 1000000,
    MAX_CPU_PERCENT = 1000000,
    MIN_BUFFER_BYTES = 2 * BRIG_LIMIT_MAX_MESSAGE_BYTES, /* one on its way in, one out */
};

/*
 * Code can keep as many descriptors in flight as it may have open, and the kernel counts them for
 * all sessions of a profile and their template together: the template, which has brigd's hard limit,
 * must always be able to send one more.
 */
static uint64_t most_open_files(void)
{
    struct rlimit own = {.rlim_max = RLIM_INFINITY};

    (void)getrlimit(RLIMIT_NOFILE, &own);
    return own.rlim_max / 2;
}

static brig_status check_profile(const brig_config *config, size_t index, const char *path,
                                 char *error, size_t error_bytes)
{
    const brig_profile *profile = &config->profiles[index];
    const char *fault = brig_limits_fault(&profile->limits);

    if (fault != NULL) {
        (void)snprintf(error, error_bytes, "%s: profile `%s`: limits: %s", path, profile->name,
                       fault);
        return BRIG_ARGUMENT;
    }
    if (profile->limits.open_files > most_open_files()) {
        (void)snprintf(
            error, error_bytes,
            "%s: profile `%s`: limits: open_files must be at most %llu here, half of what "
            "brigd may have itself (ulimit -Hn)",
            path, profile->name, (unsigned long long)most_open_files());
        return BRIG_ARGUMENT;
    }
    if (!brig_profile_has_r(profile) && strcmp(profile->engine, "conf") != 0) {
        (void)snprintf(error, error_bytes, "%s: profile `%s`: engine: `%s` is not known (r, conf)",
                       path, profile->name, profile->engine);
        return BRIG_ARGUMENT;
    }
    if (!brig_profile_has_r(profile) &&
        (profile->r_home != NULL || profile->libraries.count > 0 || profile->preload.count > 0 ||
         profile->harmless_threads.count > 0)) {
        (void)snprintf(error, error_bytes,
                       "%s: profile `%s`: r_home, libraries, preload and harmless_threads are of "
                       "the engine r",
                       path, profile->name);
        return BRIG_ARGUMENT;
    }
    if (profile->spares > BRIG_SPARES_MAX) {
        (void)snprintf(error, error_bytes, "%s: profile `%s`: spares must be at most %d", path,
                       profile->name, BRIG_SPARES_MAX);
        return BRIG_ARGUMENT;
    }
    if (profile->cpu_percent > MAX_CPU_PERCENT) {
        (void)snprintf(error, error_bytes, "%s: profile `%s`: cpu_percent must be at most %d", path,
                       profile->name, MAX_CPU_PERCENT);
        return BRIG_ARGUMENT;
    }
    if (brig_config_find_profile(config, profile->name, strlen(profile->name)) != index) {
        (void)snprintf(error, error_bytes, "%s: profiles: name `%s` is there twice", path,
                       profile->name);
        return BRIG_ARGUMENT;
    }
    return BRIG_OK;
}

static brig_status check_listener(const brig_listener_config *listener, const char *path,
                                  char *error, size_t error_bytes)
{
    const char *fault = NULL;

    if (listener->key_path == NULL && listener->static_key_path == NULL)
        fault = "key_file or static_key_file is needed";
    else if ((listener->static_key_path == NULL) != (listener->client_keys_path == NULL))
        fault = "static_key_file and client_keys_file belong together";
    if (fault == NULL)
        return BRIG_OK;
    (void)snprintf(error, error_bytes, "%s: listen: unix `%s`: %s", path, listener->path, fault);
    return BRIG_ARGUMENT;
}

static brig_status check_numbers(const brig_config *config, const char *path, char *error,
                                 size_t error_bytes)
{
    const struct {
        const char *key;
        uint64_t value;
        uint64_t least;
        uint64_t most;
    } numbers[] = {
        {"max_connections", config->max_connections, 1, MAX_CONNECTIONS},
        {"handshake_ms", config->handshake_ms, 1, BRIG_LIMIT_HANDSHAKE_MS},
        {"buffer_bytes", config->buffer_bytes, MIN_BUFFER_BYTES, BRIG_LIMIT_MAX_ID},
        {"template_sessions", config->template_sessions, 1, MAX_TEMPLATE_SESSIONS},
        {"uid_base", config->uid_base, 1, UINT32_MAX - MAX_PROFILES},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].value >= numbers[i].least && numbers[i].value <= numbers[i].most)
            continue;
        (void)snprintf(error, error_bytes, "%s: %s must be %llu to %llu", path, numbers[i].key,
                       (unsigned long long)numbers[i].least, (unsigned long long)numbers[i].most);
        return BRIG_ARGUMENT;
    }
    return BRIG_OK;
}

static bool is_cgroup(const char *cgroup)
{
    return cgroup == NULL || strcmp(cgroup, "auto") == 0 || strcmp(cgroup, "off") == 0 ||
           cgroup[0] == '/';
}

brig_status brig_config_check(const brig_config *config, const char *path, char *error,
                              size_t error_bytes)
{
    brig_status status = BRIG_OK;

    for (size_t i = 0; i < config->profile_count && status == BRIG_OK; i++)
        status = check_profile(config, i, path, error, error_bytes);
    for (size_t i = 0; i < config->listener_count && status == BRIG_OK; i++)
        status = check_listener(&config->listeners[i], path, error, error_bytes);
    if (status == BRIG_OK)
        status = check_numbers(config, path, error, error_bytes);
    if (status != BRIG_OK)
        return status;
    if (is_cgroup(config->cgroup))
        return brig_config_audit_check(&config->audit, path, error, error_bytes);
    (void)snprintf(error, error_bytes, "%s: cgroup must be auto, off or an absolute path", path);
    return BRIG_ARGUMENT;
}
