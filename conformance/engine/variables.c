/* SPDX-License-Identifier: MIT */
/* Names and values. */
#include "variables.h"

#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "arena.h"

typedef struct variable {
    struct variable *next;
    conf_arena arena; /* of both */
    brig_span name;
    brig_span value;
} variable;

static variable *first;

static variable *find(brig_span name)
{
    variable *found = first;

    while (found != NULL && !brig_span_equal(found->name, name))
        found = found->next;
    return found;
}

void conf_variable_set(brig_span name, brig_span value)
{
    variable *found = find(name);
    conf_arena old = {NULL};

    if (found == NULL) {
        found = calloc(1, sizeof(*found));
        if (found == NULL)
            _exit(CONF_EXIT_MEMORY);
        found->next = first;
        first = found;
    }
    old = found->arena;
    found->arena = (conf_arena){NULL};
    found->name = conf_arena_copy(&found->arena, name);
    found->value = conf_arena_copy(&found->arena, value);
    conf_arena_done(&old); /* not earlier: the new value may be the old one */
}

void conf_variable_set_named(const char *name, brig_span value)
{
    conf_variable_set(brig_span_text(name), value);
}

bool conf_variable_get(brig_span name, brig_span *ret_value)
{
    const variable *found = find(name);

    if (found == NULL)
        return false;
    *ret_value = found->value;
    return true;
}
