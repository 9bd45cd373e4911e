/* SPDX-License-Identifier: MIT */
/* Profile and paths in; a Seatbelt policy, arguments and environment out. Pure. */
#include "macos_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brig/buffer.h>

#include "plain_path.h"

/*
 * The part that is the same for all. There is no rule for network, Mach services, IOKit, fork,
 * shared memory or preferences: the first line denies them. The worker's own program is the one
 * that may be started, because sandbox-exec has to start it; without fork that replaces the
 * worker by itself, behind the same policy.
 */
static const char fixed_policy[] =
    "(version 1)\n"
    "(deny default)\n"
    "(allow process-exec (literal (param \"WORKER\")))\n"
    "(allow process-info* (target self))\n"
    "(allow signal (target self))\n"
    "(allow sysctl-read\n"
    "  (sysctl-name \"hw.activecpu\" \"hw.byteorder\" \"hw.cachelinesize\" \"hw.cpufamily\"\n"
    "    \"hw.cputype\" \"hw.logicalcpu\" \"hw.machine\" \"hw.memsize\" \"hw.ncpu\" "
    "\"hw.pagesize\"\n"
    "    \"hw.physicalcpu\" \"kern.argmax\" \"kern.maxfilesperproc\" \"kern.osproductversion\"\n"
    "    \"kern.osrelease\" \"kern.ostype\" \"kern.osversion\" \"kern.usrstack64\" "
    "\"kern.version\")\n"
    "  (sysctl-name-prefix \"hw.optional.\"))\n"
    "(allow file-read* file-map-executable\n"
    "  (subpath \"/usr/lib\")\n"
    "  (subpath \"/System/Library\")\n"
    "  (subpath \"/System/Cryptexes/OS\")\n"
    "  (subpath \"/System/Volumes/Preboot/Cryptexes/OS\"))\n"
    "(allow file-read*\n"
    "  (literal \"/\")\n"
    "  (literal \"/dev/random\")\n"
    "  (literal \"/dev/urandom\")\n"
    "  (subpath \"/Library/Fonts\")\n"
    "  (subpath \"/private/var/db/timezone\")\n"
    "  (subpath \"/usr/share/icu\")\n"
    "  (subpath \"/usr/share/locale\")\n"
    "  (subpath \"/usr/share/zoneinfo\"))\n"
    "(allow file-read* file-write-data (literal \"/dev/null\"))\n"
    "(allow file-read* file-map-executable (literal (param \"WORKER\")))\n"
    "(allow file-read* file-write*\n"
    "  (subpath (param \"SCRATCH\"))\n"
    "  (subpath (param \"WORKSPACE\")))\n"
    "(allow file-read-metadata\n"
    "  (path-ancestors (param \"SCRATCH\"))\n"
    "  (path-ancestors (param \"WORKER\"))\n"
    "  (path-ancestors (param \"WORKSPACE\")))\n";

/* Links to /private: a rule with such a path would never match. */
static const char *const links[] = {"/tmp", "/var", "/etc"};

static const char *const variables[] = {
    "CLI_NO_THREAD=1",
    "LANG=en_US.UTF-8",
    "MKL_NUM_THREADS=1",
    "OMP_NUM_THREADS=1",
    "OPENBLAS_NUM_THREADS=1",
    "PATH=/usr/bin",
    "TZ=UTC",
    "VECLIB_MAXIMUM_THREADS=1",
};

enum { TEXT_BYTES_MAX = 262144, NUMBER_BYTES = 16 };

/* Texts that end with NULL. Zero-initialised it is empty; the first fault is kept. */
struct texts {
    char **items;
    size_t count;
    brig_status fault;
};

static char *copy(brig_span bytes)
{
    char *to = malloc(bytes.len + 1);

    if (to == NULL)
        return NULL;
    memcpy(to, bytes.data, bytes.len);
    to[bytes.len] = '\0';
    return to;
}

static void free_texts(char **items)
{
    if (items == NULL)
        return;
    for (size_t i = 0; items[i] != NULL; i++)
        free(items[i]);
    free(items);
}

static void add_span(struct texts *texts, brig_span text)
{
    char **items = realloc(texts->items, (texts->count + 2) * sizeof(*items));

    if (items != NULL) {
        texts->items = items;
        items[texts->count] = copy(text);
        items[texts->count + 1] = NULL;
    }
    if (items == NULL || items[texts->count] == NULL)
        texts->fault = BRIG_NO_MEMORY;
    else
        texts->count++;
}

static void add_text(struct texts *texts, const char *text)
{
    add_span(texts, brig_span_text(text));
}

static void append(brig_buffer *to, const char *text)
{
    brig_buffer_append(to, brig_span_text(text));
}

/* name=value */
static void add_pair(struct texts *texts, const char *name, const char *value)
{
    brig_buffer pair;

    brig_buffer_init(&pair, TEXT_BYTES_MAX);
    append(&pair, name);
    append(&pair, "=");
    append(&pair, value);
    if (pair.fault != BRIG_OK)
        texts->fault = pair.fault;
    else
        add_span(texts, brig_buffer_span(&pair));
    brig_buffer_done(&pair);
}

static void add_parameter(struct texts *arguments, const char *name, const char *path)
{
    add_text(arguments, "-D");
    add_pair(arguments, name, path);
}

/* One more path that may be read: a rule in the policy, its name in the arguments. */
static void add_readable(brig_buffer *policy, struct texts *arguments, const char *path,
                         size_t number)
{
    char name[NUMBER_BYTES + sizeof("READ_")];

    (void)snprintf(name, sizeof(name), "READ_%zu", number);
    append(policy, "(allow file-read* file-map-executable (subpath (param \"");
    append(policy, name);
    append(policy, "\")))\n(allow file-read-metadata (path-ancestors (param \"");
    append(policy, name);
    append(policy, "\")))\n");
    add_parameter(arguments, name, path);
}

static void add_all_readable(brig_buffer *policy, struct texts *arguments,
                             const brig_profile *profile, const brig_macos_worker *worker)
{
    size_t number = 0;

    if (worker->r_home != NULL)
        add_readable(policy, arguments, worker->r_home, number++);
    for (size_t i = 0; i < profile->libraries.count; i++)
        add_readable(policy, arguments, profile->libraries.items[i], number++);
    for (size_t i = 0; i < profile->read_only.count; i++)
        add_readable(policy, arguments, profile->read_only.items[i], number++);
}

static void add_libraries(struct texts *environment, const brig_strings *libraries)
{
    brig_buffer joined;

    brig_buffer_init(&joined, TEXT_BYTES_MAX);
    append(&joined, "R_LIBS=");
    for (size_t i = 0; i < libraries->count; i++) {
        append(&joined, i > 0 ? ":" : "");
        append(&joined, libraries->items[i]);
    }
    if (joined.fault != BRIG_OK)
        environment->fault = joined.fault;
    else
        add_span(environment, brig_buffer_span(&joined));
    brig_buffer_done(&joined);
}

static void add_environment(struct texts *environment, const brig_profile *profile,
                            const brig_macos_worker *worker)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        add_text(environment, variables[i]);
    add_pair(environment, "HOME", worker->scratch);
    add_pair(environment, "TMPDIR", worker->scratch);
    if (worker->r_home == NULL)
        return;
    add_pair(environment, "R_HOME", worker->r_home);
    add_libraries(environment, &profile->libraries);
}

static bool is_real_path(const char *path)
{
    if (!brig_path_is_plain(path))
        return false;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (brig_path_is_within(path, links[i]))
            return false;
    return true;
}

static bool are_usable(const brig_profile *profile, const brig_macos_worker *worker)
{
    for (size_t i = 0; i < profile->libraries.count; i++)
        if (!is_real_path(profile->libraries.items[i]) ||
            strchr(profile->libraries.items[i], ':') != NULL)
            return false;
    for (size_t i = 0; i < profile->read_only.count; i++)
        if (!is_real_path(profile->read_only.items[i]))
            return false;
    return is_real_path(worker->program) && is_real_path(worker->scratch) &&
           is_real_path(worker->workspace) &&
           (worker->r_home == NULL || is_real_path(worker->r_home));
}

static const brig_effects effects = {
    .level = "reduced",
    .fs_read = "listed",
    .fs_write = "workspace",
    .network = "none",
    .exec = false,
    .processes = "own",
    .memory = "none",
    .uid = "shared",
};

brig_status brig_macos_plan_new(const brig_profile *profile, const brig_macos_worker *worker,
                                brig_macos_plan *ret_plan)
{
    struct texts arguments = {0};
    struct texts environment = {0};
    brig_macos_plan plan = {.effects = effects,
                            .open_files = profile->limits.open_files,
                            .file_bytes = profile->limits.file_bytes,
                            .memory_bytes = profile->limits.memory_bytes};
    brig_buffer policy;

    if (profile->exec)
        return BRIG_UNSUPPORTED;
    if (!are_usable(profile, worker))
        return BRIG_ARGUMENT;
    brig_buffer_init(&policy, TEXT_BYTES_MAX);
    append(&policy, fixed_policy);
    add_text(&arguments, "/usr/bin/sandbox-exec");
    add_parameter(&arguments, "WORKER", worker->program);
    add_parameter(&arguments, "SCRATCH", worker->scratch);
    add_parameter(&arguments, "WORKSPACE", worker->workspace);
    add_all_readable(&policy, &arguments, profile, worker);
    plan.policy = policy.fault == BRIG_OK ? copy(brig_buffer_span(&policy)) : NULL;
    if (plan.policy != NULL) {
        add_text(&arguments, "-p");
        add_text(&arguments, plan.policy);
        add_text(&arguments, worker->program);
    }
    brig_buffer_done(&policy);
    add_environment(&environment, profile, worker);
    plan.arguments = arguments.items;
    plan.environment = environment.items;
    if (plan.policy == NULL || arguments.fault != BRIG_OK || environment.fault != BRIG_OK) {
        brig_macos_plan_done(&plan);
        return BRIG_NO_MEMORY;
    }
    *ret_plan = plan;
    return BRIG_OK;
}

void brig_macos_plan_done(brig_macos_plan *plan)
{
    free(plan->policy);
    free_texts(plan->arguments);
    free_texts(plan->environment);
    *plan = (brig_macos_plan){0};
}
