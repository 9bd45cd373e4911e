/* SPDX-License-Identifier: MIT */
/* What a template must not have when it is forked. ARCHITECTURE.md, "How a session starts". */
#include "audit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"

/* ThreadSanitizer's runtime keeps a thread of its own and copes with forks. */
#ifdef __SANITIZE_THREAD__
enum { THREADS_EXPECTED = 2 };
#else
enum { THREADS_EXPECTED = 1 };
#endif

static brig_status refuse_unreadable(const char *path, char *error, size_t error_bytes)
{
    (void)snprintf(error, error_bytes, "the template cannot read %s", path);
    return BRIG_UNAVAILABLE;
}

/* The names of a directory, without "." and "..". */
static const char *next_name(DIR *directory)
{
    const struct dirent *entry;

    do
        entry = readdir(directory);
    while (entry != NULL && entry->d_name[0] == '.');
    return entry == NULL ? NULL : entry->d_name;
}

static void read_thread_name(const char *id, char *name, size_t name_bytes)
{
    char path[64];
    FILE *file;

    name[0] = '\0';
    (void)snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", id);
    file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(name, (int)name_bytes, file) != NULL)
        name[strcspn(name, "\n")] = '\0';
    (void)fclose(file);
}

brig_status brig_audit_threads(char *error, size_t error_bytes)
{
    static const char path[] = "/proc/self/task";
    DIR *threads = opendir(path);
    const char *name;
    char last[32] = "";
    int count = 0;

    if (threads == NULL)
        return refuse_unreadable(path, error, error_bytes);
    while ((name = next_name(threads)) != NULL) {
        count++;
        read_thread_name(name, last, sizeof(last));
    }
    (void)closedir(threads);
    if (count <= THREADS_EXPECTED)
        return BRIG_OK;
    (void)snprintf(error, error_bytes,
                   "the engine and its preloaded packages left %d threads running (one is named "
                   "\"%s\"); threads do not survive the start of a session",
                   count - THREADS_EXPECTED, last);
    return BRIG_UNAVAILABLE;
}

static brig_status refuse_descriptor(int fd, char *error, size_t error_bytes)
{
    char path[64];
    char target[256];
    ssize_t len;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    len = readlink(path, target, sizeof(target) - 1);
    target[len < 0 ? 0 : len] = '\0';
    (void)snprintf(error, error_bytes,
                   "the engine or a preloaded package left descriptor %d open (%s); every session "
                   "would share it",
                   fd, target);
    return BRIG_UNAVAILABLE;
}

brig_status brig_audit_descriptors(char *error, size_t error_bytes)
{
    static const char path[] = "/proc/self/fd";
    DIR *open_files = opendir(path);
    brig_status status = BRIG_OK;
    const char *name;

    if (open_files == NULL)
        return refuse_unreadable(path, error, error_bytes);
    while (status == BRIG_OK && (name = next_name(open_files)) != NULL) {
        int fd = (int)strtol(name, NULL, 10);

        if (fd > BRIG_CONTROL_FD && fd != dirfd(open_files))
            status = refuse_descriptor(fd, error, error_bytes);
    }
    (void)closedir(open_files);
    return status;
}
