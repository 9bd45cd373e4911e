/* SPDX-License-Identifier: MIT */
/* Attacks on processes, memory and the kernel's patience. */
#include "native.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MEGABYTE = 1024 * 1024,
    STACK_PIECE = 4096,
    FUZZ_NUMBERS = 512,
    FUZZ_BATCH = 50,
};

void attack_kill(int *pid, int *signal, int *ret_error)
{
    *ret_error = kill(*pid, *signal) == 0 ? 0 : errno;
}

void attack_crash(void)
{
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
}

void attack_overflow_stack(int *depth)
{
    volatile unsigned char piece[STACK_PIECE];
    int deeper = *depth - 1;

    piece[0] = (unsigned char)deeper;
    if (deeper > 0)
        attack_overflow_stack(&deeper);
    *depth += piece[0];
}

void attack_stay(int *first, int *last)
{
    sigset_t all;

    attack_close(first, last);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;)
        (void)pause();
}

void attack_exit(int *status)
{
    _exit(*status);
}

static int touch_memory(int megabytes, int flags)
{
    int got = 0;

    while (got < megabytes) {
        void *piece = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, flags, -1, 0);

        if (piece == MAP_FAILED)
            break;
        memset(piece, 1, MEGABYTE);
        got++;
    }
    return got;
}

void attack_memory(int *megabytes, int *ret_got)
{
    *ret_got = touch_memory(*megabytes, MAP_PRIVATE | MAP_ANONYMOUS);
}

void attack_shared_memory(int *megabytes, int *ret_got)
{
    *ret_got = touch_memory(*megabytes, MAP_SHARED | MAP_ANONYMOUS);
}

/* All hold what they have until every one has had its turn. */
void attack_memory_of_children(int *count, int *megabytes, int *ret_refused)
{
    int status;

    for (int i = 0; i < *count; i++) {
        if (fork() != 0)
            continue;
        _exit(touch_memory(*megabytes, MAP_PRIVATE | MAP_ANONYMOUS) == *megabytes && sleep(1) == 0
                  ? 0
                  : 1);
    }
    *ret_refused = 0;
    while (wait(&status) > 0)
        *ret_refused += status != 0;
}

void attack_fork(int *most, int *ret_forked, int *ret_error)
{
    *ret_error = 0;
    for (*ret_forked = 0; *ret_forked < *most; (*ret_forked)++) {
        pid_t child = fork();

        if (child == 0) {
            (void)pause();
            _exit(0);
        }
        if (child < 0) {
            *ret_error = errno;
            return;
        }
    }
}

void attack_daemon(int *ret_error)
{
    pid_t child = fork();

    *ret_error = child < 0 ? errno : 0;
    if (child != 0) {
        if (child > 0)
            (void)waitpid(child, NULL, 0);
        return;
    }
    (void)setsid();
    if (fork() != 0)
        _exit(0);
    for (;;)
        (void)pause();
}

/* xorshift: the same numbers for the same seed everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Some numbers only end or suspend the child; that says nothing about walls. */
static int is_dull(long number)
{
    switch (number) {
#ifdef __x86_64__
    case SYS_pause:
    case SYS_fork:
    case SYS_vfork:
#endif
    case SYS_exit:
    case SYS_exit_group:
    case SYS_rt_sigsuspend:
    case SYS_clone:
        return 1;
    default:
        return 0;
    }
}

static long fuzz_argument(uint64_t *state, const void *memory)
{
    uint64_t choice = next_random(state);

    switch (choice % 4) {
    case 0:
        return (long)(choice >> 56);
    case 1:
        return (long)(intptr_t)memory;
    case 2:
        return -1;
    default:
        return (long)next_random(state);
    }
}

static void fuzz_batch(uint64_t state)
{
    static unsigned char memory[16 * STACK_PIECE];

    (void)alarm(2); /* calls that wait: reads, polls */
    for (int i = 0; i < FUZZ_BATCH; i++) {
        long number = (long)(next_random(&state) % FUZZ_NUMBERS);
        long a = fuzz_argument(&state, memory);
        long b = fuzz_argument(&state, memory);
        long c = fuzz_argument(&state, memory);
        long d = fuzz_argument(&state, memory);

        if (!is_dull(number))
            (void)syscall(number, a, b, c, d, 0, 0);
    }
}

void attack_fuzz(int *seed, int *count, int *ret_made)
{
    uint64_t state = (uint64_t)(unsigned)*seed * 0x9e3779b97f4a7c15U + 1;

    for (*ret_made = 0; *ret_made < *count; *ret_made += FUZZ_BATCH) {
        pid_t child;

        (void)next_random(&state);
        child = fork();
        if (child == 0) {
            (void)setpgid(0, 0); /* signals to the group are for the batch */
            fuzz_batch(state);
            _exit(0);
        }
        if (child < 0 || waitpid(child, NULL, 0) != child)
            return;
    }
}

void attack_handles(int *tries, int *ret_opened)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[8];
    } guess = {.handle = {.handle_bytes = 8, .handle_type = 1}};
    int root = open("/usr/lib", O_RDONLY | O_CLOEXEC);

    *ret_opened = 0;
    for (int i = 0; i < *tries; i++) {
        memcpy(guess.handle.f_handle, &i, sizeof(i));
        int fd = open_by_handle_at(root, &guess.handle, O_RDONLY);

        if (fd >= 0) {
            (*ret_opened)++;
            (void)close(fd);
        }
    }
    (void)close(root);
}
