/* SPDX-License-Identifier: MIT */
/* What the test worker does to the files of its workspace, as hostile code would. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "test_engine.h"

enum { NAME_BYTES = 512 };

/* The argument's first word goes to `first`, the rest is returned. */
static const char *split(const char *argument, char first[NAME_BYTES])
{
    size_t len = strcspn(argument, " ");

    (void)snprintf(first, NAME_BYTES, "%.*s", (int)len, argument);
    return argument[len] == '\0' ? argument + len : argument + len + 1;
}

/* OLD NEW */
static void do_link(const char *argument, char *answer)
{
    char target[NAME_BYTES];
    const char *name = split(argument, target);

    test_engine_say(answer, link(target, name));
}

static void do_rename(const char *argument, char *answer)
{
    char from[NAME_BYTES];
    const char *to = split(argument, from);

    test_engine_say(answer, rename(from, to));
}

/* MODE PATH */
static void do_mode(const char *argument, char *answer)
{
    char mode[NAME_BYTES];
    const char *path = split(argument, mode);

    test_engine_say(answer, chmod(path, (mode_t)strtoul(mode, NULL, 8)));
}

static void do_mkdir(const char *path, char *answer)
{
    test_engine_say(answer, mkdir(path, 0700));
}

static void do_remove(const char *path, char *answer)
{
    test_engine_say(answer, unlink(path));
}

/* BYTES PATH: a file that is all hole. */
static void do_sparse(const char *argument, char *answer)
{
    char bytes[NAME_BYTES];
    const char *path = split(argument, bytes);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    test_engine_say(answer, fd < 0 ? -1 : ftruncate(fd, strtol(bytes, NULL, 10)));
    if (fd >= 0)
        (void)close(fd);
}

/* HEX: a file with a name of any octets. */
static void do_name(const char *hex, char *answer)
{
    char name[NAME_BYTES] = "";

    for (size_t i = 0; hex[2 * i] != '\0' && hex[2 * i + 1] != '\0'; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

        name[i] = (char)strtoul(digits, NULL, 16);
    }
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    test_engine_say(answer, fd);
    if (fd >= 0)
        (void)close(fd);
}

static void do_device(const char *path, char *answer)
{
    test_engine_say(answer, mknod(path, S_IFCHR | 0666, makedev(1, 5)));
}

static void write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd >= 0) {
        (void)write(fd, "hostile", 7);
        (void)close(fd);
    }
}

/* PATH: a child that makes it one thing after another, until the session ends. */
static void do_flip(const char *path, char *answer)
{
    test_engine_say(answer, 0);
    if (fork() != 0)
        return;
    for (;;) {
        write_file("flip");
        (void)rename("flip", path);
        if (symlink("/etc/passwd", "flip") == 0)
            (void)rename("flip", path);
        if (mkfifo("flip", 0600) == 0)
            (void)rename("flip", path);
        (void)unlink(path);
        if (mkdir(path, 0700) == 0)
            (void)rmdir(path);
    }
}

/* PATH: a child that cuts and extends it until the session ends. */
static void do_shake(const char *path, char *answer)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    test_engine_say(answer, fd);
    if (fd < 0 || fork() != 0)
        return;
    for (;;) {
        (void)ftruncate(fd, 0);
        (void)ftruncate(fd, 300000);
        (void)ftruncate(fd, 5);
    }
}

const test_engine_command test_engine_file_commands[] = {
    {"link", do_link},     {"rename", do_rename}, {"mode", do_mode}, {"mkdir", do_mkdir},
    {"remove", do_remove}, {"sparse", do_sparse}, {"name", do_name}, {"device", do_device},
    {"flip", do_flip},     {"shake", do_shake},   {NULL, NULL},
};
