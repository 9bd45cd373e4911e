/* SPDX-License-Identifier: MIT */
/* One memory for two processes, for a moment. ARCHITECTURE.md, "How a session starts". */
#include "split.h"

#include <errno.h>
#include <linux/futex.h>
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
    /* The parent's few calls before its exec stay above this; the child's stack goes on below. */
    DISTANCE_BYTES = 16 * 1024,
    STACK_ALIGNMENT = 64,
};

/* The kernel writes 0 and wakes who waits when a process is gone, or has executed a program. */
typedef enum split_state {
    SPLIT_GONE,
    SPLIT_TOGETHER,
    SPLIT_PARTED,
} split_state;

struct brig_split {
    uint32_t child;
    uint32_t parent;
    pid_t *thread_id;
    void (*run)(brig_split *split, void *context);
    void *context;
};

pid_t *brig_split_thread_id(void)
{
    pid_t *where = NULL;

    return prctl(PR_GET_TID_ADDRESS, &where, 0, 0, 0) == 0 ? where : NULL;
}

static uint32_t await_change(uint32_t *state)
{
    uint32_t now;

    while ((now = __atomic_load_n(state, __ATOMIC_ACQUIRE)) == SPLIT_TOGETHER)
        (void)syscall(SYS_futex, state, FUTEX_WAIT, SPLIT_TOGETHER, NULL, NULL, 0);
    return now;
}

/*
 * What fork() would have done: the C library's thread id, and its restartable sequence, in which it
 * looks up its processor and which the kernel forgets in a child with shared memory.
 */
static void restore_thread(pid_t *thread_id)
{
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

    (void)syscall(SYS_set_tid_address, thread_id);
    if (thread_id != NULL)
        *thread_id = getpid();
    if (__rseq_size == 0)
        return;
    if (syscall(SYS_rseq, area, sizeof(*area), 0, RSEQ_SIG) != 0)
        area->cpu_id = (uint32_t)RSEQ_CPU_ID_REGISTRATION_FAILED;
}

void brig_split_part(brig_split *split)
{
    __atomic_store_n(&split->child, SPLIT_PARTED, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, &split->child, FUTEX_WAKE, 1, NULL, NULL, 0);
    (void)await_change(&split->parent);
    restore_thread(split->thread_id);
}

static int run_child(void *argument)
{
    brig_split *split = argument;

    split->run(split, split->context);
    _exit(EXIT_FAILURE);
}

int brig_split_run(void (*run)(brig_split *split, void *context),
                   int (*execute)(pid_t child, void *context), void *context)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    char *stack = (char *)((here - DISTANCE_BYTES) & ~(uintptr_t)(STACK_ALIGNMENT - 1));
    brig_split split = {
        .child = SPLIT_TOGETHER,
        .parent = SPLIT_TOGETHER,
        .thread_id = brig_split_thread_id(),
        .run = run,
        .context = context,
    };
    int error = ECHILD;
    pid_t child;

    (void)syscall(SYS_set_tid_address, &split.parent);
    child = clone(run_child, stack, CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID | SIGCHLD, &split,
                  NULL, NULL, &split.child);
    if (child < 0)
        return errno;
    if (await_change(&split.child) == SPLIT_PARTED) {
        error = execute(child, context);
        /* It must not find what this stack is used for next. */
        (void)kill(child, SIGKILL);
    }
    (void)waitpid(child, NULL, 0);
    return error;
}
