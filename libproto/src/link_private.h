/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SRC_LINK_PRIVATE_H
#define BRIG_SRC_LINK_PRIVATE_H

#include <brig/link.h>

/*
 * If these bytes lie in the message that was handed out last: give away the memory in which it lies,
 * so that it stays where it is while the caller keeps that. False: they do not, or there is no
 * memory for what has arrived behind it; nothing has changed.
 */
bool brig_link_give(brig_link *link, brig_span bytes, brig_buffer *ret_memory);

/* Take such memory back, unless a message is lent or there is as much by now: then it is freed. */
void brig_link_take_back(brig_link *link, brig_buffer *memory);

#endif
