/* SPDX-License-Identifier: MIT */
/* The last end of a call: decoded, with everything that its texts borrow. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    TEXTS_BYTES = 4 * BRIG_LIMIT_ERROR_MESSAGE_BYTES,
    LOCAL_MESSAGE_BYTES = 1024,
};

void brig_outcome_clear(struct outcome_store *store)
{
    brig_tree_free(store->value);
    brig_tree_free(store->meta);
    store->value = NULL;
    store->meta = NULL;
    store->texts.limit = TEXTS_BYTES;
    brig_buffer_clear(&store->texts);
    store->error =
        (brig_error){.code = BRIG_ERROR_COUNT, .code_name = "", .class_name = "", .message = ""};
}

void brig_outcome_done(struct outcome_store *store)
{
    brig_outcome_clear(store);
    brig_buffer_done(&store->texts);
}

brig_status brig_outcome_set_result(struct outcome_store *store, const brig_message *message)
{
    brig_outcome_clear(store);
    TRY(brig_tree_new(message->body, &store->value));
    return brig_tree_new(message->extra, &store->meta);
}

/* The texts grow, and so move, until all are there: remember places, not addresses. */
static size_t keep(struct outcome_store *store, brig_span text)
{
    size_t place = store->texts.len;
    brig_span nul = {(const uint8_t *)"", 1};

    brig_buffer_append(&store->texts, text);
    brig_buffer_append(&store->texts, nul);
    return place;
}

static const char *kept(const struct outcome_store *store, size_t place)
{
    return store->texts.fault == BRIG_OK ? (const char *)store->texts.data + place : "";
}

static brig_survival survival_of(const brig_value *data)
{
    const brig_value *state = brig_value_get(data, "state");

    if (brig_value_is_text(state, "kept"))
        return BRIG_SURVIVAL_KEPT;
    return brig_value_is_text(state, "lost") ? BRIG_SURVIVAL_LOST : BRIG_SURVIVAL_UNSAID;
}

/* A class that no code of the registry has is treated as `fault` (spec 8). */
static const char *known_class(brig_span name)
{
    for (size_t code = 0; code < BRIG_ERROR_COUNT; code++)
        if (brig_span_is(name, brig_error_class((brig_error_code)code)))
            return brig_error_class((brig_error_code)code);
    return brig_error_class(BRIG_ERROR_COUNT);
}

void brig_outcome_set_error(struct outcome_store *store, const brig_message *message)
{
    brig_error *error = &store->error;
    size_t code;
    size_t text;

    brig_outcome_clear(store);
    code = keep(store, message->name);
    text = keep(store, message->text);
    error->status = BRIG_FAILED;
    error->code = brig_error_find(message->name);
    error->code_name = kept(store, code);
    /* Of a known code the registry's class holds, whatever was sent (spec 8). */
    error->class_name = error->code == BRIG_ERROR_COUNT ? known_class(message->class_)
                                                        : brig_error_class(error->code);
    error->message = kept(store, text);
    /* Data that does not decode leaves what matters: code, class and message. */
    if (brig_tree_new(message->body, &store->meta) != BRIG_OK)
        return;
    error->data = brig_tree_root(store->meta);
    error->state = survival_of(error->data);
    error->generation = brig_value_get_uint(error->data, "generation", 0);
}

brig_status brig_outcome_fail(struct outcome_store *store, brig_status status, const char *format,
                              ...)
{
    char text[LOCAL_MESSAGE_BYTES];
    size_t place;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    brig_outcome_clear(store);
    place = keep(store, brig_span_text(text));
    store->error.status = status;
    store->error.message = kept(store, place);
    return status;
}
