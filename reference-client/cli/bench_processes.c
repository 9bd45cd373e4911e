/* SPDX-License-Identifier: MIT */
/* Memory of processes, from /proc. */
#include "bench_processes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PROCESSES = 32768,
    PATH_BYTES = 64,
    LINE_BYTES = 512,
    KIB = 1024,
};

typedef struct process {
    pid_t pid;
    pid_t parent;
    bool is_below;
} process;

/* The number behind a key that begins a line, in KiB. False if there is none, with errno set. */
static bool read_kib(const char *path, const char *key, uint64_t *ret_bytes)
{
    FILE *file = fopen(path, "re");
    char line[LINE_BYTES];
    bool is_found = false;

    if (file == NULL)
        return false;
    errno = ESRCH;
    while (!is_found && fgets(line, sizeof(line), file) != NULL) {
        is_found = strncmp(line, key, strlen(key)) == 0;
        if (is_found)
            *ret_bytes = strtoull(line + strlen(key), NULL, 10) * KIB;
    }
    (void)fclose(file);
    return is_found;
}

static bool read_process(const char *pid, process *ret_process)
{
    char path[PATH_BYTES];
    char line[LINE_BYTES];
    const char *end = NULL;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(line, sizeof(line), file) != NULL)
        end = strrchr(line, ')'); /* then: blank, state, blank, parent */
    (void)fclose(file);
    if (end == NULL || strlen(end) < 5)
        return false;
    *ret_process =
        (process){.pid = (pid_t)strtol(pid, NULL, 10), .parent = (pid_t)strtol(end + 4, NULL, 10)};
    return true;
}

static size_t list_processes(process *processes)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    if (proc == NULL)
        return 0;
    while ((entry = readdir(proc)) != NULL && count < MAX_PROCESSES)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            read_process(entry->d_name, &processes[count]))
            count++;
    (void)closedir(proc);
    return count;
}

static bool is_parent_below(const process *processes, size_t count, pid_t parent)
{
    for (size_t i = 0; i < count; i++)
        if (processes[i].pid == parent)
            return processes[i].is_below;
    return false;
}

/* Mark the process and all that descend from it. */
static void mark(process *processes, size_t count, pid_t pid)
{
    bool has_grown = true;

    for (size_t i = 0; i < count; i++)
        processes[i].is_below = processes[i].pid == pid;
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < count; i++)
            if (!processes[i].is_below && is_parent_below(processes, count, processes[i].parent))
                has_grown = processes[i].is_below = true;
    }
}

bool brig_bench_pss_bytes(pid_t pid, uint64_t *ret_bytes)
{
    process *processes = calloc(MAX_PROCESSES, sizeof(*processes));
    size_t count = processes == NULL ? 0 : list_processes(processes);
    uint64_t total = 0;
    bool is_good = count > 0;

    mark(processes, count, pid);
    for (size_t i = 0; i < count && is_good; i++) {
        char path[PATH_BYTES];
        uint64_t bytes = 0;

        if (!processes[i].is_below)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)processes[i].pid);
        is_good = read_kib(path, "Pss:", &bytes);
        total += bytes;
    }
    free(processes);
    *ret_bytes = total;
    return is_good;
}

bool brig_bench_available_bytes(uint64_t *ret_bytes)
{
    return read_kib("/proc/meminfo", "MemAvailable:", ret_bytes);
}
