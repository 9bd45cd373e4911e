/* SPDX-License-Identifier: MIT */
/* The outer wall as arguments of bubblewrap. ARCHITECTURE.md, "The walls". */
#include "plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mutant.h"
#include "plan_steps.h"

/* Texts that grow; the first failure is kept. The last item is always NULL. */
typedef struct args {
    char **items;
    size_t count;
    size_t capacity;
    brig_status fault;
} args;

/*
 * What bubblewrap is told for each step, in order: "%p" stands for the path, "%t" for the text,
 * "%f" for the descriptor of the worker binary.
 *
 * --unshare-cgroup-try: a kernel without cgroup namespaces has no cgroups to hide.
 */
static const char *const templates[BRIG_STEP_COUNT][12] = {
    [BRIG_STEP_UNSHARE] = {"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net",
                           "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent",
                           "--new-session", "--clearenv"},
    [BRIG_STEP_HOSTNAME] = {"--hostname", "%t"},
    [BRIG_STEP_VARIABLE] = {"--setenv", "%p", "%t"},
    [BRIG_STEP_SCRATCH] = {"--tmpfs", "%p"},
    [BRIG_STEP_BIND_DIRECTORY] = {"--ro-bind", "%p", "%p"},
    [BRIG_STEP_BIND_FILE] = {"--ro-bind", "%p", "%p"},
    [BRIG_STEP_SYMLINK] = {"--symlink", "%t", "%p"},
    [BRIG_STEP_PROC] = {"--proc", "%p"},
    [BRIG_STEP_HOST_PROC] = {"--bind", "%p", "%p"},
    [BRIG_STEP_DEVICES] = {"--dev", "%p"},
    [BRIG_STEP_PROGRAM] = {"--perms", "0555", "--ro-bind-data", "%f", "%p", "--chdir", "/tmp"},
    [BRIG_STEP_DIRECTORY] = {"--dir", "%p"},
    [BRIG_STEP_SEAL] = {"--remount-ro", "%p"},
};

static void add(args *to, const char *text)
{
    enum { FIRST_CAPACITY = 128 };
    char *copy;

    if (to->fault != BRIG_OK)
        return;
    if (to->count + 1 >= to->capacity) {
        size_t capacity = to->capacity == 0 ? FIRST_CAPACITY : to->capacity * 2;
        char **items = realloc(to->items, capacity * sizeof(*items));

        if (items == NULL) {
            to->fault = BRIG_NO_MEMORY;
            return;
        }
        to->items = items;
        to->capacity = capacity;
    }
    copy = strdup(text);
    if (copy == NULL)
        to->fault = BRIG_NO_MEMORY;
    else
        to->items[to->count++] = copy;
    to->items[to->count] = NULL;
}

static void add_step(args *to, const brig_step *step, const char *worker_fd)
{
    const char *const *part = templates[step->op];

    assert(part[0] != NULL); /* plan.c puts no other step into the outer list */
    for (; *part != NULL; part++) {
        if (strcmp(*part, "%p") == 0)
            add(to, step->path);
        else if (strcmp(*part, "%t") == 0)
            add(to, step->text);
        else if (strcmp(*part, "%f") == 0)
            add(to, worker_fd);
        else
            add(to, *part);
    }
}

brig_status brig_bwrap_args_new(const brig_plan *plan, int worker_fd, char ***ret_args)
{
    const brig_steps *steps = brig_plan_outer(plan);
    const char *program = NULL;
    char fd_text[16];
    args made = {0};

    (void)snprintf(fd_text, sizeof(fd_text), "%d", worker_fd);
    add(&made, "bwrap");
    for (size_t i = 0; i < steps->count; i++) {
        add_step(&made, &steps->items[i], fd_text);
        if (steps->items[i].op == BRIG_STEP_PROGRAM)
            program = steps->items[i].path;
    }
    assert(program != NULL);
#ifdef BRIG_MUTANTS
    add(&made, "--setenv");
    add(&made, BRIG_MUTANT_VARIABLE);
    add(&made, brig_mutant_text());
#endif
    add(&made, "--");
    add(&made, program);
    if (made.fault != BRIG_OK) {
        brig_bwrap_args_free(made.items);
        return made.fault;
    }
    *ret_args = made.items;
    return BRIG_OK;
}

void brig_bwrap_args_free(char **args_)
{
    if (args_ == NULL)
        return;
    for (char **arg = args_; *arg != NULL; arg++)
        free(*arg);
    free(args_);
}
