/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_TOOLS_H
#define BRIG_SERVER_TOOLS_H

#include <brig/buffer.h>
#include <brig/value.h>

/* The tools of a session (spec 7.4): copies of their declarations, which have been checked. */
typedef struct brig_tool {
    brig_span name;           /* in .encoded */
    const brig_value *params; /* schema, or NULL: no arguments */
    bool is_sandbox;          /* the worker has the handler, not the client */
    brig_buffer encoded;      /* the declaration */
    brig_tree *tree;
} brig_tool;

typedef struct brig_tools {
    brig_tool *items;
    size_t count;
} brig_tools;

/*
 * A new set: all tools of `old`, with those of `declared` (array of declarations, or NULL) added or
 * in the place of ones with the same name. BRIG_OK, BRIG_TOO_LARGE (more than max_tools) or
 * BRIG_NO_MEMORY. brig_tools_done() frees it.
 */
brig_status brig_tools_merge(const brig_tools *old, const brig_value *declared,
                             brig_tools *ret_tools);
void brig_tools_done(brig_tools *tools);

/* The tool with this name, or NULL. */
const brig_tool *brig_tools_find(const brig_tools *tools, brig_span name);

/* Of all declarations. */
size_t brig_tools_bytes(const brig_tools *tools);

/* Array of the declarations; array of the names. */
void brig_tools_pack(const brig_tools *tools, brig_buffer *to);
void brig_tools_pack_names(const brig_tools *tools, brig_buffer *to);

#endif
