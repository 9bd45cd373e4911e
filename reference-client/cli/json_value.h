/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_JSON_VALUE_H
#define BRIG_CLI_JSON_VALUE_H

#include <brig/value.h>

#include <jansson.h>

/*
 * A value as JSON, the caller's reference; NULL only out of memory. Missing becomes null, a number
 * that JSON does not have its name as a text, bytes {"base64": …}, vectors arrays, annotated values
 * {base, attributes}, and what has no portable form {class, text}. value NULL is null.
 */
json_t *brig_json_of(const brig_value *value);

/* Any bytes as a text: what is not UTF-8 becomes \xNN, as the spec does it. */
json_t *brig_json_text(brig_span bytes);

/* One object on one line. */
void brig_json_print(json_t *object);

#endif
