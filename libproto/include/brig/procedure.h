/* SPDX-License-Identifier: MIT */
#ifndef BRIG_PROCEDURE_H
#define BRIG_PROCEDURE_H

#include <brig/generated/protocol.h>
#include <brig/value.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BRIG_PATH_BYTES = 256 };

/* What is wrong with somebody's arguments, and where. */
typedef struct brig_problem {
    brig_error_code code;       /* UNSUPPORTED, BAD_ARGUMENTS, TOO_LARGE or DENIED */
    char path[BRIG_PATH_BYTES]; /* such as "/tools/0/params"; cut at a code point if longer */
    char text[BRIG_PATH_BYTES]; /* one sentence */
    const char *limit;          /* TOO_LARGE: its name in the registry, for ever; otherwise NULL */
} brig_problem;

/* The procedure with this name, or BRIG_PROCEDURE_COUNT. */
BRIG_API brig_procedure brig_procedure_find(brig_span name);
BRIG_API const char *brig_procedure_name(brig_procedure procedure);
/* Is it a code call (spec 7.2)? Is it counted apart from max_calls? May this side call it? */
BRIG_API bool brig_procedure_is_code(brig_procedure procedure);
BRIG_API bool brig_procedure_is_control(brig_procedure procedure);
BRIG_API bool brig_procedure_is_from(brig_procedure procedure, brig_side side);

/*
 * Check args or options of a CALL to a brig. procedure against the registry: unknown keys at any
 * depth, types, required keys, enums and minima, tool declarations. options may be NULL.
 *
 * Returns BRIG_OK, BRIG_UNSUPPORTED (an unknown key) or BRIG_ARGUMENT; then *ret_problem says what.
 */
BRIG_API brig_status brig_procedure_check(brig_procedure procedure, const brig_value *args,
                                          const brig_value *options, brig_problem *ret_problem);

/*
 * Check a map against any record of the registry, for links of our own (brig_record_check(
 * BRIG_RECORD_WORKER_OPEN, …)). Statuses as brig_procedure_check().
 */
BRIG_API brig_status brig_record_check(brig_record record, const brig_value *map,
                                       brig_problem *ret_problem);

/*
 * Is every key of `require` met by the sandbox statement: at least as strict in the registry's
 * order (spec 7.5)? Returns BRIG_OK, BRIG_ARGUMENT (a value that the registry does not have) or
 * BRIG_UNSUPPORTED (not met); then *ret_problem names the key, with code BAD_ARGUMENTS or DENIED.
 */
BRIG_API brig_status brig_sandbox_meets(const brig_value *require, const brig_value *statement,
                                        brig_problem *ret_problem);

#ifdef __cplusplus
}
#endif

#endif
