/* SPDX-License-Identifier: MIT */
/* State tables of session and code call (spec 7.1, 7.2). */
#include "session_state.h"

#define ALWAYS \
    { \
        DO, DO, DO, DO, DO \
    }

/* Rows: procedures. Columns: NEW, OPENING, READY, RESETTING, STALE. */
brig_action brig_phase_action(brig_phase phase, brig_procedure procedure)
{
    enum {
        UNKNOWN = BRIG_ACTION_UNKNOWN,
        DO = BRIG_ACTION_DO,
        HOLD = BRIG_ACTION_HOLD,
        DENY = BRIG_ACTION_DENY,
        GONE = BRIG_ACTION_STALE,
        LATER = BRIG_ACTION_UNAVAILABLE,
    };
    static const unsigned char actions[BRIG_PROCEDURE_COUNT][BRIG_PHASE_COUNT] = {
        [BRIG_PROCEDURE_OPEN] = {DO, DENY, DENY, DENY, DENY},
        [BRIG_PROCEDURE_EVAL] = {LATER, HOLD, DO, HOLD, GONE},
        [BRIG_PROCEDURE_CALL] = {LATER, HOLD, DO, HOLD, GONE},
        [BRIG_PROCEDURE_DEFINE] = {LATER, HOLD, DO, HOLD, GONE},
        [BRIG_PROCEDURE_RESET] = {LATER, LATER, DO, DO, DO},
        [BRIG_PROCEDURE_CANCEL] = ALWAYS,
        [BRIG_PROCEDURE_PUT] = {LATER, LATER, DO, LATER, GONE},
        [BRIG_PROCEDURE_GET] = {LATER, LATER, DO, LATER, GONE},
        [BRIG_PROCEDURE_LIST] = {LATER, LATER, DO, LATER, GONE},
        [BRIG_PROCEDURE_INFO] = {LATER, LATER, DO, DO, DO},
        [BRIG_PROCEDURE_PING] = ALWAYS,
        [BRIG_PROCEDURE_INPUT] = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN},
    };

    if (procedure >= BRIG_PROCEDURE_COUNT || phase >= BRIG_PHASE_COUNT)
        return BRIG_ACTION_UNKNOWN;
    return (brig_action)actions[procedure][phase];
}

typedef struct code_rule {
    unsigned char state;
    unsigned char event;
    unsigned char next;
    unsigned char effect;
} code_rule;

#define RULE(state, event, next, effect) \
    { \
        BRIG_CODE_##state, BRIG_CODE_##event, BRIG_CODE_##next, BRIG_EFFECT_##effect \
    }

/* What is not listed changes nothing. */
static const code_rule code_rules[] = {
    RULE(NONE, FORWARDED, RUNNING, NOTHING),
    RULE(NONE, TERMINAL, NONE, BREACH),

    RULE(HELD, FORWARDED, RUNNING, NOTHING),
    RULE(HELD, TERMINAL, HELD, BREACH),
    RULE(HELD, STOP, NONE, END),
    RULE(HELD, RESET, NONE, END),

    RULE(RUNNING, TERMINAL, NONE, RELAY),
    RULE(RUNNING, STOP, AWAIT_BOTH, INTERRUPT),
    RULE(RUNNING, RESET, NONE, END_LOST),
    RULE(RUNNING, DOOMED, DYING, KILL),
    RULE(RUNNING, GONE, NONE, END_LOST),

    RULE(AWAIT_BOTH, TERMINAL, AWAIT_INTERRUPT, NOTHING),
    RULE(AWAIT_BOTH, INTERRUPTED, AWAIT_TERMINAL, NOTHING),
    RULE(AWAIT_BOTH, GRACE_OVER, DYING, KILL),
    RULE(AWAIT_BOTH, RESET, NONE, END_LOST),
    RULE(AWAIT_BOTH, DOOMED, DYING, KILL),
    RULE(AWAIT_BOTH, GONE, NONE, END_LOST),

    RULE(AWAIT_INTERRUPT, TERMINAL, AWAIT_INTERRUPT, BREACH),
    RULE(AWAIT_INTERRUPT, INTERRUPTED, NONE, END_KEPT),
    RULE(AWAIT_INTERRUPT, GRACE_OVER, DYING, KILL),
    RULE(AWAIT_INTERRUPT, RESET, NONE, END_LOST),
    RULE(AWAIT_INTERRUPT, DOOMED, DYING, KILL),
    RULE(AWAIT_INTERRUPT, GONE, NONE, END_LOST),

    RULE(AWAIT_TERMINAL, TERMINAL, NONE, END_KEPT),
    RULE(AWAIT_TERMINAL, STILL_THERE, AWAIT_BOTH, REPEAT),
    RULE(AWAIT_TERMINAL, GRACE_OVER, DYING, KILL),
    RULE(AWAIT_TERMINAL, RESET, NONE, END_LOST),
    RULE(AWAIT_TERMINAL, DOOMED, DYING, KILL),
    RULE(AWAIT_TERMINAL, GONE, NONE, END_LOST),

    /* A call behind the reset must find none open: this one does not wait for the end. */
    RULE(DYING, RESET, NONE, END_LOST),
    RULE(DYING, GONE, NONE, END_LOST),
};

brig_code_step brig_code_next(brig_code_state state, brig_code_event event)
{
    for (unsigned i = 0; i < sizeof(code_rules) / sizeof(code_rules[0]); i++) {
        const code_rule *rule = &code_rules[i];

        if (rule->state == state && rule->event == event)
            return (brig_code_step){(brig_code_state)rule->next, (brig_code_effect)rule->effect};
    }
    return (brig_code_step){state, BRIG_EFFECT_NOTHING};
}
