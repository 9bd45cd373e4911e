/* SPDX-License-Identifier: MIT */
/* The server's own directory of control groups: found, made, locked, and in the end removed. */
#include "cgroup_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum {
    RANDOM_BYTES = 8,
    TEXT_BYTES = 4096,
    LEAVE_TRIES = 200, /* times LEAVE_NS: what is killed is gone sooner */
    LEAVE_NS = 5000000,
};

static const char prefix[] = "brigd-";
static const char server_leaf[] = "server";

const char *brig_cgroups_mechanism(const brig_cgroups *groups)
{
    return groups->is_v2 ? "cgroup v2" : "cgroup v1";
}

const char *brig_cgroups_failure(const brig_cgroups *groups)
{
    return groups->failure;
}

/* ---- what servers that were killed have left ---- */

static bool is_name_of_ours(const char *name)
{
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
           strlen(name) == sizeof(prefix) - 1 + (size_t)2 * RANDOM_BYTES &&
           strspn(name + sizeof(prefix) - 1, "0123456789abcdef") == (size_t)2 * RANDOM_BYTES;
}

/* Every directory in it is a leaf. What still runs there belonged to a server that is dead. */
static void remove_tree(int parent, int directory, const char *name)
{
    int again = dup(directory);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    const struct dirent *entry;

    (void)brig_cgroup_write(directory, "cgroup.kill", "1");
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(directory, entry->d_name, AT_REMOVEDIR);
    }
    if (entries != NULL)
        (void)closedir(entries);
    else if (again >= 0)
        (void)close(again);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* A server holds a lock on its directory while it lives, and the kernel lets go when it dies. */
static void remove_leftovers(int parent)
{
    int again = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (!is_name_of_ours(entry->d_name))
            continue;
        int directory = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            continue;
        if (flock(directory, LOCK_EX | LOCK_NB) == 0)
            remove_tree(parent, directory, entry->d_name);
        (void)close(directory);
    }
    if (entries != NULL)
        (void)closedir(entries);
    else if (again >= 0)
        (void)close(again);
}

/* ---- making ours ---- */

static brig_status make_directory(brig_cgroups *groups, cgroup_part part, const char *path)
{
    struct stat own;
    struct stat there;

    groups->parents[part] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (groups->parents[part] < 0)
        return brig_cgroup_refused(groups, path);
    remove_leftovers(groups->parents[part]);
    if (mkdirat(groups->parents[part], groups->name, 0755) != 0)
        return brig_cgroup_refused(groups, path);
    groups->fds[part] =
        openat(groups->parents[part], groups->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (groups->fds[part] < 0 || flock(groups->fds[part], LOCK_EX | LOCK_NB) != 0)
        return brig_cgroup_refused(groups, groups->name);
    /* Another server may have taken it for a leftover, before the lock was ours. */
    if (fstat(groups->fds[part], &own) != 0 ||
        fstatat(groups->parents[part], groups->name, &there, 0) != 0 || own.st_ino != there.st_ino)
        return brig_cgroup_refused(groups, groups->name);
    return BRIG_OK;
}

/* Several controllers may be mounted as one hierarchy. True: another part has made the directory. */
static bool share_directory(brig_cgroups *groups, cgroup_part part, const char *path)
{
    struct stat own;
    struct stat other;

    for (cgroup_part i = CGROUP_MEMORY; i < part; i++) {
        if (stat(path, &own) != 0 || fstat(groups->parents[i], &other) != 0 ||
            own.st_dev != other.st_dev || own.st_ino != other.st_ino)
            continue;
        groups->parents[part] = fcntl(groups->parents[i], F_DUPFD_CLOEXEC, 0);
        groups->fds[part] = fcntl(groups->fds[i], F_DUPFD_CLOEXEC, 0);
        return groups->parents[part] >= 0 && groups->fds[part] >= 0;
    }
    return false;
}

static brig_status make_v1(brig_cgroups *groups)
{
    char path[PATH_MAX];

    for (cgroup_part part = CGROUP_MEMORY; part < CGROUP_PART_COUNT; part++) {
        if (!brig_cgroup_find_own(part, path)) {
            if (part == CGROUP_CPU_SHARE)
                continue;
            errno = ENOENT;
            return brig_cgroup_refused(groups, "a controller is not mounted");
        }
        if (share_directory(groups, part, path))
            continue;
        brig_status status = make_directory(groups, part, path);
        if (status != BRIG_OK)
            return status;
    }
    return BRIG_OK;
}

/* Does the delegated directory give its children what sessions need? */
static bool gives_controllers(int directory)
{
    char enabled[TEXT_BYTES];

    brig_cgroup_read(directory, "cgroup.subtree_control", enabled, sizeof(enabled));
    return brig_cgroup_has_word(enabled, "memory") && brig_cgroup_has_word(enabled, "pids");
}

static bool enable_controllers(int directory)
{
    /* Only a profile with cpu_percent needs it, and says so. */
    (void)brig_cgroup_write(directory, "cgroup.subtree_control", "+cpu");
    return brig_cgroup_write(directory, "cgroup.subtree_control", "+memory +pids");
}

/* A group with processes of its own cannot have limited groups below it: go below it ourselves. */
static brig_status settle_below(brig_cgroups *groups)
{
    int own = groups->fds[CGROUP_MEMORY];
    int leaf = -1;
    brig_status status = BRIG_OK;

    if (mkdirat(own, server_leaf, 0755) != 0)
        return brig_cgroup_refused(groups, server_leaf);
    leaf = openat(own, server_leaf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (leaf < 0 || !brig_cgroup_write(leaf, "cgroup.procs", "0"))
        status = brig_cgroup_refused(groups, "cgroup.procs");
    if (leaf >= 0)
        (void)close(leaf);
    groups->is_settled = status == BRIG_OK;
    return status;
}

static brig_status make_v2(brig_cgroups *groups, const char *path)
{
    char own[PATH_MAX] = "";
    brig_status status = make_directory(groups, CGROUP_MEMORY, path);

    if (status != BRIG_OK)
        return status;
    bool is_inside = brig_cgroup_find_own(CGROUP_PART_COUNT, own) && strcmp(own, path) == 0 &&
                     faccessat(groups->parents[CGROUP_MEMORY], "cgroup.type", F_OK, 0) == 0;
    if (is_inside) /* only the root of all groups has no type, and may have both */
        status = settle_below(groups);
    if (status != BRIG_OK)
        return status;
    if (!gives_controllers(groups->parents[CGROUP_MEMORY]) &&
        !enable_controllers(groups->parents[CGROUP_MEMORY]))
        return brig_cgroup_refused(groups, "cgroup.subtree_control");
    if (!enable_controllers(groups->fds[CGROUP_MEMORY]))
        return brig_cgroup_refused(groups, "cgroup.subtree_control");
    return BRIG_OK;
}

/* systemd owns the tree but for what it has delegated, and marks that. */
static bool may_use_own(const char *path)
{
    char mark[2];

    return access("/run/systemd/system", F_OK) != 0 ||
           getxattr(path, "user.delegate", mark, sizeof(mark)) > 0 ||
           getxattr(path, "trusted.delegate", mark, sizeof(mark)) > 0;
}

static brig_status make_auto(brig_cgroups *groups)
{
    char path[PATH_MAX];

    if (brig_cgroup_find_own(CGROUP_MEMORY, path))
        return make_v1(groups);
    if (!brig_cgroup_find_own(CGROUP_PART_COUNT, path)) {
        errno = ENOENT;
        return brig_cgroup_refused(groups, "no cgroup file system is mounted");
    }
    if (!may_use_own(path)) {
        errno = EPERM;
        return brig_cgroup_refused(groups, "the server's group is not delegated (Delegate=yes)");
    }
    groups->is_v2 = true;
    return make_v2(groups, path);
}

static brig_status make_at(brig_cgroups *groups, const char *path)
{
    struct statfs file_system;

    groups->is_v2 = true;
    if (statfs(path, &file_system) != 0)
        return brig_cgroup_refused(groups, path);
    if (file_system.f_type != CGROUP2_SUPER_MAGIC) {
        errno = ENOTSUP;
        return brig_cgroup_refused(groups, "not a directory of cgroup version 2");
    }
    return make_v2(groups, path);
}

static brig_cgroups *allocate(void)
{
    brig_cgroups *groups = calloc(1, sizeof(*groups));
    uint8_t random[RANDOM_BYTES];
    char digits[2 * RANDOM_BYTES + 1];

    if (groups == NULL)
        return NULL;
    for (int i = 0; i < CGROUP_PART_COUNT; i++) {
        groups->fds[i] = -1;
        groups->parents[i] = -1;
    }
    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(digits, sizeof(digits), random, sizeof(random));
    (void)snprintf(groups->name, sizeof(groups->name), "%s%s", prefix, digits);
    return groups;
}

brig_status brig_cgroups_new(const char *where, char why[BRIG_CGROUP_TEXT_BYTES],
                             brig_cgroups **ret_groups)
{
    bool is_auto = where == NULL || strcmp(where, "auto") == 0;
    brig_cgroups *groups = NULL;

    *ret_groups = NULL;
    (void)snprintf(why, BRIG_CGROUP_TEXT_BYTES, "off");
    if (!is_auto && strcmp(where, "off") == 0)
        return BRIG_OK;
    groups = allocate();
    if (groups == NULL)
        return BRIG_NO_MEMORY;
    brig_status status = is_auto ? make_auto(groups) : make_at(groups, where);
    if (status == BRIG_OK) {
        *ret_groups = groups;
        return BRIG_OK;
    }
    (void)snprintf(why, BRIG_CGROUP_TEXT_BYTES, "%s", groups->failure);
    brig_cgroups_free(groups);
    return is_auto ? BRIG_OK : status;
}

/* Back to where we were, unless limited groups are below it by now: then the next server, or
 * systemd, removes the group that we are in. */
static void move_out(brig_cgroups *groups)
{
    if (!groups->is_settled)
        return;
    (void)brig_cgroup_write(groups->parents[CGROUP_MEMORY], "cgroup.procs", "0");
    (void)unlinkat(groups->fds[CGROUP_MEMORY], server_leaf, AT_REMOVEDIR);
}

void brig_cgroups_free(brig_cgroups *groups)
{
    static const struct timespec pause = {.tv_nsec = LEAVE_NS};

    if (groups == NULL)
        return;
    for (int i = 0; i < LEAVE_TRIES && !brig_cgroup_sweep(groups); i++)
        (void)nanosleep(&pause, NULL);
    brig_cgroup_forget(groups);
    move_out(groups);
    for (int i = 0; i < CGROUP_PART_COUNT; i++) {
        if (groups->fds[i] >= 0)
            (void)unlinkat(groups->parents[i], groups->name, AT_REMOVEDIR);
        if (groups->fds[i] >= 0)
            (void)close(groups->fds[i]);
        if (groups->parents[i] >= 0)
            (void)close(groups->parents[i]);
    }
    free(groups);
}
