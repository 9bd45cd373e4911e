/* SPDX-License-Identifier: MIT */
/* Every limit trips alone, and the session is afterwards what the specification says (spec 7.7). */
#include "dialog.h"

#include <stdlib.h>

#include <unistd.h>

#include "cgroup.h"
#include "check.h"

#define LIMITS(...) \
    { \
        "brig.open", "{" DIALOG_TOOLS ", \"limits\": {" #__VA_ARGS__ "}}", NULL, DIALOG_OPENED, \
            false \
    }
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
     {LIMITS("memory_bytes" : 400000000),
      DIALOG_CODE(GREEDY_CHILDREN, "ERROR memory lost {*state: \"lost\"}"), LOST_AND_RESET}},
    /* ERR-006 */
    {"files of the workspace count as memory of the session",
     NULL,
     {LIMITS("memory_bytes" : 150000000),
      DIALOG_CODE("kept <- 7; to <- file('big', 'wb'); for (i in 1:60) writeBin(raw(4e6), to)",
                  "ERROR memory lost {*state: \"lost\"}"),
      LOST_AND_RESET}},
    /* EVT-009 */
    {"a fork beyond the limit fails, the client hears of it, and the state is kept",
     NULL,
     {LIMITS("processes" : 8),
      DIALOG_CODE(MANY_CHILDREN,
                  "*EVENT violation {kind: \"pids\", layer: \"cgroup\", detail: \"fork\"} {}; *"
                  "*RESULT true *"),
      STILL_THERE}},
    {"processor time of children is the call's",
     NULL,
     {LIMITS("cpu_ms" : 1000), DIALOG_CODE(BUSY_CHILDREN, "*ERROR cpu fix {*state: \"kept\"}"),
      STILL_THERE}},
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
    /* ERR-006 */
    {"the watch sees children that together hold too much",
     WITHOUT,
     {LIMITS("memory_bytes" : 400000000),
      DIALOG_CODE(GREEDY_CHILDREN, "ERROR memory lost {*state: \"lost\"}"), LOST_AND_RESET}},
    {"children of one large process are not counted twice",
     WITHOUT,
     {LIMITS("memory_bytes" : 400000000),
      DIALOG_CODE("kept <- 7; x <- numeric(2.5e7); "
                  "r <- parallel::mclapply(1:3, function(i) { Sys.sleep(1); length(x) }, "
                  "mc.cores = 3); unlist(r)",
                  "*RESULT (25000000, 25000000, 25000000) *"),
      STILL_THERE}},
    {"a fork beyond the limit fails, and the state is kept",
     WITHOUT,
     {LIMITS("processes" : 8), DIALOG_CODE(MANY_CHILDREN, "*RESULT true *"), STILL_THERE}},
    {"the watch counts processor time of children",
     WITHOUT,
     {LIMITS("cpu_ms" : 1000), DIALOG_CODE(BUSY_CHILDREN, "*ERROR cpu fix {*state: \"kept\"}"),
      STILL_THERE}},
    {"processor time of a child that is gone counts",
     WITHOUT,
     {LIMITS("cpu_ms" : 1500),
      DIALOG_CODE("kept <- 7; burn <- function(i) { t <- proc.time()[[1]]; "
                  "while (proc.time()[[1]] - t < 0.7) {} }; "
                  "for (i in 1:20) parallel::mccollect(parallel::mcparallel(burn()))",
                  "*ERROR cpu fix {*state: \"kept\"}"),
      STILL_THERE}},
};

/* What needs neither. */
static const dialog_case cases[] = {
    /* LIM-001, PRC-005 */
    {"limits are lowered, never raised, and the answer says what is in force",
     NULL,
     {{"brig.open",
       "{\"limits\": {\"processes\": 1000000, \"memory_bytes\": 300000000, "
       "\"workspace_bytes\": 5000}}",
       NULL, "RESULT {*memory_bytes: 29999*processes: 64*workspace_bytes: 4096*", false},
      DIALOG_ASK("brig.info", NULL, "RESULT {*processes: 64*workspace_bytes: 4096*")}},
    {"one process that asks for too much gets an error, and the state is kept",
     NULL,
     {LIMITS("memory_bytes" : 300000000),
      DIALOG_CODE("kept <- 7; x <- numeric(1e8)", "ERROR runtime fix {*state: \"kept\"}"),
      STILL_THERE}},
    {"processor time that is used up ends the call, and the state is kept",
     NULL,
     {LIMITS("cpu_ms" : 300), DIALOG_CODE("kept <- 7; repeat {}", "ERROR cpu fix *kept*"),
      STILL_THERE}},
    {"processor time counts for each call anew",
     NULL,
     {LIMITS("cpu_ms" : 1500),
#define BURN "t <- sum(proc.time()[1:2]); while (sum(proc.time()[1:2]) - t < 0.8) {}; 5"
      DIALOG_CODE(BURN, "*RESULT 5 *"), DIALOG_CODE(BURN, "*RESULT 5 *"),
      DIALOG_CODE(BURN, "*RESULT 5 *")}},
    {"wall time that is over ends the call, and the state is kept",
     NULL,
     {LIMITS("deadline_ms" : 300),
      DIALOG_CODE("kept <- 7; Sys.sleep(60)", "ERROR deadline fix *kept*"), STILL_THERE}},
    {"a full workspace is an error of the file system",
     NULL,
     {LIMITS("workspace_bytes" : 1048576),
      DIALOG_CODE("kept <- 7; to <- file('big', 'wb'); "
                  "for (i in 1:64) writeBin(raw(65536), to); close(to); file.size('big')",
                  "*RESULT 1048576 *"),
      STILL_THERE}},
    {"so are more files than it may have",
     NULL,
     {LIMITS("workspace_files" : 16),
      DIALOG_CODE("kept <- 7; sum(file.create(paste0('f', 1:30))) < 16",
                  "*EVENT warning {message: \"*No space left on device*RESULT true *"),
      STILL_THERE}},
    {"a file grows to its limit and no further",
     NULL,
     {LIMITS("file_bytes" : 100000),
      DIALOG_CODE("kept <- 7; to <- file('big', 'wb'); "
                  "for (i in 1:20) try(writeBin(raw(10000), to), silent = TRUE); close(to); "
                  "file.size('big')",
                  "*RESULT 100000 *"),
      STILL_THERE}},
    {"more open files than the limit are an error of the code",
     NULL,
     {LIMITS("open_files" : 32),
      DIALOG_CODE("kept <- 7; r <- try(suppressWarnings(lapply(1:60, function(i) "
                  "file('/dev/null', 'r'))), silent = TRUE); grepl('cannot open', r)",
                  "*RESULT true *"),
      DIALOG_CODE("closeAllConnections(); kept", "*RESULT 7 *")}},
    {"code that is too long never reaches the worker",
     NULL,
     {LIMITS("code_bytes" : 8),
      DIALOG_CODE("kept <- 7", "ERROR too_large fix {limit: \"code_bytes\"}"),
      DIALOG_CODE("kept = 7", "*RESULT 7 *")}},
    {"a value that is too large is left out, and the state is kept",
     NULL,
     {LIMITS("value_bytes" : 1000), DIALOG_CODE("kept <- 7; raw(2000)", "*RESULT * {*omitted*"),
      STILL_THERE}},
    {"output beyond the limit is counted, and the code goes on",
     NULL,
     {LIMITS("output_bytes" : 1000),
      DIALOG_CODE("kept <- 7; cat(strrep('x', 3000)); 5",
                  "*EVENT truncated {stream: \"stdout\", bytes: 1000} {}; RESULT 5 "
                  "{*dropped: {stdout: 2006}*"),
      STILL_THERE}},
    {"tool calls beyond the limit fail, and the code goes on",
     NULL,
     {LIMITS("tool_calls" : 2),
      DIALOG_CODE("kept <- 7; for (i in 1:2) echo(); inherits(try(echo(), silent = TRUE), "
                  "'try-error')",
                  "CALL echo *CALL echo *; *RESULT true {*tool_calls: 2}*"),
      STILL_THERE}},
    {"plots beyond the limit are not shown, and the code goes on",
     NULL,
     {LIMITS("displays" : 1),
      DIALOG_CODE("kept <- 7; for (i in 1:3) plot(i); 5",
                  "*EVENT display *EVENT warning {message: \"*limit displays*RESULT 5 *"),
      STILL_THERE}},
    {"a plot above the limit of its bytes is not shown, and the code goes on",
     NULL,
     {LIMITS("display_bytes" : 1000),
      DIALOG_CODE("kept <- 7; plot(1); 5",
                  "*EVENT warning {message: \"*limit display_bytes*RESULT 5 *"),
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
    dialog_run(DIALOG_R, cases, COUNT(cases));
    return 0;
}
