/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_ARENA_H
#define BRIG_CONF_ARENA_H

#include <brig/span.h>

/*
 * Memory that is freed all at once: what a program was read into. An engine that gets no memory
 * for itself ends its process; there is nobody to tell.
 */
typedef struct conf_block conf_block;

typedef struct conf_arena {
    conf_block *blocks;
} conf_arena;

enum { CONF_EXIT_MEMORY = 97, CONF_EXIT_PROTOCOL = 98 };

/* Zeroed; lives as long as the arena. */
void *conf_arena_take(conf_arena *arena, size_t bytes);
brig_span conf_arena_copy(conf_arena *arena, brig_span octets);
void conf_arena_done(conf_arena *arena);

#endif
