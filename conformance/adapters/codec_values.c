/* SPDX-License-Identifier: MIT */
/* Messages (spec 6), values (spec 9), and the checks of tools and calls (spec 7.3, 7.4). */
#include <stdlib.h>

#include <brig/message.h>
#include <brig/pack.h>
#include <brig/schema.h>

#include "codec.h"
#include "vectors_notation.h"

enum { ANSWER_BYTES = BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES };

static bool is_known(uint8_t type)
{
    return type <= BRIG_MESSAGE_EVENT || type % 2 == 0;
}

static json_t *written_again(const brig_message *message)
{
    json_t *hex = NULL;
    brig_buffer to;

    brig_buffer_init(&to, ANSWER_BYTES);
    if (brig_message_append(message, &to) == BRIG_OK)
        hex = codec_hex(brig_buffer_span(&to));
    brig_buffer_done(&to);
    return hex == NULL ? json_null() : hex;
}

static json_t *message_answer(const brig_message *message)
{
    if (!is_known(message->type))
        return json_pack("{s:s, s:i, s:b}", "status", "ok", "type", message->type, "known", 0);
    return json_pack("{s:s, s:i, s:b, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "status", "ok",
                     "type", message->type, "known", 1, "id", (json_int_t)message->id, "name",
                     codec_hex(message->name), "class", codec_hex(message->class_), "text",
                     codec_hex(message->text), "body", codec_hex(message->body), "extra",
                     codec_hex(message->extra), "trailing", (json_int_t)message->trailing, "again",
                     written_again(message));
}

json_t *codec_message(const json_t *request)
{
    brig_message message;
    brig_room octets;
    brig_status status;
    json_t *answer;

    if (!codec_octets(json_object_get(request, "bytes"), &octets))
        return NULL;
    status = brig_message_parse(codec_span(octets), &message);
    answer = status == BRIG_OK ? message_answer(&message)
                               : json_pack("{s:s}", "status", codec_status(status));
    free(octets.data);
    return answer;
}

/* ------------------------------------------------------------------------------------------ */
/* A value, written again out of what it was decoded to                                        */

static void pack(brig_buffer *to, const brig_value *value);

static void pack_texts(brig_buffer *to, const brig_value *vector)
{
    brig_text_cursor cursor = brig_text_cursor_of(vector);
    brig_span *texts = calloc(vector->vector.count + 1, sizeof(*texts));

    if (texts == NULL)
        return; /* nothing is written, which differs from everything */
    for (size_t i = 0; i < vector->vector.count; i++)
        texts[i] = brig_text_cursor_next(&cursor);
    brig_pack_text_vector(to, texts, vector->vector.count);
    free(texts);
}

static void pack_vector(brig_buffer *to, const brig_value *vector)
{
    uint8_t *room;

    if (vector->vector.type == BRIG_VECTOR_TEXT) {
        pack_texts(to, vector);
        return;
    }
    room = brig_pack_vector(to, vector->vector.type, vector->vector.count);
    if (room != NULL && vector->vector.elements.len > 0)
        memcpy(room, vector->vector.elements.data, vector->vector.elements.len);
}

static void pack_annotated(brig_buffer *to, const brig_value *value)
{
    const brig_span kind = value->annotated.name->bytes;
    char *name = strndup((const char *)kind.data, kind.len);
    size_t mark;

    if (name == NULL)
        return;
    mark = brig_pack_annotated_begin(to, name);
    pack(to, value->annotated.base);
    pack(to, value->annotated.attributes);
    brig_pack_annotated_end(to, mark);
    free(name);
}

static void pack_opaque(brig_buffer *to, const brig_value *value)
{
    const brig_value *classes = value->opaque.classes;
    brig_span *names = calloc(classes->array.count + 1, sizeof(*names));

    if (names == NULL)
        return;
    for (size_t i = 0; i < classes->array.count; i++)
        names[i] = classes->array.items[i].bytes;
    brig_pack_opaque(to, names, classes->array.count, value->opaque.text);
    free(names);
}

static void pack_container(brig_buffer *to, const brig_value *value)
{
    if (value->kind == BRIG_ARRAY) {
        brig_pack_array(to, value->array.count);
        for (size_t i = 0; i < value->array.count; i++)
            pack(to, &value->array.items[i]);
        return;
    }
    brig_pack_map(to, value->map.count);
    for (size_t i = 0; i < value->map.count; i++) {
        pack(to, &value->map.entries[i].key);
        pack(to, &value->map.entries[i].value);
    }
}

static void pack_scalar(brig_buffer *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        brig_pack_nil(to);
        break;
    case BRIG_BOOL:
        brig_pack_bool(to, value->boolean);
        break;
    case BRIG_INT:
        brig_pack_int(to, value->integer);
        break;
    case BRIG_UINT:
        brig_pack_uint(to, value->unsigned_integer);
        break;
    case BRIG_FLOAT:
        brig_pack_float(to, value->number);
        break;
    case BRIG_TEXT:
        brig_pack_text(to, value->bytes);
        break;
    default:
        brig_pack_bin(to, value->bytes);
    }
}

static void pack(brig_buffer *to, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_ARRAY:
    case BRIG_MAP:
        pack_container(to, value);
        break;
    case BRIG_VECTOR:
        pack_vector(to, value);
        break;
    case BRIG_MISSING:
        brig_pack_missing(to, value->vector.type);
        break;
    case BRIG_ANNOTATED:
        pack_annotated(to, value);
        break;
    case BRIG_OPAQUE:
        pack_opaque(to, value);
        break;
    case BRIG_EXT:
        brig_pack_ext(to, value->ext.type, value->ext.bytes);
        break;
    default:
        pack_scalar(to, value);
    }
}

static json_t *value_answer(const brig_value *value)
{
    json_t *answer;
    brig_buffer notation;
    brig_buffer again;

    brig_buffer_init(&notation, ANSWER_BYTES);
    brig_buffer_init(&again, ANSWER_BYTES);
    vectors_note_value(&notation, value);
    pack(&again, value);
    answer = json_pack("{s:s, s:s%, s:o}", "status", "ok", "notation", (const char *)notation.data,
                       notation.len, "again",
                       again.fault == BRIG_OK ? codec_hex(brig_buffer_span(&again)) : json_null());
    brig_buffer_done(&notation);
    brig_buffer_done(&again);
    return answer;
}

json_t *codec_value(const json_t *request)
{
    brig_tree *tree = NULL;
    brig_room octets;
    brig_status checked;
    brig_status decoded;
    json_t *answer;

    if (!codec_octets(json_object_get(request, "bytes"), &octets))
        return NULL;
    checked = brig_check(codec_span(octets), 0, NULL);
    decoded = brig_tree_new(codec_span(octets), &tree);
    if (checked == BRIG_OK && decoded == BRIG_OK)
        answer = value_answer(brig_tree_root(tree));
    else
        answer =
            json_pack("{s:s, s:s}", "status", codec_status(checked != BRIG_OK ? checked : decoded),
                      "layer", checked != BRIG_OK ? "encoding" : "meaning");
    brig_tree_free(tree);
    free(octets.data);
    return answer;
}

/* ------------------------------------------------------------------------------------------ */
/* Checks of the registry                                                                       */

/* A decoded object of the request, with the octets that it borrows. */
struct given {
    brig_room octets;
    brig_tree *tree;
    const brig_value *value;
};

static bool read_given(const json_t *request, const char *name, struct given *given)
{
    *given = (struct given){.value = NULL};
    if (!codec_octets(json_object_get(request, name), &given->octets) ||
        brig_tree_new(codec_span(given->octets), &given->tree) != BRIG_OK)
        return false;
    given->value = brig_tree_root(given->tree);
    return true;
}

static void given_done(struct given *given)
{
    brig_tree_free(given->tree);
    free(given->octets.data);
}

static json_t *verdict(brig_status status, const brig_problem *problem)
{
    if (status == BRIG_OK)
        return json_pack("{s:s, s:s}", "code", "ok", "path", "");
    return json_pack("{s:s, s:s}", "code", brig_error_name(problem->code), "path", problem->path);
}

json_t *codec_tool(const json_t *request)
{
    brig_problem problem = {.path = ""};
    struct given tool;
    json_t *answer = NULL;

    if (read_given(request, "tool", &tool))
        answer = verdict(brig_tool_check(tool.value, &problem), &problem);
    given_done(&tool);
    return answer;
}

json_t *codec_arguments(const json_t *request)
{
    brig_problem problem = {.path = ""};
    struct given tool;
    struct given args;
    json_t *answer = NULL;
    bool ok = read_given(request, "tool", &tool);

    ok = read_given(request, "args", &args) && ok;
    if (ok && brig_tool_check(tool.value, &problem) == BRIG_OK)
        answer =
            verdict(brig_schema_check(brig_value_get(tool.value, "params"), args.value, &problem),
                    &problem);
    given_done(&args);
    given_done(&tool);
    return answer;
}

json_t *codec_call(const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "procedure"));
    brig_procedure procedure =
        name == NULL ? BRIG_PROCEDURE_COUNT : brig_procedure_find(brig_span_text(name));
    brig_problem problem = {.path = ""};
    struct given args;
    struct given options;
    json_t *answer = NULL;
    bool ok = read_given(request, "args", &args);

    ok = read_given(request, "options", &options) && ok;
    if (ok && procedure != BRIG_PROCEDURE_COUNT)
        answer =
            verdict(brig_procedure_check(procedure, args.value, options.value, &problem), &problem);
    given_done(&options);
    given_done(&args);
    return answer;
}
