/* SPDX-License-Identifier: MIT */
/* Where R is, without starting it: a start costs more than a cold session may. */
#include "host_parts.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Variables that R's start script sets and an embedded R needs as well. */
static const char *const script_variables[] = {"R_SHARE_DIR", "R_INCLUDE_DIR", "R_DOC_DIR"};

/* Libraries of the system, below R's home where they begin with "%". */
static const char *const site_libraries[] = {
    "/usr/local/lib/R/site-library",
    "%/site-library",
    "%/library",
};

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static brig_status ask_r(brig_host_draft *draft, char *home, size_t home_bytes)
{
    static const char *const argv[] = {"R", "RHOME", NULL};
    brig_host_run run = {argv, geteuid(), getegid(), NULL};
    brig_status status;
    int exit_status;

    status = brig_host_execute(&run, home, home_bytes, &exit_status);
    if (status != BRIG_OK)
        return status;
    home[strcspn(home, "\n")] = '\0';
    if (exit_status != 0 || home[0] != '/')
        return brig_host_refuse(draft,
                                "R is not installed (`R RHOME` fails): apt install r-base-core, "
                                "or set the profile's r_home");
    return BRIG_OK;
}

static brig_status find_home(brig_host_draft *draft)
{
    char home[PATH_MAX] = "";
    char library[PATH_MAX + 32];
    brig_status status = BRIG_OK;

    if (draft->profile->r_home != NULL)
        (void)snprintf(home, sizeof(home), "%s", draft->profile->r_home);
    else
        status = ask_r(draft, home, sizeof(home));
    if (status != BRIG_OK)
        return status;
    (void)snprintf(library, sizeof(library), "%s/library/base", home);
    if (!is_directory(library))
        return brig_host_refuse(draft, "%s is not the home of R: it has no library/base", home);
    draft->host.r_home = brig_host_keep(draft, home);
    return draft->fault;
}

/* NAME=/path at the start of a line of R's start script. */
static void read_script_line(brig_host_draft *draft, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < sizeof(script_variables) / sizeof(script_variables[0]); i++) {
        const char *name = script_variables[i];
        size_t len = strlen(name);

        if (strncmp(line, name, len) == 0 && line[len] == '=' && line[len + 1] == '/')
            brig_host_add_variable(draft, name, line + len + 1);
    }
}

static void read_start_script(brig_host_draft *draft)
{
    char path[PATH_MAX + 32];
    char line[512];
    FILE *script;

    (void)snprintf(path, sizeof(path), "%s/bin/R", draft->host.r_home);
    script = fopen(path, "re");
    if (script == NULL)
        return; /* an R that was moved: its defaults are below R_HOME */
    while (fgets(line, sizeof(line), script) != NULL)
        read_script_line(draft, line);
    (void)fclose(script);
}

/* libR.so and what it brings along, where the loader would not look by itself. */
static void add_loader_path(brig_host_draft *draft)
{
    char path[PATH_MAX + 32];

    (void)snprintf(path, sizeof(path), "%s/lib", draft->host.r_home);
    if (is_directory(path))
        brig_host_add_variable(draft, "LD_LIBRARY_PATH", path);
}

static brig_status add_profile_libraries(brig_host_draft *draft)
{
    const brig_strings *libraries = &draft->profile->libraries;

    for (size_t i = 0; i < libraries->count; i++) {
        if (!is_directory(libraries->items[i]))
            return brig_host_refuse(draft, "profile %s lists the library %s, which is not there",
                                    draft->profile->name, libraries->items[i]);
        brig_host_add_library(draft, libraries->items[i]);
    }
    return draft->fault;
}

/* A library that may be missing, or closed to the template's user. */
static brig_status add_optional_library(brig_host_draft *draft, const char *path)
{
    char resolved[PATH_MAX];
    const char *const paths[] = {resolved};
    bool readable;
    brig_status status;

    if (!is_directory(path) || realpath(path, resolved) == NULL)
        return BRIG_OK;
    status = brig_host_check_readable(draft, paths, 1, &readable);
    if (status != BRIG_OK || !readable)
        return status;
    brig_host_add_library(draft, resolved);
    return draft->fault;
}

/* The version of R as "4.2"; false if its base package does not say. */
static bool read_version(const brig_host_draft *draft, char *version, size_t version_bytes)
{
    static const char key[] = "Version: ";
    char path[PATH_MAX + 64];
    char line[256];
    FILE *description;
    bool found = false;

    (void)snprintf(path, sizeof(path), "%s/library/base/DESCRIPTION", draft->host.r_home);
    description = fopen(path, "re");
    if (description == NULL)
        return false;
    while (!found && fgets(line, sizeof(line), description) != NULL) {
        const char *text = line + sizeof(key) - 1;
        size_t major = strspn(text, "0123456789");
        size_t minor = strspn(text + major + 1, "0123456789");

        if (strncmp(line, key, sizeof(key) - 1) != 0 || text[major] != '.')
            continue;
        (void)snprintf(version, version_bytes, "%.*s", (int)(major + 1 + minor), text);
        found = true;
    }
    (void)fclose(description);
    return found;
}

/* The caller's own packages: R_LIBS_USER, or R's default below the home directory. */
static brig_status add_user_library(brig_host_draft *draft)
{
    const char *set = getenv("R_LIBS_USER");
    const char *home = getenv("HOME");
    char pattern[PATH_MAX];
    char version[16];
    brig_status status = BRIG_OK;
    glob_t found;

    if (set != NULL && set[0] == '/')
        return add_optional_library(draft, set);
    if (home == NULL || home[0] != '/' || !read_version(draft, version, sizeof(version)))
        return BRIG_OK;
    (void)snprintf(pattern, sizeof(pattern), "%s/R/*-library/%s", home, version);
    if (glob(pattern, 0, NULL, &found) != 0)
        return BRIG_OK;
    for (size_t i = 0; status == BRIG_OK && i < found.gl_pathc; i++)
        status = add_optional_library(draft, found.gl_pathv[i]);
    globfree(&found);
    return status;
}

static void add_site_libraries(brig_host_draft *draft)
{
    for (size_t i = 0; i < sizeof(site_libraries) / sizeof(site_libraries[0]); i++) {
        const char *pattern = site_libraries[i];
        char path[PATH_MAX + 32];

        if (pattern[0] == '%')
            (void)snprintf(path, sizeof(path), "%s%s", draft->host.r_home, pattern + 1);
        else
            (void)snprintf(path, sizeof(path), "%s", pattern);
        if (is_directory(path))
            brig_host_add_library(draft, path);
    }
}

brig_status brig_host_find_r(brig_host_draft *draft)
{
    brig_status status = find_home(draft);

    if (status != BRIG_OK)
        return status;
    read_start_script(draft);
    add_loader_path(draft);
    status = add_profile_libraries(draft);
    if (status != BRIG_OK)
        return status;
    status = add_user_library(draft);
    if (status != BRIG_OK)
        return status;
    add_site_libraries(draft);
    return draft->fault;
}
