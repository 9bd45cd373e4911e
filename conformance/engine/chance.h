/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_CHANCE_H
#define BRIG_CONF_CHANCE_H

#include <stddef.h>
#include <stdint.h>

/* The engine's random octets: the same sequence for the same seed. NULL: from the kernel. */
void conf_chance_seed(const int64_t *seed);
void conf_chance_draw(uint8_t *octets, size_t len);

#endif
