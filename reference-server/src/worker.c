/* SPDX-License-Identifier: MIT */
/* Using a worker, and its end: nothing of it is left before its owner hears so (ARCHITECTURE.md). */
#include "worker.h"

#include <stdlib.h>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mutant.h"
#include "worker_internal.h"

enum {
    LEAVE_MS = 500, /* from the end of a channel to the end of the worker */
    GONE_MS = 1000, /* from the kill until the owner is told in any case */
};

static void free_worker(brig_worker *worker)
{
    void (*on_freed)(void *) = worker->config.on_freed;
    void *server = worker->config.server;

    brig_buffer_done(&worker->request.packet);
    brig_buffer_done(&worker->open_args);
    brig_buffer_done(&worker->report);
    brig_worker_leave_group(worker);
    if (worker->is_holding)
        brig_template_release(worker->config.template);
    free(worker);
    on_freed(server);
}

void brig_worker_handle_closed(brig_worker *worker)
{
    if (--worker->open_handles == 0)
        free_worker(worker);
}

static void on_uv_closed(uv_handle_t *handle)
{
    brig_worker_handle_closed(handle->data);
}

static void on_exit_poll_closed(uv_handle_t *handle)
{
    brig_worker *worker = handle->data;

    (void)close(worker->pidfd);
    brig_worker_handle_closed(worker);
}

void brig_worker_close_request_fds(brig_worker *worker)
{
    for (size_t i = 0; i < worker->request.fd_count; i++)
        (void)close(worker->request.fds[i]);
    worker->request.fd_count = 0;
}

/* All but the pidfd, which is kept until it says that nothing is left. */
void brig_worker_close_handles(brig_worker *worker)
{
    brig_worker_close_request_fds(worker);
    if (worker->channel.link != NULL)
        brig_channel_close(&worker->channel);
    if (worker->supervisor.link != NULL)
        brig_channel_close(&worker->supervisor);
    for (int i = 0; i < BRIG_RAW_COUNT; i++) {
        if (worker->raws[i].fd >= 0)
            brig_raw_close(&worker->raws[i]);
    }
    uv_close((uv_handle_t *)&worker->timer, on_uv_closed);
    uv_close((uv_handle_t *)&worker->stall_timer, on_uv_closed);
}

/* Tell the owner, once; then only the pidfd matters. */
static void conclude(brig_worker *worker)
{
    if (worker->is_told)
        return;
    worker->is_told = true;
    worker->state = WORKER_LEAVING;
    if (worker->is_request_open)
        brig_template_withdraw(worker->config.template, &worker->request);
    worker->is_request_open = false;
    const brig_worker_events *events = worker->config.events;
    if (events != NULL)
        events->on_gone(worker->config.owner, &worker->end);
    worker->config.events = NULL;
    brig_worker_close_handles(worker);
}

/*
 * Gone means: no process is left, and all that it said has been read. A killed worker has nothing
 * more to say that matters.
 */
void brig_worker_conclude_if_gone(brig_worker *worker)
{
    bool is_silent = worker->end.cause != BRIG_KILL_NONE || worker->config.events == NULL ||
                     worker->channel.stream.is_ended || worker->channel.is_faulty;

    if (worker->is_gone && is_silent && worker->supervisor.stream.is_ended)
        conclude(worker);
}

static void on_leave_timeout(uv_timer_t *timer)
{
    brig_worker *worker = timer->data;

    if (worker->is_gone && worker->is_paused && worker->end.cause == BRIG_KILL_NONE)
        return; /* the owner will read on */
    if (worker->is_gone || worker->end.cause != BRIG_KILL_NONE)
        conclude(worker);
    else /* it closed its channel and lives on */
        brig_worker_kill(worker, BRIG_KILL_PROTOCOL);
}

void brig_worker_start_timer(brig_worker *worker, uv_timer_cb callback, uint64_t timeout_ms)
{
    if (worker->is_told)
        return;
    uv_update_time(&worker->config.loop->uv);
    (void)uv_timer_start(&worker->timer, callback, timeout_ms, 0);
}

void brig_worker_leave_soon(brig_worker *worker)
{
    brig_worker_start_timer(worker, on_leave_timeout, LEAVE_MS);
    brig_worker_conclude_if_gone(worker);
}

void brig_worker_kill(brig_worker *worker, brig_kill_cause cause)
{
    if (worker->is_told)
        return;
    if (worker->end.cause == BRIG_KILL_NONE && !worker->end.is_exit && worker->end.signal == 0)
        worker->end.cause = cause;
    worker->state = WORKER_LEAVING;
    if (worker->pidfd < 0) { /* its shim, if there is one, ends with its channel */
        conclude(worker);
        return;
    }
    /* Afterwards nobody can ask. */
    (void)brig_worker_cpu_ms(worker);
    (void)brig_worker_memory_bytes(worker);
    brig_template_end_session(worker->config.template, worker->pidfd);
    if (worker->group != NULL)
        brig_cgroup_kill(worker->group);
    brig_worker_start_timer(worker, on_leave_timeout, GONE_MS);
}

void brig_worker_abandon(brig_worker *worker)
{
    worker->config.events = NULL;
    brig_worker_kill(worker, BRIG_KILL_DECIDED);
}

void brig_worker_on_exit_poll(uv_poll_t *poll, int status, int events)
{
    brig_worker *worker = poll->data;

    (void)status;
    (void)events;
    worker->is_gone = true;
    brig_worker_leave_group(worker);
    (void)uv_poll_stop(poll);
    uv_close((uv_handle_t *)poll, on_exit_poll_closed);
    if (worker->is_told)
        return;
    brig_stream_read(&worker->supervisor.stream);
    if (!worker->is_told)
        brig_stream_read(&worker->channel.stream);
    if (!worker->is_told)
        brig_worker_drain(worker);
    brig_worker_leave_soon(worker);
}

static void on_stall_timeout(uv_timer_t *timer)
{
    brig_worker *worker = timer->data;
    uint64_t waited_ms = brig_now_ms() - worker->channel.stream.progress_ms;

    if (brig_worker_pending(worker) == 0 || worker->is_told)
        return;
    if (waited_ms >= BRIG_LIMIT_WORKER_UNREAD_MS) {
        brig_worker_kill(worker, BRIG_KILL_STALLED);
        return;
    }
    (void)uv_timer_start(timer, on_stall_timeout, BRIG_LIMIT_WORKER_UNREAD_MS - waited_ms, 0);
}

/* Bytes wait for the worker: they must not wait for ever. */
static void watch_for_stall(brig_worker *worker)
{
    if (worker->is_told || uv_is_active((uv_handle_t *)&worker->stall_timer) != 0)
        return;
    uv_update_time(&worker->config.loop->uv);
    (void)uv_timer_start(&worker->stall_timer, on_stall_timeout, BRIG_LIMIT_WORKER_UNREAD_MS, 0);
}

/* A message that an engine was told not to expect never leaves (spec 7.7). */
static brig_status check_size(const brig_worker *worker, const brig_message *message)
{
    brig_pieces pieces;
    brig_status status = brig_message_pieces(message, &pieces);

    if (status == BRIG_OK && pieces.total_bytes > worker->limits.message_bytes &&
        !MUTANT(sends_a_worker_messages_of_any_size))
        return BRIG_TOO_LARGE;
    return status;
}

static brig_status send_message(brig_worker *worker, const brig_message *message)
{
    brig_status status = check_size(worker, message);

    if (status == BRIG_OK)
        status = brig_channel_send(&worker->channel, message);
    if (status == BRIG_OK)
        watch_for_stall(worker);
    return status;
}

brig_status brig_worker_call(brig_worker *worker, brig_span procedure, brig_span args,
                             uint64_t *ret_id)
{
    brig_message message = {
        .type = BRIG_MESSAGE_CALL,
        .id = worker->channel.last_id + 1,
        .name = procedure,
        .body = args,
    };

    brig_status status = send_message(worker, &message);
    if (status != BRIG_OK)
        return status;
    worker->channel.last_id = message.id;
    *ret_id = message.id;
    return BRIG_OK;
}

brig_status brig_worker_answer(brig_worker *worker, const brig_message *answer)
{
    return send_message(worker, answer);
}

brig_status brig_worker_interrupt(brig_worker *worker)
{
    return brig_channel_call(&worker->supervisor, "interrupt", (brig_span){NULL, 0},
                             &worker->interrupt_id);
}

brig_status brig_worker_file(brig_worker *worker, const char *procedure, brig_span args,
                             uint64_t *ret_id)
{
    return brig_channel_call(&worker->supervisor, procedure, args, ret_id);
}

void brig_worker_pause(brig_worker *worker)
{
    if (worker->is_paused || worker->is_told)
        return;
    worker->is_paused = true;
    brig_stream_pause(&worker->channel.stream);
    for (int i = 0; i < BRIG_RAW_COUNT; i++)
        brig_raw_pause(&worker->raws[i]);
}

void brig_worker_resume(brig_worker *worker)
{
    if (!worker->is_paused || worker->is_told)
        return;
    worker->is_paused = false;
    for (int i = 0; i < BRIG_RAW_COUNT; i++)
        brig_raw_resume(&worker->raws[i]);
    brig_stream_resume(&worker->channel.stream);
    if (worker->is_gone && !worker->is_told && !worker->is_paused) {
        brig_stream_read(&worker->channel.stream);
        brig_worker_leave_soon(worker);
    }
}

void brig_worker_drain(brig_worker *worker)
{
    for (int i = 0; i < BRIG_RAW_COUNT && !worker->is_told; i++)
        brig_raw_drain(&worker->raws[i]);
}

size_t brig_worker_pending(const brig_worker *worker)
{
    return worker->is_told ? 0 : brig_stream_pending(&worker->channel.stream);
}

brig_link *brig_worker_link(brig_worker *worker)
{
    return worker->is_told ? NULL : worker->channel.link;
}

void brig_worker_count(brig_worker *worker)
{
    brig_stream_count(&worker->channel.stream);
}

brig_span brig_worker_engine(const brig_worker *worker)
{
    return brig_template_engine(worker->config.template);
}
