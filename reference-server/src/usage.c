/* SPDX-License-Identifier: MIT */
/* Processor time and memory of processes, from the kernel's own counters. */
#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    TEXT_BYTES = 4096,
    PATH_BYTES = 128,
    MAX_PROCESSES = 4096,
    /* proc(5), /proc/PID/stat */
    FIELD_AFTER_NAME = 3,
    FIELD_USER = 14,
    FIELD_SYSTEM = 15,
    FIELD_REAPED_USER = 16,
    FIELD_REAPED_SYSTEM = 17,
    FIELD_RESIDENT = 24,
    STAT_FIELDS,
};

uint64_t brig_usage_cpu_ms(pid_t pid)
{
    clockid_t clock = 0;
    struct timespec used;

    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

/* The whole of a small file of /proc, NUL-terminated; empty on failure. */
static void read_text(const char *path, char text[TEXT_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, TEXT_BYTES - 1);

    if (fd >= 0)
        (void)close(fd);
    text[got < 0 ? 0 : got] = '\0';
}

static void read_file_of(pid_t pid, const char *name, char text[TEXT_BYTES])
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    read_text(path, text);
}

/* A figure in kB. */
static uint64_t bytes_after(const char *text, const char *label)
{
    const char *found = strstr(text, label);

    return found == NULL ? 0 : strtoull(found + strlen(label), NULL, 10) * 1024;
}

uint64_t brig_usage_peak_memory_bytes(pid_t pid)
{
    char text[TEXT_BYTES];

    if (pid <= 0)
        return 0;
    read_file_of(pid, "status", text);
    return bytes_after(text, "VmHWM:");
}

/* Processes still to be looked at, and those that were. */
typedef struct family {
    pid_t pids[MAX_PROCESSES];
    size_t count;
    size_t task_count;
} family;

static void add_children(family *of, const char *list)
{
    char *end = NULL;

    for (long pid = strtol(list, &end, 10); end != list && of->count < MAX_PROCESSES;
         pid = strtol(list, &end, 10)) {
        of->pids[of->count++] = (pid_t)pid;
        list = end;
    }
}

/* Each thread has children of its own. */
static void add_children_of(family *of, pid_t pid)
{
    char path[PATH_BYTES];
    char text[TEXT_BYTES];

    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    const struct dirent *entry;
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        of->task_count += entry->d_name[0] != '.' ? 1 : 0;
        (void)snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, entry->d_name);
        read_text(path, text);
        add_children(of, text);
    }
    if (threads != NULL)
        (void)closedir(threads);
}

static void find_family(pid_t first, family *ret_family)
{
    ret_family->count = 0;
    ret_family->task_count = 0;
    if (first > 0)
        ret_family->pids[ret_family->count++] = first;
    for (size_t i = 0; i < ret_family->count; i++)
        add_children_of(ret_family, ret_family->pids[i]);
}

/* Fields of /proc/PID/stat behind the name, which stands in parentheses and may hold anything. */
static void read_stat(pid_t pid, uint64_t fields[STAT_FIELDS])
{
    char text[TEXT_BYTES];

    memset(fields, 0, STAT_FIELDS * sizeof(*fields));
    read_file_of(pid, "stat", text);
    const char *field = strrchr(text, ')');
    for (size_t i = FIELD_AFTER_NAME; field != NULL && i < STAT_FIELDS; i++) {
        field = strchr(field + 1, ' ');
        if (field != NULL)
            fields[i] = strtoull(field, NULL, 10);
    }
}

brig_usage_sum brig_usage_walk(pid_t first, pid_t worker)
{
    uint64_t ticks_per_second = (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t fields[STAT_FIELDS];
    uint64_t ticks = 0;
    uint64_t pages = 0;
    family all;

    find_family(first, &all);
    for (size_t i = 0; i < all.count; i++) {
        read_stat(all.pids[i], fields);
        ticks += fields[FIELD_REAPED_USER] + fields[FIELD_REAPED_SYSTEM];
        if (all.pids[i] != worker)
            ticks += fields[FIELD_USER] + fields[FIELD_SYSTEM];
        pages += fields[FIELD_RESIDENT];
    }
    return (brig_usage_sum){
        .others_cpu_ms = ticks * 1000 / ticks_per_second,
        .task_count = all.task_count,
        .resident_bytes = pages * page_bytes,
    };
}

static uint64_t own_memory_of(pid_t pid)
{
    char text[TEXT_BYTES];

    read_file_of(pid, "smaps_rollup", text);
    if (text[0] != '\0')
        return bytes_after(text, "Pss_Anon:") + bytes_after(text, "Pss_Shmem:") +
               bytes_after(text, "SwapPss:");
    read_file_of(pid, "status", text); /* where the kernel tells us no more */
    return bytes_after(text, "RssAnon:") + bytes_after(text, "RssShmem:") +
           bytes_after(text, "VmSwap:");
}

uint64_t brig_usage_own_memory_bytes(pid_t first)
{
    uint64_t sum = 0;
    family all;

    find_family(first, &all);
    for (size_t i = 0; i < all.count; i++)
        sum += own_memory_of(all.pids[i]);
    return sum;
}
