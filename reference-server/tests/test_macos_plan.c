/* SPDX-License-Identifier: MIT */
/* What a worker under macOS would be started with, word by word. */
#include "macos_plan.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

/* Names that would end a text, a list or a rule if they were ever pasted into one. */
static const char *const libraries[] = {"/Users/o'brien/lib \"x\"", "/opt/a)(allow network*)"};
static const char *const read_only[] = {"/data/new\nline", "/data/back\\slash=equals"};

#define LIMITS \
    { \
        .memory_bytes = 2147483648, .open_files = 256, .file_bytes = 268435456 \
    }

static const brig_profile standard = {.name = "standard", .limits = LIMITS};
static const brig_profile tools = {.name = "tools", .exec = true, .proc = true, .limits = LIMITS};
static const brig_profile own = {
    .name = "own", .libraries = {libraries, 2}, .read_only = {read_only, 2}, .limits = LIMITS};

static brig_macos_worker usual_worker(void)
{
    return (brig_macos_worker){
        .program = "/usr/local/libexec/brig/brig-worker",
        .r_home = "/Library/Frameworks/R.framework/Versions/4.2/Resources",
        .scratch = "/private/var/folders/7/tmp",
        .workspace = "/private/var/folders/7/workspace",
    };
}

static brig_macos_plan make_plan(const brig_profile *profile)
{
    const brig_macos_worker worker = usual_worker();
    brig_macos_plan plan;

    CHECK(brig_macos_plan_new(profile, &worker, &plan) == BRIG_OK, "%s", profile->name);
    return plan;
}

#define FIXED_POLICY \
    "(version 1)\n" \
    "(deny default)\n" \
    "(allow process-exec (literal (param \"WORKER\")))\n" \
    "(allow process-info* (target self))\n" \
    "(allow signal (target self))\n" \
    "(allow sysctl-read\n" \
    "  (sysctl-name \"hw.activecpu\" \"hw.byteorder\" \"hw.cachelinesize\" \"hw.cpufamily\"\n" \
    "    \"hw.cputype\" \"hw.logicalcpu\" \"hw.machine\" \"hw.memsize\" \"hw.ncpu\" " \
    "\"hw.pagesize\"\n" \
    "    \"hw.physicalcpu\" \"kern.argmax\" \"kern.maxfilesperproc\" \"kern.osproductversion\"\n" \
    "    \"kern.osrelease\" \"kern.ostype\" \"kern.osversion\" \"kern.usrstack64\" " \
    "\"kern.version\")\n" \
    "  (sysctl-name-prefix \"hw.optional.\"))\n" \
    "(allow file-read* file-map-executable\n" \
    "  (subpath \"/usr/lib\")\n" \
    "  (subpath \"/System/Library\")\n" \
    "  (subpath \"/System/Cryptexes/OS\")\n" \
    "  (subpath \"/System/Volumes/Preboot/Cryptexes/OS\"))\n" \
    "(allow file-read*\n" \
    "  (literal \"/\")\n" \
    "  (literal \"/dev/random\")\n" \
    "  (literal \"/dev/urandom\")\n" \
    "  (subpath \"/Library/Fonts\")\n" \
    "  (subpath \"/private/var/db/timezone\")\n" \
    "  (subpath \"/usr/share/icu\")\n" \
    "  (subpath \"/usr/share/locale\")\n" \
    "  (subpath \"/usr/share/zoneinfo\"))\n" \
    "(allow file-read* file-write-data (literal \"/dev/null\"))\n" \
    "(allow file-read* file-map-executable (literal (param \"WORKER\")))\n" \
    "(allow file-read* file-write*\n" \
    "  (subpath (param \"SCRATCH\"))\n" \
    "  (subpath (param \"WORKSPACE\")))\n" \
    "(allow file-read-metadata\n" \
    "  (path-ancestors (param \"SCRATCH\"))\n" \
    "  (path-ancestors (param \"WORKER\"))\n" \
    "  (path-ancestors (param \"WORKSPACE\")))\n"

#define READABLE(number) \
    "(allow file-read* file-map-executable (subpath (param \"READ_" number "\")))\n" \
    "(allow file-read-metadata (path-ancestors (param \"READ_" number "\")))\n"

static void test_policy(void)
{
    brig_macos_plan plan = make_plan(&standard);

    CHECK(strcmp(plan.policy, FIXED_POLICY READABLE("0")) == 0, "standard is now:\n%s",
          plan.policy);
    brig_macos_plan_done(&plan);
    plan = make_plan(&own);
    CHECK(strcmp(plan.policy, FIXED_POLICY READABLE("0") READABLE("1") READABLE("2") READABLE("3")
                                  READABLE("4")) == 0,
          "an own profile is now:\n%s", plan.policy);
    brig_macos_plan_done(&plan);
}

/* What the policy must never have, whatever else changes in it. */
static void test_no_such_rule(void)
{
    static const char *const absent[] = {
        "network", "mach-", "iokit",        "process-fork",    "ipc-", "(allow default)", "others",
        "file*",   "pgrp",  "same-sandbox", "(subpath \"/\")",
    };
    brig_macos_plan plan = make_plan(&own);

    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        CHECK(strstr(plan.policy, absent[i]) == NULL, "a policy with %s", absent[i]);
    CHECK(strstr(plan.policy, "(deny default)\n") != NULL, "the default");
    brig_macos_plan_done(&plan);
}

static void check_texts(char **texts, const char *const *wanted, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        CHECK(texts[i] != NULL && strcmp(texts[i], wanted[i]) == 0, "%s %zu is %s, not %s", what, i,
              texts[i] == NULL ? "missing" : texts[i], wanted[i]);
    CHECK(texts[count] == NULL, "%s %s is too much", what, texts[count]);
}

static void test_arguments(void)
{
    brig_macos_plan plan = make_plan(&own);
    const char *const wanted[] = {
        "/usr/bin/sandbox-exec",
        "-D",
        "WORKER=/usr/local/libexec/brig/brig-worker",
        "-D",
        "SCRATCH=/private/var/folders/7/tmp",
        "-D",
        "WORKSPACE=/private/var/folders/7/workspace",
        "-D",
        "READ_0=/Library/Frameworks/R.framework/Versions/4.2/Resources",
        "-D",
        "READ_1=/Users/o'brien/lib \"x\"",
        "-D",
        "READ_2=/opt/a)(allow network*)",
        "-D",
        "READ_3=/data/new\nline",
        "-D",
        "READ_4=/data/back\\slash=equals",
        "-p",
        plan.policy,
        "/usr/local/libexec/brig/brig-worker",
    };

    check_texts(plan.arguments, wanted, sizeof(wanted) / sizeof(wanted[0]), "argument");
    brig_macos_plan_done(&plan);
}

static void test_environment(void)
{
    static const char *const wanted[] = {
        "CLI_NO_THREAD=1",
        "LANG=en_US.UTF-8",
        "MKL_NUM_THREADS=1",
        "OMP_NUM_THREADS=1",
        "OPENBLAS_NUM_THREADS=1",
        "PATH=/usr/bin",
        "TZ=UTC",
        "VECLIB_MAXIMUM_THREADS=1",
        "HOME=/private/var/folders/7/tmp",
        "TMPDIR=/private/var/folders/7/tmp",
        "R_HOME=/Library/Frameworks/R.framework/Versions/4.2/Resources",
        "R_LIBS=/Users/o'brien/lib \"x\":/opt/a)(allow network*)",
    };
    brig_macos_plan plan = make_plan(&own);

    check_texts(plan.environment, wanted, sizeof(wanted) / sizeof(wanted[0]), "variable");
    brig_macos_plan_done(&plan);
}

static void test_effects(void)
{
    const brig_macos_worker worker = usual_worker();
    brig_macos_plan plan = make_plan(&standard);

    CHECK(strcmp(plan.effects.level, "reduced") == 0, "level");
    CHECK(strcmp(plan.effects.fs_read, "listed") == 0, "fs_read");
    CHECK(strcmp(plan.effects.fs_write, "workspace") == 0, "fs_write");
    CHECK(strcmp(plan.effects.network, "none") == 0, "network");
    CHECK(strcmp(plan.effects.memory, "none") == 0, "memory");
    CHECK(!plan.effects.exec, "exec");
    CHECK(plan.open_files == 256 && plan.file_bytes == 268435456, "limits");
    CHECK(plan.memory_bytes == 2147483648, "memory limit");
    brig_macos_plan_done(&plan);
    CHECK(brig_macos_plan_new(&tools, &worker, &plan) == BRIG_UNSUPPORTED,
          "a profile whose code starts programs is refused");
}

static void test_paths(void)
{
    static const struct {
        const char *path;
        brig_status as_directory;
        brig_status as_library;
    } cases[] = {
        {"/data", BRIG_OK, BRIG_OK},
        {"/private/tmp/x", BRIG_OK, BRIG_OK},
        {"/variable", BRIG_OK, BRIG_OK},
        {"/a:b", BRIG_OK, BRIG_ARGUMENT},
        {"/tmp", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/tmp/x", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/var/folders/x", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/etc/x", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/a/../b", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"/a//b", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"a", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"", BRIG_ARGUMENT, BRIG_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const brig_profile with_library = {.libraries = {&cases[i].path, 1}};
        const brig_profile with_read_only = {.read_only = {&cases[i].path, 1}};
        brig_macos_worker worker = usual_worker();
        brig_macos_plan plan = {0};

        CHECK(brig_macos_plan_new(&with_library, &worker, &plan) == cases[i].as_library,
              "a library %s", cases[i].path);
        brig_macos_plan_done(&plan);
        CHECK(brig_macos_plan_new(&with_read_only, &worker, &plan) == cases[i].as_directory,
              "read_only %s", cases[i].path);
        brig_macos_plan_done(&plan);
        worker.workspace = cases[i].path;
        CHECK(brig_macos_plan_new(&standard, &worker, &plan) == cases[i].as_directory,
              "a workspace %s", cases[i].path);
        brig_macos_plan_done(&plan);
    }
}

int main(void)
{
    test_policy();
    test_no_such_rule();
    test_arguments();
    test_environment();
    test_effects();
    test_paths();
    return EXIT_SUCCESS;
}
