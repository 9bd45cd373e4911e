/* SPDX-License-Identifier: MIT */
/* Counting what is left, for tests. ARCHITECTURE.md, "How a session starts". */
#include "session_harness.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

enum { MAX_PROCESSES = 4096 };

typedef struct process {
    long pid;
    long parent;
    bool is_ours;
    bool is_alive; /* not a zombie */
} process;

/* False if it is gone. */
static bool read_process(const char *pid, process *ret_process)
{
    char path[64];
    char text[512];
    const char *end;
    FILE *file;
    size_t len;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    len = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    end = strrchr(text, ')'); /* then: blank, state, blank, parent */
    if (end == NULL || strlen(end) < 5)
        return false;
    *ret_process = (process){
        .pid = strtol(pid, NULL, 10),
        .parent = strtol(end + 4, NULL, 10),
        .is_alive = end[2] != 'Z' && end[2] != 'X',
    };
    ret_process->is_ours = ret_process->parent == getpid();
    return true;
}

static size_t read_processes(process *processes)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    CHECK(proc != NULL, "/proc");
    while ((entry = readdir(proc)) != NULL && count < MAX_PROCESSES)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            read_process(entry->d_name, &processes[count]))
            count++;
    (void)closedir(proc);
    return count;
}

static bool is_child_of_ours(const process *processes, size_t count, long parent)
{
    for (size_t i = 0; i < count; i++)
        if (processes[i].is_ours && processes[i].pid == parent)
            return true;
    return false;
}

size_t test_list_descendants(long *pids, size_t capacity)
{
    static process processes[MAX_PROCESSES];
    size_t count = read_processes(processes);
    bool has_grown = true;
    size_t alive = 0;

    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < count; i++)
            if (!processes[i].is_ours && is_child_of_ours(processes, count, processes[i].parent))
                has_grown = processes[i].is_ours = true;
    }
    for (size_t i = 0; i < count; i++)
        if (processes[i].is_ours && processes[i].is_alive && alive < capacity)
            pids[alive++] = processes[i].pid;
    return alive;
}

int test_count_descendants(void)
{
    long pids[MAX_PROCESSES];

    return (int)test_list_descendants(pids, MAX_PROCESSES);
}
