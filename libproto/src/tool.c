/* SPDX-License-Identifier: MIT */
/* Declarations of tools and the schemas in them (spec 7.4). */
#include <brig/schema.h>

#include "record.h"
#include "schema_type.h"
#include "try.h"

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_name_byte(uint8_t c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool brig_tool_name_is_valid(brig_span name)
{
    const brig_span reserved = brig_span_text("brig.");

    if (name.len == 0 || name.len > BRIG_LIMIT_TOOL_NAME_BYTES || !is_letter(name.data[0]))
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (!is_name_byte(name.data[i]))
            return false;
    return name.len < reserved.len ||
           !brig_span_equal((brig_span){name.data, reserved.len}, reserved);
}

static brig_status fail_key(const struct place *place, const char *key, const char *text)
{
    struct place below = brig_place_key(place, brig_span_text(key));

    return brig_place_fail(&below, BRIG_ERROR_BAD_ARGUMENTS, text);
}

static brig_status check_type_name(const brig_value *name, const struct place *place)
{
    if (name->kind != BRIG_TEXT || brig_schema_type_find(name->bytes) == SCHEMA_TYPE_COUNT)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS,
                               "this is no type of the schema language");
    return BRIG_OK;
}

/* `type`: one name, or a list of different ones. */
static brig_status check_type(const brig_value *type, const struct place *place)
{
    unsigned seen = 0;

    if (type->kind != BRIG_ARRAY)
        return check_type_name(type, place);
    if (type->array.count == 0)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS,
                               "a list of types needs one at least");
    for (size_t i = 0; i < type->array.count; i++) {
        const brig_value *name = &type->array.items[i];
        struct place below = brig_place_index(place, i);
        unsigned bit;

        TRY(check_type_name(name, &below));
        bit = 1u << brig_schema_type_find(name->bytes);
        if ((seen & bit) != 0)
            return brig_place_fail(&below, BRIG_ERROR_BAD_ARGUMENTS, "this type is listed twice");
        seen |= bit;
    }
    return BRIG_OK;
}

static brig_status check_properties(const brig_value *properties, const struct place *place)
{
    for (size_t i = 0; i < properties->map.count; i++) {
        const brig_entry *entry = &properties->map.entries[i];
        struct place below = brig_place_key(place, entry->key.bytes);

        TRY(brig_schema_declaration_check_at(&entry->value, &below));
    }
    return BRIG_OK;
}

static bool has_key(const brig_value *map, brig_span key)
{
    if (map == NULL)
        return false;
    for (size_t i = 0; i < map->map.count; i++)
        if (brig_span_equal(map->map.entries[i].key.bytes, key))
            return true;
    return false;
}

static brig_status check_required(const brig_value *required, const brig_value *properties,
                                  const struct place *place)
{
    for (size_t i = 0; i < required->array.count; i++) {
        struct place below = brig_place_index(place, i);

        if (!has_key(properties, required->array.items[i].bytes))
            return brig_place_fail(&below, BRIG_ERROR_BAD_ARGUMENTS,
                                   "this name is not in properties");
    }
    return BRIG_OK;
}

static brig_status check_additional(const brig_value *additional, const struct place *place)
{
    return additional->kind == BRIG_BOOL ? BRIG_OK
                                         : brig_schema_declaration_check_at(additional, place);
}

/* An int, or a finite float64. */
static bool is_bound(const brig_value *value)
{
    return brig_schema_is_comparable(value) &&
           (value->kind != BRIG_FLOAT || value->number - value->number == 0.0);
}

/* Could a value lie between the two? */
static brig_status check_range(const brig_value *schema, const char *minimum, const char *maximum,
                               const struct place *place)
{
    const brig_value *least = brig_value_get(schema, minimum);
    const brig_value *most = brig_value_get(schema, maximum);

    if (least != NULL && !is_bound(least))
        return fail_key(place, minimum, "a bound is a finite number");
    if (most != NULL && !is_bound(most))
        return fail_key(place, maximum, "a bound is a finite number");
    if (least != NULL && most != NULL && brig_schema_compare_numbers(least, most) > 0)
        return fail_key(place, maximum, "this is below the minimum");
    return BRIG_OK;
}

static brig_status check_ranges(const brig_value *schema, const struct place *place)
{
    TRY(check_range(schema, "minimum", "maximum", place));
    TRY(check_range(schema, "minLength", "maxLength", place));
    return check_range(schema, "minItems", "maxItems", place);
}

/* What the table of keywords cannot say. Types have been checked. */
static brig_status check_keyword(const brig_value *schema, const brig_entry *entry,
                                 const struct place *place)
{
    const brig_span keyword = entry->key.bytes;

    if (brig_span_is(keyword, "type"))
        return check_type(&entry->value, place);
    if (brig_span_is(keyword, "properties"))
        return check_properties(&entry->value, place);
    if (brig_span_is(keyword, "required"))
        return check_required(&entry->value, brig_value_get(schema, "properties"), place);
    if (brig_span_is(keyword, "additionalProperties"))
        return check_additional(&entry->value, place);
    if (brig_span_is(keyword, "enum") && entry->value.array.count == 0)
        return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, "nothing would pass an empty enum");
    return BRIG_OK;
}

brig_status brig_schema_declaration_check_at(const brig_value *schema, const struct place *place)
{
    struct place inside = *place;

    if (++inside.schema_depth > BRIG_LIMIT_TOOL_DEPTH)
        return brig_place_too_large(place, "tool_depth", "schemas are nested too deep");
    TRY(brig_record_check_keys(BRIG_RECORD_SCHEMA, schema, &inside));
    for (size_t i = 0; i < schema->map.count; i++) {
        const brig_entry *entry = &schema->map.entries[i];
        struct place below = brig_place_key(&inside, entry->key.bytes);

        TRY(check_keyword(schema, entry, &below));
    }
    return check_ranges(schema, &inside);
}

/* Arguments are a map by name, so `params` describes an object or nothing is ever accepted. */
static brig_status check_params(const brig_value *params, const struct place *place)
{
    const brig_value *type = brig_value_get(params, "type");
    struct place below = brig_place_key(place, brig_span_text("params"));

    if (type != NULL && !brig_value_is_text(type, "object"))
        return fail_key(&below, "type", "params describe an object");
    return BRIG_OK;
}

static brig_status check_code(const brig_value *tool, const struct place *place)
{
    bool is_sandbox = brig_value_is_text(brig_value_get(tool, "where"), "sandbox");
    bool has_code = brig_value_get(tool, "code") != NULL;

    if (is_sandbox && !has_code)
        return fail_key(place, "code", "a tool in the sandbox needs its source");
    if (!is_sandbox && has_code)
        return fail_key(place, "code", "only a tool in the sandbox has source");
    return BRIG_OK;
}

brig_status brig_tool_check_at(const brig_value *tool, const struct place *place)
{
    const brig_value *params;

    if (tool->encoded.len > BRIG_LIMIT_TOOL_BYTES)
        return brig_place_too_large(place, "tool_bytes", "the declaration is too large");
    TRY(brig_record_check_keys(BRIG_RECORD_TOOL, tool, place));
    if (!brig_tool_name_is_valid(brig_value_get(tool, "name")->bytes))
        return fail_key(place, "name", "this is not a name for a tool");
    params = brig_value_get(tool, "params");
    if (params != NULL)
        TRY(check_params(params, place));
    return check_code(tool, place);
}

brig_status brig_tool_list_check_at(const brig_value *tools, const struct place *place)
{
    if (tools->array.count > BRIG_LIMIT_MAX_TOOLS)
        return brig_place_too_large(place, "max_tools", "these are too many tools");
    for (size_t i = 1; i < tools->array.count; i++) {
        brig_span name = brig_value_get_text(&tools->array.items[i], "name", NULL);

        for (size_t j = 0; j < i; j++) {
            struct place below = brig_place_index(place, i);

            if (brig_span_equal(name, brig_value_get_text(&tools->array.items[j], "name", NULL)))
                return fail_key(&below, "name", "two tools of the list have this name");
        }
    }
    return BRIG_OK;
}

brig_status brig_tool_check(const brig_value *tool, brig_problem *ret_problem)
{
    brig_problem problem;
    struct place place = brig_place_of(&problem);
    brig_status status = brig_tool_check_at(tool, &place);

    if (status != BRIG_OK)
        *ret_problem = problem;
    return status;
}
