/* SPDX-License-Identifier: MIT */
/* brig-worker-conf: the program that bubblewrap starts as a template for the engine `conf`. */
#include <stddef.h>

#include "engine_conf.h"
#include "template.h"

static const brig_engine *const engines[] = {&brig_engine_conf, NULL};

int main(void)
{
    return brig_template_main(engines);
}
