/* SPDX-License-Identifier: MIT */
/* From what probes met to what can be said of the walls. ARCHITECTURE.md, "The self-test". */
#include "verdict.h"

#include <signal.h>
#include <stdio.h>

enum { ABI_WITH_SCOPES = 6 };

static const struct {
    const char *name;
    const char *what;
} probes[BRIG_PROBE_COUNT] = {
#define PROBE_ROW(probe, name_, what_) [BRIG_PROBE_##probe] = {.name = (name_), .what = (what_)},
    BRIG_PROBES(PROBE_ROW)
#undef PROBE_ROW
};

static const struct {
    const char *name;
    const char *layer;
} stages[BRIG_PROBE_STAGE_COUNT] = {
#define STAGE_ROW(stage, name_, layer_) \
    [BRIG_PROBE_AT_##stage] = {.name = (name_), .layer = (layer_)},
    BRIG_PROBE_STAGES(STAGE_ROW)
#undef STAGE_ROW
};

const char *brig_probe_name(brig_probe probe)
{
    return probes[probe].name;
}

const char *brig_probe_what(brig_probe probe)
{
    return probes[probe].what;
}

const char *brig_probe_stage_name(brig_probe_stage stage)
{
    return stages[stage].name;
}

const char *brig_probe_stage_layer(brig_probe_stage stage)
{
    return stages[stage].layer;
}

/* A kernel without 32-bit programs answers their calls with SIGSEGV. Another signal says nothing. */
static bool is_refusal(int outcome)
{
    if (outcome >= BRIG_PROBE_KILLED)
        return outcome == BRIG_PROBE_KILLED + SIGSYS || outcome == BRIG_PROBE_KILLED + SIGSEGV;
    return outcome > 0;
}

/* What the profile grants, or what is harmless on a kernel that cannot refuse it. */
static bool is_granted(brig_probe probe, const brig_verdict_facts *facts)
{
    switch (probe) {
    case BRIG_PROBE_EXEC:
        return facts->profile->exec;
    case BRIG_PROBE_DUMPABLE:
        return facts->profile->proc;
    case BRIG_PROBE_SIGNAL: /* pid 1 blocks all signals and ignores those of its own namespace */
        return facts->landlock_abi < ABI_WITH_SCOPES;
    default:
        return false;
    }
}

/* The outermost stage from which on it is always refused; a layer that is not there has no stage. */
static brig_probe_stage find_stage(const brig_probe_outcomes *outcomes, brig_probe probe)
{
    int first = BRIG_PROBE_AT_SECCOMP;

    for (int stage = first - 1; stage >= 0; stage--) {
        int outcome = outcomes->at[stage][probe];

        if (is_refusal(outcome))
            first = stage;
        else if (outcome != BRIG_PROBE_NOT_TRIED)
            break;
    }
    return (brig_probe_stage)first;
}

static brig_verdict judge(const brig_probe_outcomes *outcomes, brig_probe probe,
                          const brig_verdict_facts *facts)
{
    int outcome = outcomes->at[BRIG_PROBE_AT_SECCOMP][probe];
    brig_verdict verdict = {.outcome = outcome, .is_stopped = is_refusal(outcome)};

    if (verdict.is_stopped) {
        verdict.stopped = find_stage(outcomes, probe);
        verdict.outcome = outcomes->at[verdict.stopped][probe];
    } else {
        verdict.is_granted = outcome == 0 && is_granted(probe, facts);
    }
    return verdict;
}

static bool is_proven(brig_probe_stage stage, const brig_verdict verdicts[BRIG_PROBE_COUNT])
{
    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
        if (verdicts[probe].is_stopped && verdicts[probe].stopped == stage)
            return true;
    return false;
}

/* On a kernel without it, in a profile that says so. */
static bool is_given_up(brig_probe_stage stage, const brig_verdict_facts *facts)
{
    return stage == BRIG_PROBE_AT_LANDLOCK && facts->landlock_abi == 0 &&
           facts->profile->level == BRIG_LEVEL_REDUCED;
}

/* The outermost layer that nothing speaks for, or BRIG_PROBE_STAGE_COUNT. */
static brig_probe_stage find_unproven(const brig_verdict verdicts[BRIG_PROBE_COUNT],
                                      const brig_verdict_facts *facts)
{
    unsigned stage = 0;

    while (stage < BRIG_PROBE_STAGE_COUNT && (is_proven((brig_probe_stage)stage, verdicts) ||
                                              is_given_up((brig_probe_stage)stage, facts)))
        stage++;
    return (brig_probe_stage)stage;
}

/* The first probe that came through or could not be tried, or BRIG_PROBE_COUNT. */
static brig_probe find_leak(const brig_verdict verdicts[BRIG_PROBE_COUNT])
{
    unsigned probe = 0;

    while (probe < BRIG_PROBE_COUNT && (verdicts[probe].is_stopped || verdicts[probe].is_granted))
        probe++;
    return (brig_probe)probe;
}

static void say_unproven(brig_probe_stage stage, const char *separator, char *error,
                         size_t error_bytes)
{
    if (stage < BRIG_PROBE_STAGE_COUNT)
        (void)snprintf(error, error_bytes, "%snothing shows that this layer holds: %s", separator,
                       stages[stage].layer);
}

static brig_status refuse_leak(const brig_verdict *verdict, brig_probe probe,
                               brig_probe_stage unproven, char *error, size_t error_bytes)
{
    int len =
        snprintf(error, error_bytes, "the probe %s (%s) %s", probes[probe].name, probes[probe].what,
                 verdict->outcome == 0 ? "was not stopped" : "could not be tried to its end");

    if (len > 0 && (size_t)len < error_bytes)
        say_unproven(unproven, "; ", error + len, error_bytes - (size_t)len);
    return BRIG_UNAVAILABLE;
}

brig_status brig_verdicts_make(const brig_probe_outcomes *outcomes, const brig_verdict_facts *facts,
                               brig_verdict ret_verdicts[BRIG_PROBE_COUNT], char *error,
                               size_t error_bytes)
{
    brig_probe_stage unproven;
    brig_probe leak;

    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
        ret_verdicts[probe] = judge(outcomes, (brig_probe)probe, facts);
    unproven = find_unproven(ret_verdicts, facts);
    leak = find_leak(ret_verdicts);
    if (leak < BRIG_PROBE_COUNT)
        return refuse_leak(&ret_verdicts[leak], leak, unproven, error, error_bytes);
    if (unproven < BRIG_PROBE_STAGE_COUNT) {
        say_unproven(unproven, "", error, error_bytes);
        return BRIG_UNAVAILABLE;
    }
    if (facts->socket_violations == 0 || (!facts->profile->exec && facts->exec_violations == 0)) {
        (void)snprintf(error, error_bytes, "seccomp refuses, but reports no violation");
        return BRIG_UNAVAILABLE;
    }
    return BRIG_OK;
}
