/* SPDX-License-Identifier: MIT */
/* Declarations of tools, and arguments that come near to them (spec 7.4). */
#include "generate.h"

#include "generate_private.h"
#include "generated/tables.h"

enum {
    SCHEMA_DEPTH = 3,
    MAX_PROPERTIES = 4,
    MAX_KEYWORDS = 5,
};

static const char *const type_names[] = {
#define TYPE_NAME(constant, name) name,
    BRIG_SCHEMA_TYPE_MAP(TYPE_NAME)
#undef TYPE_NAME
};

static const char *const property_names[MAX_PROPERTIES] = {"city", "years", "x", "options"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void generate_schema(struct script *script, size_t depth, brig_buffer *to);

static void generate_type(struct script *script, brig_buffer *to)
{
    size_t first = script_below(script, COUNT_OF(type_names));
    size_t count = script_rarely(script, 4) ? 2 : 1;

    brig_pack_cstring(to, "type");
    if (count > 1)
        brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_cstring(to, type_names[(first + i) % COUNT_OF(type_names)]);
}

static void generate_properties(struct script *script, size_t depth, brig_buffer *to)
{
    size_t count = script_below(script, MAX_PROPERTIES + 1);

    brig_pack_cstring(to, "properties");
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++) {
        brig_pack_cstring(to, property_names[i]);
        generate_schema(script, depth - 1, to);
    }
}

static void generate_values(struct script *script, const char *key, brig_buffer *to)
{
    size_t count = script_below(script, 3);

    brig_pack_cstring(to, key);
    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        generate_inside(script, 1, to);
}

static void generate_required(struct script *script, brig_buffer *to)
{
    size_t count = script_below(script, 3);

    brig_pack_cstring(to, "required");
    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_cstring(to, property_names[script_below(script, MAX_PROPERTIES)]);
}

/* The keyword with this number. Each schema has neighbours in the list, and so no one twice. */
static void generate_keyword(struct script *script, size_t number, size_t depth, brig_buffer *to)
{
    static const char *const sizes[] = {"minLength", "maxLength", "minItems", "maxItems"};

    switch (number) {
    case 0:
        generate_properties(script, depth, to);
        break;
    case 1:
        generate_required(script, to);
        break;
    case 2:
        brig_pack_cstring(to, "additionalProperties");
        if (script_rarely(script, 2))
            brig_pack_bool(to, script_rarely(script, 2));
        else
            generate_schema(script, depth - 1, to);
        break;
    case 3:
        brig_pack_cstring(to, "items");
        generate_schema(script, depth - 1, to);
        break;
    case 4:
        generate_values(script, "enum", to);
        break;
    case 5:
        brig_pack_cstring(to, "const");
        generate_inside(script, 1, to);
        break;
    case 6:
    case 7:
        brig_pack_cstring(to, number == 6 ? "minimum" : "maximum");
        generate_number(script, to);
        break;
    case 8:
        brig_pack_key_text(to, "description", "what it is");
        break;
    case 9:
        generate_values(script, "examples", to);
        break;
    case 10:
        brig_pack_cstring(to, "default");
        generate_inside(script, 1, to);
        break;
    default:
        brig_pack_key_uint(to, sizes[(number - 11) % COUNT_OF(sizes)], script_below(script, 4));
        break;
    }
}

enum { KEYWORDS = 15 };

static void generate_schema(struct script *script, size_t depth, brig_buffer *to)
{
    size_t count = depth == 0 ? 0 : script_below(script, MAX_KEYWORDS);
    size_t first = script_below(script, KEYWORDS);
    bool has_type = !script_rarely(script, 4);

    brig_pack_map(to, count + (has_type ? 1 : 0));
    if (has_type)
        generate_type(script, to);
    for (size_t i = 0; i < count; i++)
        generate_keyword(script, (first + i) % KEYWORDS, depth, to);
}

void generate_tool(struct script *script, brig_buffer *to)
{
    bool has_params = !script_rarely(script, 4);
    bool is_sandbox = script_rarely(script, 3);

    brig_pack_map(to, 1 + (has_params ? 1 : 0) + (is_sandbox ? 2 : 0));
    brig_pack_key_text(to, "name", generate_tool_name(script));
    if (has_params) {
        brig_pack_cstring(to, "params");
        generate_schema(script, SCHEMA_DEPTH, to);
    }
    if (is_sandbox) {
        brig_pack_key_text(to, "where", "sandbox");
        brig_pack_key_text(to, "code", "function(...) 1");
    }
}

/* A value of the type that a schema names, or of any. */
static void generate_of_type(struct script *script, const brig_value *schema, brig_buffer *to)
{
    const brig_value *choices = brig_value_get(schema, "enum");
    const brig_value *type = brig_value_get(schema, "type");

    if (choices != NULL && choices->kind == BRIG_ARRAY && choices->array.count > 0)
        brig_pack_raw(to, choices->array.items[script_below(script, choices->array.count)].encoded);
    else if (brig_value_get(schema, "const") != NULL)
        brig_pack_raw(to, brig_value_get(schema, "const")->encoded);
    else if (brig_value_is_text(type, "string"))
        generate_text(script, to);
    else if (brig_value_is_text(type, "integer"))
        brig_pack_int(to, (int64_t)script_byte(script) - 8);
    else if (brig_value_is_text(type, "number"))
        generate_number(script, to);
    else if (brig_value_is_text(type, "boolean"))
        brig_pack_bool(to, script_rarely(script, 2));
    else if (brig_value_is_text(type, "null"))
        brig_pack_nil(to);
    else
        generate_inside(script, 2, to);
}

static void generate_for(struct script *script, const brig_value *schema, size_t depth,
                         brig_buffer *to);

static void generate_array_for(struct script *script, const brig_value *schema, size_t depth,
                               brig_buffer *to)
{
    size_t count = script_below(script, 4);

    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        generate_for(script, brig_value_get(schema, "items"), depth - 1, to);
}

/* Each declared name, most of the time, and sometimes one more. */
static void generate_map_for(struct script *script, const brig_value *schema, size_t depth,
                             brig_buffer *to)
{
    const brig_value *properties = brig_value_get(schema, "properties");
    size_t count = properties != NULL && properties->kind == BRIG_MAP ? properties->map.count : 0;
    bool has_stray = script_rarely(script, 4);

    count -= count > 0 && script_rarely(script, 8) ? 1 : 0;
    brig_pack_map(to, count + (has_stray ? 1 : 0));
    for (size_t i = 0; i < count; i++) {
        brig_pack_raw(to, properties->map.entries[i].key.encoded);
        generate_for(script, &properties->map.entries[i].value, depth - 1, to);
    }
    if (has_stray) {
        brig_pack_cstring(to, "stray/~key");
        generate_for(script, brig_value_get(schema, "additionalProperties"), depth - 1, to);
    }
}

static void generate_for(struct script *script, const brig_value *schema, size_t depth,
                         brig_buffer *to)
{
    const brig_value *type = brig_value_get(schema, "type");

    if (depth == 0 || script_rarely(script, 16))
        generate_inside(script, 1, to);
    else if (brig_value_is_text(type, "array") || brig_value_get(schema, "items") != NULL)
        generate_array_for(script, schema, depth, to);
    else if (brig_value_is_text(type, "object") || brig_value_get(schema, "properties") != NULL)
        generate_map_for(script, schema, depth, to);
    else
        generate_of_type(script, schema, to);
}

void generate_arguments(struct script *script, const brig_value *schema, brig_buffer *to)
{
    if (script_rarely(script, 32))
        generate_inside(script, 1, to);
    else
        generate_map_for(script, schema, SCHEMA_DEPTH + 1, to);
}
