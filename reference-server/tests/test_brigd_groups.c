/* SPDX-License-Identifier: MIT */
/* Limits of whole sessions, with control groups and without: each trips alone (spec 7.7). */
#include "dialog.h"

#include <stdlib.h>

#include <unistd.h>

#include "cgroup.h"
#include "check.h"

#define LOST_AND_RESET \
    DIALOG_CODE("1", "ERROR stale lost *"), \
        DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2, *"), \
        DIALOG_CODE("exists('kept')", "*RESULT false {generation: 2, *")
#define STILL_THERE DIALOG_CODE("kept", "*RESULT 7 {generation: 1, *")

/* Two children that hold 240 MB each for as long as they are let. */
#define GREEDY_CHILDREN \
    "kept <- 7; r <- parallel::mclapply(1:2, function(i) { x <- numeric(3e7); Sys.sleep(60) }, " \
    "mc.cores = 2)"
#define MANY_CHILDREN \
    "kept <- 7; r <- try(for (i in 1:20) parallel::mcparallel(Sys.sleep(60)), silent = TRUE); " \
    "grepl('unable to fork', r)"
#define BUSY_CHILDREN "kept <- 7; parallel::mclapply(1:2, function(i) repeat {}, mc.cores = 2)"

#define HALF_A_PROCESSOR "profiles:\n  - name: standard\n    cpu_percent: 50\n"

/* In a control group: the kernel counts the whole session. */
static const dialog_case group_cases[] = {
    /* SBX-002 */
    {"the statement says that memory is counted for the group",
     NULL,
     {DIALOG_ASK("brig.open", "{\"require\": {\"memory\": \"group\"}}",
                 "RESULT {*memory: \"group\"*memory: \"cgroup v*")}},
    /* ERR-006, ERR-007, LIM-001 */
    {"children that together hold too much end their session with `memory`",
     NULL,
     {DIALOG_OPEN_LIMIT("memory_bytes", "400000000"),
      DIALOG_CODE(GREEDY_CHILDREN, "ERROR memory lost {*state: \"lost\"}"), LOST_AND_RESET}},
    /* ERR-006 */
    {"files of the workspace count as memory of the session",
     NULL,
     {DIALOG_OPEN_LIMIT("memory_bytes", "150000000"),
      DIALOG_CODE("kept <- 7; from <- file.path(R.home('lib'), 'libR.so'); "
                  "for (i in 1:200) file.append('big', from)",
                  "ERROR memory lost {*state: \"lost\"}"),
      LOST_AND_RESET}},
    /* EVT-009 */
    {"a fork beyond the limit fails, the client hears of it, and the state is kept",
     NULL,
     {DIALOG_OPEN_LIMIT("processes", "8"),
      DIALOG_CODE(MANY_CHILDREN,
                  "*EVENT violation {kind: \"pids\", layer: \"cgroup\", detail: \"fork\"} {}; *"
                  "*RESULT true *"),
      STILL_THERE}},
    {"a profile may give a share of the processor",
     HALF_A_PROCESSOR,
     {DIALOG_OPEN, DIALOG_CODE("kept <- 7; kept", "*RESULT 7 *")}},
    {"processor time of children is the call's",
     NULL,
     {DIALOG_OPEN_LIMIT("cpu_ms", "1000"),
      DIALOG_CODE(BUSY_CHILDREN, "*ERROR cpu fix {*state: \"kept\"}"), STILL_THERE}},
};

#define WITHOUT "cgroup: off\n"

/* Without one: limits of each process, and the server's own watch. */
static const dialog_case process_cases[] = {
    /* SBX-002 */
    {"the statement says that memory is counted for each process",
     WITHOUT,
     {DIALOG_ASK("brig.open", NULL, "RESULT {*memory: \"process\"*memory: \"rlimit, watch\"*")}},
    /* PRC-006 */
    {"a client that requires more than the machine has gets no worker",
     WITHOUT,
     {DIALOG_ASK("brig.open", "{\"require\": {\"memory\": \"group\"}}", "ERROR denied denied *"),
      DIALOG_CODE("1", "ERROR unavailable retry *")}},
    /* SBX-001 */
    {"a share of the processor that nobody keeps is no worker",
     WITHOUT HALF_A_PROCESSOR,
     {DIALOG_ASK("brig.open", NULL, "ERROR unavailable retry *")}},
    /* ERR-006 */
    {"the watch sees children that together hold too much",
     WITHOUT,
     {DIALOG_OPEN_LIMIT("memory_bytes", "400000000"),
      DIALOG_CODE(GREEDY_CHILDREN, "ERROR memory lost {*state: \"lost\"}"), LOST_AND_RESET}},
    {"children of one large process are not counted twice",
     WITHOUT,
     {DIALOG_OPEN_LIMIT("memory_bytes", "400000000"),
      DIALOG_CODE("kept <- 7; x <- numeric(2.5e7); "
                  "r <- parallel::mclapply(1:3, function(i) { Sys.sleep(1); length(x) }, "
                  "mc.cores = 3); unlist(r)",
                  "*RESULT (25000000, 25000000, 25000000) *"),
      STILL_THERE}},
    {"a fork beyond the limit fails, and the state is kept",
     WITHOUT,
     {DIALOG_OPEN_LIMIT("processes", "8"), DIALOG_CODE(MANY_CHILDREN, "*RESULT true *"),
      STILL_THERE}},
    {"the watch counts processor time of children",
     WITHOUT,
     {DIALOG_OPEN_LIMIT("cpu_ms", "1000"),
      DIALOG_CODE(BUSY_CHILDREN, "*ERROR cpu fix {*state: \"kept\"}"), STILL_THERE}},
    {"processor time of a child that is gone counts",
     WITHOUT,
     {DIALOG_OPEN_LIMIT("cpu_ms", "1500"),
      DIALOG_CODE("kept <- 7; burn <- function(i) { t <- proc.time()[[1]]; "
                  "while (proc.time()[[1]] - t < 0.7) {} }; "
                  "for (i in 1:20) parallel::mccollect(parallel::mcparallel(burn()))",
                  "*ERROR cpu fix {*state: \"kept\"}"),
      STILL_THERE}},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Where the machine has groups that we may use, not to use them is a mistake. */
static bool has_groups(void)
{
    char why[BRIG_CGROUP_TEXT_BYTES];
    brig_cgroups *groups = NULL;
    bool is_expected = getenv("BRIG_TEST_CGROUPS") != NULL ||
                       access("/sys/fs/cgroup/memory/cgroup.procs", W_OK) == 0;

    CHECK(brig_cgroups_new("auto", why, &groups) == BRIG_OK, "%s", why);
    CHECK(groups != NULL || !is_expected, "control groups: %s", why);
    if (groups == NULL)
        (void)fprintf(stderr, "no control groups (%s): their cases do not run\n", why);
    brig_cgroups_free(groups);
    return groups != NULL;
}

int main(void)
{
    if (has_groups())
        dialog_run(DIALOG_R, group_cases, COUNT(group_cases));
    dialog_run(DIALOG_R, process_cases, COUNT(process_cases));
    return 0;
}
