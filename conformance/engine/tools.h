/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_TOOLS_H
#define BRIG_CONF_TOOLS_H

#include <brig/value.h>

#include "program.h"

/* The session's sandbox tools: a name and a program each. Client tools are not known here. */

/*
 * Read the sources of all sandbox tools in the list and run what stands before their handlers.
 * Only if all went well the tools are there: CONF_NEXT. CONF_RETURNED: one source is no program,
 * *ret_fault says why. Otherwise as a program ends.
 */
conf_flow conf_tools_declare(const brig_value *tools, conf_fault *ret_fault);

/* NULL if there is none. */
typedef struct conf_tool conf_tool;
const conf_tool *conf_tools_find(brig_span name);

/* Run its handler with these args, an encoded map; the value is the outcome's. CONF_NEXT or an end. */
conf_flow conf_tools_run(const conf_tool *tool, brig_span args);

/* Make variables of an encoded map. */
void conf_tools_bind(brig_span args);

#endif
