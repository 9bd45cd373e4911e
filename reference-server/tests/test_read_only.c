/* SPDX-License-Identifier: MIT */
/* What a profile lets the code read it cannot change, even where the files' own modes would let it.
 * ARCHITECTURE.md, "The walls, in order". */
#include "session_harness.h"

#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

static char directory[] = "/tmp/brig_read_only_XXXXXX";
static char file[64];

static pid_t maker;

/* A child of the test leaves it alone. */
static void remove_all(void)
{
    if (getpid() != maker)
        return;
    (void)unlink(file);
    (void)rmdir(directory);
}

/* Anybody may do anything with it, as far as modes go. */
static void make_data(void)
{
    maker = getpid();
    CHECK(mkdtemp(directory) != NULL, "a directory");
    (void)snprintf(file, sizeof(file), "%s/data", directory);
    CHECK(atexit(remove_all) == 0, "it goes, also when this fails");
    FILE *data = fopen(file, "we");
    CHECK(data != NULL && fputs("granted", data) >= 0 && fclose(data) == 0, "a file");
    CHECK(chmod(directory, 0777) == 0 && chmod(file, 0666) == 0, "open to all");
}

static const struct {
    const char *command; /* %s: the directory */
    const char *answer;
} acts[] = {
    {"read:%s/data", "granted"},   {"write:%s/data", "EROFS"},    {"write:%s/new", "EROFS"},
    {"mode:777 %s/data", "EROFS"}, {"remove:%s/data", "EROFS"},   {"mkdir:%s/new", "EROFS"},
    {"fifo:%s/new", "EROFS"},      {"sparse:0 %s/data", "EROFS"}, {"read:%s/data", "granted"},
};

static void test_all(unsigned uid)
{
    const char *const paths[] = {directory};
    const brig_profile profile = {.name = "data", .engine = "r", .read_only = {paths, 1}};
    test_template template;
    test_session session;
    test_reply reply;

    test_template_start(&template, &profile, uid);
    test_template_configure(&template, NULL, &reply);
    test_reply_done(&reply);
    test_session_open_plain(&template, &session);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        char command[128];

        (void)snprintf(command, sizeof(command), acts[i].command, directory);
        const char *answer = test_session_obey(&session, command);
        CHECK(strcmp(answer, acts[i].answer) == 0, "%s: %s", command, answer);
    }
    test_session_close(&session);
    test_template_stop(&template);
}

int main(void)
{
    make_data();
    test_run_as_each_user(test_all);
    return EXIT_SUCCESS;
}
