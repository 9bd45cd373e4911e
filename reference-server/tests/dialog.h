/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_DIALOG_H
#define BRIG_TESTS_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Sessions as tables: what a client sends, and what has to come back. Each case has a brigd of its
 * own with all walls, and ends it; nothing may be left of it.
 *
 * All that the server says about one call is written down in order, its terminal last:
 *
 *     EVENT stdout b"hi" {}; CALL echo {text: "a"} {parent: 2, deadline_ms: 59990}; RESULT 1 {…}
 *     ERROR crashed lost {state: "lost", …}
 *
 * A CALL of the server belongs to its parent, brig.cancel to that of the call it cancels. Calls are
 * answered by name: `echo` with true, `deny` with ERROR denied, brig.input with "typed", `late` when
 * the next step is sent, and `hold` never.
 */
typedef struct dialog_step {
    const char *procedure; /* "eval": args are code, and its value is asked for in plain form;
                              "await": wait for all that is open, expecting "" of itself */
    const char *args;      /* JSON, {"$bin": "text"} is bin; NULL: {} */
    const char *options;   /* JSON; NULL: {} */
    const char *expected;  /* a pattern with `*` for what was written down; no [, ? or \ */
    bool is_open;          /* waited for behind the last step, not before the next one */
} dialog_step;

enum { DIALOG_STEPS = 14 };

typedef struct dialog_case {
    const char *name;
    const char *config; /* YAML; NULL: the profiles that are built in */
    dialog_step steps[DIALOG_STEPS];
} dialog_case;

typedef enum dialog_engine {
    DIALOG_SCRIPTED, /* tests/scripted_engine.c */
    DIALOG_R,
    DIALOG_CONF, /* conformance/engine; a case's configuration names the engine itself */
} dialog_engine;

void dialog_run(dialog_engine engine, const dialog_case *cases, unsigned count);

/* Client tools of the four names, each with an optional text: for the args of brig.open. */
#define DIALOG_TOOL(name) \
    "{\"name\": \"" name "\", \"params\": {\"type\": \"object\", \"properties\":" \
    " {\"text\": {\"type\": \"string\"}}}}"
#define DIALOG_TOOLS \
    "\"tools\": [" DIALOG_TOOL("echo") "," DIALOG_TOOL("deny") "," DIALOG_TOOL( \
        "hold") "," DIALOG_TOOL("late") "]"

#define DIALOG_OPENED "RESULT {session: *"
#define DIALOG_OPEN \
    { \
        "brig.open", "{" DIALOG_TOOLS "}", NULL, DIALOG_OPENED, false \
    }
#define DIALOG_OPEN_LIMIT(name, value) \
    { \
        "brig.open", "{" DIALOG_TOOLS ", \"limits\": {\"" name "\": " value "}}", NULL, \
            DIALOG_OPENED, false \
    }
#define DIALOG_ASK(procedure, args, expected) \
    { \
        procedure, args, NULL, expected, false \
    }
#define DIALOG_CODE(code, expected) \
    { \
        "eval", code, NULL, expected, false \
    }
#define DIALOG_AWAIT \
    { \
        "await", NULL, NULL, "", false \
    }
/* Sent and left open; the next steps go on. */
#define DIALOG_LEAVE(code, expected) \
    { \
        "eval", code, NULL, expected, true \
    }

#endif
