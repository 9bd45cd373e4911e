/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_OUTCOME_H
#define BRIG_CONF_OUTCOME_H

#include <brig/buffer.h>

#include "verb.h"

/* How a program ends: with a value, or with an error that nobody caught. */

/* CONF_RETURNED. Copies. */
conf_flow conf_return(brig_span value, bool is_visible);
/* nil, as of a program that has not begun. */
void conf_outcome_clear(void);
brig_span conf_outcome_value(void);
bool conf_outcome_is_visible(void);

/* CONF_RAISED, with the classes `special` and `error`. The text is cleaned. */
conf_flow conf_raise(brig_span special, brig_span text);
/* A tool's ERROR: with the classes code, `tool` and `error`. */
conf_flow conf_raise_tool(brig_span code, brig_span text, brig_span data);
conf_flow conf_raise_text(const char *special, const char *text);
/* The present errno, by its name. */
conf_flow conf_raise_errno(void);

/* The raised error as {classes, message}, a tool's with data. */
void conf_outcome_pack_error(brig_buffer *to);
/* Where it was raised; the innermost line says so first. */
void conf_outcome_note_line(brig_span line);

/* Terminals of the call. */
void conf_send_error(void);
void conf_send_cancelled(void);
void conf_send_parse(size_t line, size_t column, const char *text);
void conf_send_bad_arguments(const char *path, const char *text);

#endif
