/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_PLAIN_H
#define BRIG_CONF_PLAIN_H

#include <brig/buffer.h>

/* The plain form of a value, without any ext (spec 7.2). Octets that are no value stay as they are. */
void conf_plain_pack(brig_span value, brig_buffer *to);

#endif
