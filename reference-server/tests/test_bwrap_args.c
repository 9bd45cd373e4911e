/* SPDX-License-Identifier: MIT */
/* The outer wall as bubblewrap reads it. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const brig_profile standard = {.name = "standard"};
static const char *const libraries[] = {"/opt/r/library"};

static const char expected_fresh[] =
    "bwrap --unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts "
    "--unshare-cgroup-try --die-with-parent --new-session --clearenv --hostname sandbox "
    "--setenv PATH /usr/bin --setenv HOME /tmp --setenv TMPDIR /tmp --setenv LANG C.UTF-8 "
    "--setenv TZ UTC --setenv OPENBLAS_NUM_THREADS 1 --setenv OMP_NUM_THREADS 1 "
    "--setenv MKL_NUM_THREADS 1 --setenv CLI_NO_THREAD 1 --setenv R_HOME /usr/lib/R "
    "--setenv R_LIBS /opt/r/library --tmpfs /tmp --dir /usr --ro-bind /usr/lib /usr/lib "
    "--dir /etc --ro-bind /etc/ld.so.cache /etc/ld.so.cache --symlink usr/lib /lib "
    "--dir /opt --dir /opt/r --ro-bind /opt/r/library /opt/r/library --proc /proc --dev /dev "
    "--perms 0555 "
    "--ro-bind-data 42 /run/brig/worker --chdir /tmp --dir /run/brig/root --remount-ro / -- "
    "/run/brig/worker ";

/* All arguments, each followed by a blank. */
static void join(char **args, char *text, size_t text_bytes)
{
    size_t len = 0;

    text[0] = '\0';
    for (char **arg = args; *arg != NULL; arg++) {
        int added = snprintf(text + len, text_bytes - len, "%s ", *arg);

        CHECK(added > 0 && (size_t)added < text_bytes - len, "too long");
        len += (size_t)added;
    }
}

static void check_args(const char *name, bool fresh_proc, const char *expected)
{
    static const brig_host_path binds[] = {
        {"/usr/lib", BRIG_HOST_DIRECTORY, NULL},
        {"/etc/ld.so.cache", BRIG_HOST_FILE, NULL},
        {"/lib", BRIG_HOST_SYMLINK, "usr/lib"},
    };
    const brig_host host = {
        .r_home = "/usr/lib/R",
        .binds = binds,
        .bind_count = 3,
        .libraries = {libraries, 1},
        .fresh_proc = fresh_proc,
    };
    char text[4096];
    brig_plan *plan;
    char **args;

    CHECK(brig_plan_new(&standard, &host, &plan) == BRIG_OK, "%s", name);
    CHECK(brig_bwrap_args_new(plan, 42, &args) == BRIG_OK, "%s", name);
    join(args, text, sizeof(text));
    CHECK(strstr(text, expected) != NULL, "%s: %s", name, text);
    brig_bwrap_args_free(args);
    brig_plan_free(plan);
}

int main(void)
{
    check_args("the whole command line", true, expected_fresh);
    check_args("a container's own /proc is bound", false, " --bind /proc /proc --dev /dev ");
    brig_bwrap_args_free(NULL);
    return EXIT_SUCCESS;
}
