/* SPDX-License-Identifier: MIT */
/* One memory for two processes, for a moment. ARCHITECTURE.md, "How a session starts". */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /* The parent's few calls before its exec stay above this; the engine's stack goes on below. */
    DISTANCE_BYTES = 16 * 1024,
    STACK_ALIGNMENT = 64,
};

typedef struct split {
    void (*run)(void *context);
    void *context;
    int gate[2]; /* ends when the parent has executed */
} split;

pid_t *brig_split_thread_id(void)
{
    pid_t *where = NULL;

    return prctl(PR_GET_TID_ADDRESS, &where, 0, 0, 0) == 0 ? where : NULL;
}

/*
 * What fork() would have done. The parent's exec has cleared the thread's id, and the kernel forgets
 * that a child with shared memory had the C library's restartable sequence, in which the library
 * looks up its processor.
 */
static void restore_thread(void)
{
    pid_t *thread_id = brig_split_thread_id();
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

    if (thread_id != NULL)
        *thread_id = getpid();
    if (__rseq_size == 0)
        return;
    if (syscall(SYS_rseq, area, sizeof(*area), 0, RSEQ_SIG) != 0)
        area->cpu_id = (uint32_t)RSEQ_CPU_ID_REGISTRATION_FAILED;
}

static int run_child(void *argument)
{
    const split *both = argument;
    char nothing;

    (void)close(both->gate[1]);
    while (read(both->gate[0], &nothing, 1) < 0 && errno == EINTR)
        ;
    (void)close(both->gate[0]);
    restore_thread();
    both->run(both->context);
    _exit(EXIT_FAILURE);
}

int brig_split(void (*run)(void *context), int (*execute)(void *context), void *context)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    char *stack = (char *)((here - DISTANCE_BYTES) & ~(uintptr_t)(STACK_ALIGNMENT - 1));
    split both = {.run = run, .context = context};
    pid_t *thread_id = brig_split_thread_id();
    int flags = CLONE_VM | SIGCHLD;
    pid_t child;
    int error;

    if (thread_id != NULL)
        flags |= CLONE_CHILD_CLEARTID;
    if (pipe2(both.gate, O_CLOEXEC) != 0)
        return errno;
    child = clone(run_child, stack, flags, &both, NULL, NULL, thread_id);
    if (child < 0)
        return errno;
    error = execute(context);
    /* It must not find what this stack is used for next. */
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return error;
}
