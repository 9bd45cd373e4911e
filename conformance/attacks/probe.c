/* SPDX-License-Identifier: MIT */
/* Kernel and /proc probes: each in a child of its own, because some end whoever makes them. */
#include "probe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

enum { ALLOWED = 0, NOT_ERRNO = 255 };

/* A 32-bit system call: getpid is number 20 there. */
static long call_by_int80(void)
{
#ifdef __x86_64__
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    return result;
#else
    errno = ENOSYS;
    return -1;
#endif
}

static long make(const probe *one)
{
    const void *const *a = one->arguments;

    return syscall(one->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void describe(int status, char *ret_outcome, size_t size)
{
    const char *name = NULL;

    if (WIFSIGNALED(status))
        (void)snprintf(ret_outcome, size, "SIG%s", sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == ALLOWED)
        (void)snprintf(ret_outcome, size, "allowed");
    else {
        name = strerrorname_np(WEXITSTATUS(status));
        (void)snprintf(ret_outcome, size, "%s", name == NULL ? "unknown" : name);
    }
}

/* one NULL: int 0x80. */
static void run(const probe *one, char *ret_outcome, size_t size)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        errno = 0;
        if ((one == NULL ? call_by_int80() : make(one)) >= 0)
            _exit(ALLOWED);
        _exit(errno > 0 && errno < NOT_ERRNO ? errno : NOT_ERRNO);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        (void)snprintf(ret_outcome, size, "not run: %s", strerrorname_np(errno));
    else
        describe(status, ret_outcome, size);
}

void attack_probe(char **name, char **ret_outcome)
{
    /* R's .C() hands over a copy of its text; the caller brings 64 spaces. */
    size_t size = strlen(*ret_outcome);

    if (strcmp(*name, "int80") == 0) {
        run(NULL, *ret_outcome, size);
        return;
    }
    for (unsigned i = 0; i < probe_count; i++)
        if (strcmp(*name, probe_table[i].name) == 0) {
            run(&probe_table[i], *ret_outcome, size);
            return;
        }
    (void)snprintf(*ret_outcome, size, "no such probe");
}

void attack_probe_all(int *ret_count)
{
    char outcome[64];

    run(NULL, outcome, sizeof(outcome));
    (void)printf("int80 %s\n", outcome);
    for (unsigned i = 0; i < probe_count; i++) {
        run(&probe_table[i], outcome, sizeof(outcome));
        (void)printf("%s %s\n", probe_table[i].name, outcome);
    }
    (void)fflush(stdout);
    *ret_count = (int)probe_count + 1;
}
