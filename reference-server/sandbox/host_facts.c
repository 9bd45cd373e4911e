/* SPDX-License-Identifier: MIT */
/* Facts about a machine on which the outer wall could not be built. Asked only then. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host_explain.h"
#include "host_parts.h"

enum { VALUE_BYTES = 64, LINE_BYTES = 256 };

/* The first line of a file; "" if there is none. */
static void read_line(const char *path, char *line, size_t line_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, line, line_bytes - 1);

    line[got < 0 ? 0 : got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (fd >= 0)
        (void)close(fd);
}

/* Mode 2: a filter that was there before us. */
static int read_seccomp_mode(void)
{
    static const char key[] = "\nSeccomp:";
    char status[4096] = "";
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const char *found;

    if (fd < 0)
        return 0;
    ssize_t got = read(fd, status, sizeof(status) - 1);
    (void)close(fd);
    status[got < 0 ? 0 : got] = '\0';
    found = strstr(status, key);
    return found == NULL ? 0 : (int)strtol(found + sizeof(key) - 1, NULL, 10);
}

static int try_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
}

/* The profile says that namespaces may be missing, and they are. */
static brig_status reduce(brig_host_draft *draft)
{
    const char *why = brig_host_explain_reduced(draft->host.landlock_abi, draft->profile->proc);

    if (why != NULL)
        return brig_host_refuse(draft, "profile %s: %s", draft->profile->name, why);
    if (draft->host.template_uid == 0)
        return brig_host_refuse(draft, "profile %s: without namespaces no session can run as root",
                                draft->profile->name);
    draft->host.is_reduced = true;
    return BRIG_OK;
}

brig_status brig_host_do_without(brig_host_draft *draft, char *output)
{
    char clone_switch[VALUE_BYTES];
    char max_count[VALUE_BYTES];
    char apparmor[VALUE_BYTES];
    char text[2048];
    struct stat status;
    brig_host_facts facts = {
        .bwrap = draft->host.bwrap,
        .output = output,
        .uid = draft->host.template_uid,
        .userns_error = brig_host_ask_as_user(draft, try_namespace),
        .seccomp_mode = read_seccomp_mode(),
        .unprivileged_userns_clone = clone_switch,
        .max_user_namespaces = max_count,
        .apparmor_restrict_userns = apparmor,
    };

    output[strcspn(output, "\n")] = '\0';
    if (facts.bwrap != NULL && stat(facts.bwrap, &status) == 0)
        facts.is_setuid = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
    read_line("/proc/sys/kernel/unprivileged_userns_clone", clone_switch, sizeof(clone_switch));
    read_line("/proc/sys/user/max_user_namespaces", max_count, sizeof(max_count));
    read_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", apparmor, sizeof(apparmor));
    if (draft->profile->level == BRIG_LEVEL_REDUCED && brig_host_is_forbidden(&facts))
        return reduce(draft);
    brig_host_explain(&facts, text, sizeof(text));
    return brig_host_refuse(draft, "%s", text);
}

brig_status brig_host_check_kernel(brig_host_draft *draft, int landlock_error)
{
    const uint32_t action = SECCOMP_RET_USER_NOTIF;
    char lsms[LINE_BYTES];
    char text[1024];

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0)
        return brig_host_refuse(
            draft,
            "the kernel has no seccomp filters with user notification (%s): it "
            "needs 5.0 or later with CONFIG_SECCOMP_FILTER=y; in a container, a "
            "seccomp profile that allows the call seccomp",
            strerrorname_np(errno));
    if (draft->host.landlock_abi > 0 || draft->profile->level == BRIG_LEVEL_REDUCED)
        return BRIG_OK;
    read_line("/sys/kernel/security/lsm", lsms, sizeof(lsms));
    brig_host_explain_landlock(landlock_error, lsms, text, sizeof(text));
    return brig_host_refuse(draft, "%s", text);
}
