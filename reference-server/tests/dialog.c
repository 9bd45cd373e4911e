/* SPDX-License-Identifier: MIT */
/* Sessions as tables, with a notation of all that the server says. */
#include "dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <fnmatch.h>
#include <unistd.h>

#include <jansson.h>

#include <brig/pack.h>

#include "check.h"
#include "live_client.h"

enum {
    ARGS_BYTES = 1048576,
    NOTE_BYTES = 65536,
    SERVER_CALLS = 32,
    SHOWN_BYTES = 300, /* of a longer octet string only the length is written down */
};

typedef struct note {
    uint64_t id;
    bool is_ended;
    size_t len;
    char text[NOTE_BYTES];
} note;

struct talk {
    live_client client;
    const dialog_case *of;
    size_t sent_count;
    uint64_t late_id; /* call of the server that is answered later, or 0 */
    note notes[DIALOG_STEPS];
    note *call_notes[SERVER_CALLS]; /* where the server's call of this id was written down */
};

static void write_down(note *to, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(to->text + to->len, sizeof(to->text) - to->len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < sizeof(to->text) - to->len, "a note has room");
    to->len += (size_t)len;
}

static void write_bytes(note *to, const char *mark, brig_span bytes)
{
    if (bytes.len > SHOWN_BYTES)
        write_down(to, "%s(%zu)", mark, bytes.len);
    else
        write_down(to, "%s\"%.*s\"", mark, (int)bytes.len, (const char *)bytes.data);
}

static void write_value(note *to, const brig_value *value);

static void write_array(note *to, const brig_value *value)
{
    for (size_t i = 0; i < value->array.count; i++) {
        write_down(to, i == 0 ? "(" : ", ");
        write_value(to, &value->array.items[i]);
    }
    write_down(to, value->array.count == 0 ? "()" : ")");
}

static void write_map(note *to, const brig_value *value)
{
    for (size_t i = 0; i < value->map.count; i++) {
        const brig_entry *entry = &value->map.entries[i];

        write_down(to, "%s%.*s: ", i == 0 ? "{" : ", ", (int)entry->key.bytes.len,
                   (const char *)entry->key.bytes.data);
        write_value(to, &entry->value);
    }
    write_down(to, value->map.count == 0 ? "{}" : "}");
}

static void write_value(note *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        write_down(to, "nil");
        break;
    case BRIG_BOOL:
        write_down(to, value->boolean ? "true" : "false");
        break;
    case BRIG_INT:
        write_down(to, "%lld", (long long)value->integer);
        break;
    case BRIG_FLOAT:
        write_down(to, "%.17g", value->number);
        break;
    case BRIG_TEXT:
        write_bytes(to, "", value->bytes);
        break;
    case BRIG_BIN:
        write_bytes(to, "b", value->bytes);
        break;
    case BRIG_ARRAY:
        write_array(to, value);
        break;
    case BRIG_MAP:
        write_map(to, value);
        break;
    case BRIG_OPAQUE:
        write_down(to, "opaque");
        break;
    default:
        write_down(to, "other");
        break;
    }
}

static void write_encoded(note *to, brig_span encoded)
{
    brig_tree *tree = NULL;

    CHECK(brig_tree_new(encoded, &tree) == BRIG_OK, "what the server relays is valid");
    write_value(to, brig_tree_root(tree));
    brig_tree_free(tree);
}

/* JSON as MessagePack. */

static void pack_json(brig_buffer *to, const json_t *json);

static void pack_object(brig_buffer *to, const json_t *json)
{
    const json_t *bin = json_object_get(json, "$bin");
    const char *key = NULL;
    json_t *value = NULL;

    if (bin != NULL) {
        brig_pack_bin(to, brig_span_text(json_string_value(bin)));
        return;
    }
    brig_pack_map(to, json_object_size(json));
    json_object_foreach((json_t *)json, key, value)
    {
        brig_pack_cstring(to, key);
        pack_json(to, value);
    }
}

static void pack_json(brig_buffer *to, const json_t *json)
{
    if (json_is_object(json)) {
        pack_object(to, json);
    } else if (json_is_array(json)) {
        brig_pack_array(to, json_array_size(json));
        for (size_t i = 0; i < json_array_size(json); i++)
            pack_json(to, json_array_get(json, i));
    } else if (json_is_string(json)) {
        brig_pack_cstring(to, json_string_value(json));
    } else if (json_is_integer(json)) {
        brig_pack_int(to, json_integer_value(json));
    } else if (json_is_real(json)) {
        brig_pack_float(to, json_real_value(json));
    } else if (json_is_boolean(json)) {
        brig_pack_bool(to, json_is_true(json));
    } else {
        brig_pack_nil(to);
    }
}

static void pack_text(brig_buffer *to, const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text == NULL ? "{}" : text, 0, &error);

    CHECK(json != NULL, "%s: %s", text, error.text);
    pack_json(to, json);
    json_decref(json);
}

/* The conversation. */

static note *find_note(struct talk *talk, uint64_t id)
{
    for (size_t i = 0; i < talk->sent_count; i++) {
        if (talk->notes[i].id == id)
            return &talk->notes[i];
    }
    CHECK(false, "%s: something about a call that was never made", talk->of->name);
    return NULL;
}

static void answer(struct talk *talk, const brig_message *call)
{
    brig_message message = {.type = BRIG_MESSAGE_RESULT, .id = call->id};
    brig_buffer body;

    brig_buffer_init(&body, ARGS_BYTES);
    if (brig_span_is(call->name, "deny")) {
        message.type = BRIG_MESSAGE_ERROR;
        message.name = brig_span_text("denied");
        message.text = brig_span_text("not today");
        pack_text(&body, "{\"secret\": \"kept\"}");
    } else if (brig_span_is(call->name, "brig.input")) {
        brig_pack_cstring(&body, "typed");
    } else {
        brig_pack_bool(&body, true);
    }
    message.body = brig_buffer_span(&body);
    CHECK(brig_conn_send(talk->client.conn, &message, NULL) == BRIG_OK, "an answer is sent");
    live_flush(&talk->client);
    brig_buffer_done(&body);
}

static void answer_late(struct talk *talk)
{
    const brig_message call = {.id = talk->late_id};

    if (talk->late_id != 0)
        answer(talk, &call);
    talk->late_id = 0;
}

/* The note of the code call that a call of the server belongs to. */
static note *note_of_call(struct talk *talk, const brig_message *call)
{
    bool is_cancel = brig_span_is(call->name, "brig.cancel");
    brig_tree *tree = NULL;

    CHECK(brig_tree_new(is_cancel ? call->body : call->extra, &tree) == BRIG_OK, "a map");
    uint64_t id = brig_value_get_uint(brig_tree_root(tree), is_cancel ? "id" : "parent", 0);
    brig_tree_free(tree);
    if (!is_cancel)
        return find_note(talk, id);
    CHECK(id < SERVER_CALLS && talk->call_notes[id] != NULL, "%s: a cancel of call %llu",
          talk->of->name, (unsigned long long)id);
    return talk->call_notes[id];
}

static void take_call(struct talk *talk, const brig_message *call)
{
    note *to = note_of_call(talk, call);

    CHECK(call->id < SERVER_CALLS, "%s: few calls", talk->of->name);
    CHECK(!to->is_ended, "%s: a call after a terminal", talk->of->name);
    talk->call_notes[call->id] = to;
    write_down(to, "CALL %.*s ", (int)call->name.len, (const char *)call->name.data);
    write_encoded(to, call->body);
    write_down(to, " ");
    write_encoded(to, call->extra);
    write_down(to, "; ");
    if (brig_span_is(call->name, "late"))
        talk->late_id = call->id;
    else if (!brig_span_is(call->name, "hold"))
        answer(talk, call);
}

static void take_message(struct talk *talk, const brig_message *message)
{
    if (message->type == BRIG_MESSAGE_CALL) {
        take_call(talk, message);
        return;
    }
    note *to = find_note(talk, message->id);
    CHECK(!to->is_ended, "%s: something after a terminal", talk->of->name);
    to->is_ended = message->type != BRIG_MESSAGE_EVENT;
    if (message->type == BRIG_MESSAGE_ERROR) {
        write_down(to, "ERROR %.*s %.*s ", (int)message->name.len, (const char *)message->name.data,
                   (int)message->class_.len, (const char *)message->class_.data);
        CHECK(message->text.len > 0, "%s: an ERROR says what was wrong", talk->of->name);
        write_encoded(to, message->body);
        return;
    }
    if (message->type == BRIG_MESSAGE_EVENT)
        write_down(to, "EVENT %.*s ", (int)message->name.len, (const char *)message->name.data);
    else
        write_down(to, "RESULT ");
    write_encoded(to, message->body);
    write_down(to, " ");
    write_encoded(to, message->extra);
    write_down(to, to->is_ended ? "" : "; ");
}

static void send_step(struct talk *talk, const dialog_step *step)
{
    bool is_code = strcmp(step->procedure, "eval") == 0;
    note *to = &talk->notes[talk->sent_count++];
    brig_buffer args;
    brig_buffer options;

    answer_late(talk);
    brig_buffer_init(&args, ARGS_BYTES);
    brig_buffer_init(&options, ARGS_BYTES);
    if (is_code) {
        brig_pack_map(&args, 2);
        brig_pack_key_text(&args, "code", step->args);
        brig_pack_key_text(&args, "value", "plain");
    } else {
        pack_text(&args, step->args);
    }
    pack_text(&options, step->options);
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .name = brig_span_text(is_code ? "brig.eval" : step->procedure),
        .body = brig_buffer_span(&args),
        .extra = brig_buffer_span(&options),
    };
    CHECK(brig_conn_send(talk->client.conn, &call, &to->id) == BRIG_OK, "%s is sent",
          step->procedure);
    live_flush(&talk->client);
    brig_buffer_done(&options);
    brig_buffer_done(&args);
}

static void expect_end(struct talk *talk, size_t i)
{
    const dialog_step *step = &talk->of->steps[i];
    brig_event event;

    while (!talk->notes[i].is_ended) {
        CHECK(live_next(&talk->client, &event), "%s: the connection ended in step %zu, `%s`",
              talk->of->name, i + 1, talk->notes[i].text);
        if (event.type == BRIG_EVENT_MESSAGE)
            take_message(talk, &event.message);
    }
    CHECK(fnmatch(step->expected, talk->notes[i].text, 0) == 0, "%s: step %zu: `%s` is not `%s`",
          talk->of->name, i + 1, talk->notes[i].text, step->expected);
}

static void run_step(struct talk *talk, size_t i)
{
    const dialog_step *step = &talk->of->steps[i];

    if (strcmp(step->procedure, "await") == 0) {
        for (size_t earlier = 0; earlier < i; earlier++)
            expect_end(talk, earlier);
        talk->notes[talk->sent_count++].is_ended = true;
        return;
    }
    send_step(talk, step);
    if (!step->is_open)
        expect_end(talk, i);
}

static void run_case(dialog_engine engine, const dialog_case *c)
{
    static struct talk talk;
    char path[64] = "";
    const char *config = c->config;

    memset(&talk, 0, sizeof(talk));
    talk.of = c;
    if (config == NULL && engine == DIALOG_CONF)
        config = "profiles:\n  - name: standard\n    engine: conf\n";
    if (config != NULL) {
        (void)snprintf(path, sizeof(path), "test_dialog_%ld.yaml", (long)getpid());
        FILE *file = fopen(path, "we");
        CHECK(file != NULL && fputs(config, file) >= 0 && fclose(file) == 0, "a configuration");
    }
    live_start_with(&talk.client, engine == DIALOG_SCRIPTED ? SCRIPTED_WORKER : R_WORKER,
                    config == NULL ? NULL : path);
    for (size_t i = 0; i < DIALOG_STEPS && c->steps[i].procedure != NULL; i++) {
        run_step(&talk, i);
    }
    for (size_t i = 0; i < talk.sent_count; i++)
        expect_end(&talk, i);
    live_stop(&talk.client);
    if (config != NULL)
        (void)unlink(path);
}

void dialog_run(dialog_engine engine, const dialog_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        run_case(engine, &cases[i]);
}
