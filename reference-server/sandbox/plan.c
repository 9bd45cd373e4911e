/* SPDX-License-Identifier: MIT */
/* Profile and facts in, two lists of steps out; pure. ARCHITECTURE.md, "The walls". */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "plain_path.h"
#include "plan_steps.h"

/* Where things are inside; the same in every session, so that nothing tells sessions apart. */
#define NEW_ROOT       "/run/brig/root"
#define WORKER_PROGRAM "/run/brig/worker"
#define HOST_NAME      "sandbox"

static const char passwd_text[] = "sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n";
static const char group_text[] = "sandbox:x:1000:\n";
static const char hosts_text[] = "127.0.0.1 localhost\n::1 localhost\n";

/*
 * Mapping the real /dev/zero yields shared memory that no limit of the process counts. /dev/full
 * reads the same and cannot be mapped.
 */
static const char *const devices[][2] = {
    {"/dev/null", NULL},
    {"/dev/zero", "/dev/full"},
    {"/dev/random", NULL},
    {"/dev/urandom", NULL},
};

/* Likewise where /dev/zero cannot be replaced by a file that reads the same: it is not there. */
static const char *const reduced_devices[] = {"/dev/null", "/dev/random", "/dev/urandom"};

/* The whole environment of a template, besides R's own variables and where its files are. */
static const char *const variables[][2] = {
    {"LANG", "C.UTF-8"},
    {"TZ", "UTC"},
    /* Threads do not survive the fork of a session. */
    {"OPENBLAS_NUM_THREADS", "1"},
    {"OMP_NUM_THREADS", "1"},
    {"MKL_NUM_THREADS", "1"},
    {"CLI_NO_THREAD", "1"},
};

struct brig_plan {
    bool is_reduced;
    brig_steps outer;
    brig_steps inner;
};

/* A recursive bind brings everything below it along. */
static bool is_bound(const brig_steps *steps, const char *path)
{
    for (size_t i = 0; i < steps->count; i++)
        if (steps->items[i].op == BRIG_STEP_BIND_DIRECTORY &&
            brig_path_is_within(path, steps->items[i].path))
            return true;
    return false;
}

/* Steps that make the directories above path, as far as no earlier step did. */
static void add_parents(brig_steps *steps, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        char *parent = strndup(path, (size_t)(slash - path));

        if (parent == NULL) {
            steps->fault = BRIG_NO_MEMORY;
            return;
        }
        if (!brig_steps_have(steps, BRIG_STEP_DIRECTORY, parent) &&
            !brig_steps_have(steps, BRIG_STEP_SCRATCH, parent) && !is_bound(steps, parent))
            brig_steps_add(steps, BRIG_STEP_DIRECTORY, parent, NULL);
        free(parent);
    }
}

static void add_bind(brig_steps *steps, const char *path, brig_host_kind kind)
{
    if (is_bound(steps, path))
        return;
    add_parents(steps, path);
    brig_steps_add(steps, kind == BRIG_HOST_FILE ? BRIG_STEP_BIND_FILE : BRIG_STEP_BIND_DIRECTORY,
                   path, NULL);
}

static void add_host_paths(brig_steps *steps, const brig_host_path *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (paths[i].kind == BRIG_HOST_SYMLINK)
            brig_steps_add(steps, BRIG_STEP_SYMLINK, paths[i].path, paths[i].target);
        else
            add_bind(steps, paths[i].path, paths[i].kind);
    }
}

/* The same for template and session, so that inside looks like outside. */
static void add_all_binds(brig_steps *steps, const brig_host *host)
{
    add_host_paths(steps, host->binds, host->bind_count);
    for (size_t i = 0; i < host->libraries.count; i++)
        add_bind(steps, host->libraries.items[i], BRIG_HOST_DIRECTORY);
}

/* The library directories as R_LIBS wants them. NULL for no memory. */
static char *join_libraries(const brig_strings *libraries)
{
    size_t total = 1;
    char *joined;
    char *end;

    for (size_t i = 0; i < libraries->count; i++)
        total += strlen(libraries->items[i]) + 1;
    joined = malloc(total);
    if (joined == NULL)
        return NULL;
    end = joined;
    for (size_t i = 0; i < libraries->count; i++) {
        size_t len = strlen(libraries->items[i]);

        if (i > 0)
            *end++ = ':';
        memcpy(end, libraries->items[i], len);
        end += len;
    }
    *end = '\0';
    return joined;
}

static void add_variables(brig_steps *steps, const brig_host *host)
{
    const char *home = host->is_reduced ? host->place : "/tmp";

    brig_steps_add(steps, BRIG_STEP_VARIABLE, "PATH", "/usr/bin");
    brig_steps_add(steps, BRIG_STEP_VARIABLE, "HOME", home);
    brig_steps_add(steps, BRIG_STEP_VARIABLE, "TMPDIR", home);
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        brig_steps_add(steps, BRIG_STEP_VARIABLE, variables[i][0], variables[i][1]);
    for (size_t i = 0; i < host->variable_count; i++)
        brig_steps_add(steps, BRIG_STEP_VARIABLE, host->variables[i].name,
                       host->variables[i].value);
    if (host->r_home == NULL)
        return;
    brig_steps_add(steps, BRIG_STEP_VARIABLE, "R_HOME", host->r_home);
    char *libraries = join_libraries(&host->libraries);
    if (libraries == NULL)
        steps->fault = BRIG_NO_MEMORY;
    else
        brig_steps_add(steps, BRIG_STEP_VARIABLE, "R_LIBS", libraries);
    free(libraries);
}

/*
 * Around the template. /tmp comes before the binds: an operator may list a path below it.
 */
static void plan_outer(brig_steps *steps, const brig_host *host)
{
    brig_steps_add(steps, BRIG_STEP_UNSHARE, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_HOSTNAME, NULL, HOST_NAME);
    add_variables(steps, host);
    brig_steps_add(steps, BRIG_STEP_SCRATCH, "/tmp", NULL);
    add_all_binds(steps, host);
    add_host_paths(steps, host->programs, host->program_count);
    brig_steps_add(steps, host->fresh_proc ? BRIG_STEP_PROC : BRIG_STEP_HOST_PROC, "/proc", NULL);
    brig_steps_add(steps, BRIG_STEP_DEVICES, "/dev", NULL);
    brig_steps_add(steps, BRIG_STEP_PROGRAM, WORKER_PROGRAM, NULL);
    brig_steps_add(steps, BRIG_STEP_DIRECTORY, NEW_ROOT, NULL);
    brig_steps_add(steps, BRIG_STEP_SEAL, "/", NULL);
}

static void add_files(brig_steps *steps)
{
    add_parents(steps, "/etc/passwd");
    brig_steps_add(steps, BRIG_STEP_TEXT_FILE, "/etc/passwd", passwd_text);
    brig_steps_add(steps, BRIG_STEP_TEXT_FILE, "/etc/group", group_text);
    brig_steps_add(steps, BRIG_STEP_TEXT_FILE, "/etc/hosts", hosts_text);
}

static void add_devices(brig_steps *steps, const brig_profile *profile)
{
    add_parents(steps, devices[0][0]);
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        brig_steps_add(steps, BRIG_STEP_DEVICE, devices[i][0], devices[i][1]);
    if (!profile->proc)
        return;
    brig_steps_add(steps, BRIG_STEP_SYMLINK, "/dev/fd", "/proc/self/fd");
    brig_steps_add(steps, BRIG_STEP_PROC, "/proc", NULL);
}

static void plan_inner(brig_steps *steps, const brig_profile *profile, const brig_host *host)
{
    const char *exec = profile->exec ? BRIG_STEP_TEXT_EXEC : NULL;

    brig_steps_add(steps, BRIG_STEP_ROOT, NEW_ROOT, NULL);
    brig_steps_add(steps, BRIG_STEP_SCRATCH, "/tmp", exec);
    brig_steps_add(steps, BRIG_STEP_SCRATCH, "/workspace", exec);
    add_all_binds(steps, host);
    if (profile->exec)
        add_host_paths(steps, host->programs, host->program_count);
    add_files(steps);
    add_devices(steps, profile);
    brig_steps_add(steps, BRIG_STEP_ENTER, NEW_ROOT, NULL);
    brig_steps_add(steps, BRIG_STEP_HOSTNAME, NULL, HOST_NAME);
    brig_steps_add(steps, BRIG_STEP_CGROUP_NAMESPACE, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_SPECULATION, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_CAPABILITIES, NULL, NULL);
    if (host->landlock_abi > 0)
        brig_steps_add(steps, BRIG_STEP_LANDLOCK, NULL, exec);
    brig_steps_add(steps, BRIG_STEP_LIMITS, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_SECCOMP, NULL, exec);
}

/* What may be read: the same list as is bound elsewhere. Links lead to what is on it themselves. */
static void grant_reads(brig_steps *steps, const brig_host *host, bool has_programs)
{
    for (size_t i = 0; i < host->bind_count; i++)
        if (host->binds[i].kind != BRIG_HOST_SYMLINK)
            brig_steps_add(steps, BRIG_STEP_READ, host->binds[i].path, NULL);
    for (size_t i = 0; i < host->libraries.count; i++)
        brig_steps_add(steps, BRIG_STEP_READ, host->libraries.items[i], NULL);
    for (size_t i = 0; has_programs && i < host->program_count; i++)
        if (host->programs[i].kind != BRIG_HOST_SYMLINK)
            brig_steps_add(steps, BRIG_STEP_READ, host->programs[i].path, NULL);
    for (size_t i = 0; i < sizeof(reduced_devices) / sizeof(reduced_devices[0]); i++)
        brig_steps_add(steps, BRIG_STEP_USE, reduced_devices[i], NULL);
}

/* The template needs /proc to see its threads and descriptors, and programs for R's start. */
static void plan_reduced_outer(brig_steps *steps, const brig_host *host)
{
    add_variables(steps, host);
    grant_reads(steps, host, true);
    brig_steps_add(steps, BRIG_STEP_READ, "/proc", NULL);
    brig_steps_add(steps, BRIG_STEP_KEEP, host->place, NULL);
    brig_steps_add(steps, BRIG_STEP_CONFINE, NULL, BRIG_STEP_TEXT_EXEC);
}

static void plan_reduced_inner(brig_steps *steps, const brig_profile *profile,
                               const brig_host *host)
{
    const char *exec = profile->exec ? BRIG_STEP_TEXT_EXEC : NULL;

    brig_steps_add(steps, BRIG_STEP_PLACE, host->place, NULL);
    brig_steps_add(steps, BRIG_STEP_OWN, "tmp", exec);
    brig_steps_add(steps, BRIG_STEP_OWN, "workspace", exec);
    brig_steps_add(steps, BRIG_STEP_DOMAIN, NULL, NULL);
    grant_reads(steps, host, profile->exec);
    brig_steps_add(steps, BRIG_STEP_FILES, NULL, exec);
    brig_steps_add(steps, BRIG_STEP_SPECULATION, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_PRIVILEGES, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_LANDLOCK, NULL, exec);
    brig_steps_add(steps, BRIG_STEP_LIMITS, NULL, NULL);
    brig_steps_add(steps, BRIG_STEP_SECCOMP, NULL, exec);
}

static bool are_plain_paths(const brig_host *host)
{
    for (size_t i = 0; i < host->bind_count; i++)
        if (!brig_path_is_plain(host->binds[i].path))
            return false;
    for (size_t i = 0; i < host->libraries.count; i++)
        if (!brig_path_is_plain(host->libraries.items[i]))
            return false;
    return !host->is_reduced || brig_path_is_plain(host->place);
}

brig_status brig_plan_new(const brig_profile *profile, const brig_host *host, brig_plan **ret_plan)
{
    brig_plan *plan;
    brig_status status;

    if (!are_plain_paths(host))
        return BRIG_ARGUMENT;
    plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return BRIG_NO_MEMORY;
    /* The one place that chooses. */
    plan->is_reduced = host->is_reduced;
    if (plan->is_reduced) {
        plan_reduced_outer(&plan->outer, host);
        plan_reduced_inner(&plan->inner, profile, host);
    } else {
        plan_outer(&plan->outer, host);
        plan_inner(&plan->inner, profile, host);
    }
    status = plan->outer.fault != BRIG_OK ? plan->outer.fault : plan->inner.fault;
    if (status != BRIG_OK) {
        brig_plan_free(plan);
        return status;
    }
    *ret_plan = plan;
    return BRIG_OK;
}

void brig_plan_free(brig_plan *plan)
{
    if (plan == NULL)
        return;
    brig_steps_done(&plan->outer);
    brig_steps_done(&plan->inner);
    free(plan);
}

/* A text on one line. */
static void print_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            (void)fputs("\\n", to);
        else
            (void)fputc(*text, to);
    }
}

static void print_steps(const char *title, const brig_steps *steps, FILE *to)
{
    (void)fprintf(to, "%s\n", title);
    for (size_t i = 0; i < steps->count; i++) {
        const brig_step *step = &steps->items[i];

        (void)fprintf(to, "  %s", brig_step_name(step->op));
        if (step->path != NULL)
            (void)fprintf(to, " %s", step->path);
        if (step->text != NULL) {
            (void)fputs(" = ", to);
            print_text(to, step->text);
        }
        (void)fputc('\n', to);
    }
}

void brig_plan_print(const brig_plan *plan, FILE *to)
{
    if (plan->is_reduced) {
        (void)fputs("level reduced: no namespaces can be had here\n", to);
        print_steps("outer wall, by the template around itself:", &plan->outer, to);
        print_steps("inner wall, by keeper, shim and worker of each session:", &plan->inner, to);
    } else {
        print_steps("outer wall, by bubblewrap around the template:", &plan->outer, to);
        print_steps("inner wall, by the shim around each session:", &plan->inner, to);
    }
}

void brig_plan_encode(const brig_plan *plan, brig_buffer *to)
{
    brig_steps_encode(&plan->inner, to);
}

void brig_plan_encode_outer(const brig_plan *plan, brig_buffer *to)
{
    brig_steps_encode(&plan->outer, to);
}

bool brig_plan_is_reduced(const brig_plan *plan)
{
    return plan->is_reduced;
}

char **brig_plan_environment(const brig_plan *plan)
{
    const brig_steps *steps = &plan->outer;
    char **environment = calloc(steps->count + 1, sizeof(*environment));
    size_t count = 0;

    for (size_t i = 0; environment != NULL && i < steps->count; i++) {
        const brig_step *step = &steps->items[i];

        if (step->op != BRIG_STEP_VARIABLE)
            continue;
        if (asprintf(&environment[count], "%s=%s", step->path, step->text) < 0) {
            environment[count] = NULL;
            brig_bwrap_args_free(environment);
            return NULL;
        }
        count++;
    }
    return environment;
}

const brig_steps *brig_plan_outer(const brig_plan *plan)
{
    return &plan->outer;
}
