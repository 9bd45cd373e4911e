/* SPDX-License-Identifier: MIT */
/* Causes, recognised from facts, and their fixes. ARCHITECTURE.md, "The walls". */
#include "host_explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "landlock.h"

/* None of it takes a wall of ours away: they let us build ours inside. */
#define CONTAINER_OPTIONS \
    "start it with --security-opt seccomp=FILE, --security-opt apparmor=unconfined and " \
    "--security-opt systempaths=unconfined, where FILE is what share/brig/seccomp.py (in the " \
    "sources: reference-server/packaging) makes of the container's default profile"

static bool is_missing(const brig_host_facts *facts)
{
    return facts->bwrap == NULL;
}

static bool is_old(const brig_host_facts *facts)
{
    return strstr(facts->output, "nknown option") != NULL;
}

static bool is_clone_forbidden(const brig_host_facts *facts)
{
    return strcmp(facts->unprivileged_userns_clone, "0") == 0;
}

static bool is_count_zero(const brig_host_facts *facts)
{
    return strcmp(facts->max_user_namespaces, "0") == 0;
}

/* There the namespace can be made, but is worth nothing: the failure comes with the uid map. */
static bool is_restricted_by_apparmor(const brig_host_facts *facts)
{
    return strcmp(facts->apparmor_restrict_userns, "1") == 0;
}

static bool is_count_reached(const brig_host_facts *facts)
{
    return facts->userns_error == ENOSPC || facts->userns_error == EUSERS;
}

static bool is_not_built(const brig_host_facts *facts)
{
    return facts->userns_error == EINVAL || (facts->userns_error == ENOSYS);
}

static bool is_filtered(const brig_host_facts *facts)
{
    return facts->userns_error != 0 && facts->seccomp_mode == 2;
}

static bool is_refused(const brig_host_facts *facts)
{
    return facts->userns_error != 0;
}

static bool is_setuid(const brig_host_facts *facts)
{
    return facts->is_setuid;
}

static bool is_mount_filtered(const brig_host_facts *facts)
{
    return facts->seccomp_mode == 2;
}

static bool is_anything(const brig_host_facts *facts)
{
    (void)facts;
    return true;
}

/* The first that applies. %s, where a fix has it, is what bubblewrap said. */
static const struct cause {
    bool (*applies)(const brig_host_facts *facts);
    const char *text;
} causes[] = {
    {is_missing, "bubblewrap is not installed, or user %u may not run it: apt install "
                 "bubblewrap"},
    {is_old, "bubblewrap is too old: version 0.5.0 or later is needed (apt install bubblewrap, "
             "or a newer one first in the server's PATH)"},
    {is_clone_forbidden, "user namespaces are forbidden for user %u: "
                         "kernel.unprivileged_userns_clone is 0: sysctl -w "
                         "kernel.unprivileged_userns_clone=1"},
    {is_count_zero, "user namespaces are forbidden for user %u: user.max_user_namespaces is 0: "
                    "sysctl -w user.max_user_namespaces=15000"},
    {is_restricted_by_apparmor,
     "user namespaces of user %u have no rights: kernel.apparmor_restrict_unprivileged_userns is "
     "1: "
     "cp share/brig/apparmor/brigd (in the sources: reference-server/packaging/apparmor) to "
     "/etc/apparmor.d and apparmor_parser --replace it, which gives them to brigd alone, or sysctl "
     "-w kernel.apparmor_restrict_unprivileged_userns=0"},
    {is_count_reached, "user %u has no user namespace left: more than user.max_user_namespaces, or "
                       "32 of them inside each other: sysctl -w user.max_user_namespaces=15000"},
    {is_filtered, "a seccomp filter around the server refuses user namespaces to user %u, as that "
                  "of a container does: " CONTAINER_OPTIONS},
    {is_not_built, "the kernel has no user namespaces for user %u: it needs CONFIG_USER_NS=y"},
    {is_refused, "the kernel refuses a user namespace to user %u: a security module, or a chroot "
                 "around the server; start it outside of the chroot, or let the module grant "
                 "userns to bubblewrap"},
    {is_setuid, "bubblewrap is installed setuid root, and does not start for user %u: chmod u-s on "
                "it, since user namespaces are allowed here"},
    {is_mount_filtered, "user %u can make a user namespace, but not build a file system in it, as "
                        "in a container: " CONTAINER_OPTIONS},
    {is_anything, "bubblewrap does not start for user %u"},
};

bool brig_host_is_forbidden(const brig_host_facts *facts)
{
    if (facts->userns_error != 0 || is_restricted_by_apparmor(facts))
        return true;
    /* Only a bubblewrap that runs can have met a filter of mounts. */
    return !is_missing(facts) && !is_old(facts) && !is_setuid(facts) && is_mount_filtered(facts);
}

const char *brig_host_explain_reduced(int abi, bool proc)
{
    if (abi < BRIG_LANDLOCK_ABI_ALONE)
        return "level reduced without namespaces needs a Landlock of ABI 6 or later (Linux 6.12), "
               "which keeps signals and abstract sockets within a session";
    if (proc)
        return "level reduced without namespaces cannot give the code a /proc of its own: set "
               "proc: false";
    return NULL;
}

void brig_host_explain(const brig_host_facts *facts, char *text, size_t text_bytes)
{
    char cause[1024];
    size_t i = 0;

    while (!causes[i].applies(facts))
        i++;
    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): the table above, a %u at most */
    (void)snprintf(cause, sizeof(cause), causes[i].text, facts->uid);
    const char *either =
        brig_host_is_forbidden(facts)
            ? "; or let the profile run with fewer walls, without namespaces: level: reduced"
            : "";

    if (facts->output[0] == '\0' || is_missing(facts))
        (void)snprintf(text, text_bytes, "%s%s", cause, either);
    else
        (void)snprintf(text, text_bytes, "%s (it says: %.200s)%s", cause, facts->output, either);
}

void brig_host_explain_landlock(int error, const char *lsms, char *text, size_t text_bytes)
{
    static const char either[] = "; or let the profile run with fewer walls: level: reduced";

    if (error == EOPNOTSUPP)
        (void)snprintf(text, text_bytes,
                       "Landlock is in the kernel but not switched on: boot with lsm=landlock,%s%s",
                       lsms[0] == '\0' ? "…" : lsms, either);
    else if (error == EPERM)
        (void)snprintf(text, text_bytes,
                       "a seccomp filter around the server refuses Landlock: add "
                       "landlock_create_ruleset, landlock_add_rule and landlock_restrict_self to "
                       "the calls that the container's seccomp profile allows%s",
                       either);
    else
        (void)snprintf(text, text_bytes,
                       "the kernel has no Landlock: it needs 5.13 or later with "
                       "CONFIG_SECURITY_LANDLOCK=y%s",
                       either);
}
