/* SPDX-License-Identifier: MIT */
/* The program brigd: one of its modes, chosen by the command line (ARCHITECTURE.md, "brigd"). */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/close_range.h>
#include <sodium.h>
#include <unistd.h>

#include "../sandbox/plan.h"
#include "audit_verify.h"
#include "key.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "server.h"

enum {
    ERROR_BYTES = 2048,
    MAPPED_BYTES = 1048576, /* memory of this size and more goes back when it is freed */
};

static int fail(int exit_status, const char *error)
{
    brig_log("%s", error);
    return exit_status;
}

/* brig-worker beside brigd, else where it is installed. */
static brig_status find_worker(char path[PATH_MAX])
{
    static const char name[] = "/brig-worker";
    static const char *const places[] = {"", "/../libexec/brig"};
    char directory[PATH_MAX];

    ssize_t len = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
    if (len > 0) {
        directory[len] = '\0';
        *strrchr(directory, '/') = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            int wanted = snprintf(path, PATH_MAX, "%s%s%s", directory, places[i], name);

            if (wanted > 0 && wanted < PATH_MAX && access(path, R_OK) == 0)
                return BRIG_OK;
        }
    }
    (void)snprintf(path, PATH_MAX, "%s%s", BRIG_LIBEXECDIR, name);
    return access(path, R_OK) == 0 ? BRIG_OK : BRIG_UNAVAILABLE;
}

static unsigned uid_of(const brig_config *config, size_t index)
{
    return geteuid() == 0 ? config->uid_base + (unsigned)index : geteuid();
}

/* What sessions of a profile get on this machine. What it lacks is no fault of the file. */
static void print_level(const brig_config *config, size_t index)
{
    const char *name = config->profiles[index].name;
    char error[ERROR_BYTES] = "";
    brig_host *host = NULL;

    if (brig_host_new(&config->profiles[index], uid_of(config, index), error, sizeof(error),
                      &host) != BRIG_OK)
        (void)printf("profile %s: nothing starts here: %s\n", name, error);
    else if (host->is_reduced)
        (void)printf("profile %s: level reduced: no namespaces can be had here\n", name);
    else
        (void)printf("profile %s: level %s\n", name,
                     host->landlock_abi > 0 ? "full" : "reduced: the kernel has no Landlock");
    brig_host_free(host);
}

static int check_config(const brig_config *config, const char *path)
{
    (void)printf("%s: %zu profiles, %zu listeners\n", path, config->profile_count,
                 config->listener_count);
    for (size_t i = 0; i < config->profile_count; i++)
        print_level(config, i);
    return BRIG_EXIT_OK;
}

static int print_plan(const brig_config *config, const char *name)
{
    char error[ERROR_BYTES] = "";
    brig_host *host = NULL;
    brig_plan *plan = NULL;
    int exit_status = BRIG_EXIT_OK;
    size_t index = brig_config_find_profile(config, name, strlen(name));

    if (index == config->profile_count) {
        brig_log("there is no profile `%s`", name);
        return BRIG_EXIT_USAGE;
    }
    if (brig_host_new(&config->profiles[index], uid_of(config, index), error, sizeof(error),
                      &host) != BRIG_OK) {
        exit_status = fail(BRIG_EXIT_SYSTEM, error);
        goto out;
    }
    host->place = "/tmp/brig-session";
    brig_status status = brig_plan_new(&config->profiles[index], host, &plan);
    if (status == BRIG_OK)
        brig_plan_print(plan, stdout);
    else
        exit_status = fail(BRIG_EXIT_USAGE, brig_status_text(status));
out:
    brig_plan_free(plan);
    brig_host_free(host);
    return exit_status;
}

static int verify_audit(const brig_options *options)
{
    char error[ERROR_BYTES] = "";
    brig_audit_report report;

    brig_status status = brig_audit_verify(options->audit_paths, options->audit_path_count, error,
                                           sizeof(error), &report);
    if (status != BRIG_OK)
        return fail(status == BRIG_SYSTEM ? BRIG_EXIT_SYSTEM : BRIG_EXIT_TAMPERED, error);
    (void)printf("%" PRIu64 " lines in order, from %" PRIu64 " to %" PRIu64 "; last hash %s\n",
                 report.line_count, report.first_seq, report.last.seq, report.last.hash);
    return BRIG_EXIT_OK;
}

static int serve_connection(brig_server *server, const brig_options *options)
{
    char error[ERROR_BYTES] = "";
    uint8_t key[BRIG_KEY_BYTES];

    brig_status status = brig_key_read_fd(options->key_fd, key, error, sizeof(error));
    if (status != BRIG_OK)
        return fail(BRIG_EXIT_USAGE, error);
    status = brig_server_serve(server, options->connection_fd, key);
    sodium_memzero(key, sizeof(key));
    if (status != BRIG_OK) {
        brig_log("descriptor %d: %s", options->connection_fd, brig_status_text(status));
        return BRIG_EXIT_USAGE;
    }
    return BRIG_EXIT_OK;
}

static int serve_listeners(brig_server *server)
{
    char error[ERROR_BYTES] = "";
    brig_status status = brig_server_listen(server, error, sizeof(error));

    if (status != BRIG_OK)
        return fail(status == BRIG_ARGUMENT ? BRIG_EXIT_USAGE : BRIG_EXIT_SYSTEM, error);
    brig_server_warm(server);
    brig_notify("READY=1");
    return BRIG_EXIT_OK;
}

static int test_profile(brig_server *server, const brig_config *config, const char *name)
{
    size_t index = brig_config_find_profile(config, name, strlen(name));

    if (index == config->profile_count) {
        brig_log("there is no profile `%s`", name);
        return BRIG_EXIT_USAGE;
    }
    brig_server_test(server, index);
    return BRIG_EXIT_OK;
}

static void on_tested(brig_server *server, void *owner, const brig_selftest_result *result)
{
    int *exit_status = owner;

    brig_selftest_print(result, stdout);
    *exit_status = result->is_passed ? BRIG_EXIT_OK : BRIG_EXIT_SYSTEM;
    if (result->is_passed)
        brig_server_stop(server);
}

static void on_failed(brig_server *server, void *owner, const char *why)
{
    int *exit_status = owner;

    *exit_status = fail(BRIG_EXIT_SYSTEM, why);
    brig_server_stop(server);
}

static int begin(brig_server *server, const brig_config *config, const brig_options *options)
{
    char error[ERROR_BYTES] = "";

    if (options->mode == BRIG_MODE_SELF_TEST)
        return test_profile(server, config, options->profile);
    if (brig_server_open_audit(server, error, sizeof(error)) != BRIG_OK)
        return fail(BRIG_EXIT_SYSTEM, error);
    return options->connection_fd >= 0 ? serve_connection(server, options)
                                       : serve_listeners(server);
}

/* The program for workers; found has room for a path that had to be looked for. */
static int choose_worker(const brig_config *config, const brig_options *options,
                         char found[PATH_MAX], const char **ret_path)
{
    char error[ERROR_BYTES] = "";
    const char *worker = options->worker_path != NULL ? options->worker_path : config->worker_path;

    if (worker == NULL && find_worker(found) != BRIG_OK)
        return fail(BRIG_EXIT_SYSTEM, "brig-worker is neither beside brigd nor installed; say "
                                      "--worker PATH");
    if (worker != NULL && access(worker, R_OK) != 0) {
        (void)snprintf(error, sizeof(error), "worker %s: %s", worker, strerror(errno));
        return fail(BRIG_EXIT_SYSTEM, error);
    }
    *ret_path = worker != NULL ? worker : found;
    return BRIG_EXIT_OK;
}

static int serve_in(brig_cgroups *groups, const brig_config *config, const brig_options *options)
{
    char error[ERROR_BYTES] = "";
    char found[PATH_MAX];
    brig_server *server = NULL;
    int exit_status = BRIG_EXIT_OK;
    brig_server_config server_config = {
        .config = config,
        .groups = groups,
        .is_private = options->connection_fd >= 0,
        .on_tested = options->mode == BRIG_MODE_SELF_TEST ? on_tested : NULL,
        .on_failed = options->mode == BRIG_MODE_SELF_TEST ? on_failed : NULL,
        .owner = &exit_status,
    };

    exit_status = choose_worker(config, options, found, &server_config.worker_path);
    if (exit_status != BRIG_EXIT_OK)
        return exit_status;
    if (!server_config.is_private && brig_selftest_lay_bait() != BRIG_OK)
        return fail(BRIG_EXIT_SYSTEM, "the environment takes no variable");
    if (brig_server_new(&server_config, error, sizeof(error), &server) != BRIG_OK)
        return fail(BRIG_EXIT_SYSTEM, error);
    int begun = begin(server, config, options);
    if (begun != BRIG_EXIT_OK)
        exit_status = begun;
    if (exit_status != BRIG_EXIT_OK)
        brig_server_stop(server);
    brig_server_run(server);
    brig_server_free(server);
    return exit_status;
}

/* A path that cannot be used is an error; that there is nothing to find is said. */
static int serve(const brig_config *config, const brig_options *options)
{
    char error[ERROR_BYTES];
    char why[BRIG_CGROUP_TEXT_BYTES];
    brig_cgroups *groups = NULL;

    if (brig_cgroups_new(config->cgroup, why, &groups) != BRIG_OK) {
        (void)snprintf(error, sizeof(error), "cgroup: %s", why);
        return fail(BRIG_EXIT_SYSTEM, error);
    }
    if (groups == NULL && options->connection_fd < 0)
        brig_log("no control groups (%s): the memory limit counts each process", why);
    int exit_status = serve_in(groups, config, options);
    brig_cgroups_free(groups);
    return exit_status;
}

static int run(const brig_options *options)
{
    char error[ERROR_BYTES] = "";
    brig_config *config = NULL;
    brig_listener_config listener = {
        .path = options->listen_path,
        .key_path = options->key_path,
    };

    brig_status status = options->config_path == NULL
                             ? brig_config_new_builtin(&config)
                             : brig_config_new(options->config_path, error, sizeof(error), &config);
    if (status != BRIG_OK)
        return fail(BRIG_EXIT_USAGE, error);
    if (options->listen_path != NULL) {
        config->listeners = &listener;
        config->listener_count = 1;
    }
    int exit_status = BRIG_EXIT_OK;
    if (options->mode == BRIG_MODE_PRINT_PLAN)
        exit_status = print_plan(config, options->profile);
    else if (options->mode == BRIG_MODE_CHECK_CONFIG)
        exit_status = check_config(config, options->config_path);
    else if (options->mode == BRIG_MODE_SERVE && options->connection_fd < 0 &&
             config->listener_count == 0)
        exit_status = fail(BRIG_EXIT_USAGE, "the configuration has nothing to listen on (listen)");
    else
        exit_status = serve(config, options);
    brig_config_free(config);
    return exit_status;
}

/* Without a fixed threshold glibc keeps what large messages took, up to 32 MiB and more. */
static void give_memory_back(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
#endif
}

int main(int argc, char *argv[])
{
    char error[ERROR_BYTES] = "";
    brig_options options;

    if (brig_options_parse(argc, argv, &options, error, sizeof(error)) != BRIG_OK)
        return fail(BRIG_EXIT_USAGE, error);
    if (options.mode == BRIG_MODE_VERSION) {
        (void)printf("brigd %s (%s)\n", BRIG_VERSION, BRIG_PROTOCOL_NAME);
        return BRIG_EXIT_OK;
    }
    if (options.mode == BRIG_MODE_VERIFY_AUDIT)
        return sodium_init() < 0 ? fail(BRIG_EXIT_SYSTEM, "libsodium cannot be initialised")
                                 : verify_audit(&options);
    if (options.mode == BRIG_MODE_HELP) {
        (void)fputs(brig_options_help, stdout);
        return BRIG_EXIT_OK;
    }
    /* What brigd has inherited is not for templates; libuv hands on whatever is not marked. */
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return fail(BRIG_EXIT_SYSTEM, "descriptors cannot be closed on exec (close_range)");
    give_memory_back();
    if (sodium_init() < 0)
        return fail(BRIG_EXIT_SYSTEM, "libsodium cannot be initialised");
    return run(&options);
}
