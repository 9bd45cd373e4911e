/* SPDX-License-Identifier: MIT */
/* Following the chain of an audit log through its files. */
#include "audit_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the reader is. */
typedef struct reader {
    const char *path;
    uint64_t line_number; /* in this file */
    brig_audit_report report;
    char *error;
    size_t error_bytes;
} reader;

__attribute__((format(printf, 3, 4))) static brig_status fault(const reader *at, brig_status status,
                                                               const char *format, ...)
{
    va_list arguments;
    int len = snprintf(at->error, at->error_bytes, "%s:%" PRIu64 ": ", at->path, at->line_number);

    if (len < 0 || (size_t)len >= at->error_bytes)
        return status;
    va_start(arguments, format);
    (void)vsnprintf(at->error + len, at->error_bytes - (size_t)len, format, arguments);
    va_end(arguments);
    return status;
}

/* Does the line belong behind the last one? */
static brig_status check_place(const reader *at, const brig_audit_line *line)
{
    uint64_t seq = line->link.seq;
    uint64_t expected = at->report.last.seq + 1;

    if (at->report.line_count == 0) {
        if (seq == 1 && strcmp(line->prev, brig_audit_no_link.hash) != 0)
            return fault(at, BRIG_STATE, "line 1 follows no line, and says that it does");
        return BRIG_OK; /* older files are not given */
    }
    if (seq > expected)
        return fault(at, BRIG_STATE, "line %" PRIu64 " follows line %" PRIu64 ": lines are missing",
                     seq, at->report.last.seq);
    if (seq == 1)
        return fault(at, BRIG_STATE, "a new chain begins where line %" PRIu64 " is due", expected);
    if (seq < expected)
        return fault(at, BRIG_STATE,
                     "line %" PRIu64 " follows line %" PRIu64
                     ": lines are there twice or in another order",
                     seq, at->report.last.seq);
    if (strcmp(line->prev, at->report.last.hash) != 0)
        return fault(at, BRIG_STATE,
                     "line %" PRIu64 " does not name the hash of line %" PRIu64
                     ": one of them was replaced",
                     seq, at->report.last.seq);
    return BRIG_OK;
}

static brig_status take_line(reader *at, brig_span bytes)
{
    brig_audit_line line;

    at->line_number++;
    brig_status status = brig_audit_line_read(bytes, &line);
    if (status == BRIG_AUTH)
        return fault(at, status, "the line was changed: it does not have its hash");
    if (status != BRIG_OK)
        return fault(at, status, "this is no line of an audit log");
    status = check_place(at, &line);
    if (status != BRIG_OK)
        return status;
    if (at->report.line_count++ == 0)
        at->report.first_seq = line.link.seq;
    at->report.last = line.link;
    return BRIG_OK;
}

/* Every whole line at the beginning of the bytes; *ret_len of them are used. */
static brig_status take_lines(reader *at, brig_span bytes, size_t *ret_len)
{
    size_t used = 0;
    const uint8_t *newline = NULL;

    while (used < bytes.len &&
           (newline = memchr(bytes.data + used, '\n', bytes.len - used)) != NULL) {
        size_t end = (size_t)(newline - bytes.data);
        brig_status status = take_line(at, (brig_span){bytes.data + used, end - used});

        if (status != BRIG_OK)
            return status;
        used = end + 1;
    }
    *ret_len = used;
    return BRIG_OK;
}

static brig_status read_lines(reader *at, FILE *file, uint8_t *room)
{
    size_t len = 0;

    for (;;) {
        size_t used = 0;
        size_t got = fread(room + len, 1, BRIG_AUDIT_LINE_BYTES - len, file);

        if (got == 0)
            break;
        len += got;
        brig_status status = take_lines(at, (brig_span){room, len}, &used);
        if (status != BRIG_OK)
            return status;
        len -= used;
        memmove(room, room + used, len);
        if (len == BRIG_AUDIT_LINE_BYTES)
            break;
    }
    at->line_number++;
    if (ferror(file) != 0)
        return fault(at, BRIG_SYSTEM, "it cannot be read: %s", strerror(errno));
    if (len == BRIG_AUDIT_LINE_BYTES)
        return fault(at, BRIG_MALFORMED, "this is no line of an audit log: it has no end");
    if (len > 0)
        return fault(at, BRIG_TRUNCATED, "the line is not finished: it has no newline");
    return BRIG_OK;
}

static brig_status read_file(reader *at, uint8_t *room)
{
    FILE *file = fopen(at->path, "re");

    at->line_number = 0;
    if (file == NULL) {
        (void)snprintf(at->error, at->error_bytes, "%s: %s", at->path, strerror(errno));
        return BRIG_SYSTEM;
    }
    brig_status status = read_lines(at, file, room);
    (void)fclose(file);
    return status;
}

brig_status brig_audit_verify(const char *const *paths, size_t count, char *error,
                              size_t error_bytes, brig_audit_report *ret_report)
{
    reader at = {
        .report = {.last = brig_audit_no_link},
        .error = error,
        .error_bytes = error_bytes,
    };
    brig_status status = BRIG_OK;
    uint8_t *room = malloc(BRIG_AUDIT_LINE_BYTES);

    if (room == NULL) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    for (size_t i = 0; i < count && status == BRIG_OK; i++) {
        at.path = paths[i];
        status = read_file(&at, room);
    }
    free(room);
    if (status == BRIG_OK)
        *ret_report = at.report;
    return status;
}
