/* SPDX-License-Identifier: MIT */
/* Facts about this machine for plan.c. ARCHITECTURE.md, "The walls". */
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_parts.h"
#include "landlock.h"

/* What a program needs besides its own files, and R does. Only what exists is bound. */
static const char *const system_paths[] = {
    "/usr/lib", "/usr/lib64", "/usr/lib32", "/etc/alternatives", "/etc/ld.so.cache",
};
static const char *const r_paths[] = {
    "/usr/share",
    "/etc/R",
    "/etc/fonts",
    "/var/cache/fontconfig",
};

/* Links into /usr on a merged system, directories of their own on others. */
static const char *const root_paths[] = {"/lib", "/lib64", "/lib32"};
static const char *const program_paths[BRIG_HOST_PROGRAM_PATHS] = {"/usr/bin", "/bin"};

brig_status brig_host_refuse(brig_host_draft *draft, const char *format, ...)
{
    va_list arguments;

    if (draft->fault == BRIG_OK && draft->error_bytes > 0) {
        va_start(arguments, format);
        (void)vsnprintf(draft->error, draft->error_bytes, format, arguments);
        va_end(arguments);
    }
    if (draft->fault == BRIG_OK)
        draft->fault = BRIG_UNAVAILABLE;
    return draft->fault;
}

/* Room for one more item; NULL with .fault set. */
static void *grow(brig_host_draft *draft, void *items, size_t count, size_t item_bytes)
{
    void *grown;

    if (draft->fault != BRIG_OK)
        return NULL;
    grown = realloc(items, (count + 1) * item_bytes);
    if (grown == NULL)
        draft->fault = BRIG_NO_MEMORY;
    return grown;
}

const char *brig_host_keep(brig_host_draft *draft, const char *text)
{
    char **texts = grow(draft, draft->texts, draft->text_count, sizeof(*texts));

    if (texts == NULL)
        return NULL;
    draft->texts = texts;
    texts[draft->text_count] = strdup(text);
    if (texts[draft->text_count] == NULL) {
        draft->fault = BRIG_NO_MEMORY;
        return NULL;
    }
    return texts[draft->text_count++];
}

void brig_host_add_bind(brig_host_draft *draft, const char *path, brig_host_kind kind,
                        const char *target)
{
    const char *kept_path = brig_host_keep(draft, path);
    const char *kept_target = target == NULL ? NULL : brig_host_keep(draft, target);
    brig_host_path *binds = grow(draft, draft->binds, draft->host.bind_count, sizeof(*binds));

    if (binds == NULL)
        return;
    draft->binds = binds;
    draft->host.binds = binds;
    binds[draft->host.bind_count++] = (brig_host_path){kept_path, kind, kept_target};
}

void brig_host_add_library(brig_host_draft *draft, const char *path)
{
    const char *kept = brig_host_keep(draft, path);
    const char **libraries =
        grow(draft, draft->libraries, draft->host.libraries.count, sizeof(*libraries));

    if (libraries == NULL)
        return;
    draft->libraries = libraries;
    draft->host.libraries.items = libraries;
    libraries[draft->host.libraries.count++] = kept;
}

void brig_host_add_variable(brig_host_draft *draft, const char *name, const char *value)
{
    const char *kept_name = brig_host_keep(draft, name);
    const char *kept_value = brig_host_keep(draft, value);
    brig_host_variable *variables =
        grow(draft, draft->variables, draft->host.variable_count, sizeof(*variables));

    if (variables == NULL)
        return;
    draft->variables = variables;
    draft->host.variables = variables;
    variables[draft->host.variable_count++] = (brig_host_variable){kept_name, kept_value};
}

/* Follows links: what a bind would show. */
static bool find_kind(const char *path, brig_host_kind *ret_kind)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return false;
    *ret_kind = S_ISDIR(status.st_mode) ? BRIG_HOST_DIRECTORY : BRIG_HOST_FILE;
    return true;
}

static void add_if_there(brig_host_draft *draft, const char *path)
{
    brig_host_kind kind;

    if (find_kind(path, &kind))
        brig_host_add_bind(draft, path, kind, NULL);
}

/* A directory of the root that is a link into /usr on a merged system. */
static bool find_root_path(brig_host_draft *draft, const char *path, brig_host_path *ret_path)
{
    char target[256];
    ssize_t len = readlink(path, target, sizeof(target) - 1);

    *ret_path = (brig_host_path){.path = path};
    if (len <= 0)
        return find_kind(path, &ret_path->kind);
    target[len] = '\0';
    ret_path->kind = BRIG_HOST_SYMLINK;
    ret_path->target = brig_host_keep(draft, target);
    return ret_path->target != NULL;
}

static void add_default_binds(brig_host_draft *draft)
{
    for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]); i++)
        add_if_there(draft, system_paths[i]);
    for (size_t i = 0; i < sizeof(root_paths) / sizeof(root_paths[0]); i++) {
        brig_host_path found;

        if (find_root_path(draft, root_paths[i], &found))
            brig_host_add_bind(draft, found.path, found.kind, found.target);
    }
    if (!brig_profile_has_r(draft->profile))
        return;
    for (size_t i = 0; i < sizeof(r_paths) / sizeof(r_paths[0]); i++)
        add_if_there(draft, r_paths[i]);
    add_if_there(draft, draft->host.r_home);
}

static void find_programs(brig_host_draft *draft)
{
    for (size_t i = 0; i < BRIG_HOST_PROGRAM_PATHS; i++)
        if (find_root_path(draft, program_paths[i], &draft->programs[draft->host.program_count]))
            draft->host.program_count++;
    draft->host.programs = draft->programs;
}

static brig_status add_profile_binds(brig_host_draft *draft)
{
    const brig_strings *paths = &draft->profile->read_only;

    for (size_t i = 0; i < paths->count; i++) {
        brig_host_kind kind;

        if (!find_kind(paths->items[i], &kind))
            return brig_host_refuse(draft, "profile %s lists %s, which is not there",
                                    draft->profile->name, paths->items[i]);
        brig_host_add_bind(draft, paths->items[i], kind, NULL);
    }
    return draft->fault;
}

/* Everything that is to be bound must be readable for the template's user. */
static brig_status check_binds(brig_host_draft *draft)
{
    size_t bind_count = draft->host.bind_count;
    size_t count = bind_count + draft->host.libraries.count;
    const char **paths = calloc(count + 1, sizeof(*paths));
    bool *readable = calloc(count + 1, sizeof(*readable));
    brig_status status = BRIG_NO_MEMORY;

    if (paths == NULL || readable == NULL)
        goto out;
    for (size_t i = 0; i < count; i++)
        paths[i] = i < bind_count ? draft->binds[i].path : draft->libraries[i - bind_count];
    status = brig_host_check_readable(draft, paths, count, readable);
    for (size_t i = 0; status == BRIG_OK && i < count; i++)
        if (!readable[i])
            status = brig_host_refuse(draft, "user %u, who runs profile %s, cannot read %s",
                                      draft->host.template_uid, draft->profile->name, paths[i]);
out:
    free(paths);
    free(readable);
    return status;
}

static brig_status find_paths(brig_host_draft *draft)
{
    brig_status status = BRIG_OK;

    if (brig_profile_has_r(draft->profile))
        status = brig_host_find_r(draft);
    if (status != BRIG_OK)
        return status;
    add_default_binds(draft);
    find_programs(draft);
    status = add_profile_binds(draft);
    return status == BRIG_OK ? check_binds(draft) : status;
}

/* Starting bubblewrap takes as long as asking R where it is: a cold session waits for both once. */
static brig_status gather(brig_host_draft *draft)
{
    brig_host_process trial;
    brig_status status = brig_host_begin_trial(draft, &trial);

    if (status != BRIG_OK)
        return status;
    draft->host.landlock_abi = brig_landlock_abi();
    status = brig_host_check_kernel(draft, errno);
    if (status == BRIG_OK)
        status = find_paths(draft);
    brig_status tried = brig_host_end_trial(draft, &trial);
    return status == BRIG_OK ? tried : status;
}

brig_status brig_host_new(const brig_profile *profile, unsigned template_uid, char *error,
                          size_t error_bytes, brig_host **ret_host)
{
    brig_host_draft *draft = calloc(1, sizeof(*draft));
    brig_status status;

    if (draft == NULL)
        return BRIG_NO_MEMORY;
    draft->profile = profile;
    draft->host.template_uid = template_uid;
    /* Only a server of root's changes users, and then to an id that is nobody else's. */
    draft->host.template_gid = template_uid == geteuid() ? getegid() : template_uid;
    draft->error = error;
    draft->error_bytes = error_bytes;
    status = gather(draft);
    if (status != BRIG_OK && draft->fault == BRIG_OK) /* nobody has said why */
        (void)snprintf(error, error_bytes, "profile %s: %s", profile->name,
                       brig_status_text(status));
    draft->profile = NULL;
    draft->error = NULL;
    draft->error_bytes = 0;
    if (status != BRIG_OK) {
        brig_host_free(&draft->host);
        return status;
    }
    *ret_host = &draft->host;
    return BRIG_OK;
}

void brig_host_free(brig_host *host)
{
    brig_host_draft *draft = (brig_host_draft *)host;

    if (draft == NULL)
        return;
    for (size_t i = 0; i < draft->text_count; i++)
        free(draft->texts[i]);
    free(draft->texts);
    free(draft->binds);
    free(draft->libraries);
    free(draft->variables);
    free(draft);
}
