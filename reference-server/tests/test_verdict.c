/* SPDX-License-Identifier: MIT */
/* What a self-test says when one wall does not hold (ARCHITECTURE.md, "The self-test"). */
#include "verdict.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static const brig_profile standard = {.name = "standard"};
static const brig_profile tools = {.name = "tools", .exec = true, .proc = true};

/* A probe that is refused from a stage on, and works before it. */
static void stop_from(brig_probe_outcomes *outcomes, brig_probe probe, brig_probe_stage first)
{
    for (unsigned stage = 0; stage < BRIG_PROBE_STAGE_COUNT; stage++)
        outcomes->at[stage][probe] = stage < first ? 0 : EPERM;
}

/* Walls that all hold: each stops some probes first. */
static brig_probe_outcomes sound_walls(void)
{
    brig_probe_outcomes outcomes;

    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
        stop_from(&outcomes, (brig_probe)probe, (brig_probe_stage)(probe % BRIG_PROBE_STAGE_COUNT));
    return outcomes;
}

static brig_verdict_facts good_facts(const brig_profile *profile)
{
    return (brig_verdict_facts){
        .profile = profile, .landlock_abi = 7, .exec_violations = 1, .socket_violations = 8};
}

static void test_sound_walls(void)
{
    brig_probe_outcomes outcomes = sound_walls();
    brig_verdict_facts facts = good_facts(&standard);
    brig_verdict verdicts[BRIG_PROBE_COUNT];
    char error[512] = "";

    CHECK(brig_verdicts_make(&outcomes, &facts, verdicts, error, sizeof(error)) == BRIG_OK, "%s",
          error);
    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
        CHECK(verdicts[probe].is_stopped &&
                  verdicts[probe].stopped == probe % BRIG_PROBE_STAGE_COUNT &&
                  verdicts[probe].outcome == EPERM,
              "%s is stopped where it was first refused", brig_probe_name((brig_probe)probe));
}

/* Every probe, if it comes through where code runs, fails the test and is named. */
static void test_each_leak(void)
{
    for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++) {
        static const int16_t leaks[] = {0, BRIG_PROBE_NOT_TRIED, BRIG_PROBE_KILLED + SIGALRM};

        for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
            brig_probe_outcomes outcomes = sound_walls();
            brig_verdict_facts facts = good_facts(&standard);
            brig_verdict verdicts[BRIG_PROBE_COUNT];
            char error[512] = "";

            outcomes.at[BRIG_PROBE_AT_SECCOMP][probe] = leaks[i];
            CHECK(brig_verdicts_make(&outcomes, &facts, verdicts, error, sizeof(error)) ==
                      BRIG_UNAVAILABLE,
                  "%s", brig_probe_name((brig_probe)probe));
            CHECK(strstr(error, brig_probe_name((brig_probe)probe)) != NULL, "%s", error);
            CHECK(!verdicts[probe].is_stopped && !verdicts[probe].is_granted, "%s", error);
        }
    }
}

/* A layer that stops nothing is named, although the others hide its absence. */
static void test_each_missing_layer(void)
{
    for (unsigned missing = 0; missing < BRIG_PROBE_STAGE_COUNT; missing++) {
        brig_probe_outcomes outcomes = sound_walls();
        brig_verdict_facts facts = good_facts(&standard);
        brig_verdict verdicts[BRIG_PROBE_COUNT];
        unsigned other = missing == 0 ? 1 : missing - 1;
        char error[512] = "";

        for (unsigned probe = missing; probe < BRIG_PROBE_COUNT; probe += BRIG_PROBE_STAGE_COUNT)
            stop_from(&outcomes, (brig_probe)probe, (brig_probe_stage)other);
        CHECK(brig_verdicts_make(&outcomes, &facts, verdicts, error, sizeof(error)) ==
                  BRIG_UNAVAILABLE,
              "%s is missing", brig_probe_stage_name((brig_probe_stage)missing));
        CHECK(strstr(error, brig_probe_stage_layer((brig_probe_stage)missing)) != NULL, "%s",
              error);
    }
}

static void test_grants(void)
{
    const struct {
        const char *name;
        const brig_profile *profile;
        brig_probe probe;
        int landlock_abi;
        bool is_granted;
    } cases[] = {
        {"a profile with programs grants to start them", &tools, BRIG_PROBE_EXEC, 7, true},
        {"a profile without programs does not", &standard, BRIG_PROBE_EXEC, 7, false},
        {"a profile with /proc grants to be opened there", &tools, BRIG_PROBE_DUMPABLE, 7, true},
        {"a profile without /proc does not", &standard, BRIG_PROBE_DUMPABLE, 7, false},
        {"an old Landlock cannot refuse signals", &standard, BRIG_PROBE_SIGNAL, 5, true},
        {"a newer Landlock must refuse them", &standard, BRIG_PROBE_SIGNAL, 6, false},
        {"no profile grants sockets", &tools, BRIG_PROBE_NETLINK, 7, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        brig_probe_outcomes outcomes = sound_walls();
        brig_verdict_facts facts = good_facts(cases[i].profile);
        brig_verdict verdicts[BRIG_PROBE_COUNT];
        char error[512] = "";
        brig_status status;

        facts.landlock_abi = cases[i].landlock_abi;
        outcomes.at[BRIG_PROBE_AT_SECCOMP][cases[i].probe] = 0;
        status = brig_verdicts_make(&outcomes, &facts, verdicts, error, sizeof(error));
        CHECK((status == BRIG_OK) == cases[i].is_granted, "%s: %s", cases[i].name, error);
        CHECK(verdicts[cases[i].probe].is_granted == cases[i].is_granted, "%s", cases[i].name);
    }
}

static void test_violations(void)
{
    const struct {
        const char *name;
        brig_verdict_facts facts;
        brig_status expected;
    } cases[] = {
        {"no event for a refused program",
         {.profile = &standard, .landlock_abi = 7, .socket_violations = 8},
         BRIG_UNAVAILABLE},
        {"no event for a refused socket",
         {.profile = &standard, .landlock_abi = 7, .exec_violations = 1},
         BRIG_UNAVAILABLE},
        {"programs are granted, so no event is due",
         {.profile = &tools, .landlock_abi = 7, .socket_violations = 8},
         BRIG_OK},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        brig_probe_outcomes outcomes = sound_walls();
        brig_verdict verdicts[BRIG_PROBE_COUNT];
        char error[512] = "";

        CHECK(brig_verdicts_make(&outcomes, &cases[i].facts, verdicts, error, sizeof(error)) ==
                  cases[i].expected,
              "%s: %s", cases[i].name, error);
    }
}

/* A kernel without Landlock: nobody tried anything behind it. */
static void test_no_landlock(void)
{
    static const brig_profile reduced = {.name = "p", .level = BRIG_LEVEL_REDUCED};
    const struct {
        const char *name;
        const brig_profile *profile;
        brig_status expected;
    } cases[] = {
        {"a profile of level reduced runs without Landlock", &reduced, BRIG_OK},
        {"a profile of level full does not", &standard, BRIG_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        brig_probe_outcomes outcomes = sound_walls();
        brig_verdict_facts facts = good_facts(cases[i].profile);
        brig_verdict verdicts[BRIG_PROBE_COUNT];
        char error[512] = "";

        facts.landlock_abi = 0;
        for (unsigned probe = 0; probe < BRIG_PROBE_COUNT; probe++)
            outcomes.at[BRIG_PROBE_AT_LANDLOCK][probe] = BRIG_PROBE_NOT_TRIED;
        for (unsigned probe = BRIG_PROBE_AT_LANDLOCK; probe < BRIG_PROBE_COUNT;
             probe += BRIG_PROBE_STAGE_COUNT)
            outcomes.at[BRIG_PROBE_AT_LIMITS][probe] = 0;
        CHECK(brig_verdicts_make(&outcomes, &facts, verdicts, error, sizeof(error)) ==
                  cases[i].expected,
              "%s: %s", cases[i].name, error);
        CHECK(verdicts[BRIG_PROBE_AT_MOUNTS].stopped == BRIG_PROBE_AT_MOUNTS,
              "%s: the stages before it still count", cases[i].name);
    }
}

int main(void)
{
    test_sound_walls();
    test_each_leak();
    test_each_missing_layer();
    test_grants();
    test_violations();
    test_no_landlock();
    return EXIT_SUCCESS;
}
