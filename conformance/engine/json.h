/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_JSON_H
#define BRIG_CONF_JSON_H

#include <brig/buffer.h>

/*
 * JSON (RFC 8259) to a value: a number without `.`, `e` and `E` is an int of 64 bits, any other a
 * float64 (spec 14.1). False if the text is anything else, nests deeper than 64, or has a key twice.
 */
bool conf_json_read(brig_span text, brig_buffer *to);

#endif
