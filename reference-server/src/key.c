/* SPDX-License-Identifier: MIT */
/* Keys from files and descriptors (spec 3.2). */
#include "key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_TEXT_BYTES = 2 * BRIG_KEY_BYTES + 1 };

/* Up to room.len bytes until end of file. */
static brig_status read_all(int fd, brig_room room, size_t *ret_len)
{
    size_t len = 0;

    while (len < room.len) {
        ssize_t got = read(fd, room.data + len, room.len - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return BRIG_SYSTEM;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *ret_len = len;
    return BRIG_OK;
}

static brig_status read_key(int fd, uint8_t ret_key[BRIG_KEY_BYTES], char *error,
                            size_t error_bytes)
{
    uint8_t text[KEY_TEXT_BYTES + 1]; /* one more, to see that nothing follows */
    size_t len = 0;

    brig_status status = read_all(fd, (brig_room){text, sizeof(text)}, &len);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "the key cannot be read: %s", strerror(errno));
        goto out;
    }
    status = brig_key_parse((brig_span){text, len}, ret_key);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes,
                       "a key is 64 hexadecimal digits and a newline; this is something else");
        status = BRIG_ARGUMENT;
    }
out:
    sodium_memzero(text, sizeof(text));
    return status;
}

brig_status brig_key_read_fd(int fd, uint8_t ret_key[BRIG_KEY_BYTES], char *error,
                             size_t error_bytes)
{
    brig_status status = read_key(fd, ret_key, error, error_bytes);

    (void)close(fd);
    return status;
}

static const char *find_weakness(const struct stat *facts)
{
    if (!S_ISREG(facts->st_mode))
        return "it is not a regular file";
    if (facts->st_uid != geteuid())
        return "it belongs to another user";
    if ((facts->st_mode & 077) != 0)
        return "others may read it; its mode must be 0600";
    return NULL;
}

brig_status brig_key_read_file(const char *path, uint8_t ret_key[BRIG_KEY_BYTES], char *error,
                               size_t error_bytes)
{
    struct stat facts;
    const char *weakness = NULL;
    /* Not blocking, so that a FIFO in the file's place cannot hold the server up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 || fstat(fd, &facts) != 0) {
        (void)snprintf(error, error_bytes, "key file %s: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return BRIG_SYSTEM;
    }
    weakness = find_weakness(&facts);
    if (weakness != NULL) {
        (void)snprintf(error, error_bytes, "key file %s: %s", path, weakness);
        (void)close(fd);
        return BRIG_ARGUMENT;
    }
    char cause[256] = "";
    brig_status status = brig_key_read_fd(fd, ret_key, cause, sizeof(cause));
    if (status != BRIG_OK)
        (void)snprintf(error, error_bytes, "key file %s: %s", path, cause);
    return status;
}
