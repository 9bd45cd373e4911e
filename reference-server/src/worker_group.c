/* SPDX-License-Identifier: MIT */
/* What a whole session uses: counted by its control group, or sampled where there is none. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "../sandbox/session_limits.h"
#include "usage.h"
#include "worker_internal.h"

enum {
    MEMORY_MS = 20, /* an older figure of peak memory is asked for again */
    SAMPLE_MS = 10, /* so is what processes other than the worker have used */
    SHIM = 1,       /* process that is counted with the code's */
};

_Static_assert((int)BRIG_CGROUP_ENTRANCES <= (int)BRIG_SESSION_ENTRANCES, "a packet takes them");

/* The number that the session's pid 1 has here. */
static pid_t pid_of(int pidfd)
{
    char path[64];
    char text[512];
    static const char label[] = "Pid:";

    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[got < 0 ? 0 : got] = '\0';
    const char *found = strstr(text, label);
    return found == NULL ? 0 : (pid_t)strtol(found + sizeof(label) - 1, NULL, 10);
}

/* A failure is reported when the worker is placed. */
void brig_worker_prepare_group(brig_worker *worker)
{
    brig_start_request *request = &worker->request;
    const brig_cgroup_limits wanted = {
        .memory_bytes = worker->limits.memory_bytes,
        .processes = worker->limits.processes + SHIM,
        .cpu_percent = worker->config.cpu_percent,
    };
    brig_cgroup *group = NULL;
    size_t entrance_count = 0;

    assert(request->fd_count == BRIG_SESSION_FDS);
    if (worker->config.groups == NULL)
        return;
    brig_status status = brig_cgroup_new(worker->config.groups, &group);
    if (status == BRIG_OK)
        status = brig_cgroup_limit(group, &wanted, &worker->group_limits);
    if (status == BRIG_OK)
        status =
            brig_cgroup_open_entrances(group, request->fds + request->fd_count, &entrance_count);
    if (status != BRIG_OK) {
        brig_cgroup_free(group);
        return;
    }
    worker->group = group;
    worker->has_entrances = entrance_count > 0;
    request->fd_count += entrance_count;
}

brig_status brig_worker_place(brig_worker *worker)
{
    worker->first_pid = pid_of(worker->pidfd);
    pid_t shim = worker->request.shim_pid > 0 ? worker->request.shim_pid : worker->first_pid;
    if (worker->config.groups == NULL)
        return worker->config.cpu_percent == 0 ? BRIG_OK : BRIG_UNAVAILABLE;
    if (worker->group == NULL)
        return BRIG_UNAVAILABLE;
    return worker->has_entrances ? BRIG_OK : brig_cgroup_add(worker->group, shim);
}

uint64_t brig_worker_process_limit(const brig_worker *worker)
{
    /* The group's limit has to be the first that is reached: only a group counts refusals. */
    return worker->limits.processes + (worker->config.groups != NULL ? 1 : 0);
}

const char *brig_worker_in_force(const brig_worker *worker, const brig_value *report,
                                 brig_limits *limits)
{
    const brig_value *said = brig_value_get(report, "limits");
    brig_limits in_force = *limits;

#define TAKE_LIMIT(name) in_force.name = brig_value_get_uint(said, #name, UINT64_MAX);
    BRIG_SESSION_LIMITS(TAKE_LIMIT)
#undef TAKE_LIMIT
    if (worker->group != NULL && worker->group_limits.memory_bytes < in_force.memory_bytes)
        in_force.memory_bytes = worker->group_limits.memory_bytes;
    if (worker->group != NULL && worker->group_limits.processes - SHIM < in_force.processes)
        in_force.processes = worker->group_limits.processes - SHIM;
#define CHECK_LIMIT(name) \
    if (in_force.name > limits->name) \
        return "the limit " #name;
    BRIG_SESSION_LIMITS(CHECK_LIMIT)
#undef CHECK_LIMIT
    *limits = in_force;
    return NULL;
}

brig_worker_counting brig_worker_counting_of(const brig_worker *worker)
{
    return (brig_worker_counting){
        .is_group = worker->group != NULL,
        .mechanism =
            worker->group != NULL ? brig_cgroups_mechanism(worker->config.groups) : "rlimit, watch",
    };
}

/* Where no group counts: look at every process of the session, but not too often. */
static void sample(brig_worker *worker)
{
    uint64_t now_ms = brig_now_ms();

    if (worker->is_gone || worker->sampled_ms + SAMPLE_MS > now_ms)
        return;
    brig_usage_sum sum = brig_usage_walk(worker->first_pid, worker->pid);
    worker->sampled_ms = now_ms;
    worker->resident_bytes = sum.resident_bytes;
    worker->process_count = sum.task_count;
    if (sum.others_cpu_ms > worker->others_cpu_ms)
        worker->others_cpu_ms = sum.others_cpu_ms;
}

uint64_t brig_worker_cpu_ms(brig_worker *worker)
{
    uint64_t cpu_ms = 0;

    if (worker->group != NULL) {
        cpu_ms = brig_cgroup_cpu_ms(worker->group);
    } else if (!worker->is_gone) {
        sample(worker);
        cpu_ms = brig_usage_cpu_ms(worker->pid) + worker->others_cpu_ms;
    }
    if (cpu_ms > worker->cpu_ms)
        worker->cpu_ms = cpu_ms;
    return worker->cpu_ms;
}

uint64_t brig_worker_memory_bytes(brig_worker *worker)
{
    uint64_t now_ms = brig_now_ms();

    /* The kernel takes longer over this figure than a short call takes to run. */
    if (worker->is_gone ||
        (worker->memory_bytes > 0 && now_ms - worker->memory_asked_ms < MEMORY_MS))
        return worker->memory_bytes;
    uint64_t memory_bytes = brig_usage_peak_memory_bytes(worker->pid);
    if (memory_bytes > worker->memory_bytes)
        worker->memory_bytes = memory_bytes;
    worker->memory_asked_ms = now_ms;
    return worker->memory_bytes;
}

bool brig_worker_is_out_of_memory(const brig_worker *worker)
{
    if (worker->group != NULL)
        return brig_cgroup_is_out_of_memory(worker->group);
    return worker->end.is_out_of_memory;
}

bool brig_worker_is_above_memory(brig_worker *worker)
{
    uint64_t limit_bytes = worker->limits.memory_bytes;

    if (worker->group != NULL || worker->is_gone)
        return false;
    sample(worker);
    /* The exact figure takes the kernel long: only when the rough one, never below it, is above. */
    return worker->resident_bytes > limit_bytes &&
           brig_usage_own_memory_bytes(worker->first_pid) > limit_bytes;
}

bool brig_worker_is_above_processes(brig_worker *worker)
{
    enum { KEEPER_AND_SHIM = 2 };

    if (worker->group != NULL || worker->is_gone ||
        !brig_template_is_reduced(worker->config.template))
        return false;
    sample(worker);
    return worker->process_count > worker->limits.processes + KEEPER_AND_SHIM;
}

uint64_t brig_worker_refused_forks(const brig_worker *worker)
{
    return worker->group == NULL ? 0 : brig_cgroup_refused_forks(worker->group);
}

void brig_worker_leave_group(brig_worker *worker)
{
    if (worker->group == NULL)
        return;
    (void)brig_worker_cpu_ms(worker);
    if (brig_cgroup_is_out_of_memory(worker->group))
        worker->end.is_out_of_memory = true;
    brig_cgroup_free(worker->group);
    worker->group = NULL;
}
