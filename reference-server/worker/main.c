/* SPDX-License-Identifier: MIT */
/* brig-worker: the program that bubblewrap starts as a template. ARCHITECTURE.md, "The parts". */
#include "engine.h"

#include <stddef.h>
#include <unistd.h>

#include "template.h"

static const brig_engine *const engines[] = {&brig_engine_r, NULL};

int main(void)
{
    /* No exit handlers: what R would tidy up lies on a tmpfs that ends with this process. */
    _exit(brig_template_main(engines));
}
