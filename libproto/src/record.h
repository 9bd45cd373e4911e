/* SPDX-License-Identifier: MIT */
/* The key tables of the registry, and where in somebody's arguments a problem is. */
#ifndef BRIG_RECORD_H
#define BRIG_RECORD_H

#include <brig/procedure.h>

/* Types of the registry's keys. */
enum key_type {
    TYPE_ANY,
    TYPE_NIL,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_UINT, /* 0 to 2^53-1 */
    TYPE_ID,   /* 1 to 2^53-1 */
    TYPE_FLOAT,
    TYPE_NUMBER, /* int or float */
    TYPE_TEXT,
    TYPE_BIN,
    TYPE_MAP, /* keys are text */
    TYPE_ARRAY,
    TYPE_VALUE,  /* anything */
    TYPE_RECORD, /* a map that follows .of_record */
};

struct key_rule {
    const char *key;
    const char *values; /* "a|b|c", or NULL for any */
    uint64_t minimum;
    enum key_type type;
    enum key_type of;      /* of the elements; for a map with TYPE_RECORD: of the map itself */
    brig_record of_record; /* BRIG_RECORD_COUNT if none */
    bool required;
};

struct record_rule {
    const struct key_rule *keys;
    size_t key_count;
    bool is_open; /* unknown keys are ignored */
};

/* Where we are: the problem's path grows and shrinks with the descent. */
struct place {
    brig_problem *problem;
    size_t path_len;
    size_t schema_depth; /* schemas around this place */
};

/* The root of a path: "". */
struct place brig_place_of(brig_problem *problem);

/* One step down, by key or index; the problem's path then names it. */
struct place brig_place_key(const struct place *parent, brig_span key);
struct place brig_place_index(const struct place *parent, size_t index);

/* Fill in the problem at this place and return the status that goes with its code. */
brig_status brig_place_fail(const struct place *place, brig_error_code code, const char *text);

/* The same for a limit of the registry, named by a literal. */
brig_status brig_place_too_large(const struct place *place, const char *limit, const char *text);

/* Check against a record at a place; brig_record_check() begins here. */
brig_status brig_record_check_at(brig_record record, const brig_value *map,
                                 const struct place *place);

/* The same by the table alone, for records that have rules beyond it. */
brig_status brig_record_check_keys(brig_record record, const brig_value *map,
                                   const struct place *place);

/* Check the declaration of a tool, or a schema, at a place (tool.c). */
brig_status brig_tool_check_at(const brig_value *tool, const struct place *place);
brig_status brig_tool_list_check_at(const brig_value *tools, const struct place *place);
brig_status brig_schema_declaration_check_at(const brig_value *schema, const struct place *place);

#endif
