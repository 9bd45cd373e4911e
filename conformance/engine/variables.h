/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_VARIABLES_H
#define BRIG_CONF_VARIABLES_H

#include <brig/span.h>

/* What the language remembers from call to call: names and encoded values. */

/* Copies both. */
void conf_variable_set(brig_span name, brig_span value);
void conf_variable_set_named(const char *name, brig_span value);

/* Borrowed until the variable is set again. False if it never was. */
bool conf_variable_get(brig_span name, brig_span *ret_value);

#endif
