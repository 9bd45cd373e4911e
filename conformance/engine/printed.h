/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_PRINTED_H
#define BRIG_CONF_PRINTED_H

#include <brig/buffer.h>

/*
 * The printed form: a text itself, of anything else `=` and its octets as hexadecimal digits. At
 * most so many octets of it, cut between code points.
 */
void conf_printed_append(brig_span value, size_t most_bytes, brig_buffer *to);

#endif
