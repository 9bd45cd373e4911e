/* SPDX-License-Identifier: MIT */
/* Every limit trips alone, and the session is afterwards what the specification says (spec 7.7). */
#include "dialog.h"

#define STILL_THERE DIALOG_CODE("kept", "*RESULT 7 {generation: 1, *")

static const dialog_case cases[] = {
    /* LIM-001, PRC-005 */
    {"limits are lowered, never raised, and the answer says what is in force",
     NULL,
     {{"brig.open",
       "{\"limits\": {\"processes\": 1000000, \"memory_bytes\": 299999232, "
       "\"workspace_bytes\": 5000}}",
       NULL, "RESULT {*memory_bytes: 299999232, processes: 64*workspace_bytes: 4096*", false},
      DIALOG_ASK("brig.info", NULL, "RESULT {*processes: 64*workspace_bytes: 4096*")}},
    {"one process that asks for too much gets an error, and the state is kept",
     NULL,
     {DIALOG_OPEN_LIMIT("memory_bytes", "300000000"),
      DIALOG_CODE("kept <- 7; x <- numeric(1e8)", "ERROR runtime fix {*state: \"kept\"}"),
      STILL_THERE}},
    {"processor time that is used up ends the call, and the state is kept",
     NULL,
     {DIALOG_OPEN_LIMIT("cpu_ms", "300"),
      DIALOG_CODE("kept <- 7; repeat {}", "ERROR cpu fix *kept*"), STILL_THERE}},
    {"processor time counts for each call anew",
     NULL,
     {DIALOG_OPEN_LIMIT("cpu_ms", "1500"),
#define BURN "t <- sum(proc.time()[1:2]); while (sum(proc.time()[1:2]) - t < 0.8) {}; 5"
      DIALOG_CODE(BURN, "*RESULT 5 *"), DIALOG_CODE(BURN, "*RESULT 5 *"),
      DIALOG_CODE(BURN, "*RESULT 5 *")}},
    {"wall time that is over ends the call, and the state is kept",
     NULL,
     {DIALOG_OPEN_LIMIT("deadline_ms", "300"),
      DIALOG_CODE("kept <- 7; Sys.sleep(60)", "ERROR deadline fix *kept*"), STILL_THERE}},
    {"a full workspace is an error of the file system",
     NULL,
     {DIALOG_OPEN_LIMIT("workspace_bytes", "1048576"),
      DIALOG_CODE("kept <- 7; to <- file('big', 'wb'); "
                  "for (i in 1:64) writeBin(raw(65536), to); close(to); file.size('big')",
                  "*RESULT 1048576 *"),
      STILL_THERE}},
    {"so are more files than it may have",
     NULL,
     {DIALOG_OPEN_LIMIT("workspace_files", "16"),
      DIALOG_CODE("kept <- 7; sum(file.create(paste0('f', 1:30))) < 16",
                  "*EVENT warning {message: \"*No space left on device*RESULT true *"),
      STILL_THERE}},
    {"a file grows to its limit and no further",
     NULL,
     {DIALOG_OPEN_LIMIT("file_bytes", "100000"),
      DIALOG_CODE("kept <- 7; to <- file('big', 'wb'); "
                  "for (i in 1:20) try(writeBin(raw(10000), to), silent = TRUE); close(to); "
                  "file.size('big')",
                  "*RESULT 100000 *"),
      STILL_THERE}},
    {"more open files than the limit are an error of the code",
     NULL,
     {DIALOG_OPEN_LIMIT("open_files", "32"),
      DIALOG_CODE("kept <- 7; r <- try(suppressWarnings(lapply(1:60, function(i) "
                  "file('/dev/null', 'r'))), silent = TRUE); grepl('cannot open', r)",
                  "*RESULT true *"),
      DIALOG_CODE("closeAllConnections(); kept", "*RESULT 7 *")}},
    {"code that is too long never reaches the worker",
     NULL,
     {DIALOG_OPEN_LIMIT("code_bytes", "8"),
      DIALOG_CODE("kept <- 7", "ERROR too_large fix {limit: \"code_bytes\"}"),
      DIALOG_CODE("kept = 7", "*RESULT 7 *")}},
    {"a value that is too large is left out, and the state is kept",
     NULL,
     {DIALOG_OPEN_LIMIT("value_bytes", "1000"),
      DIALOG_CODE("kept <- 7; raw(2000)", "*RESULT * {*omitted*"), STILL_THERE}},
    {"output beyond the limit is counted, and the code goes on",
     NULL,
     {DIALOG_OPEN_LIMIT("output_bytes", "1000"),
      DIALOG_CODE("kept <- 7; cat(strrep('x', 3000)); 5",
                  "*EVENT truncated {stream: \"stdout\", bytes: 1000} {}; RESULT 5 "
                  "{*dropped: {stdout: 2006}*"),
      STILL_THERE}},
    {"tool calls beyond the limit fail, and the code goes on",
     NULL,
     {DIALOG_OPEN_LIMIT("tool_calls", "2"),
      DIALOG_CODE("kept <- 7; for (i in 1:2) echo(); inherits(try(echo(), silent = TRUE), "
                  "'try-error')",
                  "CALL echo *CALL echo *; *RESULT true {*tool_calls: 2}*"),
      STILL_THERE}},
    {"plots beyond the limit are not shown, and the code goes on",
     NULL,
     {DIALOG_OPEN_LIMIT("displays", "1"),
      DIALOG_CODE("kept <- 7; for (i in 1:3) plot(i); 5",
                  "*EVENT display *EVENT warning {message: \"*limit displays*RESULT 5 *"),
      STILL_THERE}},
    {"a page that is too large is refused before it takes memory, and the state is kept",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("kept <- 7; dev.new(width = 1e5, height = 1e5); plot(1)",
                  "*ERROR runtime fix {*state: \"kept\"}"),
      DIALOG_CODE("dev.new(width = 4, height = 3); plot(1); dev.size('px')",
                  "*EVENT display *RESULT (576, 432) *"),
      STILL_THERE}},
    {"a limit below the usual page makes pages smaller",
     NULL,
     {DIALOG_OPEN_LIMIT("display_pixels", "240000"),
      DIALOG_CODE("kept <- 7; plot(1); prod(dev.size('px')) <= 240000",
                  "*EVENT display *RESULT true *"),
      STILL_THERE}},
    {"a plot above the limit of its bytes is not shown, and the code goes on",
     NULL,
     {DIALOG_OPEN_LIMIT("display_bytes", "1000"),
      DIALOG_CODE("kept <- 7; plot(1); 5",
                  "*EVENT warning {message: \"*limit display_bytes*RESULT 5 *"),
      STILL_THERE}},
};

int main(void)
{
    dialog_run(DIALOG_R, cases, sizeof(cases) / sizeof(cases[0]));
    return 0;
}
