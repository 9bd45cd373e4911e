/* SPDX-License-Identifier: MIT */
/* Workspace paths, walked while hostile code may change them. spec 7.3. */
#include "shim_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mutant.h"

static bool is_component(const uint8_t *name, size_t len)
{
    if (MUTANT(takes_a_path_with_dots))
        return len > 0;
    if (len == 0 || (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

static bool is_workspace_path(brig_span path)
{
    size_t start = 0;

    if (path.len > BRIG_LIMIT_PATH_BYTES)
        return false;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.data[i] != '/')
            continue;
        if (!is_component(path.data + start, i - start))
            return false;
        start = i + 1;
    }
    return true;
}

bool brig_path_parse(const brig_value *args, brig_path *ret_path, brig_answer *answer)
{
    const brig_value *value = brig_value_get(args, "path");

    if (value == NULL || value->kind != BRIG_TEXT || value->bytes.len == 0 ||
        !is_workspace_path(value->bytes)) {
        brig_answer_fail(answer, BRIG_ERROR_BAD_ARGUMENTS,
                         "not a path within the workspace: relative, no \"..\", no control "
                         "characters, at most 1024 bytes");
        answer->path = "/path";
        return false;
    }
    memcpy(ret_path->text, value->bytes.data, value->bytes.len);
    ret_path->text[value->bytes.len] = '\0';
    return true;
}

int brig_path_open(int directory_fd, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? 0644 : 0,
        .resolve = RESOLVE_BENEATH | (MUTANT(follows_links) ? 0 : RESOLVE_NO_SYMLINKS) |
                   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };

    return (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));
}

/* Step into a directory, which is made if it is missing. Closes the old one. */
static int enter_directory(int directory_fd, const char *name, bool *is_new)
{
    int next = brig_path_open(directory_fd, name, O_RDONLY | O_DIRECTORY);
    int error;

    /* A last component that is a link makes mkdirat() fail, never follow. */
    if (next < 0 && errno == ENOENT && mkdirat(directory_fd, name, 0755) == 0) {
        *is_new = true;
        next = brig_path_open(directory_fd, name, O_RDONLY | O_DIRECTORY);
    }
    error = errno;
    (void)close(directory_fd);
    errno = error;
    return next;
}

/* Open the file, or make it. Closes the directory. */
static int enter_file(int directory_fd, const char *name, bool *is_new)
{
    int fd = brig_path_open(directory_fd, name, O_RDWR);
    int error;

    if (fd < 0 && errno == ENOENT) {
        fd = brig_path_open(directory_fd, name, O_RDWR | O_CREAT | O_EXCL);
        *is_new = fd >= 0;
    }
    error = errno;
    (void)close(directory_fd);
    errno = error;
    return fd;
}

int brig_path_create(int workspace_fd, const brig_path *path, size_t *ret_new_len)
{
    brig_path rest = *path;
    char *name = rest.text;
    char *slash = strchr(name, '/');
    int fd = brig_path_open(workspace_fd, ".", O_RDONLY | O_DIRECTORY);
    size_t new_len = 0;
    bool is_new = false;
    int error;

    while (fd >= 0 && name != NULL) {
        if (slash != NULL)
            *slash = '\0';
        fd = slash != NULL ? enter_directory(fd, name, &is_new) : enter_file(fd, name, &is_new);
        if (is_new && new_len == 0)
            new_len = (size_t)(name - rest.text) + strlen(name);
        name = slash != NULL ? slash + 1 : NULL;
        slash = name != NULL ? strchr(name, '/') : NULL;
    }
    *ret_new_len = new_len;
    if (fd >= 0)
        return fd;
    error = errno;
    brig_path_discard(workspace_fd, path, new_len);
    errno = error;
    return -1;
}

/* Remove what a path leads to; whatever the code has put in its place is its own to lose. */
static void remove_last(int workspace_fd, char *path)
{
    char *slash = strrchr(path, '/');
    int directory_fd;

    if (slash != NULL)
        *slash = '\0';
    directory_fd = brig_path_open(workspace_fd, slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY);
    if (directory_fd < 0)
        return;
    if (unlinkat(directory_fd, slash != NULL ? slash + 1 : path, 0) != 0)
        (void)unlinkat(directory_fd, slash != NULL ? slash + 1 : path, AT_REMOVEDIR);
    (void)close(directory_fd);
}

void brig_path_discard(int workspace_fd, const brig_path *path, size_t new_len)
{
    size_t len = strlen(path->text);

    /* From the inside out; a directory that the code has filled meanwhile stays. */
    while (new_len > 0 && len >= new_len) {
        brig_path part = *path;

        part.text[len] = '\0';
        remove_last(workspace_fd, part.text);
        while (len > 0 && path->text[len - 1] != '/')
            len--;
        len = len > 0 ? len - 1 : 0;
    }
}

void brig_path_fail(brig_answer *answer, int error)
{
    static const char workspace_full[] =
        "the workspace is full; the limits workspace_bytes and workspace_files say what it holds";
    static const struct {
        int error;
        brig_error_code code;
        const char *text;
    } meanings[] = {
        {ENOENT, BRIG_ERROR_NOT_FOUND, "no such file in the workspace"},
        {ENOTDIR, BRIG_ERROR_NOT_FOUND, "a part of the path is no directory"},
        {ENOSPC, BRIG_ERROR_NO_SPACE, workspace_full},
        {EDQUOT, BRIG_ERROR_NO_SPACE, workspace_full},
        {ENAMETOOLONG, BRIG_ERROR_BAD_ARGUMENTS, "a part of the path is too long"},
        {EILSEQ, BRIG_ERROR_BAD_ARGUMENTS, "a part of the path is no name"},
        {ELOOP, BRIG_ERROR_DENIED, "a link is never followed"},
        {EXDEV, BRIG_ERROR_DENIED, "the path leaves the workspace"},
        {EISDIR, BRIG_ERROR_DENIED, "a directory is not a file"},
        {ENXIO, BRIG_ERROR_DENIED, "only regular files are served"},
        {EEXIST, BRIG_ERROR_DENIED, "the code changes the path at the same time"},
        {EWOULDBLOCK, BRIG_ERROR_DENIED, "the code holds a lease on the file"},
        {EACCES, BRIG_ERROR_DENIED, "the code has closed the file or a directory above it"},
        {EPERM, BRIG_ERROR_DENIED, "the code has closed the file or a directory above it"},
        {ETXTBSY, BRIG_ERROR_DENIED, "the file is a running program"},
    };

    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].error == error) {
            brig_answer_fail(answer, meanings[i].code, meanings[i].text);
            if (meanings[i].code == BRIG_ERROR_BAD_ARGUMENTS)
                answer->path = "/path";
            return;
        }
    brig_answer_fail(answer, BRIG_ERROR_INTERNAL, "the workspace does not work");
}
