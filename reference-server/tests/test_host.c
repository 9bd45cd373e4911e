/* SPDX-License-Identifier: MIT */
/* Facts about this machine, and the sentences for machines that lack something. */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

enum { ROOT_TEMPLATE_UID = 200125 };

static const char *const no_path[] = {"/nonexistent/data"};
static const char *const no_library[] = {"/nonexistent/library"};

static unsigned template_uid(void)
{
    return geteuid() == 0 ? ROOT_TEMPLATE_UID : geteuid();
}

static bool is_bound(const brig_host *host, const char *path)
{
    for (size_t i = 0; i < host->bind_count; i++)
        if (strcmp(host->binds[i].path, path) == 0)
            return true;
    return false;
}

static void test_this_machine(void)
{
    static const brig_profile standard = {.name = "standard"};
    char error[512] = "";
    brig_host *host;

    CHECK(brig_host_new(&standard, template_uid(), error, sizeof(error), &host) == BRIG_OK, "%s",
          error);
    CHECK(host->r_home != NULL && host->r_home[0] == '/', "R's home");
    CHECK(host->libraries.count > 0, "R's own library");
    CHECK(is_bound(host, "/usr/lib"), "shared libraries are bound");
    CHECK(is_bound(host, host->r_home), "R's home is bound");
    CHECK(!is_bound(host, "/usr/bin"), "programs are not, for every session");
    CHECK(host->program_count > 0 && strcmp(host->programs[0].path, "/usr/bin") == 0, "programs");
    CHECK(!is_bound(host, "/etc"), "/etc is not bound as a whole");
    CHECK(host->template_uid == template_uid(), "the template's user");
    brig_host_free(host);

    brig_host_free(NULL);
}

/* Where R does not work, a profile of R is refused, and one of another engine has all it needs. */
static void test_without_r(void)
{
    static const brig_profile r = {.name = "r"};
    static const brig_profile conf = {.name = "conf", .engine = "conf"};
    const char *set = getenv("PATH");
    char *path = strdup(set == NULL ? "/usr/bin:/bin" : set);
    char directory[] = "path-XXXXXX";
    char link[64];
    char broken[4096];
    char error[512] = "";
    brig_host *host;

    CHECK(path != NULL && mkdtemp(directory) != NULL, "a directory");
    (void)snprintf(link, sizeof(link), "%s/R", directory);
    (void)snprintf(broken, sizeof(broken), "%s:%s", directory, path);
    CHECK(symlink("/bin/false", link) == 0 && setenv("PATH", broken, 1) == 0, "an R that fails");
    CHECK(brig_host_new(&r, template_uid(), error, sizeof(error), &host) == BRIG_UNAVAILABLE, "r");
    CHECK(brig_host_new(&conf, template_uid(), error, sizeof(error), &host) == BRIG_OK, "%s",
          error);
    CHECK(host->r_home == NULL && host->libraries.count == 0, "no R");
    CHECK(is_bound(host, "/usr/lib") && !is_bound(host, "/etc/R") && !is_bound(host, "/usr/share"),
          "shared libraries are bound, and nothing of R");
    brig_host_free(host);
    CHECK(setenv("PATH", path, 1) == 0, "PATH");
    CHECK(unlink(link) == 0 && rmdir(directory) == 0, "cleaned up");
    free(path);
}

/* Each is refused with a sentence that names the cause. */
static void test_refusals(void)
{
    const struct {
        const char *name;
        brig_profile profile;
        const char *path; /* of PATH, while the machine is asked */
        const char *part;
    } refusals[] = {
        {"a path that is not there", {.name = "p", .read_only = {no_path, 1}}, NULL, no_path[0]},
        {"a library that is not there",
         {.name = "p", .libraries = {no_library, 1}},
         NULL,
         no_library[0]},
        {"a home of R that is none", {.name = "p", .r_home = "/usr/share"}, NULL, "library/base"},
        {"no R", {.name = "p"}, "/nonexistent", "R is not installed"},
        {"no bubblewrap",
         {.name = "p", .r_home = "/usr/lib/R"},
         "/nonexistent",
         "apt install bubblewrap"},
    };
    const char *set = getenv("PATH");
    char *path = strdup(set == NULL ? "/usr/bin:/bin" : set);

    CHECK(path != NULL, "memory");
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char error[512] = "";
        brig_host *host = NULL;

        CHECK(setenv("PATH", refusals[i].path == NULL ? path : refusals[i].path, 1) == 0, "PATH");
        CHECK(brig_host_new(&refusals[i].profile, template_uid(), error, sizeof(error), &host) ==
                  BRIG_UNAVAILABLE,
              "%s", refusals[i].name);
        CHECK(strstr(error, refusals[i].part) != NULL, "%s: %s", refusals[i].name, error);
    }
    CHECK(setenv("PATH", path, 1) == 0, "PATH");
    free(path);
}

/* What the server can read and the template's user cannot is named. */
static void test_closed_path(void)
{
    char directory[4096];
    const char *const paths[] = {directory};
    const brig_profile profile = {.name = "p", .read_only = {paths, 1}};
    char error[512] = "";
    brig_host *host = NULL;
    size_t len;

    CHECK(getcwd(directory, sizeof(directory) - 64) != NULL, "working directory");
    len = strlen(directory);
    (void)snprintf(directory + len, sizeof(directory) - len, "/closed_directory");
    CHECK(mkdir(directory, 0) == 0, "%s", directory);
    CHECK(brig_host_new(&profile, template_uid(), error, sizeof(error), &host) == BRIG_UNAVAILABLE,
          "a closed directory");
    CHECK(rmdir(directory) == 0, "%s", directory);
    CHECK(strstr(error, directory) != NULL, "a closed directory is named: %s", error);
}

/* In a child: what the machine answers when something forbids, for real. */
static void expect_refusal(void (*forbid)(void), const char *const parts[2])
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        static const brig_profile standard = {.name = "standard"};
        char error[2048] = "";
        brig_host *host = NULL;

        forbid();
        CHECK(brig_host_new(&standard, geteuid(), error, sizeof(error), &host) == BRIG_UNAVAILABLE,
              "a refusal for %s", parts[0]);
        CHECK(strstr(error, parts[0]) != NULL && strstr(error, parts[1]) != NULL, "%s", error);
        _exit(EXIT_SUCCESS);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child, "a child");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS, "%s is told", parts[0]);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
    (void)close(fd);
}

/* A user namespace below ours has a count of its own. */
static void forbid_namespaces(void)
{
    char map[64];
    unsigned uid = geteuid();

    CHECK(unshare(CLONE_NEWUSER) == 0, "a user namespace");
    (void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
    write_file("/proc/self/uid_map", map);
    write_file("/proc/sys/user/max_user_namespaces", "0");
}

/* What the default profile of a container does to somebody without capabilities. */
static void install_filter(void)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER | CLONE_NEWNS, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    static const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "a filter");
}

static void test_forbidden_for_real(void)
{
    static const char *const count[] = {"user.max_user_namespaces is 0",
                                        "sysctl -w user.max_user_namespaces="};
    static const char *const filter[] = {"a seccomp filter around the server",
                                         "--security-opt seccomp="};

    expect_refusal(forbid_namespaces, count);
    expect_refusal(install_filter, filter);
}

int main(void)
{
    test_this_machine();
    test_without_r();
    test_refusals();
    test_closed_path();
    test_forbidden_for_real();
    return EXIT_SUCCESS;
}
