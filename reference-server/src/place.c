/* SPDX-License-Identifier: MIT */
/* Directories of templates without mounts. ARCHITECTURE.md, "Without namespaces". */
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sandbox/plain_path.h"
#include "../sandbox/remove_tree.h"
#include "log.h"

/* Sessions' paths must fit into BRIG_PLACE_BYTES. */
enum { PARENT_BYTES = 64, PREFIX_BYTES = 32, TRIES = 8 };

static const char *choose_parent(void)
{
    const char *chosen = getenv("TMPDIR");

    return chosen != NULL && brig_path_is_plain(chosen) && strlen(chosen) < PARENT_BYTES ? chosen
                                                                                         : "/tmp";
}

/* The server's user is part of the name: others' are not ours to judge. */
static void name_prefix(char prefix[PREFIX_BYTES])
{
    (void)snprintf(prefix, PREFIX_BYTES, "brig-%u.", (unsigned)geteuid());
}

/* A directory, not a link to one. -1 if it is not, or is locked by a server that lives. */
static int lock_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static void remove_all(const char *path)
{
    int error = brig_remove_tree(path);

    if (error != 0)
        brig_log("%s, with files of sessions that have ended, cannot be removed: %s", path,
                 strerror(error));
}

/* Whoever may make a directory of such a name cannot give it to us. */
static bool is_ours(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

static void sweep(const char *parent, const char *prefix)
{
    DIR *entries = opendir(parent);
    const struct dirent *entry;
    char path[BRIG_PLACE_PATH_BYTES];

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        int fd;

        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
            snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) >= (int)sizeof(path) ||
            !is_ours(path))
            continue;
        fd = lock_directory(path);
        if (fd < 0)
            continue;
        remove_all(path);
        (void)close(fd);
    }
    if (entries != NULL)
        (void)closedir(entries);
}

/* The template's user goes through the root and owns what is below. 0 or an errno. */
static int give_to(brig_place *place, unsigned uid)
{
    if (mkdir(place->path, 0700) != 0)
        return errno;
    if (uid == geteuid())
        return 0;
    return chmod(place->root, 0711) == 0 && lchown(place->path, uid, uid) == 0 ? 0 : errno;
}

/* EAGAIN: another server's sweep has taken it before it was locked. */
static int make_root(brig_place *place, const char *parent, const char *prefix)
{
    (void)snprintf(place->root, sizeof(place->root), "%s/%sXXXXXX", parent, prefix);
    if (mkdtemp(place->root) == NULL)
        return errno;
    (void)snprintf(place->path, sizeof(place->path), "%.*s/t", PARENT_BYTES + PREFIX_BYTES,
                   place->root);
    place->lock_fd = lock_directory(place->root);
    return place->lock_fd >= 0 ? 0 : EAGAIN;
}

brig_status brig_place_make(unsigned uid, brig_place *ret_place, char *error, size_t error_bytes)
{
    const char *parent = choose_parent();
    char prefix[PREFIX_BYTES];
    brig_place place = {.lock_fd = -1};
    int failed;

    name_prefix(prefix);
    sweep(parent, prefix);
    failed = make_root(&place, parent, prefix);
    for (unsigned tries = 1; failed == EAGAIN && tries < TRIES; tries++)
        failed = make_root(&place, parent, prefix);
    if (failed == 0)
        failed = give_to(&place, uid);
    if (failed == 0) {
        *ret_place = place;
        return BRIG_OK;
    }
    (void)snprintf(error, error_bytes,
                   "no directory for sessions of user %u can be made in %s: %s: the server needs "
                   "CAP_CHOWN for users other than its own",
                   uid, parent, strerror(failed));
    if (place.lock_fd >= 0) {
        remove_all(place.root);
        (void)close(place.lock_fd);
    }
    return BRIG_UNAVAILABLE;
}

void brig_place_remove(brig_place *place)
{
    if (place->path[0] == '\0')
        return;
    remove_all(place->root);
    (void)close(place->lock_fd);
    place->path[0] = '\0';
}
