/* SPDX-License-Identifier: MIT */
/* Whatever hostile code leaves in its directory goes, and nothing else does. */
#include "remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

enum { DEPTH = 5000, WIDTH = 3000 };

static char outside[] = "/tmp/brig_remove_outside_XXXXXX";
static char inside[] = "/tmp/brig_remove_inside_XXXXXX";

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHECK(fd >= 0, "%s: %s", path, strerror(errno));
    (void)close(fd);
}

static void leave_nothing(void)
{
}

static void leave_links(void)
{
    CHECK(symlink(outside, "directory") == 0 && symlink("/etc/passwd", "file") == 0 &&
              symlink("nowhere", "nothing") == 0 && symlink(".", "self") == 0 &&
              symlink("..", "up") == 0,
          "links");
}

static void leave_special(void)
{
    touch("-rf");
    touch("a\nb");
    CHECK(mkfifo("pipe", 0600) == 0 && mkdir("0", 0700) == 0 && mkdir("0/1", 0700) == 0 &&
              mkdir("1", 0700) == 0 && mkdir("1/0", 0700) == 0,
          "names that the removal itself may choose");
}

static void leave_closed(void)
{
    CHECK(mkdir("closed", 0700) == 0 && mkdir("closed/inner", 0700) == 0 &&
              mkdir("closed/inner/most", 0700) == 0,
          "directories");
    touch("closed/inner/most/file");
    CHECK(chmod("closed/inner/most", 0) == 0 && chmod("closed/inner", 0) == 0 &&
              chmod("closed", 0) == 0,
          "that nobody may enter");
}

static void leave_deep(void)
{
    for (int i = 0; i < DEPTH; i++) {
        touch("f");
        CHECK(mkdir("d", 0700) == 0 && chdir("d") == 0, "%d: %s", i, strerror(errno));
    }
}

static void leave_many(void)
{
    char name[32];

    for (int i = 0; i < WIDTH; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        if (i % 2 == 0)
            touch(name);
        else
            CHECK(mkdir(name, 0700) == 0, "%s", name);
    }
}

static const struct {
    const char *name;
    void (*leave)(void);
} cases[] = {
    {"an empty directory", leave_nothing},
    {"links that lead out", leave_links},
    {"names and kinds that are hard to remove", leave_special},
    {"directories that were closed", leave_closed},
    {"a path longer than any", leave_deep},
    {"many entries", leave_many},
};

/* In a child: closed directories open for root. */
static int run_case(size_t i)
{
    const struct rlimit few = {16, 16};
    struct stat status;

    CHECK(getuid() != 0 ||
              (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0),
          "an ordinary user");
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0, "few descriptors");
    CHECK(mkdtemp(outside) != NULL && mkdtemp(inside) != NULL, "directories");
    CHECK(chdir(outside) == 0, "outside");
    touch("kept");
    CHECK(chdir(inside) == 0, "inside");
    cases[i].leave();
    CHECK(chdir("/") == 0, "away");
    CHECK(brig_remove_tree(inside) == 0, "%s goes", cases[i].name);
    CHECK(lstat(inside, &status) != 0 && errno == ENOENT, "%s is gone", cases[i].name);
    CHECK(chdir(outside) == 0 && lstat("kept", &status) == 0, "%s: the rest stays", cases[i].name);
    CHECK(brig_remove_tree(outside) == 0, "and goes when it is asked to");
    CHECK(brig_remove_tree(inside) == ENOENT, "what is not there is told");
    return EXIT_SUCCESS;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status;
        pid_t child = fork();

        CHECK(child >= 0, "fork");
        if (child == 0)
            _exit(run_case(i));
        CHECK(waitpid(child, &status, 0) == child && status == 0, "%s", cases[i].name);
    }
    return EXIT_SUCCESS;
}
