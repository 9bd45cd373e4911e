/* SPDX-License-Identifier: MIT */
/* Removing the directory of a session without mounts. ARCHITECTURE.md, "Without namespaces". */
#include "remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 64 };

/* While a tree is taken apart. Names of moved directories are numbers. */
typedef struct removal {
    int top; /* the directory to be emptied */
    unsigned long long moved_count;
} removal;

/* 0, or the errno of a call that has just returned; what is gone already need not go. */
static int outcome(int result)
{
    return result == 0 || errno == ENOENT ? 0 : errno;
}

/* Open what its maker has closed: it is ours. By its descriptor, so that no link is followed. */
static bool unlock_directory(int parent, const char *name)
{
    char path[NAME_BYTES];
    int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_open;

    if (fd < 0)
        return false;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    is_open = chmod(path, 0700) == 0;
    (void)close(fd);
    return is_open;
}

static int open_directory(int parent, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);

    if (fd >= 0 || errno != EACCES || !unlock_directory(parent, name))
        return fd;
    return openat(parent, name, flags);
}

static bool is_directory(int parent, const char *name)
{
    struct stat status;

    return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/* Directories of directories come up, so that no tree is deep. */
static int move_up(removal *of, int parent, const char *name)
{
    char moved[NAME_BYTES];

    for (;;) {
        int error;

        (void)snprintf(moved, sizeof(moved), "%llu", of->moved_count++);
        error = outcome(renameat2(parent, name, of->top, moved, RENAME_NOREPLACE));
        /* A directory that nobody may write cannot leave its parent. */
        if (error == EACCES && unlock_directory(parent, name))
            error = outcome(renameat2(parent, name, of->top, moved, RENAME_NOREPLACE));
        if (error != EEXIST)
            return error;
    }
}

/* Call for each entry of a directory, whose descriptor is closed; the first error ends it. */
static int for_each(removal *of, int fd, int (*act)(removal *of, int parent, const char *name))
{
    DIR *entries = fdopendir(fd);
    const struct dirent *entry;
    int error = 0;

    if (entries == NULL) {
        error = errno;
        (void)close(fd);
        return error;
    }
    while (error == 0 && (entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            error = act(of, fd, entry->d_name);
    (void)closedir(entries);
    return error;
}

static int clear_entry(removal *of, int parent, const char *name)
{
    if (is_directory(parent, name))
        return move_up(of, parent, name);
    return outcome(unlinkat(parent, name, 0));
}

static int remove_entry(removal *of, int parent, const char *name)
{
    int error;
    int fd;

    if (!is_directory(parent, name))
        return outcome(unlinkat(parent, name, 0));
    /* A name that a move has just brought here may be seen in this pass or in the next. */
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
        return 0;
    fd = open_directory(parent, name);
    if (fd < 0)
        return outcome(fd);
    error = for_each(of, fd, clear_entry);
    if (error == 0)
        error = outcome(unlinkat(parent, name, AT_REMOVEDIR));
    return error == ENOTEMPTY ? 0 : error;
}

int brig_remove_tree(const char *path)
{
    removal of = {.top = open_directory(AT_FDCWD, path)};
    int error = 0;

    if (of.top < 0)
        return errno;
    /* What moves up is met by a later pass. */
    while (error == 0 && rmdir(path) != 0) {
        int again = errno == ENOTEMPTY || errno == EEXIST ? open_directory(AT_FDCWD, path) : -1;

        error = again < 0 ? errno : for_each(&of, again, remove_entry);
    }
    (void)close(of.top);
    return error;
}
