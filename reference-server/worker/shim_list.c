/* SPDX-License-Identifier: MIT */
/* brig.list on the workspace: breadth first, so that no depth of directories matters. spec 7.3. */
#include "shim_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <brig/message.h>
#include <brig/pack.h>

#include "shim_path.h"

enum { LIST_ENTRIES = 1000 };

typedef struct list_entry {
    char *path; /* relative to the workspace */
    bool is_directory;
    uint64_t size;
    int64_t modified_ms;
} list_entry;

typedef struct listing {
    list_entry entries[LIST_ENTRIES];
    size_t count;
    bool is_full;
    bool complete;
} listing;

static int64_t milliseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

/* "directory/name", or the name alone in the workspace itself. NULL: too long, or no memory. */
static char *join(const char *directory, const char *name)
{
    size_t directory_len = strlen(directory);
    size_t name_len = strlen(name);
    char *joined;

    if (directory_len + 1 + name_len > BRIG_LIMIT_PATH_BYTES)
        return NULL;
    joined = malloc(directory_len + 1 + name_len + 1);
    if (joined == NULL)
        return NULL;
    if (directory_len > 0) {
        memcpy(joined, directory, directory_len);
        joined[directory_len++] = '/';
    }
    memcpy(joined + directory_len, name, name_len + 1);
    return joined;
}

/* Only regular files and directories are listed; whatever else the code made does not exist. */
static void add_entry(listing *list, int directory_fd, const char *directory, const char *name)
{
    struct stat status;
    list_entry entry;

    if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        list->complete = list->complete && errno == ENOENT; /* gone, or closed by the code */
        return;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return;
    list->is_full = list->count == LIST_ENTRIES;
    entry.path = list->is_full ? NULL : join(directory, name);
    if (entry.path == NULL) {
        list->complete = false;
        return;
    }
    entry.is_directory = S_ISDIR(status.st_mode);
    entry.size = entry.is_directory ? 0 : (uint64_t)status.st_size;
    entry.modified_ms = milliseconds(&status.st_mtim);
    list->entries[list->count++] = entry;
}

/* Takes the descriptor over. */
static void read_directory(listing *list, int directory_fd, const char *directory)
{
    DIR *stream = fdopendir(directory_fd);
    const struct dirent *entry;

    if (stream == NULL) {
        (void)close(directory_fd);
        list->complete = false;
        return;
    }
    while (!list->is_full && (entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add_entry(list, directory_fd, directory, entry->d_name);
    (void)closedir(stream);
}

/* Is what was a directory when it was seen something else by now, or nothing? */
static bool is_changed(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

static void read_all(listing *list, int workspace_fd)
{
    for (size_t i = 0; i < list->count && !list->is_full; i++) {
        int fd;

        if (!list->entries[i].is_directory)
            continue;
        fd = brig_path_open(workspace_fd, list->entries[i].path, O_RDONLY | O_DIRECTORY);
        if (fd >= 0)
            read_directory(list, fd, list->entries[i].path);
        else
            list->complete = list->complete && is_changed(errno);
    }
}

static int compare_entries(const void *left, const void *right)
{
    const list_entry *a = (const list_entry *)left;
    const list_entry *b = (const list_entry *)right;

    return strcmp(a->path, b->path);
}

static void pack_entry(const list_entry *entry, brig_buffer *clean, brig_buffer *to)
{
    brig_span path = brig_span_text(entry->path);

    brig_buffer_clear(clean);
    brig_text_clean(path, clean->limit, clean);
    if (clean->fault != BRIG_OK)
        to->fault = clean->fault;
    brig_pack_map(to, 4);
    brig_pack_cstring(to, "path");
    brig_pack_text(to, brig_buffer_span(clean));
    brig_pack_key_text(to, "type", entry->is_directory ? "directory" : "file");
    brig_pack_key_uint(to, "size", entry->size);
    brig_pack_cstring(to, "modified_ms");
    brig_pack_int(to, entry->modified_ms);
}

static void pack_listing(const listing *list, brig_buffer *to)
{
    enum { ESCAPED_BYTES = 4 }; /* \xNN for one */
    brig_buffer clean;

    brig_buffer_init(&clean, (size_t)BRIG_LIMIT_PATH_BYTES * ESCAPED_BYTES);
    brig_pack_map(to, 2);
    brig_pack_cstring(to, "files");
    brig_pack_array(to, list->count);
    for (size_t i = 0; i < list->count; i++)
        pack_entry(&list->entries[i], &clean, to);
    brig_pack_key_bool(to, "complete", list->complete);
    brig_buffer_done(&clean);
}

/* -1 with the answer failed. */
static int open_directory(int workspace_fd, const brig_path *path, brig_answer *answer)
{
    const char *name = path->text[0] == '\0' ? "." : path->text;
    int fd = brig_path_open(workspace_fd, name, O_RDONLY | O_DIRECTORY);
    int error = errno;
    int other;

    if (fd >= 0)
        return fd;
    brig_path_fail(answer, error);
    if (error != ENOTDIR)
        return -1;
    /* Is it something else, or is something above it no directory? */
    other = brig_path_open(workspace_fd, name, O_RDONLY);
    if (other >= 0) {
        (void)close(other);
        brig_answer_fail(answer, BRIG_ERROR_DENIED, "only a directory is listed");
    }
    return -1;
}

void brig_files_list(int workspace_fd, const brig_value *args, brig_answer *answer)
{
    brig_path path = {.text = ""};
    listing *list;
    int fd;

    if (brig_value_get(args, "path") != NULL && !brig_path_parse(args, &path, answer))
        return;
    fd = open_directory(workspace_fd, &path, answer);
    if (fd < 0)
        return;
    list = calloc(1, sizeof(*list));
    if (list == NULL) {
        (void)close(fd);
        brig_answer_fail(answer, BRIG_ERROR_INTERNAL, "out of memory");
        return;
    }
    list->complete = true;
    read_directory(list, fd, path.text);
    read_all(list, workspace_fd);
    qsort(list->entries, list->count, sizeof(list->entries[0]), compare_entries);
    pack_listing(list, &answer->value);
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list);
}
