/* SPDX-License-Identifier: MIT */
/* Facts about this machine, and the sentences for machines that lack something. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

enum { ROOT_TEMPLATE_UID = 200125 };

static const char *const no_path[] = {"/nonexistent/data"};
static const char *const no_library[] = {"/nonexistent/library"};

static unsigned template_uid(void)
{
    return geteuid() == 0 ? ROOT_TEMPLATE_UID : geteuid();
}

static bool is_bound(const brig_host *host, const char *path)
{
    for (size_t i = 0; i < host->bind_count; i++)
        if (strcmp(host->binds[i].path, path) == 0)
            return true;
    return false;
}

static void test_this_machine(void)
{
    static const brig_profile standard = {.name = "standard"};
    char error[512] = "";
    brig_host *host;

    CHECK(brig_host_new(&standard, template_uid(), error, sizeof(error), &host) == BRIG_OK, "%s",
          error);
    CHECK(host->r_home != NULL && host->r_home[0] == '/', "R's home");
    CHECK(host->libraries.count > 0, "R's own library");
    CHECK(is_bound(host, "/usr/lib"), "shared libraries are bound");
    CHECK(is_bound(host, host->r_home), "R's home is bound");
    CHECK(!is_bound(host, "/usr/bin"), "programs are not, for every session");
    CHECK(host->program_count > 0 && strcmp(host->programs[0].path, "/usr/bin") == 0, "programs");
    CHECK(!is_bound(host, "/etc"), "/etc is not bound as a whole");
    CHECK(host->template_uid == template_uid(), "the template's user");
    brig_host_free(host);

    brig_host_free(NULL);
}

/* Each is refused with a sentence that names the cause. */
static void test_refusals(void)
{
    const struct {
        const char *name;
        brig_profile profile;
        const char *path; /* of PATH, while the machine is asked */
        const char *part;
    } refusals[] = {
        {"a path that is not there", {.name = "p", .read_only = {no_path, 1}}, NULL, no_path[0]},
        {"a library that is not there",
         {.name = "p", .libraries = {no_library, 1}},
         NULL,
         no_library[0]},
        {"a home of R that is none", {.name = "p", .r_home = "/usr/share"}, NULL, "library/base"},
        {"no R", {.name = "p"}, "/nonexistent", "R is not installed"},
        {"no bubblewrap",
         {.name = "p", .r_home = "/usr/lib/R"},
         "/nonexistent",
         "apt install bubblewrap"},
    };
    const char *set = getenv("PATH");
    char *path = strdup(set == NULL ? "/usr/bin:/bin" : set);

    CHECK(path != NULL, "memory");
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char error[512] = "";
        brig_host *host = NULL;

        CHECK(setenv("PATH", refusals[i].path == NULL ? path : refusals[i].path, 1) == 0, "PATH");
        CHECK(brig_host_new(&refusals[i].profile, template_uid(), error, sizeof(error), &host) ==
                  BRIG_UNAVAILABLE,
              "%s", refusals[i].name);
        CHECK(strstr(error, refusals[i].part) != NULL, "%s: %s", refusals[i].name, error);
    }
    CHECK(setenv("PATH", path, 1) == 0, "PATH");
    free(path);
}

/* What the server can read and the template's user cannot is named. */
static void test_closed_path(void)
{
    char directory[4096];
    const char *const paths[] = {directory};
    const brig_profile profile = {.name = "p", .read_only = {paths, 1}};
    char error[512] = "";
    brig_host *host = NULL;
    size_t len;

    CHECK(getcwd(directory, sizeof(directory) - 64) != NULL, "working directory");
    len = strlen(directory);
    (void)snprintf(directory + len, sizeof(directory) - len, "/closed_directory");
    CHECK(mkdir(directory, 0) == 0, "%s", directory);
    CHECK(brig_host_new(&profile, template_uid(), error, sizeof(error), &host) == BRIG_UNAVAILABLE,
          "a closed directory");
    CHECK(rmdir(directory) == 0, "%s", directory);
    CHECK(strstr(error, directory) != NULL, "a closed directory is named: %s", error);
}

int main(void)
{
    test_this_machine();
    test_refusals();
    test_closed_path();
    return EXIT_SUCCESS;
}
