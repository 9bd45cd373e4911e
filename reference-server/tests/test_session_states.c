/* SPDX-License-Identifier: MIT */
/* The state tables of session and code call (spec 7.1, 7.2). */
#include "session_state.h"

#include "check.h"

typedef struct action_case {
    const char *name;
    brig_phase phase;
    brig_procedure procedure;
    brig_action expected;
} action_case;

static const action_case action_cases[] = {
    {"a code call before any open is unavailable", BRIG_PHASE_NEW, BRIG_PROCEDURE_EVAL,
     BRIG_ACTION_UNAVAILABLE},
    {"a code call waits for open", BRIG_PHASE_OPENING, BRIG_PROCEDURE_EVAL, BRIG_ACTION_HOLD},
    {"a code call waits for reset", BRIG_PHASE_RESETTING, BRIG_PROCEDURE_CALL, BRIG_ACTION_HOLD},
    {"a definition waits for open", BRIG_PHASE_OPENING, BRIG_PROCEDURE_DEFINE, BRIG_ACTION_HOLD},
    {"a code call without a worker is stale", BRIG_PHASE_STALE, BRIG_PROCEDURE_EVAL,
     BRIG_ACTION_STALE},
    {"a second open is denied", BRIG_PHASE_READY, BRIG_PROCEDURE_OPEN, BRIG_ACTION_DENY},
    {"a second open is denied while the first waits", BRIG_PHASE_OPENING, BRIG_PROCEDURE_OPEN,
     BRIG_ACTION_DENY},
    {"an open after a failed one is tried", BRIG_PHASE_NEW, BRIG_PROCEDURE_OPEN, BRIG_ACTION_DO},
    {"reset brings a stale session back", BRIG_PHASE_STALE, BRIG_PROCEDURE_RESET, BRIG_ACTION_DO},
    {"reset needs an open session", BRIG_PHASE_NEW, BRIG_PROCEDURE_RESET, BRIG_ACTION_UNAVAILABLE},
    {"files do not wait for open", BRIG_PHASE_OPENING, BRIG_PROCEDURE_PUT, BRIG_ACTION_UNAVAILABLE},
    {"files of a lost worker are stale", BRIG_PHASE_STALE, BRIG_PROCEDURE_GET, BRIG_ACTION_STALE},
    {"ping needs no session", BRIG_PHASE_NEW, BRIG_PROCEDURE_PING, BRIG_ACTION_DO},
    {"cancel needs no session", BRIG_PHASE_OPENING, BRIG_PROCEDURE_CANCEL, BRIG_ACTION_DO},
    {"info of a stale session is answered", BRIG_PHASE_STALE, BRIG_PROCEDURE_INFO, BRIG_ACTION_DO},
    {"a client does not call brig.input", BRIG_PHASE_READY, BRIG_PROCEDURE_INPUT,
     BRIG_ACTION_UNKNOWN},
};

enum { MAX_EVENTS = 6 };

/* A call's life: events one after another, the effect of each, and where it ends. */
typedef struct life_case {
    const char *name;
    brig_code_state start;
    brig_code_event events[MAX_EVENTS];
    brig_code_effect effects[MAX_EVENTS];
    unsigned count;
    brig_code_state end;
} life_case;

#define EVENTS(...) \
    { \
        __VA_ARGS__ \
    }

static const life_case life_cases[] = {
    {"the worker's terminal ends a running call", BRIG_CODE_NONE,
     EVENTS(BRIG_CODE_FORWARDED, BRIG_CODE_TERMINAL),
     EVENTS(BRIG_EFFECT_NOTHING, BRIG_EFFECT_RELAY), 2, BRIG_CODE_NONE},
    {"a held call is forwarded", BRIG_CODE_HELD, EVENTS(BRIG_CODE_FORWARDED),
     EVENTS(BRIG_EFFECT_NOTHING), 1, BRIG_CODE_RUNNING},
    {"a deadline ends a held call at once", BRIG_CODE_HELD, EVENTS(BRIG_CODE_STOP),
     EVENTS(BRIG_EFFECT_END), 1, BRIG_CODE_NONE},
    {"a reset ends a held call at once", BRIG_CODE_HELD, EVENTS(BRIG_CODE_RESET),
     EVENTS(BRIG_EFFECT_END), 1, BRIG_CODE_NONE},
    {"the state is kept when terminal and interrupt have both arrived", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_TERMINAL, BRIG_CODE_INTERRUPTED),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_END_KEPT), 3, BRIG_CODE_NONE},
    {"and in the other order", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_INTERRUPTED, BRIG_CODE_TERMINAL),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_END_KEPT), 3, BRIG_CODE_NONE},
    {"a terminal alone does not keep the state", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_TERMINAL, BRIG_CODE_GRACE_OVER, BRIG_CODE_GONE),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_KILL, BRIG_EFFECT_END_LOST), 4,
     BRIG_CODE_NONE},
    {"code that does not stop is killed after the grace", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_INTERRUPTED, BRIG_CODE_GRACE_OVER, BRIG_CODE_GONE),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_KILL, BRIG_EFFECT_END_LOST), 4,
     BRIG_CODE_NONE},
    /* COD-007, COD-019 */
    {"an interrupt that was dropped is repeated, and confirmed before the next call",
     BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_INTERRUPTED, BRIG_CODE_STILL_THERE, BRIG_CODE_TERMINAL,
            BRIG_CODE_INTERRUPTED),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_REPEAT, BRIG_EFFECT_NOTHING,
            BRIG_EFFECT_END_KEPT),
     5, BRIG_CODE_NONE},
    {"an interrupt that the shim has not sent is not repeated", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_STILL_THERE),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING), 2, BRIG_CODE_AWAIT_BOTH},
    {"the end is decided once: a second stop changes nothing", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_STOP), EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING), 2,
     BRIG_CODE_AWAIT_BOTH},
    {"a terminal of a dying worker is not listened to", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_DOOMED, BRIG_CODE_TERMINAL, BRIG_CODE_GONE),
     EVENTS(BRIG_EFFECT_KILL, BRIG_EFFECT_NOTHING, BRIG_EFFECT_END_LOST), 3, BRIG_CODE_NONE},
    {"a reset does not wait for the end of the worker", BRIG_CODE_RUNNING, EVENTS(BRIG_CODE_RESET),
     EVENTS(BRIG_EFFECT_END_LOST), 1, BRIG_CODE_NONE},
    {"not even of a worker that is being killed", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_DOOMED, BRIG_CODE_RESET), EVENTS(BRIG_EFFECT_KILL, BRIG_EFFECT_END_LOST), 2,
     BRIG_CODE_NONE},
    {"the end of an old worker leaves a held call alone", BRIG_CODE_HELD, EVENTS(BRIG_CODE_GONE),
     EVENTS(BRIG_EFFECT_NOTHING), 1, BRIG_CODE_HELD},
    {"a worker that ends takes its call along", BRIG_CODE_RUNNING, EVENTS(BRIG_CODE_GONE),
     EVENTS(BRIG_EFFECT_END_LOST), 1, BRIG_CODE_NONE},
    {"a worker that ends during the grace does too", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_GONE), EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_END_LOST), 2,
     BRIG_CODE_NONE},
    {"a second terminal is a breach", BRIG_CODE_RUNNING,
     EVENTS(BRIG_CODE_STOP, BRIG_CODE_TERMINAL, BRIG_CODE_TERMINAL),
     EVENTS(BRIG_EFFECT_INTERRUPT, BRIG_EFFECT_NOTHING, BRIG_EFFECT_BREACH), 3,
     BRIG_CODE_AWAIT_INTERRUPT},
    {"a terminal without a call is a breach", BRIG_CODE_NONE, EVENTS(BRIG_CODE_TERMINAL),
     EVENTS(BRIG_EFFECT_BREACH), 1, BRIG_CODE_NONE},
    {"a late interrupt without a call changes nothing", BRIG_CODE_NONE,
     EVENTS(BRIG_CODE_INTERRUPTED), EVENTS(BRIG_EFFECT_NOTHING), 1, BRIG_CODE_NONE},
};

static void check_life(const life_case *life)
{
    brig_code_state state = life->start;

    for (size_t i = 0; i < life->count; i++) {
        brig_code_step step = brig_code_next(state, life->events[i]);

        CHECK(step.effect == life->effects[i], "%s: event %zu has effect %d", life->name, i,
              (int)step.effect);
        state = step.next;
    }
    CHECK(state == life->end, "%s: ends in state %d", life->name, (int)state);
}

static int is_end(brig_code_effect effect)
{
    return effect == BRIG_EFFECT_RELAY || effect == BRIG_EFFECT_END ||
           effect == BRIG_EFFECT_END_KEPT || effect == BRIG_EFFECT_END_LOST;
}

/* Whatever happens: a call that is left has had exactly one terminal (SES-004). */
static void check_every_step(void)
{
    for (int state = 0; state < BRIG_CODE_STATE_COUNT; state++) {
        for (int event = 0; event < BRIG_CODE_EVENT_COUNT; event++) {
            brig_code_step step = brig_code_next((brig_code_state)state, (brig_code_event)event);
            int leaves = state != BRIG_CODE_NONE && step.next == BRIG_CODE_NONE;

            CHECK(is_end(step.effect) == leaves, "state %d, event %d: effect %d, next %d", state,
                  event, (int)step.effect, (int)step.next);
        }
    }
}

/* Every state of a call that a worker has is left when the worker is gone. */
static void check_gone(void)
{
    for (int state = BRIG_CODE_RUNNING; state < BRIG_CODE_STATE_COUNT; state++) {
        brig_code_step step = brig_code_next((brig_code_state)state, BRIG_CODE_GONE);

        CHECK(step.next == BRIG_CODE_NONE, "state %d outlives its worker", state);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(action_cases) / sizeof(action_cases[0]); i++) {
        const action_case *c = &action_cases[i];

        CHECK(brig_phase_action(c->phase, c->procedure) == c->expected, "%s", c->name);
    }
    for (size_t i = 0; i < sizeof(life_cases) / sizeof(life_cases[0]); i++)
        check_life(&life_cases[i]);
    check_every_step();
    check_gone();
    return 0;
}
