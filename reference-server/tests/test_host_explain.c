/* SPDX-License-Identifier: MIT */
/* Causes and fixes, from facts of machines that are not here. */
#include "host_explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

/* Not given: as on a machine on which nothing is wrong that can be seen. */
static brig_host_facts with_defaults(const brig_host_facts *given)
{
    brig_host_facts facts = *given;

    if (facts.bwrap == NULL)
        facts.bwrap = "/usr/bin/bwrap";
    else if (facts.bwrap[0] == '\0')
        facts.bwrap = NULL;
    if (facts.output == NULL)
        facts.output = "bwrap: reason";
    if (facts.unprivileged_userns_clone == NULL)
        facts.unprivileged_userns_clone = "";
    if (facts.max_user_namespaces == NULL)
        facts.max_user_namespaces = "15000";
    if (facts.apparmor_restrict_userns == NULL)
        facts.apparmor_restrict_userns = "";
    facts.uid = 1001;
    return facts;
}

static const struct {
    const char *name;
    brig_host_facts facts;
    const char *parts[3]; /* all must be in the text */
} cases[] = {
    {"no bubblewrap is named with its package",
     {.bwrap = "", .output = ""},
     {"bubblewrap is not installed", "apt install bubblewrap", "user 1001"}},
    {"an old bubblewrap is told by the option that it lacks",
     {.output = "bwrap: Unknown option --perms"},
     {"too old", "0.5.0", "Unknown option --perms"}},
    {"Debian's switch is named",
     {.unprivileged_userns_clone = "0", .userns_error = EPERM},
     {"sysctl -w kernel.unprivileged_userns_clone=1"}},
    {"a count of zero is named",
     {.max_user_namespaces = "0", .userns_error = ENOSPC},
     {"sysctl -w user.max_user_namespaces=", "is 0"}},
    {"Ubuntu's switch is named, although the namespace itself can be made",
     {.apparmor_restrict_userns = "1", .output = "bwrap: setting up uid map: Permission denied"},
     {"kernel.apparmor_restrict_unprivileged_userns", "reference-server/packaging/apparmor",
      "setting up uid map"}},
    {"a container's filter is told by its mode, with the options to start it",
     {.userns_error = EPERM, .seccomp_mode = 2},
     {"seccomp filter", "--security-opt seccomp=", "seccomp.py"}},
    {"a filter that answers ENOSYS is one too",
     {.userns_error = ENOSYS, .seccomp_mode = 2},
     {"seccomp filter", "--security-opt seccomp="}},
    {"a container that refuses only mounts is told from one that refuses all",
     {.output = "bwrap: Failed to make / slave: Permission denied", .seccomp_mode = 2},
     {"not build a file system", "apparmor=unconfined", "Failed to make / slave"}},
    {"no namespace left is not the same as none allowed",
     {.userns_error = ENOSPC},
     {"no user namespace left", "user.max_user_namespaces"}},
    {"a kernel without user namespaces", {.userns_error = EINVAL}, {"CONFIG_USER_NS"}},
    {"a refusal without a visible cause", {.userns_error = EPERM}, {"chroot"}},
    {"a setuid bubblewrap where user namespaces work",
     {.is_setuid = true},
     {"setuid root", "chmod u-s"}},
    {"anything else is told in bubblewrap's own words",
     {.uid = 0},
     {"does not start", "bwrap: reason"}},
};

static const struct {
    const char *name;
    int error;
    const char *lsms;
    const char *parts[2];
} landlock_cases[] = {
    {"Landlock that is switched off is switched on by the kernel's command line",
     EOPNOTSUPP,
     "lockdown,capability,yama,apparmor",
     {"lsm=landlock,lockdown,capability,yama,apparmor", "level: reduced"}},
    {"a kernel without Landlock", ENOSYS, "", {"5.13", "level: reduced"}},
    {"a container that refuses its calls",
     EPERM,
     "",
     {"landlock_create_ruleset", "level: reduced"}},
};

/* What cannot be had is told from what could be installed: only then fewer walls are offered. */
static const struct {
    const char *name;
    brig_host_facts facts;
    bool is_forbidden;
} forbidden_cases[] = {
    {"a container's filter forbids", {.userns_error = EPERM, .seccomp_mode = 2}, true},
    {"also where bubblewrap is missing", {.bwrap = "", .userns_error = EPERM}, true},
    {"a filter of mounts forbids", {.seccomp_mode = 2}, true},
    {"Ubuntu's switch forbids", {.apparmor_restrict_userns = "1"}, true},
    {"a kernel without them forbids", {.userns_error = EINVAL}, true},
    {"a missing bubblewrap can be installed", {.bwrap = "", .seccomp_mode = 2}, false},
    {"an old one can be replaced", {.output = "bwrap: Unknown option --perms"}, false},
    {"a setuid one can be changed", {.is_setuid = true, .seccomp_mode = 2}, false},
    {"anything else is a defect, and no reason for fewer walls", {.uid = 0}, false},
};

static const struct {
    const char *name;
    int abi;
    bool proc;
    const char *part; /* NULL: it can be done */
} reduced_cases[] = {
    {"Landlock with scopes carries the walls alone", 6, false, NULL},
    {"so does a later one", 7, false, NULL},
    {"one without scopes does not", 5, false, "ABI 6"},
    {"none does not", 0, false, "ABI 6"},
    {"nobody can have a /proc of his own", 7, true, "proc: false"},
};

static bool has_all(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i] != NULL && strstr(text, parts[i]) == NULL)
            return false;
    return true;
}

int main(void)
{
    char text[2048];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        brig_host_facts facts = with_defaults(&cases[i].facts);

        brig_host_explain(&facts, text, sizeof(text));
        CHECK(has_all(text, cases[i].parts, 3), "%s: %s", cases[i].name, text);
        CHECK(strlen(text) < 1000, "%s: what an error message can hold", cases[i].name);
    }
    for (size_t i = 0; i < sizeof(forbidden_cases) / sizeof(forbidden_cases[0]); i++) {
        brig_host_facts facts = with_defaults(&forbidden_cases[i].facts);
        const bool is_forbidden = forbidden_cases[i].is_forbidden;

        brig_host_explain(&facts, text, sizeof(text));
        CHECK(brig_host_is_forbidden(&facts) == is_forbidden, "%s", forbidden_cases[i].name);
        CHECK((strstr(text, "level: reduced") != NULL) == is_forbidden, "%s: %s",
              forbidden_cases[i].name, text);
    }
    for (size_t i = 0; i < sizeof(reduced_cases) / sizeof(reduced_cases[0]); i++) {
        const char *why = brig_host_explain_reduced(reduced_cases[i].abi, reduced_cases[i].proc);
        const char *part = reduced_cases[i].part;

        CHECK((why == NULL) == (part == NULL), "%s", reduced_cases[i].name);
        CHECK(part == NULL || strstr(why, part) != NULL, "%s: %s", reduced_cases[i].name, why);
    }
    for (size_t i = 0; i < sizeof(landlock_cases) / sizeof(landlock_cases[0]); i++) {
        brig_host_explain_landlock(landlock_cases[i].error, landlock_cases[i].lsms, text,
                                   sizeof(text));
        CHECK(has_all(text, landlock_cases[i].parts, 2), "%s: %s", landlock_cases[i].name, text);
    }
    return EXIT_SUCCESS;
}
