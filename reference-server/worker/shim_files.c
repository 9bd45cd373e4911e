/* SPDX-License-Identifier: MIT */
/* brig.put and brig.get on the workspace. spec 7.3. */
#include "shim_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <brig/pack.h>

#include "mutant.h"
#include "shim_path.h"

void brig_answer_fail(brig_answer *answer, brig_error_code code, const char *text)
{
    answer->code = code;
    answer->text = text;
}

static void fail_argument(brig_answer *answer, const char *path, const char *text)
{
    brig_answer_fail(answer, BRIG_ERROR_BAD_ARGUMENTS, text);
    answer->path = path;
}

/* A required number; false with the answer failed. */
static bool read_number(const brig_value *args, const char *path, uint64_t *ret_number,
                        brig_answer *answer)
{
    const brig_value *value = brig_value_get(args, path + 1);

    if (value == NULL || value->kind != BRIG_INT || value->integer < 0) {
        fail_argument(answer, path, "not a number of bytes");
        return false;
    }
    *ret_number = (uint64_t)value->integer;
    return true;
}

/* 0, or the errno that fits what was opened in place of a regular file. */
static int judge_file(int fd, struct stat *ret_status)
{
    if (fd < 0 || fstat(fd, ret_status) != 0)
        return errno;
    if (S_ISDIR(ret_status->st_mode))
        return EISDIR;
    return S_ISREG(ret_status->st_mode) ? 0 : ENXIO;
}

/* Closes the file and fails the answer if it is not a regular one. */
static bool check_file(int fd, uint64_t *ret_size, brig_answer *answer)
{
    struct stat status = {0};
    int error = judge_file(fd, &status);

    if (error == 0) {
        *ret_size = (uint64_t)status.st_size;
        return true;
    }
    if (fd >= 0)
        (void)close(fd);
    brig_path_fail(answer, error);
    return false;
}

/*
 * All bytes or none, spec 7.3: room for the piece is taken before anything changes, so that a full
 * disk leaves the file as it is.
 */
static int write_piece(int fd, brig_span data, uint64_t offset)
{
    size_t done = 0;

    if (data.len > 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)data.len) != 0)
        return errno;
    while (done < data.len) {
        ssize_t wrote = pwrite(fd, data.data + done, data.len - done, (off_t)(offset + done));

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote < 0 ? errno : ENOSPC;
        done += (size_t)wrote;
    }
    /* The file begins anew: what was longer before goes now. */
    return offset == 0 && ftruncate(fd, (off_t)data.len) != 0 ? errno : 0;
}

/* The data of a `put`, within the bounds. */
static bool read_piece(const brig_value *args, uint64_t *ret_offset, brig_span *ret_data,
                       brig_answer *answer)
{
    const brig_value *data = brig_value_get(args, "data");

    if (!read_number(args, "/offset", ret_offset, answer))
        return false;
    if (data == NULL || data->kind != BRIG_BIN) {
        fail_argument(answer, "/data", "not bytes");
        return false;
    }
    if (data->bytes.len > BRIG_LIMIT_CHUNK_BYTES && !MUTANT(puts_pieces_of_any_size)) {
        brig_answer_fail(answer, BRIG_ERROR_TOO_LARGE, "more bytes than a chunk may have");
        return false;
    }
    if (*ret_offset > BRIG_LIMIT_FILE_BYTES - data->bytes.len) {
        brig_answer_fail(answer, BRIG_ERROR_TOO_LARGE, "the file would be too large");
        return false;
    }
    *ret_data = data->bytes;
    return true;
}

void brig_files_put(int workspace_fd, const brig_value *args, brig_answer *answer)
{
    brig_path path;
    brig_span data;
    uint64_t offset;
    uint64_t size;
    size_t new_len = 0;
    int error;
    int fd;

    if (!brig_path_parse(args, &path, answer) || !read_piece(args, &offset, &data, answer))
        return;
    fd = offset == 0 ? brig_path_create(workspace_fd, &path, &new_len)
                     : brig_path_open(workspace_fd, path.text, O_RDWR);
    if (!check_file(fd, &size, answer))
        return;
    if (offset != 0 && offset != size && !MUTANT(puts_at_any_offset)) {
        fail_argument(answer, "/offset", "neither 0 nor the present size of the file");
    } else {
        error = write_piece(fd, data, offset);
        if (error != 0) {
            brig_path_discard(workspace_fd, &path, new_len);
            brig_path_fail(answer, error);
        }
    }
    (void)close(fd);
    brig_pack_map(&answer->value, 1);
    brig_pack_key_uint(&answer->value, "size", offset + data.len);
}

/* Up to length bytes at the offset, fewer only at the end of the file. -1 with errno set. */
static ssize_t read_piece_at(int fd, uint8_t *bytes, size_t length, uint64_t offset)
{
    size_t done = 0;

    while (done < length) {
        ssize_t got = pread(fd, bytes + done, length - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/*
 * The code may cut or extend the file meanwhile. What is answered is the file as it was when it was
 * opened, or up to the end that reading found: a client that reads on always gets to an end.
 */
static void get_piece(int fd, uint64_t size, uint64_t offset, uint64_t length, brig_answer *answer)
{
    static uint8_t bytes[BRIG_LIMIT_CHUNK_BYTES]; /* the shim has one thread */
    uint64_t left = offset < size ? size - offset : 0;
    uint64_t wanted = length < left ? length : left;
    ssize_t got = read_piece_at(fd, bytes, (size_t)wanted, offset);

    if (got < 0) {
        brig_path_fail(answer, errno);
        return;
    }
    if ((uint64_t)got < wanted)
        size = offset + (uint64_t)got;
    brig_pack_map(&answer->value, 3);
    brig_pack_cstring(&answer->value, "data");
    brig_pack_bin(&answer->value, (brig_span){bytes, (size_t)got});
    brig_pack_key_uint(&answer->value, "size", size);
    brig_pack_key_bool(&answer->value, "last", offset + (uint64_t)got >= size);
}

void brig_files_get(int workspace_fd, const brig_value *args, brig_answer *answer)
{
    brig_path path;
    uint64_t offset;
    uint64_t length;
    uint64_t size;
    int fd;

    if (!brig_path_parse(args, &path, answer) || !read_number(args, "/offset", &offset, answer) ||
        !read_number(args, "/length", &length, answer))
        return;
    if (length > BRIG_LIMIT_CHUNK_BYTES) {
        brig_answer_fail(answer, BRIG_ERROR_TOO_LARGE, "more bytes than a chunk may have");
        return;
    }
    fd = brig_path_open(workspace_fd, path.text, O_RDONLY);
    if (!check_file(fd, &size, answer))
        return;
    if (size > BRIG_LIMIT_FILE_BYTES)
        brig_answer_fail(answer, BRIG_ERROR_TOO_LARGE, "the file is too large");
    else
        get_piece(fd, size, offset, length, answer);
    (void)close(fd);
}
