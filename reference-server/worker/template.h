/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_TEMPLATE_H
#define BRIG_WORKER_TEMPLATE_H

#include "engine.h"

/*
 * Serve the control channel: start one of the engines, then fork a session for every `start`, until
 * the channel ends. engines ends with NULL; `configure` picks one by name. Returns the exit status
 * of the program. ARCHITECTURE.md, "How a session starts".
 */
int brig_template_main(const brig_engine *const *engines);

#endif
