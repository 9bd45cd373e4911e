/* SPDX-License-Identifier: MIT */
/* Processor time and memory of a process, from the kernel's own counters. */
#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fcntl.h>
#include <unistd.h>

uint64_t brig_usage_cpu_ms(pid_t pid)
{
    clockid_t clock = 0;
    struct timespec used;

    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

uint64_t brig_usage_peak_memory_bytes(pid_t pid)
{
    char path[64];
    char text[4096];
    static const char label[] = "VmHWM:";

    if (pid <= 0)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (got <= 0)
        return 0;
    text[got] = '\0';
    const char *found = strstr(text, label);
    if (found == NULL)
        return 0;
    return (uint64_t)strtoull(found + sizeof(label) - 1, NULL, 10) * 1024; /* in kB */
}
