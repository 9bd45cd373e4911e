/* SPDX-License-Identifier: MIT */
/* The configuration file: libcyaml reads it by schema, this file fills gaps and checks meaning. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include <cyaml/cyaml.h>

#include <brig/generated/protocol.h>

#include "builtin_profiles.h"
#include "config_audit.h"
#include "config_reader.h"

enum {
    MAX_ITEMS = 64,
    MAX_TEXT_BYTES = 4096,
    DEFAULT_UID_BASE = 200000,
    DEFAULT_CONNECTIONS = 2048,
    DEFAULT_TEMPLATE_SESSIONS = 2000,
    DEFAULT_BUFFER_BYTES = 536870912,
    DEFAULT_SPARES = 1,
};

/* As the file has it: NULL where a limit is not given, so that 0 can be told from absent. */
typedef struct file_limits {
#define FILE_LIMIT(name, fallback) uint64_t *name;
    BRIG_LIMITS(FILE_LIMIT)
#undef FILE_LIMIT
} file_limits;

typedef struct file_texts {
    const char **items;
    unsigned count;
} file_texts;

typedef struct file_profile {
    const char *name;
    const char *engine;
    const char *r_home;
    bool exec;
    bool proc;
    uint32_t cpu_percent;
    int isolation;
    int level;
    uint32_t *spares;
    file_texts libraries;
    file_texts read_only;
    file_texts preload;
    file_texts harmless_threads;
    file_texts client_env;
    file_limits *limits;
} file_profile;

typedef struct file_listener {
    const char *path;
    const char *key_path;
    const char *static_key_path;
    const char *client_keys_path;
    uint32_t *allow_uids;
    unsigned allow_uid_count;
} file_listener;

typedef struct file_config {
    file_listener *listeners;
    unsigned listener_count;
    file_profile *profiles;
    unsigned profile_count;
    const char *worker_path;
    const char *cgroup;
    uint32_t *uid_base;
    uint32_t *max_connections;
    uint32_t *handshake_ms;
    uint64_t *buffer_bytes;
    uint32_t *template_sessions;
    brig_file_audit *audit;
} file_config;

#define OPTIONAL (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)
#define TEXT_FIELD(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, OPTIONAL, type, member, 1, MAX_TEXT_BYTES)
/* NOLINTBEGIN(bugprone-macro-parentheses): a member's name takes none */
#define TEXTS_FIELD(key, member) \
    CYAML_FIELD_SEQUENCE_COUNT(key, OPTIONAL, file_profile, member.items, member.count, \
                               &text_schema, 0, MAX_ITEMS)
/* NOLINTEND(bugprone-macro-parentheses) */

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_TEXT_BYTES)};

static const cyaml_schema_value_t uid_schema = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};

static const cyaml_schema_field_t limit_fields[] = {
#define LIMIT_FIELD(name, fallback) CYAML_FIELD_UINT_PTR(#name, OPTIONAL, file_limits, name),
    BRIG_LIMITS(LIMIT_FIELD)
#undef LIMIT_FIELD
        CYAML_FIELD_END};

static const cyaml_strval_t isolation_names[] = {{"template", 0}, {"process", 1}};

static const cyaml_strval_t level_names[] = {{"full", BRIG_LEVEL_FULL},
                                             {"reduced", BRIG_LEVEL_REDUCED}};

static const cyaml_schema_field_t profile_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, file_profile, name, 1, MAX_TEXT_BYTES),
    TEXT_FIELD("engine", file_profile, engine),
    TEXT_FIELD("r_home", file_profile, r_home),
    CYAML_FIELD_BOOL("exec", CYAML_FLAG_OPTIONAL, file_profile, exec),
    CYAML_FIELD_BOOL("proc", CYAML_FLAG_OPTIONAL, file_profile, proc),
    CYAML_FIELD_UINT("cpu_percent", CYAML_FLAG_OPTIONAL, file_profile, cpu_percent),
    CYAML_FIELD_ENUM("isolation", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, file_profile, isolation,
                     isolation_names, 2),
    CYAML_FIELD_ENUM("level", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, file_profile, level,
                     level_names, 2),
    CYAML_FIELD_UINT_PTR("spares", OPTIONAL, file_profile, spares),
    TEXTS_FIELD("libraries", libraries),
    TEXTS_FIELD("read_only", read_only),
    TEXTS_FIELD("preload", preload),
    TEXTS_FIELD("harmless_threads", harmless_threads),
    TEXTS_FIELD("client_env", client_env),
    CYAML_FIELD_MAPPING_PTR("limits", OPTIONAL, file_profile, limits, limit_fields),
    CYAML_FIELD_END};

static const cyaml_schema_value_t profile_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, file_profile, profile_fields)};

static const cyaml_schema_field_t listener_fields[] = {
    CYAML_FIELD_STRING_PTR("unix", CYAML_FLAG_POINTER, file_listener, path, 1, MAX_TEXT_BYTES),
    TEXT_FIELD("key_file", file_listener, key_path),
    TEXT_FIELD("static_key_file", file_listener, static_key_path),
    TEXT_FIELD("client_keys_file", file_listener, client_keys_path),
    CYAML_FIELD_SEQUENCE_COUNT("allow_uids", OPTIONAL, file_listener, allow_uids, allow_uid_count,
                               &uid_schema, 0, MAX_ITEMS),
    CYAML_FIELD_END};

static const cyaml_schema_value_t listener_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, file_listener, listener_fields)};

static const cyaml_schema_field_t config_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("listen", OPTIONAL, file_config, listeners, listener_count,
                               &listener_schema, 0, MAX_ITEMS),
    CYAML_FIELD_SEQUENCE_COUNT("profiles", OPTIONAL, file_config, profiles, profile_count,
                               &profile_schema, 0, MAX_ITEMS),
    TEXT_FIELD("worker", file_config, worker_path),
    TEXT_FIELD("cgroup", file_config, cgroup),
    CYAML_FIELD_UINT_PTR("uid_base", OPTIONAL, file_config, uid_base),
    CYAML_FIELD_UINT_PTR("max_connections", OPTIONAL, file_config, max_connections),
    CYAML_FIELD_UINT_PTR("handshake_ms", OPTIONAL, file_config, handshake_ms),
    CYAML_FIELD_UINT_PTR("buffer_bytes", OPTIONAL, file_config, buffer_bytes),
    CYAML_FIELD_UINT_PTR("template_sessions", OPTIONAL, file_config, template_sessions),
    CYAML_FIELD_MAPPING_PTR("audit", OPTIONAL, file_config, audit, brig_file_audit_fields),
    CYAML_FIELD_END};

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, file_config, config_fields)};

static const brig_limits default_limits = {
#define DEFAULT_LIMIT(name, fallback) .name = (fallback),
    BRIG_LIMITS(DEFAULT_LIMIT)
#undef DEFAULT_LIMIT
};

/* What brig_config.owned points to. */
typedef struct config_memory {
    brig_config config;
    file_config *file;
    brig_profile profiles[MAX_ITEMS + BRIG_PROFILES_BUILTIN];
    brig_listener_config listeners[MAX_ITEMS];
} config_memory;

static brig_strings strings_of(const file_texts *texts)
{
    return (brig_strings){.items = texts->items, .count = texts->count};
}

static brig_profile profile_of(const file_profile *file)
{
    brig_profile profile = {
        .name = file->name,
        .engine = file->engine != NULL ? file->engine : "r",
        .r_home = file->r_home,
        .exec = file->exec,
        .proc = file->proc,
        .cpu_percent = file->cpu_percent,
        .isolated = file->isolation == 1,
        .level = (brig_level)file->level,
        .libraries = strings_of(&file->libraries),
        .read_only = strings_of(&file->read_only),
        .preload = strings_of(&file->preload),
        .harmless_threads = strings_of(&file->harmless_threads),
        .client_env = strings_of(&file->client_env),
        .spares = file->spares != NULL ? *file->spares : DEFAULT_SPARES,
        .limits = default_limits,
    };

    if (file->limits == NULL)
        return profile;
#define TAKE_LIMIT(name, fallback) \
    if (file->limits->name != NULL) \
        profile.limits.name = *file->limits->name;
    BRIG_LIMITS(TAKE_LIMIT)
#undef TAKE_LIMIT
    return profile;
}

size_t brig_config_find_profile(const brig_config *config, const char *name, size_t name_bytes)
{
    size_t i = 0;

    while (i < config->profile_count && (strlen(config->profiles[i].name) != name_bytes ||
                                         memcmp(config->profiles[i].name, name, name_bytes) != 0))
        i++;
    return i;
}

static void add_builtin(config_memory *memory, const brig_profile *builtin)
{
    brig_config *config = &memory->config;
    brig_profile *profile = &memory->profiles[config->profile_count];

    if (brig_config_find_profile(config, builtin->name, strlen(builtin->name)) <
        config->profile_count)
        return;
    *profile = *builtin;
    profile->engine = "r";
    profile->spares = DEFAULT_SPARES;
#define FILL_LIMIT(name, fallback) \
    if (profile->limits.name == 0) \
        profile->limits.name = default_limits.name;
    BRIG_LIMITS(FILL_LIMIT)
#undef FILL_LIMIT
    config->profile_count++;
}

static void add_builtins(config_memory *memory)
{
    for (size_t i = 0; i < BRIG_PROFILES_BUILTIN; i++)
        add_builtin(memory, &brig_profiles_builtin[i]);
}

static config_memory *memory_new(void)
{
    config_memory *memory = calloc(1, sizeof(*memory));

    if (memory == NULL)
        return NULL;
    memory->config = (brig_config){
        .listeners = memory->listeners,
        .profiles = memory->profiles,
        .uid_base = DEFAULT_UID_BASE,
        .max_connections = DEFAULT_CONNECTIONS,
        .handshake_ms = BRIG_LIMIT_HANDSHAKE_MS,
        .buffer_bytes = DEFAULT_BUFFER_BYTES,
        .template_sessions = DEFAULT_TEMPLATE_SESSIONS,
        .owned = memory,
    };
    return memory;
}

brig_status brig_config_new_builtin(brig_config **ret_config)
{
    config_memory *memory = memory_new();

    if (memory == NULL)
        return BRIG_NO_MEMORY;
    add_builtins(memory);
    *ret_config = &memory->config;
    return BRIG_OK;
}

static void take_file(config_memory *memory)
{
    const file_config *file = memory->file;
    brig_config *config = &memory->config;

    for (unsigned i = 0; i < file->profile_count; i++)
        memory->profiles[config->profile_count++] = profile_of(&file->profiles[i]);
    for (unsigned i = 0; i < file->listener_count; i++) {
        const file_listener *listener = &file->listeners[i];

        memory->listeners[config->listener_count++] = (brig_listener_config){
            .path = listener->path,
            .key_path = listener->key_path,
            .static_key_path = listener->static_key_path,
            .client_keys_path = listener->client_keys_path,
            .allow_uids = listener->allow_uids,
            .allow_uid_count = listener->allow_uid_count,
        };
    }
    config->worker_path = file->worker_path;
    config->cgroup = file->cgroup;
    if (file->uid_base != NULL)
        config->uid_base = *file->uid_base;
    if (file->max_connections != NULL)
        config->max_connections = *file->max_connections;
    if (file->buffer_bytes != NULL)
        config->buffer_bytes = *file->buffer_bytes;
    if (file->handshake_ms != NULL)
        config->handshake_ms = *file->handshake_ms;
    if (file->template_sessions != NULL)
        config->template_sessions = *file->template_sessions;
    config->audit = brig_config_audit(file->audit);
    add_builtins(memory);
}

/* libcyaml says of every file that it cannot read only that. False: errno has the cause. */
static bool can_be_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char nothing[1];

    if (fd < 0)
        return false;
    ssize_t got = read(fd, nothing, 0); /* EISDIR */
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return got == 0;
}

static brig_status load_file(config_memory *memory, const char *path, char *error,
                             size_t error_bytes)
{
    char text[1024] = "";
    brig_complaint complaints = {.text = text, .text_bytes = sizeof(text)};
    cyaml_config_t reader = brig_config_reader(&complaints);

    if (!can_be_read(path)) {
        (void)snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
        return BRIG_SYSTEM;
    }
    cyaml_err_t result =
        cyaml_load_file(path, &reader, &config_schema, (cyaml_data_t **)&memory->file, NULL);
    if (result == CYAML_OK && memory->file != NULL)
        return BRIG_OK;
    if (text[0] == '\0')
        (void)snprintf(text, sizeof(text), "%s",
                       result == CYAML_OK ? "it is empty" : cyaml_strerror(result));
    (void)snprintf(error, error_bytes, "%s: %s", path, text);
    return result == CYAML_ERR_FILE_OPEN ? BRIG_SYSTEM : BRIG_ARGUMENT;
}

brig_status brig_config_new(const char *path, char *error, size_t error_bytes,
                            brig_config **ret_config)
{
    config_memory *memory = memory_new();

    if (memory == NULL) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    brig_status status = load_file(memory, path, error, error_bytes);
    if (status != BRIG_OK)
        goto out;
    take_file(memory);
    status = brig_config_check(&memory->config, path, error, error_bytes);
out:
    if (status == BRIG_OK)
        *ret_config = &memory->config;
    else
        brig_config_free(&memory->config);
    return status;
}

void brig_config_free(brig_config *config)
{
    cyaml_config_t reader = brig_config_reader(NULL);

    if (config == NULL)
        return;
    config_memory *memory = config->owned;
    if (memory->file != NULL)
        (void)cyaml_free(&reader, &config_schema, memory->file, 0);
    free(memory);
}
