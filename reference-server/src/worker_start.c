/* SPDX-License-Identifier: MIT */
/* Making a worker: its descriptors, its handles, the request to its template. */
#include "worker_internal.h"

#include <errno.h>
#include <stdlib.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <brig/pack.h>

#include "../sandbox/session_limits.h"

enum { START_BYTES = 32768 };

/* One pair: ours, and theirs into the request, where they are in the order of these calls. */
static brig_status make_pair(brig_worker *worker, bool is_socket, int *ret_ours)
{
    int pair[2];

    if ((is_socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
                   : pipe2(pair, O_CLOEXEC)) != 0)
        return BRIG_SYSTEM;
    worker->request.fds[worker->request.fd_count++] = pair[1];
    *ret_ours = pair[0];
    return BRIG_OK;
}

static brig_status make_channels(brig_worker *worker)
{
    int fds[2] = {-1, -1};
    int on = 1;

    for (int i = 0; i < 2; i++) {
        if (make_pair(worker, true, &fds[i]) == BRIG_OK)
            continue;
        if (i > 0)
            (void)close(fds[0]);
        return BRIG_SYSTEM;
    }
    /* The kernel then says which process sends. */
    if (setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return BRIG_SYSTEM;
    }
    return brig_worker_start_channels(worker, fds[0], fds[1]);
}

static void on_raw_freed(brig_raw *raw)
{
    brig_worker_handle_closed(raw->owner);
}

static brig_status make_raw(brig_worker *worker, int number)
{
    brig_raw *raw = &worker->raws[number];
    int fd = -1;

    if (make_pair(worker, false, &fd) != BRIG_OK)
        return BRIG_SYSTEM;
    if (brig_raw_start(raw, worker->config.loop, fd) != 0) {
        (void)close(fd);
        return BRIG_SYSTEM;
    }
    worker->open_handles++;
    return BRIG_OK;
}

static brig_status make_ends(brig_worker *worker)
{
    brig_status status = make_channels(worker);

    for (int i = 0; i < BRIG_RAW_COUNT && status == BRIG_OK; i++)
        status = make_raw(worker, i);
    return status;
}

bool brig_worker_starts_alike(const brig_limits *limits, const brig_limits *others)
{
#define IS_ALIKE(name) &&limits->name == others->name
    return limits->message_bytes == others->message_bytes BRIG_SESSION_LIMITS(IS_ALIKE);
#undef IS_ALIKE
}

static void pack_start(const brig_worker *worker, brig_buffer *args)
{
    const brig_worker_config *config = &worker->config;
    brig_limits limits = worker->limits;

    limits.processes = brig_worker_process_limit(worker);
    brig_pack_map(args, config->probe.len > 0 ? 3 : 2);
    brig_pack_cstring(args, "limits");
    brig_pack_map(args, BRIG_SESSION_LIMIT_COUNT);
#define PACK_LIMIT(name) brig_pack_key_uint(args, #name, limits.name);
    BRIG_SESSION_LIMITS(PACK_LIMIT)
#undef PACK_LIMIT
    brig_pack_cstring(args, "env");
    if (config->env.len > 0)
        brig_pack_raw(args, config->env);
    else
        brig_pack_map(args, 0);
    if (config->probe.len == 0)
        return;
    brig_pack_cstring(args, "probe");
    brig_pack_raw(args, config->probe);
}

static void init_timer(brig_worker *worker, uv_timer_t *timer)
{
    (void)uv_timer_init(&worker->config.loop->uv, timer);
    timer->data = worker;
    worker->open_handles++;
}

static brig_worker *allocate(const brig_worker_config *config)
{
    brig_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL)
        return NULL;
    worker->config = *config;
    worker->limits = *config->limits;
    worker->pidfd = -1;
    worker->is_beginning = true;
    worker->request = brig_worker_request_template;
    for (int i = 0; i < BRIG_RAW_COUNT; i++) {
        worker->raws[i] = (brig_raw){
            .fd = -1,
            .number = i,
            .owner = worker,
            .on_bytes = brig_worker_on_raw,
            .on_freed = on_raw_freed,
        };
    }
    brig_buffer_init(&worker->request.packet, BRIG_PACKET_BYTES);
    brig_buffer_init(&worker->open_args, config->limits->message_bytes);
    brig_buffer_init(&worker->report, BRIG_PACKET_BYTES);
    brig_buffer_append(&worker->open_args, config->open_args);
    init_timer(worker, &worker->timer);
    init_timer(worker, &worker->stall_timer);
    return worker;
}

static brig_status request_session(brig_worker *worker)
{
    brig_buffer args;

    brig_buffer_init(&args, START_BYTES);
    pack_start(worker, &args);
    brig_status status = args.fault;
    if (status == BRIG_OK) {
        worker->is_request_open = true;
        worker->request.is_probe = worker->config.probe.len > 0;
        status = brig_template_request(worker->config.template, &worker->request,
                                       brig_buffer_span(&args));
        worker->is_holding = status == BRIG_OK;
    }
    brig_buffer_done(&args);
    return status;
}

brig_status brig_worker_new(const brig_worker_config *config, brig_worker **ret_worker)
{
    brig_worker *worker = allocate(config);

    if (worker == NULL)
        return BRIG_NO_MEMORY;
    brig_status status = worker->open_args.fault;
    if (status == BRIG_OK)
        status = make_ends(worker);
    if (status == BRIG_OK) {
        brig_worker_prepare_group(worker);
        status = request_session(worker);
    }
    worker->is_beginning = false;
    if (status == BRIG_OK) {
        *ret_worker = worker;
        return BRIG_OK;
    }
    /* It never began: its handles close, its memory follows them, the owner hears nothing. */
    int cause = errno;

    worker->config.events = NULL;
    worker->is_told = true;
    worker->state = WORKER_LEAVING;
    brig_worker_close_handles(worker);
    errno = cause; /* what BRIG_SYSTEM is about */
    return status;
}
