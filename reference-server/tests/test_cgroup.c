/* SPDX-License-Identifier: MIT */
/* Control groups by themselves: limits, counters, the end, and what a killed server leaves. */
#include "cgroup_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "check.h"

enum { MEMORY_BYTES = 64 * 1024 * 1024, PROCESSES = 4, PATIENCE_MS = 120000, PAUSE_US = 10000 };

static const brig_cgroup_limits limits = {
    .memory_bytes = MEMORY_BYTES + 1, .processes = PROCESSES, .cpu_percent = 90};

static brig_cgroups *must_have_groups(void)
{
    char why[BRIG_CGROUP_TEXT_BYTES];
    brig_cgroups *groups = NULL;

    CHECK(brig_cgroups_new("auto", why, &groups) == BRIG_OK && groups != NULL, "%s", why);
    return groups;
}

static brig_cgroup *must_have_leaf(brig_cgroups *groups)
{
    brig_cgroup *group = NULL;
    brig_cgroup_limits in_force;

    CHECK(brig_cgroup_new(groups, &group) == BRIG_OK, "%s", brig_cgroups_failure(groups));
    CHECK(brig_cgroup_limit(group, &limits, &in_force) == BRIG_OK, "%s",
          brig_cgroups_failure(groups));
    CHECK(in_force.memory_bytes == MEMORY_BYTES, "the kernel counts pages");
    CHECK(in_force.processes == PROCESSES, "processes are read back");
    return group;
}

/* A child in a leaf of its own; it does its work when it is there. */
static pid_t start_in(brig_cgroup *group, void (*work)(void))
{
    int gate[2];
    char byte;

    CHECK(pipe(gate) == 0, "a pipe");
    pid_t child = fork();
    CHECK(child >= 0, "fork");
    if (child == 0) {
        (void)close(gate[1]);
        (void)read(gate[0], &byte, 1); /* until its end */
        work();
        _exit(0);
    }
    CHECK(brig_cgroup_add(group, child) == BRIG_OK, "the child is in the leaf");
    (void)close(gate[0]);
    (void)close(gate[1]);
    return child;
}

/* The same for a child that goes there itself, where it can. */
static pid_t start_entering(brig_cgroup *group, void (*work)(void))
{
    int fds[BRIG_CGROUP_ENTRANCES];
    size_t count = 0;

    CHECK(brig_cgroup_open_entrances(group, fds, &count) == BRIG_OK, "entrances");
    if (count == 0)
        return start_in(group, work);
    pid_t child = fork();
    CHECK(child >= 0, "fork");
    if (child == 0) {
        for (size_t i = 0; i < count; i++)
            CHECK(write(fds[i], "0", 1) == 1, "entrance %zu", i);
        work();
        _exit(0);
    }
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
    return child;
}

static int end_of(pid_t child)
{
    int status = 0;

    CHECK(waitpid(child, &status, 0) == child, "the child ends");
    return status;
}

static void hold_memory(void)
{
    for (size_t i = 0; i < 64; i++) {
        volatile char *block = malloc(MEMORY_BYTES / 16);

        for (size_t at = 0; block != NULL && at < MEMORY_BYTES / 16; at += 1024)
            block[at] = 1;
    }
}

/* Its status: how many there were with it when the first was refused. */
static void fork_often(void)
{
    pid_t children[2 * PROCESSES];
    int count = 0;

    while (count < 2 * PROCESSES && (children[count] = fork()) > 0)
        count++;
    if (count < 2 * PROCESSES && children[count] == 0)
        (void)pause();
    for (int i = 0; i < count; i++)
        (void)kill(children[i], SIGKILL);
    _exit(count + 1);
}

static void burn(void)
{
    while (clock() < CLOCKS_PER_SEC / 2)
        continue;
}

static void sleep_for_ever(void)
{
    for (;;)
        (void)pause();
}

typedef pid_t start_child(brig_cgroup *group, void (*work)(void));

static void check_memory(brig_cgroups *groups, start_child *start)
{
    brig_cgroup *group = must_have_leaf(groups);

    CHECK(!brig_cgroup_is_out_of_memory(group), "at first nothing has happened");
    int status = end_of(start(group, hold_memory));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the kernel kills: %x", status);
    CHECK(brig_cgroup_is_out_of_memory(group), "and says why");
    brig_cgroup_free(group);
}

static void check_killed_otherwise(brig_cgroups *groups)
{
    brig_cgroup *group = must_have_leaf(groups);
    pid_t child = start_in(group, sleep_for_ever);

    CHECK(kill(child, SIGKILL) == 0, "it is killed");
    (void)end_of(child);
    CHECK(!brig_cgroup_is_out_of_memory(group), "a SIGKILL is not the memory limit");
    brig_cgroup_free(group);
}

static void check_processes(brig_cgroups *groups, start_child *start)
{
    brig_cgroup *group = must_have_leaf(groups);

    int status = end_of(start(group, fork_often));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == PROCESSES, "so many and no more: %x", status);
    CHECK(brig_cgroup_refused_forks(group) == 1, "the kernel counts the refusal");
    CHECK(brig_cgroup_refused_forks(group) == 1, "and a counter can be read again");
    brig_cgroup_kill(group);
    brig_cgroup_free(group);
}

static void check_cpu(brig_cgroups *groups, start_child *start)
{
    brig_cgroup *group = must_have_leaf(groups);

    (void)end_of(start(group, burn));
    CHECK(brig_cgroup_cpu_ms(group) >= 400, "processor time is counted");
    brig_cgroup_free(group);
}

/* Directories of servers below our own group, for the part that every version has. */
static int count_directories(void)
{
    char path[PATH_MAX];
    int count = 0;

    if (!brig_cgroup_find_own(CGROUP_MEMORY, path))
        CHECK(brig_cgroup_find_own(CGROUP_PART_COUNT, path), "a hierarchy");
    DIR *entries = opendir(path);
    CHECK(entries != NULL, "%s", path);
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        count += strncmp(entry->d_name, "brigd-", 6) == 0 ? 1 : 0;
    (void)closedir(entries);
    return count;
}

static void check_leftovers(void)
{
    brig_cgroups *living = must_have_groups();
    int count = count_directories();
    pid_t child = fork();

    CHECK(child >= 0, "fork");
    if (child == 0) {
        (void)must_have_leaf(must_have_groups());
        (void)kill(getpid(), SIGKILL);
    }
    (void)end_of(child);
    CHECK(count_directories() == count + 1, "a killed server leaves its directory");
    brig_cgroups *next = must_have_groups();
    CHECK(count_directories() == count + 1, "the next one removes it and makes its own");
    brig_cgroups_free(next);
    CHECK(count_directories() == count, "and that of a living server stays");
    brig_cgroup_free(must_have_leaf(living));
    brig_cgroups_free(living);
}

static void check_nothing_left(int before)
{
    for (int waited_ms = 0; waited_ms < PATIENCE_MS && count_directories() > before;
         waited_ms += PAUSE_US / 1000)
        (void)usleep(PAUSE_US);
    CHECK(count_directories() <= before, "nothing is left");
}

/* In a group that is ours alone, as under systemd with Delegate=yes. */
static void serve_in(const char *path)
{
    char why[BRIG_CGROUP_TEXT_BYTES];
    char own[PATH_MAX];
    brig_cgroups *groups = NULL;
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    CHECK(directory >= 0 && brig_cgroup_write(directory, "cgroup.procs", "0"), "we move in");
    brig_status status = brig_cgroups_new(path, why, &groups);
    CHECK(brig_cgroup_find_own(CGROUP_PART_COUNT, own), "our group");
    if (status == BRIG_OK) {
        CHECK(strncmp(own, path, strlen(path)) == 0 && strstr(own, "/server") != NULL,
              "the server goes below, to make room for limited groups: %s", own);
        brig_cgroup_free(must_have_leaf(groups));
        brig_cgroups_free(groups);
    } else {
        CHECK(strstr(why, "cgroup.subtree_control") != NULL, "what is missing is named: %s", why);
        CHECK(strcmp(own, path) == 0, "where there are no controllers it comes back: %s", own);
    }
    _exit(0);
}

static void check_delegated(void)
{
    char why[BRIG_CGROUP_TEXT_BYTES];
    char path[PATH_MAX];
    brig_cgroups *groups = NULL;

    if (!brig_cgroup_find_own(CGROUP_PART_COUNT, path) ||
        strlen(path) > PATH_MAX - sizeof("/brig-test-00000000"))
        return;
    (void)snprintf(path + strlen(path), sizeof("/brig-test-00000000"), "/brig-test-%d",
                   (int)getpid());
    if (mkdir(path, 0755) != 0)
        return; /* not root */
    pid_t child = fork();
    CHECK(child >= 0, "fork");
    if (child == 0)
        serve_in(path);
    CHECK(end_of(child) == 0, "the server in the delegated group");
    /* From outside, as the next server: what the first could not remove goes. */
    (void)brig_cgroups_new(path, why, &groups);
    brig_cgroups_free(groups);
    CHECK(rmdir(path) == 0, "nothing is left in it");
}

static void check_refusals(void)
{
    char why[BRIG_CGROUP_TEXT_BYTES] = "";
    brig_cgroups *groups = NULL;

    CHECK(brig_cgroups_new("/proc", why, &groups) == BRIG_UNAVAILABLE && groups == NULL,
          "a path that is no control group is an error");
    CHECK(strstr(why, "cgroup version 2") != NULL, "that says so: %s", why);
    CHECK(brig_cgroups_new("off", why, &groups) == BRIG_OK && groups == NULL, "off is off");
}

int main(void)
{
    char why[BRIG_CGROUP_TEXT_BYTES];
    brig_cgroups *groups = NULL;

    CHECK(sodium_init() >= 0, "libsodium");
    check_refusals();
    check_delegated();
    CHECK(brig_cgroups_new("auto", why, &groups) == BRIG_OK, "%s", why);
    CHECK(groups != NULL || getenv("BRIG_TEST_CGROUPS") == NULL, "%s", why);
    if (groups == NULL) {
        (void)fprintf(stderr, "no control groups: %s\n", why);
        return 0;
    }
    int before = count_directories() - 1;
    check_killed_otherwise(groups);
    static start_child *const starts[] = {start_in, start_entering};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        check_memory(groups, starts[i]);
        check_processes(groups, starts[i]);
        check_cpu(groups, starts[i]);
    }
    brig_cgroups_free(groups);
    check_leftovers();
    check_nothing_left(before);
    return 0;
}
