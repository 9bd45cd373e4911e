/* SPDX-License-Identifier: MIT */
/* What a self-test found, for people and for the sandbox statement (spec 7.5). */
#include "selftest.h"

#include <string.h>

#include <brig/pack.h>

static unsigned count_stopped(const brig_selftest_result *result, brig_probe_stage stage)
{
    unsigned count = 0;

    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++) {
        const brig_verdict *verdict = &result->verdicts[probe];

        if (verdict->is_stopped && (stage == BRIG_PROBE_STAGE_COUNT || verdict->stopped == stage))
            count++;
    }
    return count;
}

void brig_selftest_pack(const brig_selftest_result *result, brig_buffer *to)
{
    brig_pack_map(to, 3);
    brig_pack_key_uint(to, "probes", BRIG_PROBE_COUNT);
    brig_pack_key_uint(to, "stopped", count_stopped(result, BRIG_PROBE_STAGE_COUNT));
    brig_pack_cstring(to, "stopped_by");
    brig_pack_map(to, BRIG_PROBE_STAGE_COUNT);
    for (unsigned stage = 0; stage < BRIG_PROBE_STAGE_COUNT; stage++)
        brig_pack_key_uint(to, brig_probe_stage_name((brig_probe_stage)stage),
                           count_stopped(result, (brig_probe_stage)stage));
}

/* "EPERM"; a signal by its name as well. */
static void print_outcome(int outcome, FILE *to)
{
    const char *name = NULL;

    if (outcome >= BRIG_PROBE_KILLED)
        name = sigabbrev_np(outcome - BRIG_PROBE_KILLED);
    else if (outcome > 0)
        name = strerrorname_np(outcome);
    if (outcome == 0)
        (void)fputs("it worked", to);
    else if (outcome < 0)
        (void)fputs("it could not be tried", to);
    else if (name == NULL)
        (void)fprintf(to, "%d", outcome);
    else
        (void)fprintf(to, "%s%s", outcome >= BRIG_PROBE_KILLED ? "SIG" : "", name);
}

void brig_selftest_print(const brig_selftest_result *result, FILE *to)
{
    for (unsigned probe = 0; result->is_judged && probe < BRIG_PROBE_COUNT; probe++) {
        const brig_verdict *verdict = &result->verdicts[probe];
        const char *state = verdict->is_stopped   ? "stopped"
                            : verdict->is_granted ? "granted"
                                                  : "OPEN";

        (void)fprintf(to, "%s\t%s\t%s\t", brig_probe_name((brig_probe)probe), state,
                      verdict->is_stopped ? brig_probe_stage_layer(verdict->stopped) : "");
        print_outcome(verdict->outcome, to);
        (void)fprintf(to, "\t%s\n", brig_probe_what((brig_probe)probe));
    }
}
