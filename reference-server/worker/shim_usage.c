/* SPDX-License-Identifier: MIT */
/* What the worker has used. ARCHITECTURE.md, "Supervisor channel". */
#include "shim_usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096 };

/* The whole of a small file of /proc, NUL-terminated; empty on failure. */
static void read_text(int fd, char *text)
{
    ssize_t len = fd < 0 ? -1 : pread(fd, text, TEXT_BYTES - 1, 0);

    text[len < 0 ? 0 : len] = '\0';
}

static uint64_t number_after(const char *text, const char *key)
{
    const char *found = strstr(text, key);

    return found == NULL ? 0 : strtoull(found + strlen(key), NULL, 10);
}

/* A pidfd's fdinfo tells the number that the process has in the /proc that is asked. */
static long find_outer_pid(int proc_fd, pid_t child)
{
    char path[64];
    char text[TEXT_BYTES];
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    int info_fd;

    if (pidfd < 0)
        return 0;
    (void)snprintf(path, sizeof(path), "self/fdinfo/%d", pidfd);
    info_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    read_text(info_fd, text);
    if (info_fd >= 0)
        (void)close(info_fd);
    (void)close(pidfd);
    return (long)number_after(text, "Pid:");
}

brig_usage_source brig_usage_open(int proc_fd, pid_t child)
{
    brig_usage_source source = {.stat_fd = -1, .status_fd = -1};
    long pid = proc_fd < 0 ? 0 : find_outer_pid(proc_fd, child);
    char path[64];

    if (clock_getcpuclockid(child, &source.clock) != 0)
        source.clock = -1; /* no clock has this number: reading it fails */
    if (pid <= 0)
        return source;
    (void)snprintf(path, sizeof(path), "%ld/stat", pid);
    source.stat_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "%ld/status", pid);
    source.status_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    return source;
}

/* Fields 16 and 17 of stat, after the name in parentheses, which may hold anything. */
static uint64_t read_children_ms(int stat_fd)
{
    enum { FIRST_TIME_FIELD = 16, FIELD_AFTER_NAME = 3, TIME_FIELDS = 2 };
    long ticks_per_second = sysconf(_SC_CLK_TCK);
    char text[TEXT_BYTES];
    uint64_t ticks = 0;
    const char *field;

    read_text(stat_fd, text);
    field = strrchr(text, ')');
    for (int i = FIELD_AFTER_NAME; field != NULL && i <= FIRST_TIME_FIELD; i++)
        field = strchr(field + 1, ' ');
    for (int i = 0; field != NULL && i < TIME_FIELDS; i++) {
        ticks += strtoull(field, NULL, 10);
        field = strchr(field + 1, ' ');
    }
    return ticks_per_second > 0 ? ticks * 1000 / (uint64_t)ticks_per_second : 0;
}

static uint64_t read_clock_ms(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) != 0)
        return 0;
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

brig_usage brig_usage_read(const brig_usage_source *source)
{
    char text[TEXT_BYTES];

    read_text(source->status_fd, text);
    return (brig_usage){
        .cpu_ms = read_clock_ms(source->clock) + read_children_ms(source->stat_fd),
        .memory_bytes = number_after(text, "VmHWM:") * 1024,
    };
}

static uint64_t milliseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_usec / 1000;
}

brig_usage brig_usage_of(const struct rusage *usage)
{
    return (brig_usage){
        .cpu_ms = milliseconds(&usage->ru_utime) + milliseconds(&usage->ru_stime),
        .memory_bytes = (uint64_t)usage->ru_maxrss * 1024,
    };
}
