/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_ENGINE_H
#define BRIG_CONF_ENGINE_H

#include "engine.h"

/* The engine `conf` (spec 14.1): a small scripted language that makes requirements observable. */
extern const brig_engine brig_engine_conf;

#endif
