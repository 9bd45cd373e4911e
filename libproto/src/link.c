/* SPDX-License-Identifier: MIT */
/* Messages framed by a u32 big-endian length (spec 11). */
#include <brig/link.h>

#include <stdint.h>
#include <stdlib.h>

#include "link_private.h"
#include "try.h"
#include "u32.h"

enum {
    ROOM_MIN_BYTES = 4096,
    ROOM_MAX_BYTES = 1024 * 1024, /* asked for at once, however long the announced message is */
};

struct brig_link {
    size_t max_message_bytes;
    size_t max_output_bytes;
    brig_status fault; /* BRIG_OK until the first final error */
    brig_buffer in;
    brig_buffer out;
    size_t taken; /* front bytes of `in`: the message handed out last */
};

brig_status brig_link_new(const brig_link_config *config, brig_link **ret_link)
{
    brig_link *link;

    if (config->max_message_bytes == 0 || config->max_message_bytes > UINT32_MAX ||
        config->max_output_bytes == 0)
        return BRIG_ARGUMENT;
    link = calloc(1, sizeof(*link));
    if (link == NULL)
        return BRIG_NO_MEMORY;
    link->max_message_bytes = config->max_message_bytes;
    link->max_output_bytes = config->max_output_bytes;
    /* Behind one whole message there may be the beginning of the next. */
    brig_buffer_init(&link->in, BRIG_U32_BYTES + config->max_message_bytes + ROOM_MAX_BYTES);
    brig_buffer_init(&link->out, SIZE_MAX); /* brig_link_send() bounds it */
    *ret_link = link;
    return BRIG_OK;
}

void brig_link_free(brig_link *link)
{
    if (link == NULL)
        return;
    brig_buffer_done(&link->in);
    brig_buffer_done(&link->out);
    free(link);
}

static void drop_taken(brig_link *link)
{
    brig_buffer_consume(&link->in, link->taken);
    link->taken = 0;
}

/* Is the whole message at the front here? BRIG_AGAIN if not; anything else is final. */
static brig_status find_message(const brig_link *link, brig_span *ret_bytes)
{
    size_t len;

    if (link->in.len < BRIG_U32_BYTES)
        return BRIG_AGAIN;
    len = brig_u32_read(link->in.data);
    if (len == 0)
        return BRIG_MALFORMED;
    if (len > link->max_message_bytes)
        return BRIG_TOO_LARGE;
    if (len > link->in.len - BRIG_U32_BYTES)
        return BRIG_AGAIN;
    *ret_bytes = (brig_span){link->in.data + BRIG_U32_BYTES, len};
    return BRIG_OK;
}

/* As much again as has arrived: an announced length alone earns no memory. */
static size_t wanted_room(const brig_link *link)
{
    if (link->in.len < ROOM_MIN_BYTES)
        return ROOM_MIN_BYTES;
    return link->in.len < ROOM_MAX_BYTES ? link->in.len : ROOM_MAX_BYTES;
}

brig_room brig_link_room(brig_link *link)
{
    brig_room room = {NULL, 0};
    brig_span bytes;

    drop_taken(link);
    if (link->fault != BRIG_OK || find_message(link, &bytes) != BRIG_AGAIN)
        return room;
    room.data = brig_buffer_reserve(&link->in, wanted_room(link));
    if (room.data == NULL)
        link->fault = link->in.fault;
    else
        room.len = wanted_room(link);
    return room;
}

void brig_link_filled(brig_link *link, size_t len)
{
    brig_buffer_grow(&link->in, len);
}

brig_status brig_link_next(brig_link *link, brig_message *ret_message)
{
    brig_span bytes;
    brig_status status;

    if (link->fault != BRIG_OK)
        return link->fault;
    drop_taken(link);
    status = find_message(link, &bytes);
    if (status == BRIG_OK)
        status = brig_message_parse(bytes, ret_message);
    if (status == BRIG_OK)
        link->taken = BRIG_U32_BYTES + bytes.len;
    else if (status != BRIG_AGAIN)
        link->fault = status;
    return status;
}

bool brig_link_is_inside_message(const brig_link *link)
{
    return link->in.len > link->taken;
}

static bool is_lent(const brig_link *link, brig_span bytes)
{
    uintptr_t first = (uintptr_t)link->in.data;
    uintptr_t data = (uintptr_t)bytes.data;

    return link->taken > 0 && data >= first && data - first <= link->taken &&
           bytes.len <= link->taken - (data - first);
}

bool brig_link_give(brig_link *link, brig_span bytes, brig_buffer *ret_memory)
{
    brig_buffer rest;

    if (!is_lent(link, bytes))
        return false;
    brig_buffer_init(&rest, link->in.limit);
    brig_buffer_append(&rest, (brig_span){link->in.data + link->taken, link->in.len - link->taken});
    if (rest.fault != BRIG_OK)
        return false;
    *ret_memory = link->in;
    link->in = rest;
    link->taken = 0;
    return true;
}

void brig_link_take_back(brig_link *link, brig_buffer *memory)
{
    if (link->taken == 0 && link->in.capacity < memory->capacity) {
        brig_buffer own = link->in;

        link->in = *memory;
        brig_buffer_clear(&link->in);
        brig_buffer_append(&link->in, brig_buffer_span(&own));
        *memory = own;
    }
    brig_buffer_done(memory);
}

brig_status brig_link_send(brig_link *link, const brig_message *message)
{
    brig_pieces pieces;
    size_t needed;

    TRY(brig_message_pieces(message, &pieces));
    if (pieces.total_bytes > UINT32_MAX)
        return BRIG_ARGUMENT;
    needed = BRIG_U32_BYTES + pieces.total_bytes;
    /* An empty queue takes any message: otherwise a long one could never leave. */
    if (link->out.len > 0 && (link->out.len >= link->max_output_bytes ||
                              needed > link->max_output_bytes - link->out.len))
        return BRIG_FULL;
    if (brig_buffer_reserve(&link->out, needed) == NULL) {
        link->out.fault = BRIG_OK; /* nothing was written, so the queue is still whole */
        return BRIG_NO_MEMORY;
    }
    brig_u32_append(&link->out, pieces.total_bytes);
    for (size_t i = 0; i < pieces.count; i++)
        brig_buffer_append(&link->out, pieces.piece[i]);
    return BRIG_OK;
}

brig_span brig_link_output(const brig_link *link)
{
    return brig_buffer_span(&link->out);
}

void brig_link_sent(brig_link *link, size_t len)
{
    brig_buffer_consume(&link->out, len);
}

size_t brig_link_memory_bytes(const brig_link *link)
{
    return link->in.capacity + link->out.capacity;
}

void brig_link_trim(brig_link *link)
{
    if (link->in.len == 0) /* then no message is lent either */
        brig_buffer_done(&link->in);
    if (link->out.len == 0)
        brig_buffer_done(&link->out);
}
