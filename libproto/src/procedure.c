/* SPDX-License-Identifier: MIT */
/* Procedures and records against the registry: strict in what is asked (spec 6.1 and 7). */
#include <brig/procedure.h>

#include "record.h"
#include "try.h"

struct procedure_rule {
    const char *name;
    brig_record args;
    brig_record options;
    unsigned from; /* bit set of FROM(side) */
    bool is_code;
    bool is_control;
};

/* Values from the strictest to the weakest: "a|b|c". */
struct effect_rule {
    const char *name;
    const char *order;
};

#define FROM(side) (1u << BRIG_SIDE_##side)
#include "generated/records.h"
#undef FROM

static const struct key_rule *find_key(const struct record_rule *rule, brig_span key)
{
    for (size_t i = 0; i < rule->key_count; i++)
        if (brig_span_is(key, rule->keys[i].key))
            return &rule->keys[i];
    return NULL;
}

brig_procedure brig_procedure_find(brig_span name)
{
    for (size_t i = 0; i < BRIG_PROCEDURE_COUNT; i++)
        if (brig_span_is(name, procedure_rules[i].name))
            return (brig_procedure)i;
    return BRIG_PROCEDURE_COUNT;
}

const char *brig_procedure_name(brig_procedure procedure)
{
    return (size_t)procedure < BRIG_PROCEDURE_COUNT ? procedure_rules[procedure].name : "?";
}

bool brig_procedure_is_code(brig_procedure procedure)
{
    return (size_t)procedure < BRIG_PROCEDURE_COUNT && procedure_rules[procedure].is_code;
}

bool brig_procedure_is_control(brig_procedure procedure)
{
    return (size_t)procedure < BRIG_PROCEDURE_COUNT && procedure_rules[procedure].is_control;
}

bool brig_procedure_is_from(brig_procedure procedure, brig_side side)
{
    return (size_t)procedure < BRIG_PROCEDURE_COUNT &&
           (procedure_rules[procedure].from & (1u << side)) != 0;
}

/* The position of a word in "a|b|c", or -1. */
static int position_in(const char *words, brig_span word)
{
    int position = 0;

    for (const char *start = words;; position++) {
        size_t len = strcspn(start, "|");

        if (brig_span_equal(word, (brig_span){(const uint8_t *)start, len}))
            return position;
        if (start[len] == '\0')
            return -1;
        start += len + 1;
    }
}

static bool is_whole(const brig_value *value, int64_t from)
{
    return value->kind == BRIG_INT && value->integer >= from && value->integer <= BRIG_LIMIT_MAX_ID;
}

static bool is_type(const brig_value *value, enum key_type type)
{
    switch (type) {
    case TYPE_ANY:
    case TYPE_VALUE:
        return true;
    case TYPE_NIL:
        return value->kind == BRIG_NIL;
    case TYPE_BOOL:
        return value->kind == BRIG_BOOL;
    case TYPE_INT:
        return value->kind == BRIG_INT;
    case TYPE_UINT:
        return is_whole(value, 0);
    case TYPE_ID:
        return is_whole(value, 1);
    case TYPE_FLOAT:
        return value->kind == BRIG_FLOAT;
    case TYPE_NUMBER:
        return value->kind == BRIG_INT || value->kind == BRIG_UINT || value->kind == BRIG_FLOAT;
    case TYPE_TEXT:
        return value->kind == BRIG_TEXT;
    case TYPE_BIN:
        return value->kind == BRIG_BIN;
    case TYPE_ARRAY:
        return value->kind == BRIG_ARRAY;
    case TYPE_MAP:
    case TYPE_RECORD:
        return value->kind == BRIG_MAP;
    }
    return false;
}

static const char *const type_texts[] = {
    [TYPE_ANY] = "any value is expected here",
    [TYPE_NIL] = "nil is expected here",
    [TYPE_BOOL] = "a bool is expected here",
    [TYPE_INT] = "an integer is expected here",
    [TYPE_UINT] = "an integer from 0 to 2^53-1 is expected here",
    [TYPE_ID] = "an integer from 1 to 2^53-1 is expected here",
    [TYPE_FLOAT] = "a float64 is expected here",
    [TYPE_NUMBER] = "a number is expected here",
    [TYPE_TEXT] = "a text is expected here",
    [TYPE_BIN] = "bytes are expected here",
    [TYPE_MAP] = "a map is expected here",
    [TYPE_ARRAY] = "an array is expected here",
    [TYPE_VALUE] = "any value is expected here",
    [TYPE_RECORD] = "a map is expected here",
};

static brig_status check_element(const struct key_rule *rule, const brig_value *value,
                                 const struct place *place)
{
    if (!is_type(value, rule->of))
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, type_texts[rule->of]);
    if (rule->of == TYPE_RECORD)
        return brig_record_check_at(rule->of_record, value, place);
    return BRIG_OK;
}

static brig_status check_array(const struct key_rule *rule, const brig_value *array,
                               const struct place *place)
{
    for (size_t i = 0; i < array->array.count; i++) {
        struct place below = brig_place_index(place, i);

        TRY(check_element(rule, &array->array.items[i], &below));
    }
    return rule->of_record == BRIG_RECORD_TOOL ? brig_tool_list_check_at(array, place) : BRIG_OK;
}

/* A map of a record is that record; of another type, each of its values has the type. */
static brig_status check_map(const struct key_rule *rule, const brig_value *map,
                             const struct place *place)
{
    if (rule->of == TYPE_RECORD)
        return brig_record_check_at(rule->of_record, map, place);
    for (size_t i = 0; i < map->map.count; i++) {
        const brig_entry *entry = &map->map.entries[i];
        struct place below = brig_place_key(place, entry->key.bytes);

        TRY(check_element(rule, &entry->value, &below));
    }
    return BRIG_OK;
}

static brig_status check_key(const struct key_rule *rule, const brig_value *value,
                             const struct place *place)
{
    if (!is_type(value, rule->type))
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, type_texts[rule->type]);
    if (rule->minimum > 0 && (uint64_t)value->integer < rule->minimum)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, "the number is too small");
    if (rule->values != NULL && position_in(rule->values, value->bytes) < 0)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS,
                               "this is none of the allowed values");
    if (rule->type == TYPE_ARRAY)
        return check_array(rule, value, place);
    return rule->type == TYPE_MAP ? check_map(rule, value, place) : BRIG_OK;
}

static brig_status check_required(const struct record_rule *rule, const brig_value *map,
                                  const struct place *place)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        struct place below;

        if (!rule->keys[i].required || brig_value_get(map, rule->keys[i].key) != NULL)
            continue;
        below = brig_place_key(place, brig_span_text(rule->keys[i].key));
        return brig_place_fail(&below, BRIG_ERROR_BAD_ARGUMENTS, "this key is required");
    }
    return BRIG_OK;
}

brig_status brig_record_check_keys(brig_record record, const brig_value *map,
                                   const struct place *place)
{
    const struct record_rule *rule = &record_rules[record];

    if (map->kind != BRIG_MAP)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, type_texts[TYPE_MAP]);
    for (size_t i = 0; i < map->map.count; i++) {
        const brig_entry *entry = &map->map.entries[i];
        const struct key_rule *key = find_key(rule, entry->key.bytes);
        struct place below = brig_place_key(place, entry->key.bytes);

        if (key != NULL)
            TRY(check_key(key, &entry->value, &below));
        else if (!rule->is_open)
            return brig_place_fail(&below, BRIG_ERROR_UNSUPPORTED, "this key is not known");
    }
    return check_required(rule, map, place);
}

brig_status brig_record_check_at(brig_record record, const brig_value *map,
                                 const struct place *place)
{
    if (record == BRIG_RECORD_TOOL)
        return brig_tool_check_at(map, place);
    if (record == BRIG_RECORD_SCHEMA)
        return brig_schema_declaration_check_at(map, place);
    return brig_record_check_keys(record, map, place);
}

static brig_status check_from_root(brig_record record, const brig_value *map, brig_span root,
                                   brig_problem *ret_problem)
{
    brig_problem problem;
    struct place place = brig_place_of(&problem);
    brig_status status;

    if (root.len > 0)
        place = brig_place_key(&place, root);
    status = brig_record_check_at(record, map, &place);
    if (status != BRIG_OK)
        *ret_problem = problem;
    return status;
}

brig_status brig_procedure_check(brig_procedure procedure, const brig_value *args,
                                 const brig_value *options, brig_problem *ret_problem)
{
    const struct procedure_rule *rule = &procedure_rules[procedure];
    const brig_span at_args = {NULL, 0};

    TRY(check_from_root(rule->args, args, at_args, ret_problem));
    if (options == NULL)
        return BRIG_OK;
    return check_from_root(rule->options, options, brig_span_text("options"), ret_problem);
}

brig_status brig_record_check(brig_record record, const brig_value *map, brig_problem *ret_problem)
{
    return check_from_root(record, map, (brig_span){NULL, 0}, ret_problem);
}

/* The position of an effect's value in its order, strictest first; -1 if it has none. */
static int strictness_of(const struct effect_rule *rule, const brig_value *value)
{
    if (value == NULL)
        return -1;
    if (value->kind == BRIG_BOOL)
        return position_in(rule->order, brig_span_text(value->boolean ? "true" : "false"));
    if (value->kind == BRIG_TEXT)
        return position_in(rule->order, value->bytes);
    return -1;
}

static const struct effect_rule *find_effect(brig_span name)
{
    for (size_t i = 0; i < BRIG_EFFECT_COUNT; i++)
        if (brig_span_is(name, effect_rules[i].name))
            return &effect_rules[i];
    return NULL;
}

static brig_status check_effect(const brig_entry *wanted, const brig_value *statement,
                                const struct place *place)
{
    const struct effect_rule *rule = find_effect(wanted->key.bytes);
    int at_least;
    int stated;

    if (rule == NULL)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, "no such effect");
    at_least = strictness_of(rule, &wanted->value);
    if (at_least < 0)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, "no such value of this effect");
    stated = strictness_of(rule, brig_value_get(statement, rule->name));
    if (stated < 0 || stated > at_least)
        return brig_place_fail(place, BRIG_ERROR_DENIED, "the sandbox is weaker than required");
    return BRIG_OK;
}

brig_status brig_sandbox_meets(const brig_value *require, const brig_value *statement,
                               brig_problem *ret_problem)
{
    brig_problem problem;
    struct place place = brig_place_of(&problem);

    if (require == NULL)
        return BRIG_OK;
    for (size_t i = 0; i < require->map.count; i++) {
        const brig_entry *wanted = &require->map.entries[i];
        struct place below = brig_place_key(&place, wanted->key.bytes);
        brig_status status = check_effect(wanted, statement, &below);

        if (status != BRIG_OK) {
            *ret_problem = problem;
            return status;
        }
    }
    return BRIG_OK;
}
