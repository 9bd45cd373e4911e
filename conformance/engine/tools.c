/* SPDX-License-Identifier: MIT */
/* Sandbox tools (spec 14.1). */
#include "tools.h"

#include <stdlib.h>

#include <unistd.h>

#include "outcome.h"
#include "run.h"
#include "variables.h"

enum { MAX_WITHIN = 32 };

struct conf_tool {
    conf_tool *next;
    conf_arena arena; /* of the name */
    brig_span name;
    conf_program program;
};

static conf_tool *declared;

static void tool_free(conf_tool *tool)
{
    conf_program_done(&tool->program);
    conf_arena_done(&tool->arena);
    free(tool);
}

static void free_all(conf_tool *first)
{
    while (first != NULL) {
        conf_tool *tool = first;

        first = tool->next;
        tool_free(tool);
    }
}

static void remove_named(brig_span name)
{
    for (conf_tool **link = &declared; *link != NULL; link = &(*link)->next)
        if (brig_span_equal((*link)->name, name)) {
            conf_tool *old = *link;

            *link = old->next;
            tool_free(old);
            return;
        }
}

static conf_tool *tool_new(const brig_value *declaration, conf_fault *ret_fault)
{
    conf_tool *tool = calloc(1, sizeof(*tool));

    if (tool == NULL)
        _exit(CONF_EXIT_MEMORY);
    tool->name = conf_arena_copy(&tool->arena, brig_value_get_text(declaration, "name", ""));
    if (conf_program_read_tool(brig_value_get_text(declaration, "code", ""), &tool->program,
                               ret_fault))
        return tool;
    tool_free(tool);
    return NULL;
}

/* All sources are read before any of their lines is run. NULL and CONF_RETURNED for a fault. */
static conf_flow read_all(const brig_value *tools, conf_tool **ret_first, conf_fault *ret_fault)
{
    conf_tool **link = ret_first;

    for (size_t i = 0; tools != NULL && i < tools->array.count; i++) {
        const brig_value *declaration = &tools->array.items[i];

        if (!brig_value_is_text(brig_value_get(declaration, "where"), "sandbox"))
            continue;
        *link = tool_new(declaration, ret_fault);
        if (*link == NULL)
            return CONF_RETURNED;
        link = &(*link)->next;
    }
    return CONF_NEXT;
}

/* A client tool takes the place of a sandbox tool of its name, too. */
static void take_place(const brig_value *tools, conf_tool *first)
{
    for (size_t i = 0; tools != NULL && i < tools->array.count; i++)
        remove_named(brig_value_get_text(&tools->array.items[i], "name", ""));
    while (first != NULL) {
        conf_tool *tool = first;

        first = tool->next;
        tool->next = declared;
        declared = tool;
    }
}

conf_flow conf_tools_declare(const brig_value *tools, conf_fault *ret_fault)
{
    conf_tool *first = NULL;
    conf_flow flow = read_all(tools, &first, ret_fault);

    for (const conf_tool *tool = first; tool != NULL && flow == CONF_NEXT; tool = tool->next) {
        flow = conf_run_lines(tool->program.first);
        if (flow == CONF_RETURNED) /* `return` ends that source only */
            flow = CONF_NEXT;
    }
    if (flow == CONF_NEXT) {
        take_place(tools, first);
    } else {
        conf_run_forget(); /* lines of these sources */
        free_all(first);
    }
    return flow;
}

const conf_tool *conf_tools_find(brig_span name)
{
    const conf_tool *tool = declared;

    while (tool != NULL && !brig_span_equal(tool->name, name))
        tool = tool->next;
    return tool;
}

void conf_tools_bind(brig_span args)
{
    brig_tree *tree = NULL;

    if (brig_tree_new(args, &tree) == BRIG_OK && brig_tree_root(tree)->kind == BRIG_MAP) {
        const brig_value *map = brig_tree_root(tree);

        for (size_t i = 0; i < map->map.count; i++)
            conf_variable_set(map->map.entries[i].key.bytes, map->map.entries[i].value.encoded);
    }
    brig_tree_free(tree);
}

conf_flow conf_tools_run(const conf_tool *tool, brig_span args)
{
    static unsigned within;
    conf_flow flow;

    if (within == MAX_WITHIN)
        return conf_raise_text("recursion", "handlers call each other too deep");
    within++;
    conf_tools_bind(args);
    conf_outcome_clear();
    flow = conf_run_lines(tool->program.handler);
    within--;
    return flow == CONF_RETURNED ? CONF_NEXT : flow;
}
