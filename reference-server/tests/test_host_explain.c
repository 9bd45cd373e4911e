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
    for (size_t i = 0; i < sizeof(landlock_cases) / sizeof(landlock_cases[0]); i++) {
        brig_host_explain_landlock(landlock_cases[i].error, landlock_cases[i].lsms, text,
                                   sizeof(text));
        CHECK(has_all(text, landlock_cases[i].parts, 2), "%s: %s", landlock_cases[i].name, text);
    }
    return EXIT_SUCCESS;
}
