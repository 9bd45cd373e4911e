/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_GENERATE_H
#define BRIG_FUZZ_GENERATE_H

#include <brig/pack.h>
#include <brig/procedure.h>

#include "script.h"

/*
 * What peers say, made of a script: mostly as the registry wants it, so that what lies behind the
 * checks is reached, and now and then not. All of it is one well-formed object each time, but for
 * generate_object() with is_wild. What does not fit the buffer is the buffer's fault.
 */

/* Any object of spec 5 and 9. If is_wild, it may be octets of the script as they are. */
void generate_object(struct script *script, brig_buffer *to, bool is_wild);

/* A map that follows a record of the registry, with keys left out and added. */
void generate_record(struct script *script, brig_record record, brig_buffer *to);

/* Arguments and options of a procedure. */
void generate_args(struct script *script, brig_procedure procedure, brig_buffer *to);
void generate_options(struct script *script, brig_procedure procedure, brig_buffer *to);

/* Names that declarations and calls of tools share, so that they meet. */
const char *generate_tool_name(struct script *script);

/* The declaration of a tool, and arguments that come near to what it declares. */
void generate_tool(struct script *script, brig_buffer *to);
void generate_arguments(struct script *script, const brig_value *schema, brig_buffer *to);

#endif
