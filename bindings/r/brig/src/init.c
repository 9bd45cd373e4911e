/* SPDX-License-Identifier: MIT */
/* The routines that R code may call. */
#include "brig_r.h"

/* R casts back by the number of arguments of the .Call. */
#define ROUTINE(name, arguments) \
    { \
        "C_" #name, (DL_FUNC)(void (*)(void))brig_r_##name, arguments \
    }

static const R_CallMethodDef routines[] = {
    ROUTINE(new, 1),    ROUTINE(start, 2),  ROUTINE(connect, 2),      ROUTINE(open, 2),
    ROUTINE(run, 2),    ROUTINE(step, 2),   ROUTINE(interrupt, 1),    ROUTINE(define, 2),
    ROUTINE(answer, 3), ROUTINE(fail, 4),   ROUTINE(is_cancelled, 1), ROUTINE(ask, 3),
    ROUTINE(put, 3),    ROUTINE(get, 3),    ROUTINE(close, 1),        ROUTINE(is_open, 1),
    ROUTINE(encode, 1), ROUTINE(decode, 1), {NULL, NULL, 0},
};

void R_init_brig(DllInfo *library);

void R_init_brig(DllInfo *library)
{
    (void)R_registerRoutines(library, NULL, routines, NULL, NULL);
    (void)R_useDynamicSymbols(library, FALSE);
    (void)R_forceSymbols(library, TRUE);
}
