/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_ARGUMENT_H
#define BRIG_CONF_ARGUMENT_H

#include "arena.h"
#include "verb.h"

/*
 * One argument as it was written, of any kind but CONF_LINE. False if it is not of its kind. What
 * it holds borrows from `written` or belongs to the arena.
 */
bool conf_argument_read(conf_arena *arena, const conf_parameter *parameter, brig_span written,
                        conf_argument *ret_argument);

/* Two hexadecimal digits to their octet; -1 if they are none. */
int conf_hex_octet(const uint8_t *digits);

#endif
