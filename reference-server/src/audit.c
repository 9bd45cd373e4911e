/* SPDX-License-Identifier: MIT */
/* The audit log's writer: a bounded queue, one write at a time on libuv's threads. */
#include "audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_chain.h"
#include "audit_file.h"
#include "log.h"

enum {
    RETRY_MS = 1000,
    REFUSALS = 10, /* told in each of these: */
    REFUSAL_WINDOW_MS = 1000,
    ERROR_BYTES = 1024,
};

struct brig_audit {
    const brig_audit_config *config;
    uv_fs_t request;
    uv_timer_t retry;
    int fd;
    brig_audit_link link;       /* of the last line that is in the queue or behind it */
    brig_buffer queue;          /* lines that wait */
    brig_buffer batch;          /* lines on their way; they do not move while they are */
    size_t written_bytes;       /* of the batch */
    uint64_t lost_count;        /* events without a line, not logged yet */
    uint64_t refusal_window_ms; /* when it began */
    uint64_t refusal_count;     /* told in it */
    uint64_t untold_count;      /* refusals since the last that was told */
    bool is_busy;               /* libuv has the batch */
    bool is_failing;            /* the last write failed, or the queue was full */
    bool is_reopening;          /* as soon as libuv has returned the batch */
    bool is_released;
};

static void pump(brig_audit *audit);

const brig_audit_config *brig_audit_config_of(const brig_audit *audit)
{
    return audit->config;
}

bool brig_audit_is_refusing(const brig_audit *audit)
{
    return audit != NULL && audit->config->refuses && (audit->is_failing || audit->lost_count > 0);
}

/* ---- the queue ---- */

static void fail(brig_audit *audit, const char *cause)
{
    if (!audit->is_failing)
        brig_log("audit log %s: %s; %s", audit->config->path, cause,
                 audit->config->refuses ? "nothing new runs until it can be written"
                                        : "what cannot be written is counted");
    audit->is_failing = true;
}

/* False: the queue has no room for it, and the chain is as it was. */
static bool queue_event(brig_audit *audit, const brig_audit_event *event)
{
    char time[BRIG_AUDIT_TIME_BYTES];
    brig_audit_link link = audit->link;
    brig_buffer object;
    brig_buffer line;

    brig_buffer_init(&object, BRIG_AUDIT_LINE_BYTES);
    brig_buffer_init(&line, BRIG_AUDIT_LINE_BYTES - 1);
    brig_audit_time(time);
    brig_status status = brig_audit_event_print(event, &object);
    if (status == BRIG_OK)
        status = brig_audit_seal(brig_buffer_span(&object), time, &link, &line);
    if (status == BRIG_OK && audit->queue.len + line.len > audit->config->queue_bytes)
        status = BRIG_FULL;
    if (status == BRIG_OK) {
        brig_buffer_append(&audit->queue, brig_buffer_span(&line));
        status = audit->queue.fault;
        audit->queue.fault = BRIG_OK; /* of one line; the next may find memory */
    }
    if (status == BRIG_OK)
        audit->link = link;
    brig_buffer_done(&line);
    brig_buffer_done(&object);
    return status == BRIG_OK;
}

/* The gap is told before anything that comes behind it. */
static bool queue_loss(brig_audit *audit)
{
    if (audit->lost_count == 0)
        return true;
    brig_audit_event event = brig_audit_event_make("lost");
    brig_audit_add_count(&event, "count", audit->lost_count);
    bool is_queued = queue_event(audit, &event);
    brig_audit_event_done(&event);
    if (is_queued)
        audit->lost_count = 0;
    return is_queued;
}

void brig_audit_write(brig_audit *audit, brig_audit_event *event)
{
    if (audit != NULL) {
        if (!queue_loss(audit) || !queue_event(audit, event)) {
            audit->lost_count++;
            fail(audit, "the queue is full");
        }
        if (uv_is_active((uv_handle_t *)&audit->retry) == 0)
            pump(audit);
    }
    brig_audit_event_done(event);
}

bool brig_audit_may_tell_refusal(brig_audit *audit, uint64_t now_ms, uint64_t *ret_untold)
{
    if (now_ms - audit->refusal_window_ms >= REFUSAL_WINDOW_MS) {
        audit->refusal_window_ms = now_ms;
        audit->refusal_count = 0;
    }
    if (audit->refusal_count == REFUSALS) {
        audit->untold_count++;
        return false;
    }
    audit->refusal_count++;
    *ret_untold = audit->untold_count;
    audit->untold_count = 0;
    return true;
}

/* ---- another file ---- */

static size_t torn_bytes(const brig_audit *audit)
{
    const uint8_t *newline =
        audit->written_bytes == 0 ? NULL : memrchr(audit->batch.data, '\n', audit->written_bytes);

    return newline == NULL ? audit->written_bytes
                           : audit->written_bytes - ((size_t)(newline - audit->batch.data) + 1);
}

/* A line begun in the old file is taken off there, and is whole in the new one. */
static void move_to(brig_audit *audit, int fd)
{
    size_t torn = torn_bytes(audit);

    if (torn > 0 && brig_audit_file_cut(audit->fd, torn) != BRIG_OK)
        brig_log("audit log: %zu bytes of an unfinished line stay in the old file", torn);
    audit->written_bytes -= torn;
    if (audit->config->syncs)
        (void)fdatasync(audit->fd);
    (void)close(audit->fd);
    audit->fd = fd;
}

static bool is_same_file(const brig_audit *audit)
{
    struct stat present;
    struct stat named;

    return fstat(audit->fd, &present) == 0 && lstat(audit->config->path, &named) == 0 &&
           present.st_dev == named.st_dev && present.st_ino == named.st_ino;
}

static void reopen(brig_audit *audit)
{
    char error[ERROR_BYTES] = "";
    brig_audit_tail tail;
    int fd = -1;

    audit->is_reopening = false;
    if (is_same_file(audit)) {
        brig_log("audit log %s: it has still this name, and goes on", audit->config->path);
        return;
    }
    brig_status status = brig_audit_file_open(audit->config->path, error, sizeof(error), &fd);
    if (status != BRIG_OK) {
        brig_log("%s; the old file stays in use", error);
        return;
    }
    status = brig_audit_file_tail(fd, &tail);
    if (status != BRIG_OK || tail.link.seq != 0 || tail.torn_bytes != 0) {
        brig_log("audit log %s: it is not empty; the old file stays in use", audit->config->path);
        (void)close(fd);
        return;
    }
    move_to(audit, fd);
    brig_log("audit log %s: a new file, behind line %llu", audit->config->path,
             (unsigned long long)audit->link.seq);
}

void brig_audit_reopen(brig_audit *audit)
{
    if (audit == NULL)
        return;
    audit->is_reopening = true;
    pump(audit);
}

/* ---- writing ---- */

static void on_retry(uv_timer_t *timer)
{
    pump(timer->data);
}

static void on_failed(brig_audit *audit, int error)
{
    fail(audit, error == 0 ? "nothing was written" : uv_strerror(error));
    if (audit->is_reopening)
        pump(audit); /* the new file may be on a better disk */
    else if (!audit->is_released)
        (void)uv_timer_start(&audit->retry, on_retry, RETRY_MS, 0);
}

static void on_batch_done(brig_audit *audit)
{
    brig_buffer_clear(&audit->batch);
    audit->written_bytes = 0;
    if (audit->is_failing)
        brig_log("audit log %s: it can be written again", audit->config->path);
    audit->is_failing = false;
    pump(audit);
}

static void on_synced(uv_fs_t *request)
{
    brig_audit *audit = request->data;
    int error = (int)request->result;

    uv_fs_req_cleanup(request);
    audit->is_busy = false;
    if (error < 0)
        on_failed(audit, error);
    else
        on_batch_done(audit);
}

static void sync_batch(brig_audit *audit)
{
    audit->is_busy = true;
    int error = uv_fs_fdatasync(audit->retry.loop, &audit->request, audit->fd, on_synced);

    if (error == 0)
        return;
    audit->is_busy = false;
    on_failed(audit, error);
}

static void on_written(uv_fs_t *request)
{
    brig_audit *audit = request->data;
    ssize_t result = request->result;

    uv_fs_req_cleanup(request);
    audit->is_busy = false;
    if (result <= 0) {
        on_failed(audit, (int)result);
        return;
    }
    audit->written_bytes += (size_t)result;
    if (audit->written_bytes < audit->batch.len)
        pump(audit);
    else if (audit->config->syncs)
        sync_batch(audit);
    else
        on_batch_done(audit);
}

/* What has been written whole and waits only for the disk to say so is not written twice. */
static void write_batch(brig_audit *audit)
{
    if (audit->written_bytes == audit->batch.len) {
        sync_batch(audit);
        return;
    }
    uv_buf_t rest = {
        .base = (char *)audit->batch.data + audit->written_bytes,
        .len = audit->batch.len - audit->written_bytes,
    };
    audit->is_busy = true;
    int error =
        uv_fs_write(audit->retry.loop, &audit->request, audit->fd, &rest, 1, -1, on_written);
    if (error == 0)
        return;
    audit->is_busy = false;
    on_failed(audit, error);
}

static void next_batch(brig_audit *audit)
{
    brig_buffer empty = audit->batch;

    audit->batch = audit->queue;
    audit->queue = empty;
    audit->written_bytes = 0;
}

static void pump(brig_audit *audit)
{
    if (audit->is_busy)
        return;
    (void)uv_timer_stop(&audit->retry);
    if (audit->is_reopening)
        reopen(audit);
    (void)queue_loss(audit);
    if (audit->batch.len == 0)
        next_batch(audit);
    if (audit->batch.len > 0)
        write_batch(audit);
    else if (audit->lost_count > 0 && !audit->is_released)
        (void)uv_timer_start(&audit->retry, on_retry, RETRY_MS, 0);
}

/* ---- beginning and end ---- */

/* Where the chain goes on. What a server that died has begun and not finished is taken off. */
static brig_status take_tail(brig_audit *audit, size_t *ret_torn_bytes, char *error,
                             size_t error_bytes)
{
    brig_audit_tail tail;

    brig_status status = brig_audit_file_tail(audit->fd, &tail);
    if (status == BRIG_OK && tail.torn_bytes > 0)
        status = brig_audit_file_cut(audit->fd, tail.torn_bytes);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes,
                       "audit log %s: its last line cannot be continued (%s): see brigd "
                       "--verify-audit, and move the file away",
                       audit->config->path, brig_status_text(status));
        return status;
    }
    audit->link = tail.link;
    *ret_torn_bytes = tail.torn_bytes;
    return BRIG_OK;
}

/* What it was is not known; that it was is told. */
static void tell_torn(brig_audit *audit, size_t bytes)
{
    if (bytes == 0)
        return;
    brig_audit_event event = brig_audit_event_make("torn");
    brig_audit_add_count(&event, "bytes", bytes);
    brig_audit_write(audit, &event);
}

brig_status brig_audit_new(const brig_audit_config *config, uv_loop_t *loop, char *error,
                           size_t error_bytes, brig_audit **ret_audit)
{
    brig_audit *audit = calloc(1, sizeof(*audit));
    size_t torn = 0;

    if (audit == NULL) {
        (void)snprintf(error, error_bytes, "audit log: %s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    audit->config = config;
    audit->fd = -1;
    brig_status status = brig_audit_file_open(config->path, error, error_bytes, &audit->fd);
    if (status == BRIG_OK)
        status = take_tail(audit, &torn, error, error_bytes);
    if (status != BRIG_OK) {
        if (audit->fd >= 0)
            (void)close(audit->fd);
        free(audit);
        return status;
    }
    (void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of write() */
    audit->request.data = audit;
    brig_buffer_init(&audit->queue, config->queue_bytes);
    brig_buffer_init(&audit->batch, config->queue_bytes);
    (void)uv_timer_init(loop, &audit->retry);
    audit->retry.data = audit;
    uv_unref((uv_handle_t *)&audit->retry);
    tell_torn(audit, torn);
    *ret_audit = audit;
    return BRIG_OK;
}

void brig_audit_release(brig_audit *audit)
{
    if (audit == NULL || audit->is_released)
        return;
    audit->is_released = true;
    uv_close((uv_handle_t *)&audit->retry, NULL);
}

static int write_now(int fd, brig_span bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.data, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : ENOSPC;
        bytes = (brig_span){bytes.data + done, bytes.len - (size_t)done};
    }
    return 0;
}

void brig_audit_free(brig_audit *audit)
{
    if (audit == NULL)
        return;
    brig_audit_event event = brig_audit_event_make("server_stop");
    if (audit->untold_count > 0)
        brig_audit_add_count(&event, "untold", audit->untold_count);
    if (!queue_loss(audit) || !queue_event(audit, &event))
        audit->lost_count++;
    brig_audit_event_done(&event);
    brig_span rest = {audit->batch.data + audit->written_bytes,
                      audit->batch.len - audit->written_bytes};
    int error = rest.len == 0 ? 0 : write_now(audit->fd, rest);
    if (error == 0)
        error = write_now(audit->fd, brig_buffer_span(&audit->queue));
    if (error == 0 && audit->config->syncs && fdatasync(audit->fd) != 0)
        error = errno;
    if (error != 0 || audit->lost_count > 0)
        brig_log("audit log %s: the last events are lost: %s", audit->config->path,
                 error != 0 ? strerror(error) : "the queue was full");
    else
        brig_log("audit log %s: ends with line %llu, hash %s", audit->config->path,
                 (unsigned long long)audit->link.seq, audit->link.hash);
    (void)close(audit->fd);
    brig_buffer_done(&audit->queue);
    brig_buffer_done(&audit->batch);
    free(audit);
}
