/* SPDX-License-Identifier: MIT */
/* Key files (spec 3.2): read only when nobody else could have read or written them. */
#include "internal.h"

#include <errno.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "mutant.h"

enum { KEY_TEXT_BYTES = 2 * BRIG_KEY_BYTES + 1 };

static brig_status check_secrecy(struct outcome_store *store, int fd, const char *path)
{
    struct stat about;

    if (fstat(fd, &about) != 0)
        return brig_outcome_fail(store, BRIG_SYSTEM, "%s: %s", path, strerror(errno));
    if (MUTANT(reads_a_key_that_others_can_read))
        return BRIG_OK;
    if (!S_ISREG(about.st_mode) || about.st_uid != geteuid() ||
        (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return brig_outcome_fail(store, BRIG_ARGUMENT,
                                 "%s: a key file must be a regular file of yours with mode 0600",
                                 path);
    return BRIG_OK;
}

static brig_status read_key(struct outcome_store *store, int fd, const char *path,
                            uint8_t ret_key[BRIG_KEY_BYTES])
{
    uint8_t text[KEY_TEXT_BYTES + 1]; /* one more, so that a longer file is noticed */
    brig_status status = BRIG_SYSTEM;
    size_t len = 0;
    ssize_t got;

    do {
        got = read(fd, text + len, sizeof(text) - len);
        len += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && len < sizeof(text)) || (got < 0 && errno == EINTR));
    if (got >= 0)
        status = brig_key_parse((brig_span){text, len}, ret_key);
    sodium_memzero(text, sizeof(text));
    if (status != BRIG_OK)
        return brig_outcome_fail(store, BRIG_ARGUMENT,
                                 "%s: a key file holds 64 hexadecimal digits and a newline", path);
    return BRIG_OK;
}

static brig_status open_file(struct outcome_store *store, const char *path, int *ret_fd)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return brig_outcome_fail(store, BRIG_ARGUMENT, "%s: %s", path, strerror(errno));
    *ret_fd = fd;
    return BRIG_OK;
}

brig_status brig_key_file_read(struct outcome_store *store, const char *path,
                               uint8_t ret_key[BRIG_KEY_BYTES])
{
    int fd = -1;
    brig_status status;

    TRY(open_file(store, path, &fd));
    status = check_secrecy(store, fd, path);
    if (status == BRIG_OK)
        status = read_key(store, fd, path, ret_key);
    (void)close(fd);
    return status;
}

brig_status brig_key_file_read_public(struct outcome_store *store, const char *path,
                                      uint8_t ret_key[BRIG_KEY_BYTES])
{
    int fd = -1;
    brig_status status;

    TRY(open_file(store, path, &fd));
    status = read_key(store, fd, path, ret_key);
    (void)close(fd);
    return status;
}
