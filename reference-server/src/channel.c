/* SPDX-License-Identifier: MIT */
/* Framed messages over a stream (spec 11). */
#include "channel.h"

static brig_room link_room(void *state)
{
    return brig_link_room(state);
}

static void link_filled(void *state, size_t len)
{
    brig_link_filled(state, len);
}

static brig_span link_output(const void *state)
{
    return brig_link_output(state);
}

static void link_sent(void *state, size_t len)
{
    brig_link_sent(state, len);
}

static size_t link_pending(const void *state)
{
    return brig_link_output(state).len;
}

static size_t link_memory_bytes(const void *state)
{
    return brig_link_memory_bytes(state);
}

static void link_trim(void *state)
{
    brig_link_trim(state);
}

static const brig_codec link_codec = {
    .room = link_room,
    .filled = link_filled,
    .output = link_output,
    .sent = link_sent,
    .pending = link_pending,
    .memory_bytes = link_memory_bytes,
    .trim = link_trim,
};

static void on_readable(brig_stream *stream)
{
    brig_channel *channel = stream->owner;

    if (channel->events->on_readable != NULL)
        channel->events->on_readable(channel);
}

static void on_bytes(brig_stream *stream)
{
    brig_channel *channel = stream->owner;
    brig_message message;
    brig_status status = BRIG_AGAIN;

    while (stream->is_reading && !stream->is_closed && !channel->is_faulty) {
        status = brig_link_next(channel->link, &message);
        if (status != BRIG_OK)
            break;
        channel->events->on_message(channel, &message);
    }
    if (status == BRIG_OK || status == BRIG_AGAIN || channel->is_faulty)
        return;
    channel->is_faulty = true;
    channel->events->on_fault(channel, status);
}

static void on_written(brig_stream *stream)
{
    brig_channel *channel = stream->owner;

    channel->events->on_written(channel);
}

static void on_end(brig_stream *stream)
{
    brig_channel *channel = stream->owner;

    channel->events->on_end(channel);
}

static void on_freed(brig_stream *stream)
{
    brig_channel *channel = stream->owner;

    brig_link_free(channel->link);
    channel->link = NULL;
    channel->events->on_freed(channel);
}

static const brig_stream_events stream_events = {
    .on_readable = on_readable,
    .on_bytes = on_bytes,
    .on_written = on_written,
    .on_end = on_end,
    .on_freed = on_freed,
};

brig_status brig_channel_start(brig_channel *channel, brig_loop *loop, int fd,
                               const brig_link_config *config)
{
    brig_status status = brig_link_new(config, &channel->link);

    if (status != BRIG_OK)
        return status;
    channel->stream = (brig_stream){
        .codec = &link_codec,
        .codec_state = channel->link,
        .events = &stream_events,
        .owner = channel,
    };
    if (brig_stream_start(&channel->stream, loop, fd) == 0)
        return BRIG_OK;
    brig_link_free(channel->link);
    channel->link = NULL;
    return BRIG_SYSTEM;
}

brig_status brig_channel_send(brig_channel *channel, const brig_message *message)
{
    /* A peer that has ended hears nothing; that it has ended is told elsewhere. */
    if (channel->stream.is_ended || channel->stream.is_closed)
        return BRIG_OK;
    if (brig_stream_pending(&channel->stream) == 0)
        channel->stream.progress_ms = brig_now_ms();
    brig_status status = brig_link_send(channel->link, message);
    if (status == BRIG_OK)
        brig_stream_wake(&channel->stream);
    return status;
}

brig_status brig_channel_call(brig_channel *channel, const char *procedure, brig_span args,
                              uint64_t *ret_id)
{
    brig_message message = {
        .type = BRIG_MESSAGE_CALL,
        .id = channel->last_id + 1,
        .name = brig_span_text(procedure),
        .body = args,
    };

    brig_status status = brig_channel_send(channel, &message);
    if (status != BRIG_OK)
        return status;
    channel->last_id = message.id;
    *ret_id = message.id;
    return BRIG_OK;
}

void brig_channel_close(brig_channel *channel)
{
    brig_stream_close(&channel->stream);
}
