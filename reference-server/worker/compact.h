/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_COMPACT_H
#define BRIG_WORKER_COMPACT_H

/*
 * In a template that is ready: put its own memory into huge pages, so that a fork copies one entry
 * of a page table where it copied 512. A session that writes still gets a small page of its own.
 * A kernel that cannot leaves everything as it was; that costs time and nothing else.
 */
void brig_compact_memory(void);

#endif
