/* SPDX-License-Identifier: MIT */
/* What R code meets at the walls, and what the client hears of it, in each profile (spec 7.5, 7.6). */
#include "dialog.h"

#define OPEN_PROFILE(name) DIALOG_ASK("brig.open", "{\"profile\": \"" name "\"}", DIALOG_OPENED)
#define REQUIRE(profile, require, expected) \
    DIALOG_ASK("brig.open", "{\"profile\": \"" profile "\", \"require\": {" require "}}", expected)
#define MESSAGE(call, kind) "tryCatch(" call ", " kind " = function(c) conditionMessage(c))"

static const dialog_case cases[] = {
    /* SBX-005 */
    {"a refused program is a violation, and the condition names profile and sandbox",
     NULL,
     {OPEN_PROFILE("standard"),
      DIALOG_CODE(MESSAGE("system('ls')", "warning"),
                  "EVENT violation {*exec*}; *RESULT \"*Brig's sandbox*`standard`\" *"),
      DIALOG_CODE(
          MESSAGE("system('ls', intern = TRUE)", "error"),
          "EVENT violation {*exec*}; *RESULT \"*cannot popen*Brig's sandbox*`standard`\" *"),
      DIALOG_CODE(MESSAGE("system2('ls')", "brig_refused"),
                  "EVENT violation {*exec*}; *RESULT \"*Brig's sandbox*`standard`\" *"),
      DIALOG_CODE("suppressWarnings(system('ls'))", "EVENT violation {*exec*}; *RESULT 127 *")}},
    {"a refused connection is a violation, and the condition names profile and sandbox",
     NULL,
     {OPEN_PROFILE("standard"),
      DIALOG_CODE(MESSAGE("suppressWarnings(socketConnection('127.0.0.1', 80))", "error"),
                  "EVENT violation {*socket*}; *RESULT \"*Brig's sandbox has no network*\" *"),
      DIALOG_CODE("tryCatch(serverSocket(8080), error = class)",
                  "EVENT violation {*socket*}; *RESULT (\"brig_refused\", \"simpleError\", *")}},
    {"programs run in profile tools, and sockets do not",
     NULL,
     {OPEN_PROFILE("tools"), DIALOG_CODE("system('exit 7')", "*RESULT 7 *"),
      DIALOG_CODE("system('echo hi', intern = TRUE)", "*RESULT \"hi\" *"),
      DIALOG_CODE(MESSAGE("suppressWarnings(socketConnection('127.0.0.1', 80))", "error"),
                  "EVENT violation {*socket*}; *RESULT \"*no network in profile `tools`\" *")}},
    {"a profile of its own engine and tighter limits runs code and starts no program",
     NULL,
     {DIALOG_ASK("brig.open", "{\"profile\": \"strict\"}",
                 "RESULT {session: *memory_bytes: 536870912*"),
      DIALOG_CODE("sum(1:10)", "*RESULT 55 *"),
      DIALOG_CODE(MESSAGE("system('ls')", "warning"),
                  "EVENT violation {*exec*}; *RESULT \"*`strict`\" *")}},
    /* A signal to R alone would not end the program that it waits for. */
    {"a program that R waits for is interrupted with the call, and the session goes on",
     NULL,
     {OPEN_PROFILE("tools"),
      {"eval", "system('sleep 600')", "{\"deadline_ms\": 500}", "*ERROR deadline * {*kept*", false},
      DIALOG_CODE("system('exit 3')", "*RESULT 3 *")}},
    /* R's regular expressions with a back reference: exponential, and deaf while they search. */
    {"code that no interrupt reaches is killed when the grace is over",
     NULL,
     {DIALOG_ASK("brig.open", "{\"limits\": {\"grace_ms\": 300}}", DIALOG_OPENED),
      {"eval", "regexpr('(a*)*\\\\1b', strrep('a', 60))", "{\"deadline_ms\": 2000}",
       "ERROR deadline * {*lost*", false},
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2*"),
      DIALOG_CODE("1L", "*RESULT 1 *")}},
    /* SBX-001; what a profile names is stated, and what is stated is not more than can be asked for */
    {"a requirement that the sandbox does not meet is denied, and one that it meets is not",
     NULL,
     {REQUIRE("tools", "\"exec\": false", "ERROR denied denied {}"),
      REQUIRE("standard",
              "\"level\": \"full\", \"fs_read\": \"listed\", \"fs_write\": \"workspace\", "
              "\"network\": \"none\", \"exec\": false, \"processes\": \"own\"",
              DIALOG_OPENED)}},
};

int main(void)
{
    dialog_run(DIALOG_R, cases, sizeof(cases) / sizeof(cases[0]));
    return 0;
}
