/* SPDX-License-Identifier: MIT */
/* Landlock for the worker, derived from the plan's mounts. ARCHITECTURE.md, "The walls". */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface, as of ABI 7: distributions' headers are older than their kernels. */
enum {
    CREATE_RULESET_VERSION = 1,
    RULE_PATH_BENEATH = 1,
    ABI_KNOWN = 7,
};

#define FS_EXECUTE     (1ULL << 0)
#define FS_WRITE_FILE  (1ULL << 1)
#define FS_READ_FILE   (1ULL << 2)
#define FS_READ_DIR    (1ULL << 3)
#define FS_REMOVE_DIR  (1ULL << 4)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_DIR    (1ULL << 7)
#define FS_MAKE_REG    (1ULL << 8)
#define FS_MAKE_FIFO   (1ULL << 10)
#define FS_MAKE_SYM    (1ULL << 12)
#define FS_ABI_1       ((1ULL << 13) - 1)
#define FS_REFER       (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE    (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV   (1ULL << 15) /* ABI 5 */
#define NET_ALL        (3ULL)       /* ABI 4: bind and connect TCP */
#define SCOPE_ALL      (3ULL)       /* ABI 6: abstract sockets and signals */

#define READ_RIGHTS (FS_READ_FILE | FS_READ_DIR)
/* No devices, no sockets, no control of devices. */
#define SCRATCH_RIGHTS \
    (READ_RIGHTS | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | \
     FS_MAKE_FIFO | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE)

struct ruleset {
    uint64_t handled_fs;
    uint64_t handled_net;
    uint64_t scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

/* What may be granted of what is no directory. */
#define FILE_RIGHTS (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

/* What each step of the plan grants below its path. */
static const struct {
    uint64_t rights;
    uint64_t exec_rights; /* in addition, if programs may be started */
} granted[BRIG_STEP_COUNT] = {
    [BRIG_STEP_BIND_DIRECTORY] = {READ_RIGHTS, FS_EXECUTE},
    [BRIG_STEP_BIND_FILE] = {FS_READ_FILE, FS_EXECUTE},
    [BRIG_STEP_TEXT_FILE] = {FS_READ_FILE, 0},
    [BRIG_STEP_DEVICE] = {FS_READ_FILE | FS_WRITE_FILE, 0},
    [BRIG_STEP_SCRATCH] = {SCRATCH_RIGHTS, FS_EXECUTE},
    [BRIG_STEP_PROC] = {READ_RIGHTS, 0},
    [BRIG_STEP_READ] = {READ_RIGHTS, FS_EXECUTE},
    [BRIG_STEP_USE] = {FS_READ_FILE | FS_WRITE_FILE, 0},
    [BRIG_STEP_KEEP] = {SCRATCH_RIGHTS, FS_EXECUTE},
    [BRIG_STEP_OWN] = {SCRATCH_RIGHTS, FS_EXECUTE},
};

int brig_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

    if (abi <= 0)
        return 0;
    return abi < ABI_KNOWN ? (int)abi : ABI_KNOWN;
}

static struct ruleset all_rights(int abi)
{
    struct ruleset rules = {.handled_fs = FS_ABI_1};

    if (abi >= 2)
        rules.handled_fs |= FS_REFER;
    if (abi >= 3)
        rules.handled_fs |= FS_TRUNCATE;
    if (abi >= 4)
        rules.handled_net = NET_ALL;
    if (abi >= 5)
        rules.handled_fs |= FS_IOCTL_DEV;
    if (abi >= 6)
        rules.scoped = SCOPE_ALL;
    return rules;
}

static int grant(int ruleset_fd, const char *path, uint64_t rights)
{
    struct path_rule rule = {.allowed = rights};
    struct stat status;
    int error = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed &= FILE_RIGHTS;
    if (syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH, &rule, 0) != 0)
        error = errno;
    (void)close(rule.parent_fd);
    return error;
}

/* A directory of the session's own lies in its place. */
static int grant_step(int ruleset_fd, const brig_step *step, uint64_t rights, const char *place)
{
    char path[PATH_MAX];
    int len;

    if (step->op != BRIG_STEP_OWN)
        return grant(ruleset_fd, step->path, rights);
    len = snprintf(path, sizeof(path), "%s/%s", place, step->path);
    if (len < 0 || (size_t)len >= sizeof(path))
        return ENAMETOOLONG;
    return grant(ruleset_fd, path, rights);
}

static int grant_steps(int ruleset_fd, const brig_steps *steps, const brig_step *landlock,
                       uint64_t handled, const char *place)
{
    bool exec = brig_step_allows_exec(landlock);
    int error = 0;

    /* Names in a root of the session's own are no secret: the plan put them there. */
    if (brig_steps_have(steps, BRIG_STEP_ROOT, NULL))
        error = grant(ruleset_fd, "/", FS_READ_DIR);
    for (size_t i = 0; error == 0 && i < steps->count; i++) {
        const brig_step *step = &steps->items[i];
        uint64_t rights = granted[step->op].rights | (exec ? granted[step->op].exec_rights : 0);

        if (granted[step->op].rights != 0)
            error = grant_step(ruleset_fd, step, rights & handled, place);
    }
    return error;
}

int brig_landlock_apply(const brig_steps *steps, const brig_step *landlock, const char *place)
{
    struct ruleset rules = all_rights(brig_landlock_abi());
    int error;
    int ruleset_fd;

    /* An older kernel takes the shorter structure: what it does not know is zero then. */
    ruleset_fd = (int)syscall(SYS_landlock_create_ruleset, &rules,
                              rules.scoped != 0        ? sizeof(rules)
                              : rules.handled_net != 0 ? offsetof(struct ruleset, scoped)
                                                       : sizeof(rules.handled_fs),
                              0);
    if (ruleset_fd < 0)
        return errno;
    error = grant_steps(ruleset_fd, steps, landlock, rules.handled_fs, place);
    if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset_fd, 0) != 0)
        error = errno;
    (void)close(ruleset_fd);
    return error;
}

int brig_landlock_scope(pid_t outsider)
{
    /* A ruleset that says nothing of moves between directories forbids them. */
    struct ruleset rules = {.handled_fs = FS_REFER, .scoped = SCOPE_ALL};
    int ruleset_fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
    int error;

    if (ruleset_fd < 0)
        return errno;
    error = grant(ruleset_fd, "/", FS_REFER);
    if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset_fd, 0) != 0)
        error = errno;
    (void)close(ruleset_fd);
    if (error == 0 && (kill(outsider, 0) == 0 || errno != EPERM))
        error = ENOTSUP;
    return error;
}
