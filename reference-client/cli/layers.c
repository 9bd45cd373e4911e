/* SPDX-License-Identifier: MIT */
/* What this kernel and this machine offer for a sandbox. Probes change nothing outside a child. */
#include "layers.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
enum { LANDLOCK_ASK_VERSION = 1, LANDLOCK_ABI_ALONE = 6 /* with scopes */ };

static bool find_in_path(const char *program, char *ret_path, size_t path_bytes)
{
    const char *rest = getenv("PATH");

    while (rest != NULL && *rest != '\0') {
        int len = (int)strcspn(rest, ":");

        (void)snprintf(ret_path, path_bytes, "%.*s/%s", len, rest, program);
        if (access(ret_path, X_OK) == 0)
            return true;
        rest += len + (rest[len] == ':');
    }
    (void)snprintf(ret_path, path_bytes, "%s is not in PATH", program);
    return false;
}

static void probe_bubblewrap(brig_layer *layer)
{
    layer->is_there = find_in_path("bwrap", layer->detail, sizeof(layer->detail));
}

static void probe_r(brig_layer *layer)
{
    layer->is_there = find_in_path("R", layer->detail, sizeof(layer->detail));
}

/* 0, or the errno of making all namespaces of a session in a child. */
static int try_namespaces(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                      CLONE_NEWUTS | CLONE_NEWCGROUP) == 0
                  ? 0
                  : errno);
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static void probe_namespaces(brig_layer *layer)
{
    int error = try_namespaces();

    layer->is_there = error == 0;
    (void)snprintf(layer->detail, sizeof(layer->detail), "%s",
                   error == 0 ? "user, mount, pid, net, ipc, uts, cgroup" : strerror(error));
}

static void probe_landlock(brig_layer *layer)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_ASK_VERSION);

    layer->is_there = abi > 0;
    layer->version = abi > 0 ? abi : 0;
    if (abi > 0)
        (void)snprintf(layer->detail, sizeof(layer->detail), "ABI %ld", abi);
    else
        (void)snprintf(layer->detail, sizeof(layer->detail), "%s", strerror(errno));
}

static void probe_seccomp(brig_layer *layer)
{
    uint32_t action = SECCOMP_RET_USER_NOTIF;

    layer->is_there = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    (void)snprintf(layer->detail, sizeof(layer->detail), "%s",
                   layer->is_there ? "filters with user notification" : strerror(errno));
}

static bool holds_word(const char *path, const char *word)
{
    char text[512] = "";
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return false;
    if (fgets(text, sizeof(text), file) == NULL)
        text[0] = '\0';
    (void)fclose(file);
    return strstr(text, word) != NULL;
}

static void probe_cgroup(brig_layer *layer)
{
    const char *detail = "no memory controller: limits hold for each process, not for the session";

    layer->is_there = true;
    if (holds_word("/sys/fs/cgroup/cgroup.controllers", "memory"))
        detail = "version 2 with memory";
    else if (access("/sys/fs/cgroup/memory/memory.limit_in_bytes", W_OK) == 0)
        detail = "version 1 with memory";
    else
        layer->is_there = false;
    (void)snprintf(layer->detail, sizeof(layer->detail), "%s", detail);
}

void brig_layers_probe(brig_layer layers[LAYER_COUNT])
{
    static const struct {
        const char *name;
        void (*probe)(brig_layer *layer);
        bool is_needed;
        const char *fix;
    } probes[LAYER_COUNT] = {
        {"bubblewrap", probe_bubblewrap, true, "apt-get install bubblewrap"},
        {"R", probe_r, true, "apt-get install r-base-core"},
        {"namespaces", probe_namespaces, false,
         "sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1 (on Ubuntu "
         "also kernel.apparmor_restrict_unprivileged_userns=0); in a container, start it with a "
         "seccomp profile that lets unshare, mount and pivot_root pass"},
        {"Landlock", probe_landlock, false,
         "a kernel of 5.13 or later, booted with lsm=landlock,… on its command line"},
        {"seccomp", probe_seccomp, true,
         "a kernel of 5.0 or later with CONFIG_SECCOMP_FILTER; in a container, a seccomp profile "
         "that lets seccomp() pass"},
        {"cgroup", probe_cgroup, false,
         "run the server as a systemd service with Delegate=memory pids"},
    };

    for (size_t i = 0; i < LAYER_COUNT; i++) {
        memset(&layers[i], 0, sizeof(layers[i]));
        layers[i].name = probes[i].name;
        layers[i].is_needed = probes[i].is_needed;
        layers[i].fix = probes[i].fix;
        probes[i].probe(&layers[i]);
    }
}

static const brig_layer *find(const brig_layer layers[LAYER_COUNT], const char *name)
{
    size_t i = 0;

    while (strcmp(layers[i].name, name) != 0)
        i++;
    return &layers[i];
}

const char *brig_layers_level(const brig_layer layers[LAYER_COUNT])
{
    const long abi = find(layers, "Landlock")->version;

    if (find(layers, "namespaces")->is_there && abi > 0)
        return "full";
    if (find(layers, "namespaces")->is_there)
        return "reduced, for profiles that allow it: the kernel has no Landlock";
    if (abi >= LANDLOCK_ABI_ALONE)
        return "reduced, for profiles that allow it: no namespaces can be had, and Landlock stands "
               "alone";
    return "none: no namespaces can be had, and Landlock is older than ABI 6";
}
