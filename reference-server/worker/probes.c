/* SPDX-License-Identifier: MIT */
/* Trying the probes of a self-test, stage by stage. ARCHITECTURE.md, "The self-test". */
#include "probes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe_tries.h"

enum { PROBE_SECONDS = 2, FIRST_PROCESS = 1 };

/* The child of one probe: it must end, and say nothing on the code's descriptors. */
static _Noreturn void run_probe(const brig_probe_board *board, brig_probe probe,
                                int16_t *outcome_of)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGSYS, SIG_DFL);
    (void)signal(SIGSEGV, SIG_DFL);
    (void)alarm(PROBE_SECONDS);
    if (nothing >= 0) {
        (void)dup2(nothing, STDOUT_FILENO);
        (void)dup2(nothing, STDERR_FILENO);
    }
    *outcome_of = 0; /* a program that takes this process's place writes nothing */
    *outcome_of = (int16_t)brig_probe_tries[probe](board);
    _exit(0);
}

void brig_probe_try(brig_probe_board *board, brig_probe_stage stage)
{
    sigset_t children;
    sigset_t before;

    /* Who watches over all children of this process has no business with these. */
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &children, &before);
    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++) {
        int16_t *outcome_of = &board->outcomes.at[stage][probe];
        int status = 0;
        pid_t child = fork();

        if (child == 0)
            run_probe(board, (brig_probe)probe, outcome_of);
        if (child < 0)
            continue;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        if (WIFSIGNALED(status))
            *outcome_of = (int16_t)(BRIG_PROBE_KILLED + WTERMSIG(status));
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void brig_probe_take_guard(brig_probe_board *board)
{
    board->guard = getpid();
}

void brig_probe_on_step(void *board, brig_step_op op)
{
    if (op == BRIG_STEP_ENTER || op == BRIG_STEP_FILES)
        brig_probe_try(board, BRIG_PROBE_AT_MOUNTS);
    else if (op == BRIG_STEP_CAPABILITIES || op == BRIG_STEP_PRIVILEGES)
        brig_probe_try(board, BRIG_PROBE_AT_CAPABILITIES);
    else if (op == BRIG_STEP_LANDLOCK)
        brig_probe_try(board, BRIG_PROBE_AT_LANDLOCK);
    else if (op == BRIG_STEP_LIMITS)
        brig_probe_try(board, BRIG_PROBE_AT_LIMITS);
}

/* Copy a text that fits with its NUL; false if it does not. */
static bool take_text(brig_span text, char *to, size_t to_bytes)
{
    if (text.len >= to_bytes)
        return false;
    if (text.len > 0)
        memcpy(to, text.data, text.len);
    to[text.len] = '\0';
    return true;
}

static brig_status read_bait(const brig_value *bait, brig_probe_board *board)
{
    const brig_value *files = brig_value_get(bait, "files");

    if (files == NULL || files->kind != BRIG_ARRAY || files->array.count > BRIG_PROBE_FILES)
        return BRIG_ARGUMENT;
    for (size_t i = 0; i < files->array.count; i++)
        if (files->array.items[i].kind != BRIG_BIN ||
            !take_text(files->array.items[i].bytes, board->files[i], BRIG_PROBE_PATH_BYTES))
            return BRIG_ARGUMENT;
    board->file_count = files->array.count;
    board->port = (uint16_t)brig_value_get_uint(bait, "port", 0);
    if (!take_text(brig_value_get_text(bait, "variable", ""), board->variable,
                   sizeof(board->variable)) ||
        !take_text(brig_value_get_text(bait, "name", ""), board->abstract_name,
                   sizeof(board->abstract_name)))
        return BRIG_ARGUMENT;
    return BRIG_OK;
}

/* Without mounts a session's place is where it is; with them, each has a /tmp. */
static void choose_paths(brig_probe_board *board)
{
    const char *own = getenv("TMPDIR");
    const char *home = own != NULL ? own : "/tmp";

    (void)snprintf(board->scratch, sizeof(board->scratch), "%s",
                   strcmp(home, "/tmp") == 0 ? home : ".");
    (void)snprintf(board->other_file, sizeof(board->other_file), "%s/brig-probe", home);
}

/* What that of any other session would look like. */
static void leave_file(const brig_probe_board *board)
{
    int fd = open(board->other_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)close(fd);
}

brig_status brig_probe_board_new(const brig_value *bait, uint64_t memory_bytes,
                                 brig_probe_board **ret_board)
{
    brig_probe_board *board =
        mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    brig_status status;

    if (board == MAP_FAILED)
        return BRIG_NO_MEMORY;
    for (unsigned stage = 0; stage < BRIG_PROBE_STAGE_COUNT; stage++)
        for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
            board->outcomes.at[stage][probe] = BRIG_PROBE_NOT_TRIED;
    board->memory_bytes = memory_bytes;
    status = read_bait(bait, board);
    if (status != BRIG_OK) {
        brig_probe_board_free(board);
        return status;
    }
    board->guard = FIRST_PROCESS;
    choose_paths(board);
    leave_file(board);
    brig_probe_try(board, BRIG_PROBE_AT_OUTER);
    *ret_board = board;
    return BRIG_OK;
}

void brig_probe_board_free(brig_probe_board *board)
{
    if (board != NULL)
        (void)munmap(board, sizeof(*board));
}
