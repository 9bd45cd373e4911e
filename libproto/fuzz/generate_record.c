/* SPDX-License-Identifier: MIT */
/* Maps that follow the registry's records, made of a script and of the generated tables. */
#include "generate.h"

#include "generate_private.h"
#include "record.h"

/* As the library reads them (procedure.c). */
struct procedure_rule {
    const char *name;
    brig_record args;
    brig_record options;
    unsigned from;
    bool is_code;
    bool is_control;
};

struct effect_rule {
    const char *name;
    const char *order;
};

#define FROM(side) (1u << BRIG_SIDE_##side)
#include "generated/records.h"
#undef FROM

enum {
    MAX_ITEMS = 4,
    RECORD_DEPTH = 6,
    STRAY_TIMES = 32, /* one key in so many is not as the registry wants it */
};

static void generate_map(struct script *script, brig_record record, size_t depth, brig_buffer *to);

/* One of "a|b|c". */
static void generate_word(struct script *script, const char *words, brig_buffer *to)
{
    size_t skip = script_below(script, 5);
    size_t len = strcspn(words, "|");

    for (; skip > 0 && words[len] != '\0'; skip--) {
        words += len + 1;
        len = strcspn(words, "|");
    }
    brig_pack_text(to, (brig_span){(const uint8_t *)words, len});
}

static const char *const tool_names[] = {"population", "growth", "a", "b.c-d_e", "brig.x", "9"};

const char *generate_tool_name(struct script *script)
{
    return tool_names[script_below(script, sizeof(tool_names) / sizeof(tool_names[0]))];
}

/* The effects of `require` have words of their own, which no key rule lists. */
static const char *effect_order(const char *key)
{
    for (size_t i = 0; i < BRIG_EFFECT_COUNT; i++)
        if (strcmp(effect_rules[i].name, key) == 0)
            return effect_rules[i].order;
    return NULL;
}

static void generate_named_text(struct script *script, const struct key_rule *rule, brig_buffer *to)
{
    static const struct {
        const char *key;
        const char *usual;
    } usual[] = {{"profile", "standard"}, {"engine", "r"},  {"path", "a.csv"},
                 {"code", "1 + 1"},       {"prompt", "? "}, {"where", "client"}};
    const char *order = effect_order(rule->key);

    if (rule->values != NULL || order != NULL) {
        generate_word(script, rule->values != NULL ? rule->values : order, to);
        return;
    }
    if (strcmp(rule->key, "name") == 0 || strcmp(rule->key, "tool") == 0) {
        brig_pack_cstring(to, generate_tool_name(script));
        return;
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (strcmp(rule->key, usual[i].key) == 0 && !script_rarely(script, 4)) {
            brig_pack_cstring(to, usual[i].usual);
            return;
        }
    }
    generate_text(script, to);
}

/* What has a type and no more. */
static void generate_scalar(struct script *script, enum key_type type, uint64_t minimum,
                            brig_buffer *to)
{
    switch (type) {
    case TYPE_NIL:
        brig_pack_nil(to);
        break;
    case TYPE_BOOL:
        brig_pack_bool(to, script_rarely(script, 2));
        break;
    case TYPE_INT:
    case TYPE_FLOAT:
    case TYPE_NUMBER:
        generate_number(script, to);
        break;
    case TYPE_UINT:
    case TYPE_ID:
        generate_uint(script, minimum, to);
        break;
    case TYPE_TEXT:
        generate_text(script, to);
        break;
    case TYPE_BIN:
        brig_pack_bin(to, script_bytes(script, UINT8_MAX));
        break;
    default:
        generate_inside(script, 2, to);
        break;
    }
}

static void generate_element(struct script *script, const struct key_rule *rule, size_t depth,
                             brig_buffer *to)
{
    if (rule->of == TYPE_RECORD && rule->of_record == BRIG_RECORD_TOOL)
        generate_tool(script, to);
    else if (rule->of == TYPE_RECORD)
        generate_map(script, rule->of_record, depth, to);
    else
        generate_scalar(script, rule->of, rule->minimum, to);
}

static void generate_list(struct script *script, const struct key_rule *rule, size_t depth,
                          brig_buffer *to)
{
    size_t count = script_below(script, MAX_ITEMS);

    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        generate_element(script, rule, depth, to);
}

static void generate_dictionary(struct script *script, const struct key_rule *rule, size_t depth,
                                brig_buffer *to)
{
    static const char *const keys[] = {"x", "LANG", "years", "1"};
    size_t count = script_below(script, MAX_ITEMS);

    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++) {
        brig_pack_cstring(to, keys[i]);
        generate_element(script, rule, depth, to);
    }
}

static void generate_value_of(struct script *script, const struct key_rule *rule, size_t depth,
                              brig_buffer *to)
{
    if (script_rarely(script, STRAY_TIMES))
        generate_inside(script, 1, to);
    else if (rule->type == TYPE_TEXT)
        generate_named_text(script, rule, to);
    else if (rule->type == TYPE_ARRAY)
        generate_list(script, rule, depth, to);
    else if (rule->type == TYPE_MAP && rule->of == TYPE_RECORD)
        generate_map(script, rule->of_record, depth, to);
    else if (rule->type == TYPE_MAP)
        generate_dictionary(script, rule, depth, to);
    else
        generate_scalar(script, rule->type, rule->type == TYPE_ID ? 1 : rule->minimum, to);
}

/* Which keys are there: required ones nearly always, others as the script says. */
static uint32_t choose_keys(struct script *script, const struct record_rule *rule)
{
    uint32_t optional = (uint32_t)script_uint(script, 1 + rule->key_count / 8);
    bool is_incomplete = script_rarely(script, STRAY_TIMES);
    uint32_t chosen = 0;

    for (size_t i = 0; i < rule->key_count; i++) {
        bool is_there = rule->keys[i].required ? !is_incomplete : (optional >> i & 1) != 0;

        chosen |= (uint32_t)is_there << i;
    }
    return chosen;
}

static size_t count_bits(uint32_t bits)
{
    size_t count = 0;

    for (; bits != 0; bits >>= 1)
        count += bits & 1;
    return count;
}

static void generate_map(struct script *script, brig_record record, size_t depth, brig_buffer *to)
{
    const struct record_rule *rule = &record_rules[record];
    uint32_t chosen = depth == 0 ? 0 : choose_keys(script, rule);
    bool has_stray = script_rarely(script, STRAY_TIMES);

    brig_pack_map(to, count_bits(chosen) + (has_stray ? 1 : 0));
    for (size_t i = 0; i < rule->key_count; i++) {
        if ((chosen >> i & 1) == 0)
            continue;
        brig_pack_cstring(to, rule->keys[i].key);
        generate_value_of(script, &rule->keys[i], depth - 1, to);
    }
    if (has_stray) {
        brig_pack_cstring(to, "stray");
        brig_pack_nil(to);
    }
}

void generate_record(struct script *script, brig_record record, brig_buffer *to)
{
    generate_map(script, record, RECORD_DEPTH, to);
}

void generate_args(struct script *script, brig_procedure procedure, brig_buffer *to)
{
    generate_record(script, procedure_rules[procedure].args, to);
}

void generate_options(struct script *script, brig_procedure procedure, brig_buffer *to)
{
    generate_record(script, procedure_rules[procedure].options, to);
}
