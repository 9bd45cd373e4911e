/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_PLAN_STEPS_H
#define BRIG_SANDBOX_PLAN_STEPS_H

#include "plan.h"
#include "step.h"

/* For bwrap_args.c: the steps of the outer wall; borrowed from the plan. */
const brig_steps *brig_plan_outer(const brig_plan *plan);

#endif
