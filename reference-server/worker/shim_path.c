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

static bool is_component(const uint8_t *name, size_t len)
{
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
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };

    return (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));
}

/* Step into a directory, which is made if it is missing. Closes the old one. */
static int enter_directory(int directory_fd, const char *name)
{
    int next = brig_path_open(directory_fd, name, O_RDONLY | O_DIRECTORY);
    int error;

    /* A last component that is a link makes mkdirat() fail, never follow. */
    if (next < 0 && errno == ENOENT && mkdirat(directory_fd, name, 0755) == 0)
        next = brig_path_open(directory_fd, name, O_RDONLY | O_DIRECTORY);
    error = errno;
    (void)close(directory_fd);
    errno = error;
    return next;
}

int brig_path_create(int workspace_fd, const brig_path *path)
{
    brig_path rest = *path;
    char *name = rest.text;
    int directory_fd = brig_path_open(workspace_fd, ".", O_RDONLY | O_DIRECTORY);
    int file_fd;
    int error;

    for (char *slash = strchr(name, '/'); directory_fd >= 0 && slash != NULL;
         slash = strchr(name, '/')) {
        *slash = '\0';
        directory_fd = enter_directory(directory_fd, name);
        name = slash + 1;
    }
    if (directory_fd < 0)
        return -1;
    file_fd = brig_path_open(directory_fd, name, O_RDWR | O_CREAT);
    error = errno;
    (void)close(directory_fd);
    errno = error;
    return file_fd;
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
