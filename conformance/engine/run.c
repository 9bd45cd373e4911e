/* SPDX-License-Identifier: MIT */
/* Running lines. */
#include "run.h"

#include <stdlib.h>

#include <unistd.h>

#include "arena.h"
#include "link.h"
#include "outcome.h"
#include "variables.h"

static struct {
    const conf_line **lines;
    size_t count;
    size_t room;
} kept;

conf_flow conf_run_line(const conf_line *line)
{
    if (conf_link_is_interrupted())
        return CONF_INTERRUPTED;
    conf_flow flow = line->verb->act(line->arguments);
    if (flow == CONF_RAISED)
        conf_outcome_note_line(line->source);
    return flow;
}

conf_flow conf_run_lines(const conf_line *first)
{
    conf_flow flow = CONF_NEXT;

    for (const conf_line *line = first; line != NULL && flow == CONF_NEXT; line = line->next)
        flow = conf_run_line(line);
    return flow;
}

conf_flow conf_run_value(const conf_argument *argument, brig_span *ret_value)
{
    *ret_value = argument->octets;
    if (!argument->is_variable || conf_variable_get(argument->octets, ret_value))
        return CONF_NEXT;
    return conf_raise(brig_span_text("unset"), argument->octets);
}

void conf_run_later(const conf_line *line)
{
    if (kept.count == kept.room) {
        size_t room = 2 * kept.room + 1;
        const conf_line **lines = realloc(kept.lines, room * sizeof(const conf_line *));

        if (lines == NULL)
            _exit(CONF_EXIT_MEMORY);
        kept.lines = lines;
        kept.room = room;
    }
    kept.lines[kept.count++] = line;
}

/* What such a line raises, nobody can be told any more. */
void conf_run_kept(void)
{
    for (size_t i = 0; i < kept.count; i++)
        (void)kept.lines[i]->verb->act(kept.lines[i]->arguments);
    kept.count = 0;
}

void conf_run_forget(void)
{
    kept.count = 0;
}
