/* SPDX-License-Identifier: MIT */
/* Verbs that say something (spec 14.1). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <brig/pack.h>

#include "arena.h"
#include "link.h"
#include "outcome.h"
#include "run.h"

enum {
    EVENT_BYTES = 64 * 1024 * 1024,
    FLOOD_BYTES = 65536,
    META_BYTES = 1024 * 1024,
    BIN_PREFIX_BYTES = 5,
};

static conf_flow send_event(const char *kind, brig_span payload, brig_span meta)
{
    brig_message event = {
        .type = BRIG_MESSAGE_EVENT, .name = brig_span_text(kind), .body = payload, .extra = meta};

    if (payload.len + meta.len > conf_link_room())
        return conf_raise_text("too_large", "the event is above message_bytes");
    conf_link_send(&event);
    return CONF_NEXT;
}

static void send_piece(const char *kind, brig_span octets)
{
    brig_buffer payload;

    brig_buffer_init(&payload, EVENT_BYTES);
    brig_pack_bin(&payload, octets);
    (void)send_event(kind, brig_buffer_span(&payload), (brig_span){NULL, 0});
    brig_buffer_done(&payload);
}

/* In one event, or in as many as their number asks for. */
static void send_octets(const char *kind, brig_span octets)
{
    const size_t most = conf_link_room() - BIN_PREFIX_BYTES;

    for (; octets.len > most; octets = (brig_span){octets.data + most, octets.len - most})
        send_piece(kind, (brig_span){octets.data, most});
    send_piece(kind, octets);
}

static conf_flow act_print(const conf_argument *arguments)
{
    brig_buffer line;

    brig_buffer_init(&line, EVENT_BYTES);
    brig_buffer_append(&line, arguments[0].octets);
    brig_buffer_append(&line, brig_span_text("\n"));
    send_octets("stdout", brig_buffer_span(&line));
    brig_buffer_done(&line);
    return CONF_NEXT;
}

static conf_flow act_stdout(const conf_argument *arguments)
{
    send_octets("stdout", arguments[0].octets);
    return CONF_NEXT;
}

static conf_flow act_stderr(const conf_argument *arguments)
{
    send_octets("stderr", arguments[0].octets);
    return CONF_NEXT;
}

static conf_flow write_raw(int fd, brig_span octets)
{
    while (octets.len > 0) {
        ssize_t wrote = write(fd, octets.data, octets.len);

        if (wrote < 0 && errno == EINTR && !conf_link_is_interrupted())
            continue;
        if (wrote < 0)
            return errno == EINTR ? CONF_INTERRUPTED : conf_raise_errno();
        octets = (brig_span){octets.data + wrote, octets.len - (size_t)wrote};
    }
    return CONF_NEXT;
}

static conf_flow act_raw(const conf_argument *arguments)
{
    return write_raw(arguments[0].octets.data[0] - '0', arguments[1].octets);
}

static conf_flow act_flood(const conf_argument *arguments)
{
    const brig_span stream = arguments[0].octets;
    const char *kind = brig_span_is(stream, "stderr") ? "stderr" : "stdout";
    uint8_t octets[FLOOD_BYTES];
    conf_flow flow = CONF_NEXT;

    memset(octets, 'x', sizeof(octets));
    for (int64_t left = arguments[1].number; left > 0 && flow == CONF_NEXT; left -= FLOOD_BYTES) {
        brig_span part = {octets, left < FLOOD_BYTES ? (size_t)left : FLOOD_BYTES};

        if (stream.len == 1)
            flow = write_raw(stream.data[0] - '0', part);
        else
            send_octets(kind, part);
        if (conf_link_is_interrupted())
            flow = CONF_INTERRUPTED;
    }
    return flow;
}

/* Octets that are not UTF-8 leave as \xNN. */
static void pack_clean(brig_buffer *to, brig_span text)
{
    brig_buffer clean;

    brig_buffer_init(&clean, EVENT_BYTES);
    brig_text_clean(text, EVENT_BYTES, &clean);
    brig_pack_text(to, brig_buffer_span(&clean));
    brig_buffer_done(&clean);
}

static conf_flow send_condition(const char *kind, brig_span text)
{
    brig_buffer payload;
    conf_flow flow;

    brig_buffer_init(&payload, EVENT_BYTES);
    brig_pack_map(&payload, 2);
    brig_pack_cstring(&payload, "message");
    pack_clean(&payload, text);
    brig_pack_cstring(&payload, "classes");
    brig_pack_array(&payload, 2);
    brig_pack_cstring(&payload, kind);
    brig_pack_cstring(&payload, "condition");
    flow = send_event(kind, brig_buffer_span(&payload), (brig_span){NULL, 0});
    brig_buffer_done(&payload);
    return flow;
}

static conf_flow act_message(const conf_argument *arguments)
{
    return send_condition("message", arguments[0].octets);
}

static conf_flow act_warning(const conf_argument *arguments)
{
    return send_condition("warning", arguments[0].octets);
}

static conf_flow act_progress(const conf_argument *arguments)
{
    brig_span fraction;
    brig_buffer payload;
    conf_flow flow;

    if (conf_run_value(&arguments[0], &fraction) != CONF_NEXT)
        return CONF_RAISED;
    brig_buffer_init(&payload, EVENT_BYTES);
    brig_pack_map(&payload, 2);
    brig_pack_cstring(&payload, "fraction");
    brig_pack_raw(&payload, fraction);
    brig_pack_cstring(&payload, "text");
    pack_clean(&payload, arguments[1].octets);
    flow = send_event("progress", brig_buffer_span(&payload), (brig_span){NULL, 0});
    brig_buffer_done(&payload);
    return flow;
}

static conf_flow act_display(const conf_argument *arguments)
{
    brig_span payload;

    if (conf_run_value(&arguments[0], &payload) != CONF_NEXT)
        return CONF_RAISED;
    return send_event("display", payload, (brig_span){NULL, 0});
}

static conf_flow send_named(const conf_argument *arguments, bool is_update)
{
    brig_span payload;
    brig_buffer meta;
    conf_flow flow;

    if (conf_run_value(&arguments[1], &payload) != CONF_NEXT)
        return CONF_RAISED;
    brig_buffer_init(&meta, META_BYTES);
    brig_pack_map(&meta, is_update ? 2 : 1);
    brig_pack_cstring(&meta, "id");
    brig_pack_text(&meta, arguments[0].octets);
    if (is_update)
        brig_pack_key_bool(&meta, "update", true);
    flow = send_event("display", payload, brig_buffer_span(&meta));
    brig_buffer_done(&meta);
    return flow;
}

static conf_flow act_show(const conf_argument *arguments)
{
    return send_named(arguments, false);
}

static conf_flow act_update(const conf_argument *arguments)
{
    return send_named(arguments, true);
}

const conf_verb conf_verbs_output[] = {
    {"print", act_print, {{CONF_TEXT, NULL}}},
    {"stdout", act_stdout, {{CONF_TEXT, NULL}}},
    {"stderr", act_stderr, {{CONF_TEXT, NULL}}},
    {"raw", act_raw, {{CONF_CHOICE, "1 2"}, {CONF_TEXT, NULL}}},
    {"flood", act_flood, {{CONF_CHOICE, "stdout stderr 1 2"}, {CONF_COUNT, NULL}}},
    {"message", act_message, {{CONF_TEXT, NULL}}},
    {"warning", act_warning, {{CONF_TEXT, NULL}}},
    {"progress", act_progress, {{CONF_VALUE, NULL}, {CONF_TEXT, NULL}}},
    {"display", act_display, {{CONF_VALUE, NULL}}},
    {"show", act_show, {{CONF_WORD, NULL}, {CONF_VALUE, NULL}}},
    {"update", act_update, {{CONF_WORD, NULL}, {CONF_VALUE, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
