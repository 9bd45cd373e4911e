/* SPDX-License-Identifier: MIT */
/* R's headers as every file of the engine needs them, without the names that clash with others. */
#ifndef BRIG_R_API_H
#define BRIG_R_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define R_NO_REMAP
#define STRICT_R_HEADERS
#include <Rinternals.h>

#include <R_ext/GraphicsEngine.h> /* and, among it, R_interrupts_pending */
#include <R_ext/Parse.h>
#include <R_ext/Rdynload.h>

#endif
