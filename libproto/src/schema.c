/* SPDX-License-Identifier: MIT */
/* Arguments of a tool against its schema, which has been checked before (spec 7.4). */
#include <brig/schema.h>

#include "mutant.h"
#include "record.h"
#include "schema_type.h"
#include "text.h"
#include "try.h"

static brig_status fail(const struct place *place, const char *text)
{
    return brig_place_fail(place, BRIG_ERROR_BAD_ARGUMENTS, text);
}

static bool is_whole(const brig_value *value)
{
    const int64_t most = BRIG_LIMIT_MAX_ID + 1; /* 2^53 */

    return value->kind == BRIG_INT && value->integer >= -most && value->integer <= most;
}

static bool is_finite(const brig_value *value)
{
    return value->kind == BRIG_FLOAT && value->number - value->number == 0.0;
}

static bool has_type(const brig_value *value, schema_type type)
{
    switch (type) {
    case SCHEMA_TYPE_NULL:
        return value->kind == BRIG_NIL;
    case SCHEMA_TYPE_BOOLEAN:
        return value->kind == BRIG_BOOL;
    case SCHEMA_TYPE_INTEGER:
        return is_whole(value);
    case SCHEMA_TYPE_NUMBER:
        return is_whole(value) || is_finite(value);
    case SCHEMA_TYPE_STRING:
        return value->kind == BRIG_TEXT;
    case SCHEMA_TYPE_ARRAY:
        return value->kind == BRIG_ARRAY;
    case SCHEMA_TYPE_OBJECT:
        return value->kind == BRIG_MAP;
    case SCHEMA_TYPE_VALUE:
        return true;
    case SCHEMA_TYPE_COUNT:
        break;
    }
    return false;
}

static bool allows_type(const brig_value *type, const brig_value *value)
{
    return type->kind == BRIG_TEXT && has_type(value, brig_schema_type_find(type->bytes));
}

/* Does one of the schema's types fit? */
static bool is_of_type(const brig_value *type, const brig_value *value)
{
    if (type->kind != BRIG_ARRAY)
        return allows_type(type, value);
    for (size_t i = 0; i < type->array.count; i++)
        if (allows_type(&type->array.items[i], value))
            return true;
    return false;
}

/* Is `value` the schema's type, or among its types: may ext objects stand here? */
static bool allows_ext(const brig_value *schema)
{
    const brig_value *type = brig_value_get(schema, "type");

    if (type == NULL || type->kind != BRIG_ARRAY)
        return brig_value_is_text(type, "value");
    for (size_t i = 0; i < type->array.count; i++)
        if (brig_value_is_text(&type->array.items[i], "value"))
            return true;
    return false;
}

static bool is_plain(const brig_value *value)
{
    switch (value->kind) {
    case BRIG_VECTOR:
    case BRIG_MISSING:
    case BRIG_ANNOTATED:
    case BRIG_OPAQUE:
    case BRIG_EXT:
        return false;
    default:
        return true;
    }
}

/* Nothing restricts the value, but it has to be plain at every depth. */
static brig_status check_plain(const brig_value *value, const struct place *place)
{
    if (!is_plain(value))
        return fail(place, "only plain forms are allowed here");
    if (value->kind == BRIG_ARRAY)
        for (size_t i = 0; i < value->array.count; i++) {
            struct place below = brig_place_index(place, i);

            TRY(check_plain(&value->array.items[i], &below));
        }
    if (value->kind == BRIG_MAP)
        for (size_t i = 0; i < value->map.count; i++) {
            struct place below = brig_place_key(place, value->map.entries[i].key.bytes);

            TRY(check_plain(&value->map.entries[i].value, &below));
        }
    return BRIG_OK;
}

static brig_status check_type(const brig_value *schema, const brig_value *value,
                              const struct place *place)
{
    const brig_value *type = brig_value_get(schema, "type");

    if (type != NULL && !is_of_type(type, value))
        return fail(place, "this has another type than the tool declares");
    if (!is_plain(value) && !allows_ext(schema) && !MUTANT(lets_ext_into_arguments))
        return fail(place, "only plain forms are allowed here");
    return BRIG_OK;
}

static bool is_one_of(const brig_value *list, const brig_value *value)
{
    for (size_t i = 0; i < list->array.count; i++)
        if (brig_schema_is_equal(&list->array.items[i], value))
            return true;
    return false;
}

static brig_status check_choice(const brig_value *schema, const brig_value *value,
                                const struct place *place)
{
    const brig_value *choices = brig_value_get(schema, "enum");
    const brig_value *constant = brig_value_get(schema, "const");

    if (choices != NULL && !is_one_of(choices, value))
        return fail(place, "this is none of the declared values");
    if (constant != NULL && !brig_schema_is_equal(constant, value))
        return fail(place, "this is not the declared value");
    return BRIG_OK;
}

static brig_status check_number(const brig_value *schema, const brig_value *value,
                                const struct place *place)
{
    const brig_value *minimum = brig_value_get(schema, "minimum");
    const brig_value *maximum = brig_value_get(schema, "maximum");

    if (minimum == NULL && maximum == NULL)
        return BRIG_OK;
    if (!brig_schema_is_comparable(value))
        return fail(place, "this is not a number");
    if (minimum != NULL && brig_schema_compare_numbers(value, minimum) < 0)
        return fail(place, "the number is below the minimum");
    if (maximum != NULL &&
        brig_schema_compare_numbers(value, maximum) > (MUTANT(excludes_the_maximum) ? -1 : 0))
        return fail(place, "the number is above the maximum");
    return BRIG_OK;
}

static brig_status check_size(const brig_value *least, const brig_value *most, size_t size,
                              const struct place *place)
{
    if (least != NULL && size < (uint64_t)least->integer)
        return fail(place, "this is too short");
    if (most != NULL && size > (uint64_t)most->integer)
        return fail(place, "this is too long");
    return BRIG_OK;
}

static brig_status check_value(const brig_value *schema, const brig_value *value,
                               const struct place *place);

/* No schema: any value if ext objects are allowed around it, otherwise any plain one. */
static brig_status check_free(const brig_value *parent, const brig_value *value,
                              const struct place *place)
{
    return allows_ext(parent) ? BRIG_OK : check_plain(value, place);
}

static brig_status check_array(const brig_value *schema, const brig_value *array,
                               const struct place *place)
{
    const brig_value *items = brig_value_get(schema, "items");

    TRY(check_size(brig_value_get(schema, "minItems"), brig_value_get(schema, "maxItems"),
                   array->array.count, place));
    for (size_t i = 0; i < array->array.count; i++) {
        struct place below = brig_place_index(place, i);
        const brig_value *item = &array->array.items[i];

        TRY(items == NULL ? check_free(schema, item, &below) : check_value(items, item, &below));
    }
    return BRIG_OK;
}

static const brig_value *find_property(const brig_value *properties, brig_span key)
{
    if (properties == NULL)
        return NULL;
    for (size_t i = 0; i < properties->map.count; i++)
        if (brig_span_equal(properties->map.entries[i].key.bytes, key))
            return &properties->map.entries[i].value;
    return NULL;
}

/* A key that `properties` does not name. The type `value` alone takes any map. */
static brig_status check_additional(const brig_value *schema, const brig_value *value,
                                    const struct place *place)
{
    const brig_value *additional = brig_value_get(schema, "additionalProperties");

    if (additional == NULL && allows_ext(schema) && brig_value_get(schema, "properties") == NULL)
        return BRIG_OK;
    if (additional == NULL && MUTANT(allows_undeclared_names))
        return BRIG_OK;
    if (additional == NULL || (additional->kind == BRIG_BOOL && !additional->boolean))
        return fail(place, "the tool does not declare this name");
    if (additional->kind == BRIG_BOOL)
        return check_free(schema, value, place);
    return check_value(additional, value, place);
}

static brig_status check_required(const brig_value *schema, const brig_value *map,
                                  const struct place *place)
{
    const brig_value *required = brig_value_get(schema, "required");

    for (size_t i = 0; required != NULL && i < required->array.count; i++) {
        brig_span name = required->array.items[i].bytes;
        struct place below;

        if (find_property(map, name) != NULL || MUTANT(requires_no_name))
            continue;
        below = brig_place_key(place, name);
        return fail(&below, "this name is required");
    }
    return BRIG_OK;
}

static brig_status check_map(const brig_value *schema, const brig_value *map,
                             const struct place *place)
{
    const brig_value *properties = brig_value_get(schema, "properties");

    for (size_t i = 0; i < map->map.count; i++) {
        const brig_entry *entry = &map->map.entries[i];
        const brig_value *property = find_property(properties, entry->key.bytes);
        struct place below = brig_place_key(place, entry->key.bytes);

        if (property == NULL)
            TRY(check_additional(schema, &entry->value, &below));
        else
            TRY(check_value(property, &entry->value, &below));
    }
    return check_required(schema, map, place);
}

/* Recursion ends with the schema: where none is left, only plain forms or anything may follow. */
static brig_status check_value(const brig_value *schema, const brig_value *value,
                               const struct place *place)
{
    TRY(check_type(schema, value, place));
    TRY(check_choice(schema, value, place));
    switch (value->kind) {
    case BRIG_INT:
    case BRIG_UINT:
    case BRIG_FLOAT:
        return check_number(schema, value, place);
    case BRIG_TEXT:
        return check_size(brig_value_get(schema, "minLength"), brig_value_get(schema, "maxLength"),
                          brig_text_count_points(value->bytes), place);
    case BRIG_ARRAY:
        return check_array(schema, value, place);
    case BRIG_MAP:
        return check_map(schema, value, place);
    default:
        return BRIG_OK;
    }
}

brig_status brig_schema_check(const brig_value *schema, const brig_value *args,
                              brig_problem *ret_problem)
{
    static const brig_value no_arguments = {.kind = BRIG_MAP};
    brig_problem problem;
    struct place place = brig_place_of(&problem);
    brig_status status;

    if (args->kind != BRIG_MAP)
        status = fail(&place, "arguments are a map by name");
    else
        status = check_value(schema == NULL ? &no_arguments : schema, args, &place);
    if (status != BRIG_OK)
        *ret_problem = problem;
    return status;
}
