/* SPDX-License-Identifier: MIT */
/* The server's own test of its walls, as a table. */
#include "probes.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The pid, with its standard output to read from; or -1. */
static pid_t start(const char *server, const char *profile, int *ret_output)
{
    const char *const arguments[] = {server, "--self-test", profile, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid = -1;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        if (posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) != 0 ||
            posix_spawn(&pid, server, &actions, NULL, (char *const *)(uintptr_t)arguments,
                        environ) != 0)
            pid = -1;
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    if (pid < 0)
        (void)close(ends[0]);
    *ret_output = ends[0];
    return pid;
}

static bool read_all(int fd, char *text, size_t text_bytes)
{
    size_t len = 0;

    for (;;) {
        ssize_t got = read(fd, text + len, text_bytes - 1 - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    text[len] = '\0';
    return len + 1 < text_bytes;
}

/* The text up to the next separator, which ends it; *rest goes behind. */
static char *take(char **rest, char separator)
{
    char *text = *rest;
    char *end = strchr(text, separator);

    if (end == NULL) {
        *rest = text + strlen(text);
    } else {
        *end = '\0';
        *rest = end + 1;
    }
    return text;
}

static void split(brig_probe_table *table)
{
    char *rest = table->text;

    while (*rest != '\0' && table->count < PROBE_ROWS) {
        char *line = take(&rest, '\n');
        brig_probe_row *row = &table->rows[table->count++];

        row->name = take(&line, '\t');
        row->state = take(&line, '\t');
        row->layer = take(&line, '\t');
        row->how = take(&line, '\t');
        row->what = line;
    }
}

bool brig_probes_run(const char *server, const char *profile, brig_probe_table *ret_table)
{
    int output;
    int status = 0;
    pid_t pid = start(server, profile, &output);
    bool is_read;

    memset(ret_table, 0, sizeof(*ret_table));
    if (pid < 0)
        return false;
    is_read = read_all(output, ret_table->text, sizeof(ret_table->text));
    (void)close(output);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    split(ret_table);
    ret_table->is_passed = is_read && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return ret_table->count > 0;
}

const brig_probe_row *brig_probes_find(const brig_probe_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}
