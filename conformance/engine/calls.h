/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_CALLS_H
#define BRIG_CONF_CALLS_H

#include <brig/message.h>

/* Serve one CALL of the server, to its terminal (spec 11.3). */
void conf_calls_serve(const brig_message *call);

/* Of the call that is being run: its args, an encoded map; and does the session have `stdin`? */
brig_span conf_calls_args(void);
bool conf_calls_have_input(void);
/* No terminal of the engine's own for this call. */
void conf_calls_be_silent(void);

#endif
