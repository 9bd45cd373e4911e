/* SPDX-License-Identifier: MIT */
/*
 * brig_subreaper COMMAND [ARGUMENT…]: run a test as the ancestor to whom its orphans fall, and fail
 * if the test leaves a process behind. What is already ending gets a bounded time to do so.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SETTLE_SECONDS = 5,
    EXIT_LEFTOVER = 70,
    EXIT_NOT_STARTED = 127,
    STAT_BYTES = 512,
};

/* From /proc/PID/stat: "pid (name) state ppid …"; a name may hold anything, even parentheses. */
static bool read_stat(const char *pid, char stat[STAT_BYTES], char *ret_state, pid_t *ret_parent)
{
    char path[64];
    size_t got;
    char *end;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%.32s/stat", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    got = fread(stat, 1, STAT_BYTES - 1, file);
    (void)fclose(file);
    stat[got] = '\0';
    end = strrchr(stat, ')');
    if (end == NULL || end[1] != ' ' || end[2] == '\0')
        return false;
    *ret_state = end[2];
    *ret_parent = (pid_t)strtol(end + 3, NULL, 10);
    return true;
}

/* Children that live: orphans of the test are ours. Their own children follow when they end. */
static unsigned list_leftovers(void)
{
    DIR *processes = opendir("/proc");
    unsigned count = 0;
    struct dirent *entry;

    if (processes == NULL)
        return 0;
    while ((entry = readdir(processes)) != NULL) {
        char stat[STAT_BYTES];
        pid_t parent;
        char state;

        if (isdigit((unsigned char)entry->d_name[0]) == 0 ||
            !read_stat(entry->d_name, stat, &state, &parent) || parent != getpid() || state == 'Z')
            continue;
        count++;
        (void)fprintf(stderr, "subreaper: left behind: %.80s\n", stat);
        /* So that the next test does not meet it. */
        (void)kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    }
    (void)closedir(processes);
    return count;
}

/* True when no child is left; false when the time is over. */
static bool reap_all(const sigset_t *child_signal)
{
    struct timespec now;
    struct timespec end;

    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += SETTLE_SECONDS;
    for (;;) {
        struct timespec left = {0, 0};
        pid_t pid;

        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (pid < 0 && errno == ECHILD)
            return true;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end.tv_sec)
            return false;
        left.tv_sec = end.tv_sec - now.tv_sec;
        (void)sigtimedwait(child_signal, NULL, &left);
    }
}

static int wait_for(pid_t test)
{
    int status = 0;

    while (waitpid(test, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    (void)fprintf(stderr, "subreaper: the test was ended by signal %d\n", WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

static pid_t start(char **argv, const sigset_t *mask)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    (void)execvp(argv[0], argv);
    perror(argv[0]);
    _exit(EXIT_NOT_STARTED);
}

int main(int argc, char **argv)
{
    sigset_t child_signal;
    sigset_t before;
    pid_t test;
    int exit_code;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: brig_subreaper COMMAND [ARGUMENT…]\n");
        return EXIT_NOT_STARTED;
    }
    (void)sigemptyset(&child_signal);
    (void)sigaddset(&child_signal, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child_signal, &before);
    test = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? start(argv + 1, &before) : -1;
    if (test < 0) {
        perror("subreaper");
        return EXIT_NOT_STARTED;
    }
    exit_code = wait_for(test);
    if (!reap_all(&child_signal) && list_leftovers() > 0)
        return EXIT_LEFTOVER;
    return exit_code;
}
