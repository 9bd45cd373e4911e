/* SPDX-License-Identifier: MIT */
/* Tools of a session (spec 7.4). */
#include "tools.h"

#include <stdlib.h>

#include <brig/pack.h>

static void tool_done(brig_tool *tool)
{
    brig_tree_free(tool->tree);
    brig_buffer_done(&tool->encoded);
    *tool = (brig_tool){0};
}

static brig_status tool_init(brig_tool *tool, brig_span encoded)
{
    brig_tool made = {0};

    brig_buffer_init(&made.encoded, BRIG_LIMIT_TOOL_BYTES);
    brig_buffer_append(&made.encoded, encoded);
    brig_status status = made.encoded.fault;
    if (status == BRIG_OK)
        status = brig_tree_new(brig_buffer_span(&made.encoded), &made.tree);
    if (status != BRIG_OK) {
        tool_done(&made);
        return status;
    }
    const brig_value *root = brig_tree_root(made.tree);
    made.name = brig_value_get_text(root, "name", "");
    made.params = brig_value_get(root, "params");
    made.is_sandbox = brig_value_is_text(brig_value_get(root, "where"), "sandbox");
    *tool = made;
    return BRIG_OK;
}

/* The place of a name: its tool's, or a new one at the end. */
static size_t find_place(const brig_tools *tools, brig_span name)
{
    size_t i = 0;

    while (i < tools->count && !brig_span_equal(tools->items[i].name, name))
        i++;
    return i;
}

static brig_status put_tool(brig_tools *tools, brig_span encoded)
{
    brig_tool tool;
    brig_status status = tool_init(&tool, encoded);

    if (status != BRIG_OK)
        return status;
    size_t place = find_place(tools, tool.name);
    if (place == BRIG_LIMIT_MAX_TOOLS) {
        tool_done(&tool);
        return BRIG_TOO_LARGE;
    }
    if (place == tools->count)
        tools->count++;
    else
        tool_done(&tools->items[place]);
    tools->items[place] = tool;
    return BRIG_OK;
}

brig_status brig_tools_merge(const brig_tools *old, const brig_value *declared,
                             brig_tools *ret_tools)
{
    size_t declared_count = declared == NULL ? 0 : declared->array.count;
    size_t most = old->count + declared_count;
    brig_status status = BRIG_OK;
    brig_tools made = {0};

    if (most > BRIG_LIMIT_MAX_TOOLS)
        most = BRIG_LIMIT_MAX_TOOLS;
    made.items = calloc(most + 1, sizeof(*made.items));
    if (made.items == NULL)
        return BRIG_NO_MEMORY;
    for (size_t i = 0; i < old->count && status == BRIG_OK; i++)
        status = put_tool(&made, brig_buffer_span(&old->items[i].encoded));
    for (size_t i = 0; i < declared_count && status == BRIG_OK; i++)
        status = put_tool(&made, declared->array.items[i].encoded);
    if (status != BRIG_OK) {
        brig_tools_done(&made);
        return status;
    }
    *ret_tools = made;
    return BRIG_OK;
}

void brig_tools_done(brig_tools *tools)
{
    for (size_t i = 0; i < tools->count; i++)
        tool_done(&tools->items[i]);
    free(tools->items);
    *tools = (brig_tools){0};
}

const brig_tool *brig_tools_find(const brig_tools *tools, brig_span name)
{
    size_t place = find_place(tools, name);

    return place < tools->count ? &tools->items[place] : NULL;
}

size_t brig_tools_bytes(const brig_tools *tools)
{
    size_t bytes = 0;

    for (size_t i = 0; i < tools->count; i++)
        bytes += tools->items[i].encoded.len;
    return bytes;
}

void brig_tools_pack(const brig_tools *tools, brig_buffer *to)
{
    brig_pack_array(to, tools->count);
    for (size_t i = 0; i < tools->count; i++)
        brig_pack_raw(to, brig_buffer_span(&tools->items[i].encoded));
}

void brig_tools_pack_names(const brig_tools *tools, brig_buffer *to)
{
    brig_pack_array(to, tools->count);
    for (size_t i = 0; i < tools->count; i++)
        brig_pack_text(to, tools->items[i].name);
}
