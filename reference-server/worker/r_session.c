/* SPDX-License-Identifier: MIT */
/* A session is a fork of the template: what must differ from it (ARCHITECTURE.md, "The engine R"). */
#include "r_session.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Rembedded.h>

#include "r_channel.h"
#include "r_console.h"
#include "r_support.h"

/* Exported by libR, but in none of its installed headers. */
extern int R_isForkedChild;

enum { DIRECTORY_BYTES = 256 };

static char directory[DIRECTORY_BYTES];

/* R tests the flag between evaluations and in its own waits. */
static void on_interrupt_signal(int signal_number)
{
    (void)signal_number;
    R_interrupts_pending = 1;
}

static void set_signals(void)
{
    struct sigaction interrupt = {.sa_handler = on_interrupt_signal, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigemptyset(&interrupt.sa_mask);
    (void)sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGINT, &interrupt, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
        _exit(EXIT_FAILURE);
}

/* The template's directory is not here, and must not be deleted either. */
static void make_directory(void)
{
    const char *parent = getenv("TMPDIR");
    int length;

    if (parent == NULL || parent[0] != '/')
        parent = "/tmp";
    length = snprintf(directory, sizeof(directory), "%s/RtmpXXXXXX", parent);
    if (length < 0 || (size_t)length >= sizeof(directory) || mkdtemp(directory) == NULL)
        _exit(EXIT_FAILURE);
    R_TempDir = directory;
    if (setenv("R_SESSION_TMPDIR", directory, 1) != 0)
        _exit(EXIT_FAILURE);
}

void r_session_start(void)
{
    (void)r_support_call("prepare_sessions", NULL);
}

void r_session_separate(void)
{
    R_isForkedChild = 0;
    R_interrupts_pending = 0;
    (void)umask(022);
    set_signals();
    make_directory();
    r_console_start();
}

const char *r_session_directory(void)
{
    return directory;
}

static uint32_t kernel_random(void)
{
    uint32_t number;

    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        _exit(EXIT_FAILURE);
    return number;
}

/* R's seeds have 32 bits; NA is not one of them. */
static int seed_of(const int64_t *seed)
{
    uint32_t folded =
        seed == NULL ? kernel_random() : (uint32_t)((uint64_t)*seed ^ ((uint64_t)*seed >> 32));
    int number;

    if (seed != NULL && *seed > INT_MIN && *seed <= INT_MAX)
        return (int)*seed;
    memcpy(&number, &folded, sizeof(number));
    return number == INT_MIN ? 0 : number;
}

void r_session_seed(const int64_t *seed)
{
    SEXP number = PROTECT(Rf_ScalarInteger(seed_of(seed)));

    /* tempfile() draws its names from C's generator. */
    srand(kernel_random());
    (void)r_support_call("start_session", number, NULL);
    UNPROTECT(1);
}

void r_session_begin_call(void)
{
    R_interrupts_pending = 0;
}
