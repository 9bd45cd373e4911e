/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SCHEMA_H
#define BRIG_SCHEMA_H

#include <brig/procedure.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Does the name match [A-Za-z][A-Za-z0-9_.-]{0,63} and not begin with "brig."? */
BRIG_API bool brig_tool_name_is_valid(brig_span name);

/*
 * Check the declaration of a tool (spec 7.4): keys, name, size, depth, `code` exactly when it
 * lives in the sandbox, and every keyword of `params`. Returns BRIG_OK, BRIG_UNSUPPORTED,
 * BRIG_ARGUMENT or BRIG_TOO_LARGE with *ret_problem set; paths are relative to the declaration.
 */
BRIG_API brig_status brig_tool_check(const brig_value *tool, brig_problem *ret_problem);

/*
 * Check arguments against a schema that passed brig_tool_check(). schema NULL means no
 * arguments. Only plain forms pass, except where the schema says `value`. Returns BRIG_OK or
 * BRIG_ARGUMENT with *ret_problem set (code BAD_ARGUMENTS).
 */
BRIG_API brig_status brig_schema_check(const brig_value *schema, const brig_value *args,
                                       brig_problem *ret_problem);

#ifdef __cplusplus
}
#endif

#endif
