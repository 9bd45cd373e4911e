/* SPDX-License-Identifier: MIT */
/* What one side of a connection makes of a stream, and what it says (spec 3 to 7.1); key files. */
#include <stdlib.h>

#include <brig/conn.h>

#include "codec.h"

enum { MAX_PUBLICS = 16, MAX_SENT = 16 };

/* A connection with what the request says about it. */
struct stream {
    brig_conn *conn;
    brig_status status; /* BRIG_AGAIN, or final */
    json_t *sent;       /* what was said before anything came, then after each part */
    json_t *messages;   /* in their encoding */
    json_t *refusal;    /* reason, lowest and highest version, or null */
    bool is_ready;
};

static bool read_key(const json_t *request, const char *name, uint8_t ret_key[BRIG_KEY_BYTES])
{
    const json_t *text = json_object_get(request, name);
    brig_room octets;
    bool fits;

    if (text == NULL)
        return true;
    if (!codec_octets(text, &octets))
        return false;
    fits = octets.len == BRIG_KEY_BYTES;
    if (fits)
        memcpy(ret_key, octets.data, BRIG_KEY_BYTES);
    free(octets.data);
    return fits;
}

static bool read_publics(const json_t *request, uint8_t publics[MAX_PUBLICS][BRIG_KEY_BYTES],
                         size_t *ret_count)
{
    const json_t *list = json_object_get(request, "client_publics");
    json_t *one;
    size_t i;

    *ret_count = json_array_size(list);
    if (*ret_count > MAX_PUBLICS)
        return false;
    json_array_foreach(list, i, one)
    {
        brig_room octets;
        bool fits = codec_octets(one, &octets) && octets.len == BRIG_KEY_BYTES;

        if (!fits)
            return false;
        memcpy(publics[i], octets.data, BRIG_KEY_BYTES);
        free(octets.data);
    }
    return true;
}

static bool open_stream(const json_t *request, struct stream *stream)
{
    uint8_t publics[MAX_PUBLICS][BRIG_KEY_BYTES];
    const char *receiver = json_string_value(json_object_get(request, "receiver"));
    const char *suite = json_string_value(json_object_get(request, "suite"));
    const json_t *max_message = json_object_get(request, "max_message");
    brig_conn_config config = {.software = "brig codec",
                               .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                               .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES};

    if (receiver == NULL || suite == NULL)
        return false;
    config.side = strcmp(receiver, "client") == 0 ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER;
    config.suite = strcmp(suite, "keyed") == 0 ? BRIG_SUITE_KEYED : BRIG_SUITE_LOCAL;
    config.suites = 1u << config.suite;
    config.refuse_busy = json_is_true(json_object_get(request, "busy"));
    if (max_message != NULL)
        config.max_message_bytes = (size_t)json_integer_value(max_message);
    if (!read_key(request, "psk", config.psk) ||
        !read_key(request, "ephemeral", config.ephemeral) ||
        !read_key(request, "static_secret", config.static_secret) ||
        !read_key(request, "server_public", config.server_public) ||
        !read_publics(request, publics, &config.client_public_count))
        return false;
    config.client_publics = (const uint8_t(*)[BRIG_KEY_BYTES])publics;
    return brig_conn_new(&config, &stream->conn) == BRIG_OK;
}

static void note_event(struct stream *stream, const brig_event *event)
{
    brig_buffer octets;

    switch (event->type) {
    case BRIG_EVENT_READY:
        stream->is_ready = true;
        break;
    case BRIG_EVENT_MESSAGE:
        brig_buffer_init(&octets, BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES);
        (void)brig_message_append(&event->message, &octets);
        (void)json_array_append_new(stream->messages, codec_hex(brig_buffer_span(&octets)));
        brig_buffer_done(&octets);
        break;
    case BRIG_EVENT_REFUSED:
        json_decref(stream->refusal);
        stream->refusal = json_pack("[i, i, i]", event->refusal.reason, event->refusal.min_version,
                                    event->refusal.max_version);
        break;
    case BRIG_EVENT_CLOSED:
        break;
    }
}

static void take_events(struct stream *stream)
{
    brig_event event;

    while ((stream->status = brig_conn_next(stream->conn, &event)) == BRIG_OK)
        note_event(stream, &event);
}

static void note_sent(struct stream *stream)
{
    const brig_span output = brig_conn_output(stream->conn);

    (void)json_array_append_new(stream->sent, codec_hex(output));
    brig_conn_sent(stream->conn, output.len);
}

/* One part of what is received, at most piece_len octets at a time. */
static void feed(struct stream *stream, brig_span octets, size_t piece_len)
{
    while (octets.len > 0 && stream->status == BRIG_AGAIN) {
        brig_room room = brig_conn_room(stream->conn);
        size_t len = octets.len < piece_len ? octets.len : piece_len;

        if (room.len == 0) {
            stream->status = BRIG_NO_MEMORY;
            return;
        }
        len = len < room.len ? len : room.len;
        memcpy(room.data, octets.data, len);
        brig_conn_filled(stream->conn, len);
        octets.data += len;
        octets.len -= len;
        take_events(stream);
    }
}

/* Messages of our own, which answers in the stream may be about. */
static bool send_all(struct stream *stream, const json_t *list)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        brig_message message;
        brig_room octets;
        brig_status status;

        if (!codec_octets(one, &octets))
            return false;
        status = brig_message_parse(codec_span(octets), &message);
        if (status == BRIG_OK)
            status = brig_conn_send(stream->conn, &message, NULL);
        free(octets.data);
        if (status != BRIG_OK)
            return false;
    }
    return true;
}

static bool feed_all(struct stream *stream, const json_t *request)
{
    const json_t *piece = json_object_get(request, "piece");
    size_t piece_len = piece == NULL ? SIZE_MAX : (size_t)json_integer_value(piece);
    json_t *one;
    size_t i;

    if (piece_len == 0 || !send_all(stream, json_object_get(request, "send")))
        return false;
    take_events(stream);
    note_sent(stream);
    json_array_foreach(json_object_get(request, "received"), i, one)
    {
        brig_room octets;

        if (!codec_octets(one, &octets))
            return false;
        feed(stream, codec_span(octets), piece_len);
        free(octets.data);
        note_sent(stream);
    }
    return true;
}

/* The stream ends here: which of the ends of spec 3.6 is it? */
static const char *end_of(struct stream *stream)
{
    switch (stream->status) {
    case BRIG_AGAIN:
        return brig_conn_eof(stream->conn) == BRIG_OK ? "closed" : "truncated";
    case BRIG_CLOSED:
        return "closed";
    case BRIG_REFUSED:
        return "refused";
    case BRIG_AUTH:
        return "not_authenticated";
    default:
        return "faulted";
    }
}

static json_t *hash_of(const brig_conn *conn)
{
    uint8_t hash[BRIG_HANDSHAKE_HASH_BYTES];

    if (brig_conn_handshake_hash(conn, hash) != BRIG_OK)
        return json_null();
    return codec_hex((brig_span){hash, sizeof(hash)});
}

json_t *codec_stream(const json_t *request)
{
    struct stream stream = {.status = BRIG_AGAIN,
                            .sent = json_array(),
                            .messages = json_array(),
                            .refusal = json_null()};
    json_t *answer = NULL;

    if (open_stream(request, &stream) && feed_all(&stream, request))
        answer = json_pack("{s:s, s:b, s:O, s:O, s:O, s:o}", "end", end_of(&stream), "ready",
                           stream.is_ready, "sent", stream.sent, "messages", stream.messages,
                           "refusal", stream.refusal, "handshake_hash", hash_of(stream.conn));
    brig_conn_free(stream.conn);
    json_decref(stream.sent);
    json_decref(stream.messages);
    json_decref(stream.refusal);
    return answer;
}

json_t *codec_key(const json_t *request)
{
    uint8_t key[BRIG_KEY_BYTES];
    brig_room text;
    brig_status status;

    if (!codec_octets(json_object_get(request, "bytes"), &text))
        return NULL;
    status = brig_key_parse(codec_span(text), key);
    free(text.data);
    return json_pack("{s:s, s:o}", "status", codec_status(status), "key",
                     status == BRIG_OK ? codec_hex((brig_span){key, sizeof(key)}) : json_null());
}
