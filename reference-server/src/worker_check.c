/* SPDX-License-Identifier: MIT */
/* The acceptance table of the worker profile (spec 11.2). */
#include "worker_check.h"

/* Keys that a map may have; NULL ends the list. */
typedef const char *const *key_list;

static const char *const no_keys[] = {NULL};
static const char *const parse_keys[] = {"line", "column", NULL};
static const char *const runtime_keys[] = {"classes", "call", "traceback", NULL};
static const char *const path_keys[] = {"path", NULL};
static const char *const message_keys[] = {"message", "classes", NULL};
static const char *const warning_keys[] = {"message", "classes", "call", NULL};
static const char *const progress_keys[] = {"fraction", "text", NULL};
static const char *const result_keys[] = {"value", "visible", NULL};
static const char *const display_meta_keys[] = {"id", "update", NULL};

static const struct {
    brig_error_code code;
    key_list data;
} error_rules[] = {
    {BRIG_ERROR_PARSE, parse_keys},     {BRIG_ERROR_RUNTIME, runtime_keys},
    {BRIG_ERROR_CANCELLED, no_keys},    {BRIG_ERROR_BAD_ARGUMENTS, path_keys},
    {BRIG_ERROR_UNKNOWN_TOOL, no_keys},
};

static const struct {
    const char *name;
    brig_event_kind kind;
    brig_kind payload;
    key_list keys; /* of a map; NULL: any (MIME types) */
} event_rules[] = {
    {"stdout", BRIG_EVENT_KIND_STDOUT, BRIG_BIN, NULL},
    {"stderr", BRIG_EVENT_KIND_STDERR, BRIG_BIN, NULL},
    {"message", BRIG_EVENT_KIND_MESSAGE, BRIG_MAP, message_keys},
    {"warning", BRIG_EVENT_KIND_WARNING, BRIG_MAP, warning_keys},
    {"display", BRIG_EVENT_KIND_DISPLAY, BRIG_MAP, NULL},
    {"progress", BRIG_EVENT_KIND_PROGRESS, BRIG_MAP, progress_keys},
};

enum {
    ERROR_RULE_COUNT = sizeof(error_rules) / sizeof(error_rules[0]),
    EVENT_RULE_COUNT = sizeof(event_rules) / sizeof(event_rules[0]),
};

static bool is_listed(brig_span key, key_list keys)
{
    for (; *keys != NULL; keys++) {
        if (brig_span_is(key, *keys))
            return true;
    }
    return false;
}

static brig_status check_keys(const brig_value *map, key_list keys)
{
    if (map->kind != BRIG_MAP)
        return BRIG_MALFORMED;
    for (size_t i = 0; i < map->map.count; i++) {
        if (!is_listed(map->map.entries[i].key.bytes, keys))
            return BRIG_MALFORMED;
    }
    return BRIG_OK;
}

static bool is_empty_map(brig_span encoded)
{
    return encoded.len == 0 || (encoded.len == 1 && encoded.data[0] == 0x80);
}

/* What a worker sends is decoded, malformed, or more than memory holds. */
static brig_status decode(brig_span encoded, brig_tree **ret_tree)
{
    brig_status status = brig_tree_new(encoded, ret_tree);

    return status == BRIG_OK || status == BRIG_NO_MEMORY ? status : BRIG_MALFORMED;
}

static brig_status read_result(const brig_message *message, brig_worker_word *word)
{
    brig_tree *tree = NULL;

    if (is_empty_map(message->extra))
        return BRIG_OK;
    brig_status status = decode(message->extra, &tree);
    if (status != BRIG_OK)
        return status;
    const brig_value *meta = brig_tree_root(tree);
    const brig_value *value = brig_value_get(meta, "value");
    const brig_value *visible = brig_value_get(meta, "visible");
    status = check_keys(meta, result_keys);
    if (value != NULL && !brig_value_is_text(value, "omitted"))
        status = BRIG_MALFORMED;
    if (visible != NULL && visible->kind != BRIG_BOOL)
        status = BRIG_MALFORMED;
    word->is_omitted = value != NULL;
    word->is_visible = visible != NULL && visible->kind == BRIG_BOOL && visible->boolean;
    brig_tree_free(tree);
    return status;
}

static brig_status read_error(const brig_message *message, brig_worker_word *word)
{
    brig_tree *tree = NULL;
    size_t rule = 0;

    word->code = brig_error_find(message->name);
    while (rule < ERROR_RULE_COUNT && error_rules[rule].code != word->code)
        rule++;
    if (rule == ERROR_RULE_COUNT)
        return BRIG_MALFORMED;
    brig_status status = decode(message->body, &tree);
    if (status == BRIG_OK)
        status = check_keys(brig_tree_root(tree), error_rules[rule].data);
    brig_tree_free(tree);
    return status;
}

/* MIME type to text or bytes. */
static brig_status check_display(const brig_value *payload)
{
    for (size_t i = 0; i < payload->map.count; i++) {
        brig_kind kind = payload->map.entries[i].value.kind;

        if (kind != BRIG_TEXT && kind != BRIG_BIN)
            return BRIG_MALFORMED;
    }
    return BRIG_OK;
}

static brig_status check_payload(const brig_message *message, size_t rule)
{
    brig_tree *tree = NULL;

    /* Console output is the hot path: its type octet says all there is to know. */
    if (event_rules[rule].payload == BRIG_BIN)
        return message->body.len > 0 && message->body.data[0] >= 0xc4 &&
                       message->body.data[0] <= 0xc6
                   ? BRIG_OK
                   : BRIG_MALFORMED;
    brig_status status = decode(message->body, &tree);
    if (status != BRIG_OK)
        return status;
    const brig_value *payload = brig_tree_root(tree);
    if (payload->kind != BRIG_MAP)
        status = BRIG_MALFORMED;
    else if (event_rules[rule].keys != NULL)
        status = check_keys(payload, event_rules[rule].keys);
    else
        status = check_display(payload);
    brig_tree_free(tree);
    return status;
}

static brig_status read_display_meta(const brig_message *message, brig_worker_word *word)
{
    brig_tree *tree = NULL;

    if (is_empty_map(message->extra))
        return BRIG_OK;
    brig_status status = decode(message->extra, &tree);
    if (status != BRIG_OK)
        return status;
    const brig_value *meta = brig_tree_root(tree);
    const brig_value *id = brig_value_get(meta, "id");
    const brig_value *update = brig_value_get(meta, "update");
    status = check_keys(meta, display_meta_keys);
    if ((id != NULL && id->kind != BRIG_TEXT) || (update != NULL && update->kind != BRIG_BOOL))
        status = BRIG_MALFORMED;
    else if (status == BRIG_OK) {
        word->display_id = id != NULL ? id->bytes : (brig_span){NULL, 0};
        word->is_update = update != NULL && update->boolean;
    }
    brig_tree_free(tree);
    return status;
}

static brig_status read_event(const brig_message *message, brig_worker_word *word)
{
    size_t rule = 0;

    while (rule < EVENT_RULE_COUNT && !brig_span_is(message->name, event_rules[rule].name))
        rule++;
    if (rule == EVENT_RULE_COUNT)
        return BRIG_MALFORMED;
    word->kind = event_rules[rule].kind;
    brig_status status = check_payload(message, rule);
    if (status != BRIG_OK)
        return status;
    if (word->kind == BRIG_EVENT_KIND_DISPLAY)
        return read_display_meta(message, word);
    return is_empty_map(message->extra) ? BRIG_OK : BRIG_MALFORMED;
}

brig_status brig_worker_word_check(const brig_message *message, brig_worker_word *ret_word)
{
    brig_worker_word word = {.code = BRIG_ERROR_COUNT, .kind = BRIG_EVENT_KIND_COUNT};
    brig_status status = BRIG_MALFORMED;

    if (message->trailing > 0)
        return BRIG_MALFORMED;
    switch (message->type) {
    case BRIG_MESSAGE_RESULT:
        status = read_result(message, &word);
        break;
    case BRIG_MESSAGE_ERROR:
        status = read_error(message, &word);
        break;
    case BRIG_MESSAGE_EVENT:
        status = read_event(message, &word);
        break;
    case BRIG_MESSAGE_CALL: /* the server builds the options */
        status = is_empty_map(message->extra) ? BRIG_OK : BRIG_MALFORMED;
        break;
    default:
        break;
    }
    if (status == BRIG_OK)
        *ret_word = word;
    return status;
}
