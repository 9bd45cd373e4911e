/* SPDX-License-Identifier: MIT */
/* A session's leaf: limits set and read back, counters, the end. */
#include "cgroup_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CPU_PERIOD_US = 100000,
    COUNTER_BYTES = 1024,
    NUMBER_BYTES = 64,
    PAGE_BYTES = 4096,
    PATH_BYTES = 128
};

typedef enum counter {
    COUNTER_CPU,
    COUNTER_KILLS,
    COUNTER_FORKS,
    COUNTER_KEPT_COUNT,                /* whose files stay open: they are asked in every call */
    COUNTER_HITS = COUNTER_KEPT_COUNT, /* how often memory was at its limit */
    COUNTER_COUNT,
} counter;

/* File, key of its line ("": the file is a number), and what makes the counter's unit of it. */
static const struct counter_source {
    cgroup_part part;
    const char *files[2]; /* by version: v1, v2 */
    const char *keys[2];
    uint64_t divisors[2];
} sources[COUNTER_COUNT] = {
    [COUNTER_CPU] = {CGROUP_CPU_TIME,
                     {"cpuacct.usage", "cpu.stat"},
                     {"", "usage_usec "},
                     {1000000, 1000}},
    [COUNTER_KILLS] = {CGROUP_MEMORY,
                       {"memory.oom_control", "memory.events"},
                       {"oom_kill ", "oom_kill "},
                       {1, 1}},
    [COUNTER_HITS] = {CGROUP_MEMORY, {"memory.failcnt", "memory.events"}, {"", "oom "}, {1, 1}},
    [COUNTER_FORKS] = {CGROUP_PIDS, {"pids.events", "pids.events"}, {"max ", "max "}, {1, 1}},
};

struct brig_cgroup {
    brig_cgroups *groups;
    brig_cgroup *next; /* in groups->leaving */
    char name[CGROUP_NAME_BYTES];
    bool has_part[CGROUP_PART_COUNT]; /* of version 2 only the first */
    int counters[COUNTER_KEPT_COUNT];
};

/* The server's directory with the leaf's part, and the path of a file below it. */
static int place_of(const brig_cgroup *group, cgroup_part part, const char *file,
                    char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", group->name, file);
    return group->groups->fds[group->groups->is_v2 ? CGROUP_MEMORY : part];
}

static bool write_part(const brig_cgroup *group, cgroup_part part, const char *file,
                       const char *text)
{
    char path[PATH_BYTES];
    int directory = place_of(group, part, file, path);

    return brig_cgroup_write(directory, path, text);
}

/* ---- beginning and end ---- */

/* True: no directory of it is left. */
static bool remove_directories(brig_cgroup *group)
{
    bool is_gone = true;

    for (int i = 0; i < brig_cgroup_part_count(group->groups); i++) {
        if (group->groups->fds[i] >= 0 &&
            unlinkat(group->groups->fds[i], group->name, AT_REMOVEDIR) != 0 && errno != ENOENT)
            is_gone = false;
    }
    return is_gone;
}

bool brig_cgroup_sweep(brig_cgroups *groups)
{
    brig_cgroup **link = &groups->leaving;

    while (*link != NULL) {
        brig_cgroup *group = *link;

        if (remove_directories(group)) {
            *link = group->next;
            free(group);
        } else {
            link = &group->next;
        }
    }
    return groups->leaving == NULL;
}

void brig_cgroup_forget(brig_cgroups *groups)
{
    while (groups->leaving != NULL) {
        brig_cgroup *group = groups->leaving;

        groups->leaving = group->next;
        free(group);
    }
}

void brig_cgroup_free(brig_cgroup *group)
{
    if (group == NULL)
        return;
    for (int i = 0; i < COUNTER_KEPT_COUNT; i++) {
        if (group->counters[i] >= 0)
            (void)close(group->counters[i]);
    }
    group->next = group->groups->leaving;
    group->groups->leaving = group;
    (void)brig_cgroup_sweep(group->groups);
}

static bool make_part(brig_cgroup *group, cgroup_part part)
{
    /* It is there already where two controllers share a hierarchy: names are used once. */
    group->has_part[part] =
        mkdirat(group->groups->fds[part], group->name, 0755) == 0 || errno == EEXIST;
    return group->has_part[part];
}

/* What every session needs; a share of the processor has a directory only where it is limited. */
static bool make_directories(brig_cgroup *group)
{
    for (int i = 0; i < brig_cgroup_part_count(group->groups); i++) {
        if (i != CGROUP_CPU_SHARE && !make_part(group, (cgroup_part)i))
            return false;
    }
    return true;
}

static bool open_counters(brig_cgroup *group)
{
    int version = group->groups->is_v2 ? 1 : 0;

    for (int i = 0; i < COUNTER_KEPT_COUNT; i++) {
        char path[PATH_BYTES];
        int directory = place_of(group, sources[i].part, sources[i].files[version], path);

        group->counters[i] = openat(directory, path, O_RDONLY | O_CLOEXEC);
        if (group->counters[i] < 0)
            return false;
    }
    return true;
}

brig_status brig_cgroup_new(brig_cgroups *groups, brig_cgroup **ret_group)
{
    brig_cgroup *group = calloc(1, sizeof(*group));

    (void)brig_cgroup_sweep(groups);
    if (group == NULL) {
        errno = ENOMEM;
        return brig_cgroup_refused(groups, "cgroup");
    }
    group->groups = groups;
    for (int i = 0; i < COUNTER_KEPT_COUNT; i++)
        group->counters[i] = -1;
    (void)snprintf(group->name, sizeof(group->name), "session-%" PRIu64, ++groups->leaf_count);
    if (make_directories(group) && open_counters(group)) {
        *ret_group = group;
        return BRIG_OK;
    }
    (void)brig_cgroup_refused(groups, "cgroup: a leaf cannot be made");
    brig_cgroup_free(group);
    return BRIG_UNAVAILABLE;
}

brig_status brig_cgroup_add(brig_cgroup *group, pid_t pid)
{
    char number[NUMBER_BYTES];

    (void)snprintf(number, sizeof(number), "%ld", (long)pid);
    for (int i = 0; i < brig_cgroup_part_count(group->groups); i++) {
        if (group->has_part[i] && !write_part(group, (cgroup_part)i, "cgroup.procs", number))
            return brig_cgroup_refused(group->groups, "cgroup.procs");
    }
    return BRIG_OK;
}

/*
 * Who moves another waits until no process forks, for which the kernel takes some milliseconds; a
 * thread that moves itself does not. Version 2 knows no such file of processes.
 */
brig_status brig_cgroup_open_entrances(const brig_cgroup *group, int ret_fds[BRIG_CGROUP_ENTRANCES],
                                       size_t *ret_count)
{
    size_t count = 0;

    for (int i = 0; !group->groups->is_v2 && i < CGROUP_PART_COUNT; i++) {
        char path[PATH_BYTES];
        int directory = place_of(group, (cgroup_part)i, "tasks", path);

        if (!group->has_part[i])
            continue;
        ret_fds[count] = openat(directory, path, O_WRONLY | O_CLOEXEC);
        if (ret_fds[count] < 0) {
            (void)brig_cgroup_refused(group->groups, "tasks");
            while (count > 0)
                (void)close(ret_fds[--count]);
            return BRIG_UNAVAILABLE;
        }
        count++;
    }
    *ret_count = count;
    return BRIG_OK;
}

/* ---- limits ---- */

static brig_status set(const brig_cgroup *group, cgroup_part part, const char *file, uint64_t value)
{
    char number[NUMBER_BYTES];

    (void)snprintf(number, sizeof(number), "%" PRIu64, value);
    return write_part(group, part, file, number) ? BRIG_OK
                                                 : brig_cgroup_refused(group->groups, file);
}

/* Where the kernel has no such file it does not count swap either, or there is none. */
static brig_status set_if_there(const brig_cgroup *group, const char *file, uint64_t value)
{
    brig_status status = set(group, CGROUP_MEMORY, file, value);

    return status != BRIG_OK && errno == ENOENT ? BRIG_OK : status;
}

static brig_status read_back(const brig_cgroup *group, cgroup_part part, const char *file,
                             uint64_t *ret_value)
{
    char text[NUMBER_BYTES];
    char *end = text;

    char path[PATH_BYTES];
    int directory = place_of(group, part, file, path);
    brig_cgroup_read(directory, path, text, sizeof(text));
    uint64_t value = strtoull(text, &end, 10);
    if (end == text) { /* "max", or nothing */
        errno = ENOTSUP;
        return brig_cgroup_refused(group->groups, file);
    }
    *ret_value = value;
    return BRIG_OK;
}

static brig_status limit_memory(const brig_cgroup *group, uint64_t wanted, uint64_t *ret_in_force)
{
    bool is_v2 = group->groups->is_v2;
    const char *file = is_v2 ? "memory.max" : "memory.limit_in_bytes";
    brig_status status = set(group, CGROUP_MEMORY, file, wanted);

    /* Swap would only make the end slow; where one process dies all do, or code runs on in ruins. */
    if (status == BRIG_OK && is_v2)
        status = set(group, CGROUP_MEMORY, "memory.oom.group", 1);
    if (status == BRIG_OK && is_v2)
        status = set_if_there(group, "memory.swap.max", 0);
    /* A page more, because only the counter that is full first counts that it is. */
    if (status == BRIG_OK && !is_v2)
        status = set_if_there(group, "memory.memsw.limit_in_bytes", wanted + PAGE_BYTES);
    return status == BRIG_OK ? read_back(group, CGROUP_MEMORY, file, ret_in_force) : status;
}

static brig_status limit_cpu(brig_cgroup *group, uint64_t percent)
{
    uint64_t quota_us = percent * CPU_PERIOD_US / 100;
    char text[NUMBER_BYTES];

    if (percent == 0)
        return BRIG_OK;
    if (!group->groups->is_v2 && group->groups->fds[CGROUP_CPU_SHARE] < 0) {
        errno = ENOENT;
        return brig_cgroup_refused(group->groups, "cpu.cfs_quota_us");
    }
    if (!group->groups->is_v2 && !make_part(group, CGROUP_CPU_SHARE))
        return brig_cgroup_refused(group->groups, "cgroup: a leaf cannot be made");
    if (!group->groups->is_v2)
        return set(group, CGROUP_CPU_SHARE, "cpu.cfs_quota_us", quota_us);
    (void)snprintf(text, sizeof(text), "%" PRIu64 " %d", quota_us, CPU_PERIOD_US);
    return write_part(group, CGROUP_CPU_SHARE, "cpu.max", text)
               ? BRIG_OK
               : brig_cgroup_refused(group->groups, "cpu.max");
}

brig_status brig_cgroup_limit(brig_cgroup *group, const brig_cgroup_limits *wanted,
                              brig_cgroup_limits *ret_in_force)
{
    brig_cgroup_limits in_force = {.cpu_percent = wanted->cpu_percent};

    brig_status status = limit_memory(group, wanted->memory_bytes, &in_force.memory_bytes);
    if (status == BRIG_OK)
        status = set(group, CGROUP_PIDS, "pids.max", wanted->processes);
    if (status == BRIG_OK)
        status = read_back(group, CGROUP_PIDS, "pids.max", &in_force.processes);
    if (status == BRIG_OK)
        status = limit_cpu(group, wanted->cpu_percent);
    if (status != BRIG_OK)
        return status;
    if (in_force.memory_bytes > wanted->memory_bytes || in_force.processes > wanted->processes) {
        errno = ERANGE;
        return brig_cgroup_refused(group->groups, "cgroup: a limit is wider than it was set");
    }
    *ret_in_force = in_force;
    return BRIG_OK;
}

/* ---- counters ---- */

static uint64_t parse_counter(const brig_cgroup *group, counter which, const char *text)
{
    int version = group->groups->is_v2 ? 1 : 0;
    const char *key = sources[which].keys[version];
    const char *line = text;

    while (line != NULL && strncmp(line, key, strlen(key)) != 0) {
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return line == NULL ? 0
                        : strtoull(line + strlen(key), NULL, 10) / sources[which].divisors[version];
}

static uint64_t count(const brig_cgroup *group, counter which)
{
    char text[COUNTER_BYTES];
    ssize_t got = pread(group->counters[which], text, sizeof(text) - 1, 0);

    text[got < 0 ? 0 : got] = '\0';
    return parse_counter(group, which, text);
}

static uint64_t count_hits(const brig_cgroup *group)
{
    char text[COUNTER_BYTES];
    char path[PATH_BYTES];
    int directory = place_of(group, sources[COUNTER_HITS].part,
                             sources[COUNTER_HITS].files[group->groups->is_v2 ? 1 : 0], path);

    brig_cgroup_read(directory, path, text, sizeof(text));
    return parse_counter(group, COUNTER_HITS, text);
}

uint64_t brig_cgroup_cpu_ms(const brig_cgroup *group)
{
    return count(group, COUNTER_CPU);
}

uint64_t brig_cgroup_refused_forks(const brig_cgroup *group)
{
    return count(group, COUNTER_FORKS);
}

bool brig_cgroup_is_out_of_memory(const brig_cgroup *group)
{
    /* The kernel also counts processes that it killed because the whole machine was full. */
    return count(group, COUNTER_KILLS) > 0 && count_hits(group) > 0;
}

void brig_cgroup_kill(const brig_cgroup *group)
{
    if (group->groups->is_v2) /* before Linux 5.14 the end of the shim does the same */
        (void)write_part(group, CGROUP_MEMORY, "cgroup.kill", "1");
}
