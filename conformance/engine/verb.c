/* SPDX-License-Identifier: MIT */
/* Which verb a word is (spec 14.1). */
#include "verb.h"

#include <stddef.h>

static const conf_verb *const tables[] = {
    conf_verbs_output, conf_verbs_state,   conf_verbs_tools,
    conf_verbs_time,   conf_verbs_process, conf_verbs_files,
};

const conf_verb *conf_verb_find(brig_span name)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const conf_verb *verb = tables[i]; verb->name != NULL; verb++)
            if (brig_span_is(name, verb->name))
                return verb;
    return NULL;
}
