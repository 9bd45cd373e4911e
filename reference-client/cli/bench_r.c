/* SPDX-License-Identifier: MIT */
/* What R alone costs: a start to end, the memory of one that waits. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_processes.h"

/* R with this code; input is a descriptor for its standard input, output for what it prints. */
static pid_t start_r(char *code, int input, int output)
{
    char *arguments[] = {"R", "--vanilla", "--no-echo", "-e", code, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int failed;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (failed == 0)
        failed = posix_spawnp(&pid, "R", &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? pid : -1;
}

static bool await_r(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

/* As many at once as asked for, all the way to their ends. */
static bool run_r(size_t count)
{
    char code[] = "1";
    pid_t pids[BENCH_IN_FLIGHT];
    bool is_good = true;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nothing < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        pids[i] = start_r(code, nothing, nothing);
    for (size_t i = 0; i < count; i++)
        is_good = pids[i] > 0 && await_r(pids[i]) && is_good;
    (void)close(nothing);
    return is_good;
}

bool brig_floor_r(brig_bench *bench, size_t runs, brig_samples *samples)
{
    (void)bench;
    for (size_t i = 0; i < runs; i++) {
        uint64_t begin = brig_bench_now_ns();

        if (!run_r(1))
            return false;
        brig_samples_add(samples, (double)(brig_bench_now_ns() - begin));
    }
    return true;
}

bool brig_floor_r_rate(brig_bench *bench, size_t runs, brig_samples *samples)
{
    (void)bench;
    for (size_t i = 0; i < runs; i++) {
        uint64_t begin = brig_bench_now_ns();

        if (!run_r(BENCH_IN_FLIGHT))
            return false;
        brig_samples_add(samples, BENCH_IN_FLIGHT * 1e9 / (double)(brig_bench_now_ns() - begin));
    }
    return true;
}

/* It says that it waits, and waits until its standard input ends. */
static bool measure_waiting(char *code, brig_samples *samples)
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    uint64_t bytes = 0;
    pid_t pid = -1;
    char byte;
    bool is_good = pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0;

    if (is_good)
        pid = start_r(code, input[0], output[1]);
    if (output[1] >= 0)
        (void)close(output[1]);
    is_good = pid > 0 && read(output[0], &byte, 1) == 1 && brig_bench_pss_bytes(pid, &bytes);
    brig_samples_add(samples, (double)bytes);
    for (int i = 0; i < 2; i++)
        if (input[i] >= 0)
            (void)close(input[i]);
    if (output[0] >= 0)
        (void)close(output[0]);
    return pid > 0 && await_r(pid) && is_good;
}

#define WAIT "cat('.'); invisible(readLines(file('stdin'), 1))"

bool brig_floor_r_memory(brig_bench *bench, size_t runs, brig_samples *samples)
{
    char code[] = WAIT;
    bool is_good = true;

    (void)bench;
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = measure_waiting(code, samples);
    return is_good;
}

bool brig_floor_r_lm(brig_bench *bench, size_t runs, brig_samples *samples)
{
    char code[] = BENCH_LM "; " WAIT;
    bool is_good = true;

    (void)bench;
    for (size_t i = 0; i < runs && is_good; i++)
        is_good = measure_waiting(code, samples);
    return is_good;
}
