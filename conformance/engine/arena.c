/* SPDX-License-Identifier: MIT */
/* Memory that is freed all at once. */
#include "arena.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

struct conf_block {
    conf_block *next;
    max_align_t octets[];
};

void *conf_arena_take(conf_arena *arena, size_t bytes)
{
    conf_block *block = calloc(1, sizeof(*block) + bytes);

    if (block == NULL)
        _exit(CONF_EXIT_MEMORY);
    block->next = arena->blocks;
    arena->blocks = block;
    return block->octets;
}

brig_span conf_arena_copy(conf_arena *arena, brig_span octets)
{
    uint8_t *copy = conf_arena_take(arena, octets.len);

    if (octets.len > 0)
        memcpy(copy, octets.data, octets.len);
    return (brig_span){copy, octets.len};
}

void conf_arena_done(conf_arena *arena)
{
    while (arena->blocks != NULL) {
        conf_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
}
