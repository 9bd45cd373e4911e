/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_VERB_H
#define BRIG_CONF_VERB_H

#include <brig/span.h>

/*
 * The verbs of the language (spec 14.1). A verb names the arguments it takes; program.c reads them
 * before anything runs, so that act() only ever sees good ones.
 */
enum { CONF_ARGUMENTS = 3 };

typedef enum conf_kind {
    CONF_NONE,
    CONF_WORD,   /* .octets */
    CONF_CHOICE, /* .octets: one of the parameter's words */
    CONF_COUNT,  /* .number */
    CONF_INT,    /* .number */
    CONF_TEXT,   /* .octets, without escapes */
    CONF_VALUE,  /* .octets: encoded, or the name of a variable if .is_variable */
    CONF_HEX,    /* .octets */
    CONF_FRAME,  /* .octets: digits, `@` and `+`, as written */
    CONF_LINE,   /* .line */
} conf_kind;

typedef struct conf_line conf_line;

typedef struct conf_argument {
    brig_span octets;
    int64_t number;
    bool is_variable;
    const conf_line *line;
} conf_argument;

/* How a line ended. */
typedef enum conf_flow {
    CONF_NEXT,        /* go on behind it */
    CONF_RETURNED,    /* the program has its value (outcome.h) */
    CONF_RAISED,      /* there is an error (outcome.h) */
    CONF_INTERRUPTED, /* by the server; nothing catches it */
} conf_flow;

typedef struct conf_parameter {
    conf_kind kind;
    const char *choices; /* words with a space between them */
} conf_parameter;

typedef struct conf_verb {
    const char *name;
    conf_flow (*act)(const conf_argument *arguments);
    conf_parameter parameters[CONF_ARGUMENTS];
} conf_verb;

struct conf_line {
    const conf_verb *verb;
    brig_span source; /* as written */
    conf_argument arguments[CONF_ARGUMENTS];
    const conf_line *next;
};

/* Tables of the parts; a verb without a name ends each. */
extern const conf_verb conf_verbs_output[];
extern const conf_verb conf_verbs_state[];
extern const conf_verb conf_verbs_tools[];
extern const conf_verb conf_verbs_time[];
extern const conf_verb conf_verbs_process[];
extern const conf_verb conf_verbs_files[];

/* NULL if there is none of this name. */
const conf_verb *conf_verb_find(brig_span name);

#endif
