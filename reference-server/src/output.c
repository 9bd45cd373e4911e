/* SPDX-License-Identifier: MIT */
/* Events of a code call on their way to the client, counted against the limits (spec 7.6). */
#include "output.h"

#include <brig/pack.h>

#include "audit_session.h"
#include "log.h"
#include "mutant.h"
#include "session.h"

enum {
    PIECE_BYTES = 262144, /* of a stream, in one event */
    ENVELOPE_BYTES = 512,
    SMALL_BYTES = 4096,
};

/* Where bytes come from: the event's meta. */
typedef enum origin {
    ORIGIN_ENGINE,
    ORIGIN_RAW,
    ORIGIN_LATE,
} origin;

#define KIND_NAME(name, text) text,
static const char *const kind_names[] = {BRIG_EVENT_KIND_MAP(KIND_NAME)};
#undef KIND_NAME

void brig_output_init(brig_output *output)
{
    *output = (brig_output){0};
    for (int i = 0; i < BRIG_RAW_COUNT; i++)
        brig_buffer_init(&output->early[i], BRIG_LIMIT_EARLY_OUTPUT_BYTES);
}

void brig_output_done(brig_output *output)
{
    for (int i = 0; i < BRIG_RAW_COUNT; i++)
        brig_buffer_done(&output->early[i]);
}

/* An event that the client cannot take is a defect of ours, but for one too large for it. */
static brig_status send_event(brig_session *session, brig_event_kind kind, brig_span payload,
                              brig_span meta)
{
    brig_message event = {
        .type = BRIG_MESSAGE_EVENT,
        .id = session->call.id,
        .name = brig_span_text(kind_names[kind]),
        .body = payload,
        .extra = meta,
    };

    brig_status status = brig_client_send(session->client, &event, NULL);
    if (status != BRIG_OK && status != BRIG_STATE && status != BRIG_TOO_LARGE) {
        brig_log("session %s: event: %s", session->name, brig_status_name(status));
        brig_client_close(session->client, BRIG_CLOSE_INTERNAL, "an event could not be sent");
    }
    return status;
}

static void send_truncated(brig_session *session, brig_event_kind kind)
{
    brig_output *output = &session->output;
    brig_buffer payload;

    if (output->is_truncated && !MUTANT(says_truncated_each_time))
        return;
    output->is_truncated = true;
    brig_audit_limit(session, "output_bytes");
    brig_buffer_init(&payload, SMALL_BYTES);
    brig_pack_map(&payload, 2);
    brig_pack_key_text(&payload, "stream", kind_names[kind]);
    brig_pack_key_uint(&payload, "bytes", output->console_bytes);
    (void)send_event(session, BRIG_EVENT_KIND_TRUNCATED, brig_buffer_span(&payload),
                     (brig_span){NULL, 0});
    brig_buffer_done(&payload);
}

/* How many of len bytes may go; the rest is counted. */
static size_t admit(brig_session *session, brig_event_kind kind, size_t len)
{
    brig_output *output = &session->output;
    uint64_t left = session->limits.output_bytes > output->console_bytes
                        ? session->limits.output_bytes - output->console_bytes
                        : 0;

    if (output->is_truncated)
        left = 0;
    size_t admitted = len <= left || MUTANT(lets_output_through) ? len : (size_t)left;
    output->dropped[kind] += len - admitted;
    return admitted;
}

static brig_span meta_of(origin from)
{
    /* {}, {"raw": true}, {"raw": true, "late": true} */
    static const uint8_t none[] = {0x80};
    static const uint8_t raw[] = {0x81, 0xa3, 'r', 'a', 'w', 0xc3};
    static const uint8_t late[] = {0x82, 0xa3, 'r', 'a', 'w', 0xc3, 0xa4, 'l', 'a', 't', 'e', 0xc3};

    if (from == ORIGIN_RAW && !MUTANT(does_not_mark_raw))
        return (brig_span){raw, sizeof(raw)};
    if (from == ORIGIN_LATE)
        return (brig_span){late, sizeof(late)};
    return (brig_span){none, sizeof(none)};
}

static void send_pieces(brig_session *session, brig_event_kind kind, brig_span bytes, origin from)
{
    size_t most = brig_client_max_message(session->client) - ENVELOPE_BYTES;
    brig_buffer payload;

    if (most > PIECE_BYTES)
        most = PIECE_BYTES;
    brig_buffer_init(&payload, most + ENVELOPE_BYTES);
    while (bytes.len > 0) {
        size_t len = bytes.len < most ? bytes.len : most;

        brig_buffer_clear(&payload);
        brig_pack_bin(&payload, (brig_span){bytes.data, len});
        if (payload.fault != BRIG_OK) { /* out of memory: said, not hidden */
            session->output.dropped[kind] += bytes.len;
            break;
        }
        (void)send_event(session, kind, brig_buffer_span(&payload), meta_of(from));
        bytes = (brig_span){bytes.data + len, bytes.len - len};
    }
    brig_buffer_done(&payload);
}

static void send_stream(brig_session *session, brig_event_kind kind, brig_span bytes, origin from)
{
    size_t admitted = admit(session, kind, bytes.len);

    session->output.console_bytes += admitted;
    if (admitted > 0)
        send_pieces(session, kind, (brig_span){bytes.data, admitted}, from);
    if (admitted < bytes.len)
        send_truncated(session, kind);
}

void brig_output_begin(brig_session *session)
{
    static const brig_event_kind kinds[BRIG_RAW_COUNT] = {BRIG_EVENT_KIND_STDOUT,
                                                          BRIG_EVENT_KIND_STDERR};
    brig_output *output = &session->output;

    output->console_bytes = 0;
    output->displays = 0;
    output->is_truncated = false;
    output->has_logged = false;
    for (int i = 0; i < BRIG_EVENT_KIND_COUNT; i++)
        output->dropped[i] = 0;
    for (int i = 0; i < BRIG_RAW_COUNT; i++) {
        output->dropped[kinds[i]] = output->early_dropped[i];
        output->early_dropped[i] = 0;
        send_stream(session, kinds[i], brig_buffer_span(&output->early[i]), ORIGIN_LATE);
        brig_buffer_clear(&output->early[i]);
    }
}

static void keep_early(brig_output *output, brig_raw_stream stream, brig_span bytes)
{
    size_t kept = output->early[BRIG_RAW_STDOUT].len + output->early[BRIG_RAW_STDERR].len;
    size_t room = BRIG_LIMIT_EARLY_OUTPUT_BYTES - kept;
    size_t len = bytes.len < room ? bytes.len : room;

    if (len > 0)
        brig_buffer_append(&output->early[stream], (brig_span){bytes.data, len});
    output->early_dropped[stream] += bytes.len - len;
}

void brig_output_raw(brig_session *session, brig_raw_stream stream, brig_span bytes)
{
    if (session->call.state == BRIG_CODE_NONE || session->call.state == BRIG_CODE_HELD)
        keep_early(&session->output, stream, bytes);
    else
        send_stream(session,
                    stream == BRIG_RAW_STDOUT ? BRIG_EVENT_KIND_STDOUT : BRIG_EVENT_KIND_STDERR,
                    bytes, ORIGIN_RAW);
}

/* The bytes in an encoded bin that has been checked. */
static brig_span bin_content(brig_span encoded)
{
    size_t header = encoded.data[0] == 0xc4 ? 2 : encoded.data[0] == 0xc5 ? 3 : 5;

    return (brig_span){encoded.data + header, encoded.len - header};
}

/* A condition or a step of progress: all of it or nothing. */
static void send_whole(brig_session *session, brig_event_kind kind, brig_span payload)
{
    brig_output *output = &session->output;

    if (output->is_truncated ||
        payload.len > session->limits.output_bytes - output->console_bytes) {
        output->dropped[kind] += payload.len;
        send_truncated(session, kind);
        return;
    }
    if (send_event(session, kind, payload, meta_of(ORIGIN_ENGINE)) == BRIG_TOO_LARGE)
        output->dropped[kind] += payload.len;
    else
        output->console_bytes += payload.len;
}

static void send_display(brig_session *session, brig_span payload, const brig_worker_word *word)
{
    brig_output *output = &session->output;
    bool has_id = word->display_id.data != NULL;
    size_t bytes = payload.len + word->display_id.len; /* parts of one message: no overflow */
    brig_buffer meta;

    bool is_one_too_many = output->displays >= session->limits.displays;
    if ((is_one_too_many && !MUTANT(counts_no_displays)) || bytes > session->limits.display_bytes) {
        output->dropped[BRIG_EVENT_KIND_DISPLAY] += bytes;
        return;
    }
    brig_buffer_init(&meta, word->display_id.len + SMALL_BYTES);
    brig_pack_map(&meta, (has_id ? 1U : 0U) + (word->is_update ? 1U : 0U));
    if (has_id) {
        brig_pack_cstring(&meta, "id");
        brig_pack_text(&meta, word->display_id);
    }
    if (word->is_update)
        brig_pack_key_bool(&meta, "update", true);
    if (meta.fault != BRIG_OK || send_event(session, BRIG_EVENT_KIND_DISPLAY, payload,
                                            brig_buffer_span(&meta)) == BRIG_TOO_LARGE)
        output->dropped[BRIG_EVENT_KIND_DISPLAY] += bytes;
    else
        output->displays++;
    brig_buffer_done(&meta);
}

void brig_output_event(brig_session *session, const brig_message *message,
                       const brig_worker_word *word)
{
    switch (word->kind) {
    case BRIG_EVENT_KIND_STDOUT:
    case BRIG_EVENT_KIND_STDERR:
        send_stream(session, word->kind, bin_content(message->body), ORIGIN_ENGINE);
        break;
    case BRIG_EVENT_KIND_DISPLAY:
        send_display(session, message->body, word);
        break;
    default:
        send_whole(session, word->kind, message->body);
        break;
    }
}

static void send_violation(brig_session *session, const brig_violation *violation)
{
    brig_buffer payload;

    brig_audit_violation(session, violation);
    if (session->call.state == BRIG_CODE_NONE || session->call.state == BRIG_CODE_HELD) {
        if (!session->output.has_logged)
            brig_log("session %s: a wall refused something between two calls", session->name);
        session->output.has_logged = true;
        return;
    }
    brig_buffer_init(&payload, SMALL_BYTES);
    brig_pack_map(&payload, 3);
    brig_pack_cstring(&payload, "kind");
    brig_pack_text(&payload, violation->kind);
    brig_pack_cstring(&payload, "layer");
    brig_pack_text(&payload, violation->layer);
    brig_pack_cstring(&payload, "detail");
    brig_pack_text(&payload, violation->detail);
    /* The shim is read even when the worker is not: a client that reads slowly gets a count. */
    if (payload.fault != BRIG_OK || brig_client_is_full(session->client))
        session->output.dropped[BRIG_EVENT_KIND_VIOLATION] += payload.len;
    else
        send_whole(session, BRIG_EVENT_KIND_VIOLATION, brig_buffer_span(&payload));
    brig_buffer_done(&payload);
}

void brig_output_violation(brig_session *session, const brig_value *what)
{
    const brig_violation violation = {
        .kind = brig_value_get_text(what, "kind", ""),
        .layer = brig_value_get_text(what, "layer", ""),
        .detail = brig_value_get_text(what, "detail", ""),
    };

    send_violation(session, &violation);
}

void brig_output_refused_fork(brig_session *session, const char *layer)
{
    const brig_violation violation = {
        .kind = brig_span_text("pids"),
        .layer = brig_span_text(layer),
        .detail = brig_span_text("fork"),
    };

    send_violation(session, &violation);
}

static size_t count_dropped(const brig_output *output)
{
    size_t count = 0;

    for (int i = 0; i < BRIG_EVENT_KIND_COUNT; i++)
        count += output->dropped[i] > 0 ? 1 : 0;
    return count;
}

bool brig_output_has_dropped(const brig_output *output)
{
    return count_dropped(output) > 0 && !MUTANT(tells_nothing_of_dropped);
}

void brig_output_pack_dropped(const brig_output *output, brig_buffer *to)
{
    brig_pack_cstring(to, "dropped");
    brig_pack_map(to, count_dropped(output));
    for (int i = 0; i < BRIG_EVENT_KIND_COUNT; i++) {
        if (output->dropped[i] > 0)
            brig_pack_key_uint(to, kind_names[i], output->dropped[i]);
    }
}
