/* SPDX-License-Identifier: MIT */
/* What the host replaces while a server runs, as an upgrade does, costs one session at most. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "live_server.h"

enum { LONG_MS = 60000 };

static char directory[] = "/tmp/brig_replaced_XXXXXX";
static char file[64];
static char successor[64];
static pid_t maker;

/* A child of the test leaves it alone. */
static void remove_all(void)
{
    if (getpid() != maker)
        return;
    (void)unlink(file);
    (void)unlink(successor);
    (void)rmdir(directory);
}

static void write_text(const char *path, const char *text)
{
    FILE *data = fopen(path, "we");

    CHECK(data != NULL && fputs(text, data) >= 0 && fclose(data) == 0, "a file");
    CHECK(chmod(path, 0644) == 0, "that all may read");
}

static void make_data(void)
{
    maker = getpid();
    CHECK(mkdtemp(directory) != NULL && chmod(directory, 0755) == 0, "a directory");
    (void)snprintf(file, sizeof(file), "%s/data", directory);
    (void)snprintf(successor, sizeof(successor), "%s/new", directory);
    CHECK(atexit(remove_all) == 0, "it goes, also when this fails");
    write_text(file, "one");
}

/* "": a session was opened. */
static void open_once(const live_server *server, char code[64])
{
    live_client client;

    live_join(server, &client);
    live_end end = live_wait(&client, live_send_open(&client, "deadline_ms", LONG_MS), LIVE_IGNORE);
    (void)snprintf(code, 64, "%s", end.code);
    live_leave(&client);
}

int main(void)
{
    char more[256];
    char code[64];
    live_server server;

    make_data();
    (void)snprintf(more, sizeof(more), "%s    read_only: [%s]\n", LIVE_NO_SPARES, file);
    live_server_start_with(&server, more);
    open_once(&server, code);
    CHECK(strcmp(code, "") == 0, "a session opens: %s", code);
    write_text(successor, "two");
    CHECK(rename(successor, file) == 0, "the file is replaced");
    open_once(&server, code);
    CHECK(strcmp(code, "") == 0 || strcmp(code, "unavailable") == 0, "the next is told: %s", code);
    open_once(&server, code);
    CHECK(strcmp(code, "") == 0, "the one after it opens: %s", code);
    live_server_stop(&server);
    return EXIT_SUCCESS;
}
