/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_SESSION_STATE_H
#define BRIG_SERVER_SESSION_STATE_H

#include <brig/generated/protocol.h>

/*
 * The two state tables of a session, as data (ARCHITECTURE.md, "brigd"; spec 7.1 and 7.2). They
 * know nothing of workers, clocks or connections.
 */

/* Where the session is. */
typedef enum brig_phase {
    BRIG_PHASE_NEW,       /* no brig.open has succeeded */
    BRIG_PHASE_OPENING,   /* brig.open waits for its worker */
    BRIG_PHASE_READY,     /* a worker is there */
    BRIG_PHASE_RESETTING, /* brig.reset waits for its worker */
    BRIG_PHASE_STALE,     /* the worker is gone */
    BRIG_PHASE_COUNT,
} brig_phase;

/* What to do with a CALL. */
typedef enum brig_action {
    BRIG_ACTION_UNKNOWN, /* ERROR unknown_procedure */
    BRIG_ACTION_DO,
    BRIG_ACTION_HOLD,        /* a code call: keep it until the worker is there */
    BRIG_ACTION_DENY,        /* ERROR denied */
    BRIG_ACTION_UNAVAILABLE, /* ERROR unavailable */
    BRIG_ACTION_STALE,       /* ERROR stale */
} brig_action;

brig_action brig_phase_action(brig_phase phase, brig_procedure procedure);

/* Where the code call is. */
typedef enum brig_code_state {
    BRIG_CODE_NONE,            /* none is open */
    BRIG_CODE_HELD,            /* it waits for a worker */
    BRIG_CODE_RUNNING,         /* the worker has it */
    BRIG_CODE_AWAIT_BOTH,      /* its end is decided; the shim's word and the worker's terminal */
    BRIG_CODE_AWAIT_INTERRUPT, /* ... the shim's word is missing */
    BRIG_CODE_AWAIT_TERMINAL,  /* ... the worker's terminal is missing */
    BRIG_CODE_DYING,           /* its worker is being killed */
    BRIG_CODE_STATE_COUNT,
} brig_code_state;

typedef enum brig_code_event {
    BRIG_CODE_FORWARDED,   /* the worker has been given the call */
    BRIG_CODE_TERMINAL,    /* the worker has answered */
    BRIG_CODE_STOP,        /* deadline, cancel or processor time */
    BRIG_CODE_INTERRUPTED, /* the shim has sent the signal */
    BRIG_CODE_STILL_THERE, /* a part of the grace is over */
    BRIG_CODE_GRACE_OVER,
    BRIG_CODE_RESET,  /* the worker has been killed for a brig.reset */
    BRIG_CODE_DOOMED, /* a breach: the worker must go */
    BRIG_CODE_GONE,   /* the worker is gone */
    BRIG_CODE_EVENT_COUNT,
} brig_code_event;

typedef enum brig_code_effect {
    BRIG_EFFECT_NOTHING,
    BRIG_EFFECT_RELAY,     /* the worker's terminal is the call's */
    BRIG_EFFECT_INTERRUPT, /* ask the shim, start the grace */
    BRIG_EFFECT_REPEAT,    /* ask the shim once more */
    BRIG_EFFECT_KILL,      /* kill the worker */
    BRIG_EFFECT_END,       /* the decided ERROR; the code never ran */
    BRIG_EFFECT_END_KEPT,  /* the decided ERROR, state kept */
    BRIG_EFFECT_END_LOST,  /* the decided ERROR, state lost */
    BRIG_EFFECT_BREACH,    /* the worker must not have done that */
} brig_code_effect;

typedef struct brig_code_step {
    brig_code_state next;
    brig_code_effect effect;
} brig_code_step;

brig_code_step brig_code_next(brig_code_state state, brig_code_event event);

#endif
