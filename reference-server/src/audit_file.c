/* SPDX-License-Identifier: MIT */
/* The file of the audit log: whose it is, and where its chain ends. */
#include "audit_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,
    MODE_BITS = 07777,
    TAIL_BYTES = 2 * BRIG_AUDIT_LINE_BYTES, /* the last line and a torn one behind it */
};

static const char *find_weakness(const struct stat *facts)
{
    if (!S_ISREG(facts->st_mode))
        return "it is not a regular file";
    if (facts->st_uid != geteuid())
        return "it belongs to another user";
    if ((facts->st_mode & MODE_BITS) != FILE_MODE)
        return "its mode must be 0600";
    if (facts->st_nlink != 1)
        return "it has more than one name";
    return NULL;
}

brig_status brig_audit_file_open(const char *path, char *error, size_t error_bytes, int *ret_fd)
{
    /* O_NONBLOCK: opening a fifo or a device must not wait before it is seen to be one. */
    int fd =
        open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
             FILE_MODE);
    struct stat facts;
    const char *problem = NULL;

    if (fd < 0) {
        problem = errno == ELOOP ? "it is a symbolic link" : strerror(errno);
        (void)snprintf(error, error_bytes, "audit log %s: %s", path, problem);
        return BRIG_SYSTEM;
    }
    if (fstat(fd, &facts) != 0)
        problem = strerror(errno);
    else
        problem = find_weakness(&facts);
    if (problem == NULL && flock(fd, LOCK_EX | LOCK_NB) != 0)
        problem = errno == EWOULDBLOCK ? "another server writes to it" : strerror(errno);
    if (problem != NULL) {
        (void)snprintf(error, error_bytes, "audit log %s: %s", path, problem);
        (void)close(fd);
        return BRIG_ARGUMENT;
    }
    *ret_fd = fd;
    return BRIG_OK;
}

static brig_status read_end(int fd, uint8_t *to, size_t *ret_len)
{
    struct stat facts;
    size_t len = 0;

    if (fstat(fd, &facts) != 0)
        return BRIG_SYSTEM;
    size_t wanted = facts.st_size < TAIL_BYTES ? (size_t)facts.st_size : TAIL_BYTES;
    off_t begin = facts.st_size - (off_t)wanted;
    while (len < wanted) {
        ssize_t got = pread(fd, to + len, wanted - len, begin + (off_t)len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return BRIG_SYSTEM;
        len += (size_t)got;
    }
    *ret_len = len;
    return BRIG_OK;
}

/* Length of the part up to and including its last newline. */
static size_t whole_len(brig_span bytes)
{
    const uint8_t *newline = bytes.len == 0 ? NULL : memrchr(bytes.data, '\n', bytes.len);

    return newline == NULL ? 0 : (size_t)(newline - bytes.data) + 1;
}

brig_status brig_audit_file_tail(int fd, brig_audit_tail *ret_tail)
{
    brig_audit_tail tail = {.link = brig_audit_no_link};
    uint8_t *bytes = malloc(TAIL_BYTES);
    size_t len = 0;
    brig_audit_line line;

    if (bytes == NULL)
        return BRIG_NO_MEMORY;
    brig_status status = read_end(fd, bytes, &len);
    if (status != BRIG_OK)
        goto out;
    size_t whole = whole_len((brig_span){bytes, len});
    tail.torn_bytes = len - whole;
    if (tail.torn_bytes >= BRIG_AUDIT_LINE_BYTES) {
        status = BRIG_MALFORMED;
    } else if (whole > 0) {
        size_t begin = whole_len((brig_span){bytes, whole - 1});

        status = brig_audit_line_read((brig_span){bytes + begin, whole - 1 - begin}, &line);
        if (status == BRIG_OK)
            tail.link = line.link;
    }
    if (status == BRIG_OK)
        *ret_tail = tail;
out:
    free(bytes);
    return status;
}

brig_status brig_audit_file_cut(int fd, size_t bytes)
{
    struct stat facts;

    if (fstat(fd, &facts) != 0 || facts.st_size < (off_t)bytes ||
        ftruncate(fd, facts.st_size - (off_t)bytes) != 0)
        return BRIG_SYSTEM;
    return BRIG_OK;
}
