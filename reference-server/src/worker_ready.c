/* SPDX-License-Identifier: MIT */
/* From a template's answer to a worker that is ready, and what shim and engine say on the way. */
#include "worker_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/value.h>

#include "log.h"
#include "mutant.h"
#include "worker_check.h"

enum {
    /* For each step until ready. They take milliseconds; on a machine with too much to do, seconds. */
    STEP_MS = 20000,
    OUTPUT_SLACK_BYTES = 65536,
};

static void fail_as(brig_worker *worker, brig_error_code code, const char *why, brig_span data)
{
    const brig_worker_events *events = worker->config.events;

    if (worker->state >= WORKER_READY)
        return;
    worker->state = WORKER_LEAVING;
    if (events != NULL)
        events->on_failed(worker->config.owner, code, why, data);
    brig_worker_kill(worker, BRIG_KILL_SILENT);
}

static void fail(brig_worker *worker, const char *why)
{
    fail_as(worker, BRIG_ERROR_UNAVAILABLE, why, (brig_span){NULL, 0});
}

static void fail_with(brig_worker *worker, const char *what, const brig_message *message)
{
    char why[1024];
    brig_error_code code = brig_error_find(message->name);

    brig_span data = message->body;

    if (code != BRIG_ERROR_PARSE && code != BRIG_ERROR_RUNTIME) {
        code = BRIG_ERROR_UNAVAILABLE;
        data = (brig_span){NULL, 0};
    }
    if (message->text.len == 0)
        (void)snprintf(why, sizeof(why), "%s", what);
    else
        (void)snprintf(why, sizeof(why), "%s: %.*s", what, (int)message->text.len,
                       (const char *)message->text.data);
    fail_as(worker, code, why, data);
}

static void on_step_timeout(uv_timer_t *timer)
{
    static const char *const awaited[] = {
        [WORKER_AWAIT_SHIM] = "the template did not start a session in time",
        [WORKER_AWAIT_WALLS] = "the walls did not stand in time",
        [WORKER_AWAIT_HELLO] = "the engine did not say HELLO in time",
        [WORKER_AWAIT_SESSION] = "", /* takes as long as it takes */
        [WORKER_AWAIT_OPEN] = "the engine did not answer brig.open in time",
    };
    brig_worker *worker = timer->data;

    if (worker->state < WORKER_READY)
        fail(worker, awaited[worker->state]);
}

static void enter(brig_worker *worker, worker_state state)
{
    worker->state = state;
    if (state < WORKER_READY && state != WORKER_AWAIT_SESSION)
        brig_worker_start_timer(worker, on_step_timeout, STEP_MS);
    else
        (void)uv_timer_stop(&worker->timer);
}

static brig_worker *worker_of(brig_start_request *request)
{
    return (brig_worker *)((char *)request - offsetof(brig_worker, request));
}

static void on_request_sent(brig_start_request *request)
{
    brig_worker_close_request_fds(worker_of(request));
}

static void on_failed_beginning(uv_timer_t *timer)
{
    brig_worker *worker = timer->data;

    fail(worker, worker->failure);
}

static void on_request_failed(brig_start_request *request, const char *why)
{
    brig_worker *worker = worker_of(request);

    worker->is_request_open = false;
    (void)snprintf(worker->failure, sizeof(worker->failure), "%s", why);
    if (worker->is_beginning)
        brig_worker_start_timer(worker, on_failed_beginning, 0);
    else
        fail(worker, why);
}

/* No session runs outside of the group that its profile or the statement promises. */
static void fail_placing(brig_worker *worker)
{
    char why[1024];
    const char *cause = worker->config.groups == NULL
                            ? "cpu_percent needs control groups, and there are none"
                            : brig_cgroups_failure(worker->config.groups);

    (void)snprintf(why, sizeof(why), "the session's control group: %s", cause);
    fail(worker, why);
}

static void on_request_started(brig_start_request *request, int pidfd)
{
    brig_worker *worker = worker_of(request);

    worker->is_request_open = false;
    worker->pidfd = pidfd;
    if (uv_poll_init(&worker->config.loop->uv, &worker->exit_poll, pidfd) != 0) {
        brig_template_end_session(worker->config.template, pidfd);
        (void)close(pidfd);
        worker->pidfd = -1;
        fail(worker, "the session cannot be watched");
        return;
    }
    worker->open_handles++;
    worker->exit_poll.data = worker;
    (void)uv_poll_start(&worker->exit_poll, UV_READABLE, brig_worker_on_exit_poll);
    if (brig_worker_place(worker) != BRIG_OK) {
        fail_placing(worker);
        return;
    }
    if (brig_channel_call(&worker->supervisor, "go", (brig_span){NULL, 0}, &worker->go_id) !=
        BRIG_OK) {
        fail(worker, "the shim does not take messages");
        return;
    }
    enter(worker, WORKER_AWAIT_WALLS);
}

static brig_status send_open(brig_worker *worker)
{
    brig_status status = brig_channel_call(&worker->channel, "brig.open",
                                           brig_buffer_span(&worker->open_args), &worker->open_id);

    if (status == BRIG_OK)
        enter(worker, WORKER_AWAIT_OPEN);
    return status;
}

static void on_hello(brig_worker *worker, const brig_message *message)
{
    if (message->type != BRIG_MESSAGE_HELLO) {
        fail(worker, "the engine did not begin with HELLO");
    } else if (worker->open_args.len == 0) {
        enter(worker, WORKER_AWAIT_SESSION);
        if (worker->config.events != NULL)
            worker->config.events->on_waiting(worker->config.owner);
    } else if (send_open(worker) != BRIG_OK) {
        fail(worker, "the engine does not take brig.open");
    }
}

bool brig_worker_is_waiting(const brig_worker *worker)
{
    struct pollfd end = {.fd = worker->pidfd, .events = POLLIN};

    /* The loop may not have heard of its end yet. */
    return worker->state == WORKER_AWAIT_SESSION && poll(&end, 1, 0) == 0;
}

brig_status brig_worker_open(brig_worker *worker, const brig_worker_config *config)
{
    worker->config.events = config->events;
    worker->config.owner = config->owner;
    worker->config.account = config->account;
    brig_stream_charge(&worker->channel.stream, config->account);
    brig_stream_charge(&worker->supervisor.stream, config->account);
    brig_buffer_append(&worker->open_args, config->open_args);
    if (worker->open_args.fault != BRIG_OK)
        return worker->open_args.fault;
    return send_open(worker);
}

static void on_opened(brig_worker *worker, const brig_message *message)
{
    brig_worker_word word;
    brig_tree *tree = NULL;

    /* The sources of sandbox tools have run by now: what comes is hostile. */
    if (message->id != worker->open_id || brig_worker_word_check(message, &word) != BRIG_OK) {
        fail(worker, "the engine answered brig.open with what it must not send");
        return;
    }
    if (message->type == BRIG_MESSAGE_EVENT)
        return; /* what the preparation of tools prints belongs to no code call */
    if (message->type != BRIG_MESSAGE_RESULT) {
        fail_with(worker, "the engine could not be opened", message);
        return;
    }
    if (brig_tree_new(brig_buffer_span(&worker->report), &tree) != BRIG_OK) {
        fail(worker, "the shim's report is unreadable");
        return;
    }
    enter(worker, WORKER_READY);
    if (worker->config.events != NULL)
        worker->config.events->on_ready(worker->config.owner, brig_tree_root(tree));
    brig_tree_free(tree);
}

/* The first bytes of the channel are the engine's HELLO: the kernel says who sends them. */
static void on_channel_readable(brig_channel *channel)
{
    brig_worker *worker = channel->owner;
    char byte = 0;
    struct ucred sender;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } space = {.bytes = {0}};
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = space.bytes,
        .msg_controllen = sizeof(space.bytes),
    };

    if (worker->pid != 0 || recvmsg(channel->stream.fd, &header, MSG_PEEK | MSG_DONTWAIT) <= 0)
        return;
    const struct cmsghdr *control = CMSG_FIRSTHDR(&header);
    if (control == NULL || control->cmsg_level != SOL_SOCKET ||
        control->cmsg_type != SCM_CREDENTIALS)
        return;
    memcpy(&sender, CMSG_DATA(control), sizeof(sender));
    worker->pid = sender.pid;
}

static void on_channel_message(brig_channel *channel, const brig_message *message)
{
    brig_worker *worker = channel->owner;

    switch (worker->state) {
    case WORKER_AWAIT_HELLO:
        on_hello(worker, message);
        break;
    case WORKER_AWAIT_SESSION:
        fail(worker, "a spare's engine spoke unasked");
        break;
    case WORKER_AWAIT_OPEN:
        on_opened(worker, message);
        break;
    case WORKER_READY:
        brig_worker_drain(worker);
        if (worker->state == WORKER_READY && worker->config.events != NULL)
            worker->config.events->on_message(worker->config.owner, message);
        break;
    default:
        break;
    }
}

static void on_channel_fault(brig_channel *channel, brig_status fault)
{
    brig_worker *worker = channel->owner;

    brig_log("worker: %s", brig_status_name(fault));
    if (worker->state < WORKER_READY)
        fail(worker, "the engine sent unreadable bytes");
    else
        brig_worker_kill(worker, BRIG_KILL_PROTOCOL);
}

static void on_channel_written(brig_channel *channel)
{
    brig_worker *worker = channel->owner;

    if (worker->state == WORKER_READY && worker->config.events != NULL)
        worker->config.events->on_written(worker->config.owner);
}

static void on_channel_end(brig_channel *channel)
{
    brig_worker *worker = channel->owner;

    if (worker->state < WORKER_READY) {
        fail(worker, "the engine ended before it was ready; see the log");
        return;
    }
    brig_worker_leave_soon(worker);
}

static void on_channel_freed(brig_channel *channel)
{
    brig_worker_handle_closed(channel->owner);
}

static const brig_channel_events channel_events = {
    .on_readable = on_channel_readable,
    .on_message = on_channel_message,
    .on_fault = on_channel_fault,
    .on_written = on_channel_written,
    .on_end = on_channel_end,
    .on_freed = on_channel_freed,
};

static void on_go(brig_worker *worker, const brig_message *message)
{
    brig_tree *tree = NULL;

    if (message->type != BRIG_MESSAGE_RESULT) {
        brig_template_retire(worker->config.template);
        fail_with(worker, "the sandbox could not be built", message);
        return;
    }
    if (brig_tree_new(message->body, &tree) == BRIG_OK) {
        const brig_value *report = brig_value_get(brig_tree_root(tree), "report");

        if (report != NULL && report->kind == BRIG_MAP)
            brig_buffer_append(&worker->report, report->encoded);
    }
    brig_tree_free(tree);
    if (worker->report.len == 0 || worker->report.fault != BRIG_OK) {
        fail(worker, "the shim does not report its walls");
        return;
    }
    enter(worker, WORKER_AWAIT_HELLO);
    brig_stream_resume(&worker->channel.stream);
}

static void on_exit_event(brig_worker *worker, const brig_value *what)
{
    const brig_value *status = brig_value_get(what, "status");

    if (worker->end.cause != BRIG_KILL_NONE)
        return;
    if (status != NULL && status->kind == BRIG_INT) {
        worker->end.is_exit = true;
        worker->end.status = (int)(status->integer & 0xff);
    } else {
        worker->end.signal = (int)(brig_value_get_uint(what, "signal", 0) & 0x7f);
    }
    uint64_t cpu_ms = brig_value_get_uint(what, "cpu_ms", 0);
    if (cpu_ms > worker->cpu_ms)
        worker->cpu_ms = cpu_ms;
    worker->memory_bytes = brig_value_get_uint(what, "memory_bytes", worker->memory_bytes);
}

static void on_shim_event(brig_worker *worker, const brig_message *message)
{
    brig_tree *tree = NULL;

    if (brig_tree_new(message->body, &tree) != BRIG_OK)
        return;
    if (brig_span_is(message->name, "exit"))
        on_exit_event(worker, brig_tree_root(tree));
    else if (brig_span_is(message->name, "overrun"))
        brig_worker_kill(worker, BRIG_KILL_FILES);
    else if (brig_span_is(message->name, "violation") && worker->config.events != NULL)
        worker->config.events->on_violation(worker->config.owner, brig_tree_root(tree));
    brig_tree_free(tree);
}

static void on_shim_message(brig_channel *channel, const brig_message *message)
{
    brig_worker *worker = channel->owner;

    if (message->type == BRIG_MESSAGE_EVENT) {
        on_shim_event(worker, message);
        return;
    }
    if (message->id == worker->go_id && worker->state == WORKER_AWAIT_WALLS) {
        on_go(worker, message);
        return;
    }
    if (worker->config.events == NULL)
        return;
    if (message->id == worker->interrupt_id)
        worker->config.events->on_interrupted(worker->config.owner);
    else
        worker->config.events->on_file(worker->config.owner, message->id, message);
}

static void on_shim_fault(brig_channel *channel, brig_status fault)
{
    brig_worker *worker = channel->owner;

    brig_log("shim: %s", brig_status_name(fault));
    if (worker->state < WORKER_READY)
        fail(worker, "the shim sent unreadable bytes");
    else
        brig_worker_kill(worker, BRIG_KILL_PROTOCOL);
}

static void on_shim_written(brig_channel *channel)
{
    (void)channel;
}

static void on_shim_end(brig_channel *channel)
{
    brig_worker *worker = channel->owner;

    if (worker->state > WORKER_AWAIT_SHIM && worker->state < WORKER_READY)
        fail(worker, "the shim ended before the worker was ready; see the log");
    else /* a shim that says nothing more is no shim */
        brig_worker_leave_soon(worker);
}

static const brig_channel_events shim_events = {
    .on_message = on_shim_message,
    .on_fault = on_shim_fault,
    .on_written = on_shim_written,
    .on_end = on_shim_end,
    .on_freed = on_channel_freed,
};

void brig_worker_on_raw(brig_raw *raw, brig_span bytes)
{
    brig_worker *worker = raw->owner;

    if (worker->config.events != NULL)
        worker->config.events->on_raw(worker->config.owner, (brig_raw_stream)raw->number, bytes);
}

const brig_start_request brig_worker_request_template = {
    .on_started = on_request_started,
    .on_failed = on_request_failed,
    .on_sent = on_request_sent,
};

static brig_link_config link_config(size_t max_bytes)
{
    return (brig_link_config){
        .max_message_bytes = max_bytes,
        .max_output_bytes = 2 * max_bytes + OUTPUT_SLACK_BYTES,
    };
}

brig_status brig_worker_start_channels(brig_worker *worker, int worker_fd, int supervisor_fd)
{
    const brig_link_config config =
        link_config(MUTANT(takes_messages_of_any_size_of_a_worker) ? BRIG_LIMIT_MAX_MESSAGE_BYTES
                                                                   : worker->limits.message_bytes);
    /* The shim is ours: it moves files, of which the limits of code say nothing. */
    const brig_link_config supervisor_config = link_config(BRIG_LIMIT_MAX_MESSAGE_BYTES);

    worker->channel.owner = worker;
    worker->channel.events = &channel_events;
    worker->supervisor.owner = worker;
    worker->supervisor.events = &shim_events;
    brig_status status =
        brig_channel_start(&worker->channel, worker->config.loop, worker_fd, &config);
    if (status != BRIG_OK) {
        (void)close(worker_fd);
        (void)close(supervisor_fd);
        return status;
    }
    worker->open_handles++;
    brig_stream_charge(&worker->channel.stream, worker->config.account);
    brig_stream_pause(&worker->channel.stream); /* until the walls stand */
    status = brig_channel_start(&worker->supervisor, worker->config.loop, supervisor_fd,
                                &supervisor_config);
    if (status != BRIG_OK) {
        (void)close(supervisor_fd);
        return status;
    }
    worker->open_handles++;
    brig_stream_charge(&worker->supervisor.stream, worker->config.account);
    return BRIG_OK;
}
