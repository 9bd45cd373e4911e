/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CHANNEL_H
#define BRIG_SERVER_CHANNEL_H

#include <brig/link.h>

#include "stream.h"

/*
 * A stream that speaks framed messages (spec 11): the worker channel and the supervisor channel.
 */
typedef struct brig_channel brig_channel;

typedef struct brig_channel_events {
    void (*on_readable)(brig_channel *channel); /* before bytes are read; may be NULL */
    void (*on_message)(brig_channel *channel, const brig_message *message);
    void (*on_fault)(brig_channel *channel, brig_status fault); /* unreadable bytes; once */
    void (*on_written)(brig_channel *channel);
    void (*on_end)(brig_channel *channel);
    void (*on_freed)(brig_channel *channel);
} brig_channel_events;

struct brig_channel {
    brig_stream stream;
    brig_link *link;
    const brig_channel_events *events;
    void *owner;
    uint64_t last_id; /* of our calls */
    bool is_faulty;
};

/* Take over fd; on failure it is still the caller's. BRIG_OK, BRIG_NO_MEMORY or BRIG_SYSTEM. */
brig_status brig_channel_start(brig_channel *channel, brig_loop *loop, int fd,
                               const brig_link_config *config);

/* Queue a message. Statuses as brig_link_send(). */
brig_status brig_channel_send(brig_channel *channel, const brig_message *message);

/* Queue a CALL; its new id goes to *ret_id. */
brig_status brig_channel_call(brig_channel *channel, const char *procedure, brig_span args,
                              uint64_t *ret_id);

/* As of the stream. on_freed follows brig_channel_close(). */
void brig_channel_close(brig_channel *channel);

#endif
