/* SPDX-License-Identifier: MIT */
/* Two processes of one memory, until one of them executes a program. */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

enum { UNTOUCHED = 7, SEEN, STACK_BYTES = 256 * 1024, ENDED_WELL = 42, HANDED_FD = 77 };

typedef struct memory {
    int answer_fd;
    int *heap;
    char *program;
    bool ends_early;
    pid_t child; /* as it calls itself */
} memory;

static void *signal_main_thread(void *main_thread)
{
    return pthread_kill(*(pthread_t *)main_thread, SIGUSR1) == 0 ? main_thread : NULL;
}

/*
 * Another thread reaches this one by the id that the C library knows of it. The signal stays blocked:
 * a handler need not have run by now, since ThreadSanitizer puts handlers off.
 */
static bool thread_is_known(void)
{
    const struct timespec at_once = {0};
    pthread_t self = pthread_self();
    pthread_t other;
    void *sent = NULL;
    sigset_t awaited;

    (void)sigemptyset(&awaited);
    (void)sigaddset(&awaited, SIGUSR1);
    return pthread_sigmask(SIG_BLOCK, &awaited, NULL) == 0 &&
           pthread_create(&other, NULL, signal_main_thread, &self) == 0 &&
           pthread_join(other, &sent) == 0 && sent != NULL &&
           sigtimedwait(&awaited, NULL, &at_once) == SIGUSR1;
}

static bool processor_is_known(void)
{
    cpu_set_t one;
    int wanted = sched_getcpu();

    if (wanted < 0)
        return false;
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        CPU_ZERO(&one);
        CPU_SET((size_t)processor, &one);
        if (sched_setaffinity(0, sizeof(one), &one) == 0 && sched_getcpu() != processor)
            return false;
    }
    return true;
}

/* More stack than there is between the two, written to the last byte. */
static bool stack_is_usable(void)
{
    volatile char room[STACK_BYTES];

    for (size_t i = 0; i < sizeof(room); i++)
        room[i] = (char)i;
    return room[STACK_BYTES - 1] == (char)(STACK_BYTES - 1);
}

static bool can_fork(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(ENDED_WELL);
    return child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == ENDED_WELL;
}

static void run(brig_split *split, void *context)
{
    memory *shared = context;
    bool is_well = *shared->heap == UNTOUCHED && stack_is_usable();

    *shared->heap = SEEN;
    shared->child = getpid();
    is_well = is_well && dup2(shared->answer_fd, HANDED_FD) == HANDED_FD;
    if (shared->ends_early)
        _exit(EXIT_SUCCESS);
    is_well = is_well && close_range(~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
    (void)close(HANDED_FD);
    brig_split_part(split);
    is_well = is_well && thread_is_known() && processor_is_known() && can_fork();
    (void)write(shared->answer_fd, is_well ? "+" : "-", 1);
    _exit(EXIT_SUCCESS);
}

static int execute(pid_t child, void *context)
{
    const memory *shared = context;
    char *arguments[] = {shared->program, NULL};

    if (*shared->heap != SEEN || shared->child != child || fcntl(HANDED_FD, F_GETFD) != 0)
        return EPROTO;
    (void)execv(shared->program, arguments);
    return errno;
}

/* In a process of its own, which exec ends. The child's answer, or '\0' if there was no child. */
static char split_in(char *program, bool ends_early, int *ret_status)
{
    int heap = UNTOUCHED;
    int ends[2];
    char answer = '\0';
    pid_t parent;

    CHECK(pipe(ends) == 0, "pipe");
    parent = fork();
    CHECK(parent >= 0, "fork");
    if (parent == 0) {
        memory shared = {
            .answer_fd = ends[1], .heap = &heap, .program = program, .ends_early = ends_early};

        (void)close(ends[0]);
        _exit(brig_split_run(run, execute, &shared));
    }
    (void)close(ends[1]);
    (void)read(ends[0], &answer, 1);
    (void)close(ends[0]);
    CHECK(waitpid(parent, ret_status, 0) == parent, "waitpid");
    return answer;
}

static void check_split(void)
{
    int status;

    CHECK(split_in("/bin/true", false, &status) == '+', "the child's memory is not a fork's");
    CHECK(status == 0, "the parent did not become the program: %#x", (unsigned)status);
}

static void check_failed_program(void)
{
    int status;

    CHECK(split_in("/nonexistent", false, &status) == '\0', "a child ran");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ENOENT, "%#x", (unsigned)status);
}

static void check_early_end(void)
{
    int status;

    CHECK(split_in("/bin/true", true, &status) == '\0', "a child answered");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ECHILD, "%#x", (unsigned)status);
}

int main(void)
{
    check_split();
    check_early_end();
    check_failed_program();
    return EXIT_SUCCESS;
}
