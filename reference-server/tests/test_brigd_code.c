/* SPDX-License-Identifier: MIT */
/* How code calls end, and what the terminal tells (spec 7.2, 8). */
#include "dialog.h"

#define TOLD "generation: 1, usage: {wall_ms: *, cpu_ms: *, memory_bytes: *, tool_calls: "
#define LIMITED(code, ms, expected) \
    { \
        "eval", code, "{\"deadline_ms\": " ms "}", expected, false \
    }
#define STALE "ERROR stale lost {}"

static const dialog_case cases[] = {
    /* COD-001 */
    {"a second code call is busy at once, whichever it is",
     NULL,
     {DIALOG_OPEN, DIALOG_LEAVE("deaf", "ERROR cancelled fix *state: \"lost\"*"),
      DIALOG_CODE("", "ERROR busy retry {}"),
      DIALOG_ASK("brig.call", "{\"tool\": \"x\"}", "ERROR busy retry {}"),
      DIALOG_ASK("brig.define", "{\"tools\": []}", "ERROR busy retry {}"),
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2, *"), DIALOG_CODE("", "RESULT 1 *")}},
    /* COD-002; the call is open until the reset */
    {"what is no code call is answered while code runs",
     NULL,
     {DIALOG_OPEN, DIALOG_LEAVE("deaf", "ERROR cancelled fix *"),
      DIALOG_ASK("brig.info", NULL, "RESULT {*state: \"running\"*running: 2*"),
      DIALOG_ASK("brig.ping", NULL, "RESULT {} {}"),
      DIALOG_ASK("brig.cancel", "{\"id\": 1}", "RESULT {outcome: \"finished\"} {}"),
      DIALOG_ASK("brig.put", "{\"path\": \"a\", \"offset\": 0, \"data\": {\"$bin\": \"xy\"}}",
                 "RESULT {size: 2} {}"),
      DIALOG_ASK("brig.get", "{\"path\": \"a\", \"offset\": 0, \"length\": 9}",
                 "RESULT {data: b\"xy\", *"),
      DIALOG_ASK("brig.list", NULL, "RESULT {files: ({path: \"a\", type: \"file\", size: 2, *"),
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2, *")}},
    /* COD-003, COD-009, COD-015: the worker's own word, `cancelled`, comes after the deadline */
    {"a deadline decides, whatever the worker says later",
     NULL,
     {DIALOG_OPEN, LIMITED("spin", "100", "ERROR deadline fix {" TOLD "0}, state: \"kept\"}"),
      DIALOG_CODE("", "RESULT 2 {" TOLD "0}*")}},
    /* COD-003, COD-004, COD-009, COD-013, COD-015 */
    {"a worker that does not stop is lost, and stays lost until a reset",
     NULL,
     {DIALOG_OPEN_LIMIT("grace_ms", "50"),
      LIMITED("deaf", "50", "ERROR deadline fix {" TOLD "0}, state: \"lost\"}"),
      DIALOG_CODE("", STALE), DIALOG_ASK("brig.call", "{\"tool\": \"x\"}", STALE),
      DIALOG_ASK("brig.define", "{\"tools\": []}", STALE), DIALOG_ASK("brig.list", NULL, STALE),
      DIALOG_ASK("brig.info", NULL, "RESULT {*state: \"stale\"*"), DIALOG_CODE("", STALE),
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2, *"),
      DIALOG_CODE("", "RESULT 1 {generation: 2, *")}},
    /* COD-005, COD-010, COD-011, COD-012: the tool's answer comes when the next step is sent */
    {"a deadline runs while a tool is open, which is cancelled and not waited for",
     NULL,
     {DIALOG_OPEN,
      LIMITED("tool late", "1000",
              "CALL late {text: \"hello\"} {parent: 2, deadline_ms: *}; CALL brig.cancel {id: 1} "
              "{}; *ERROR deadline fix {" TOLD "1}, state: \"kept\"}"),
      DIALOG_CODE("tool echo", "CALL echo *EVENT stdout b\"tool: result\n\" {}; RESULT 2 *"),
      LIMITED("tool hold", "1000", "CALL hold *CALL brig.cancel *; ERROR deadline fix *kept*"),
      DIALOG_CODE("", "RESULT 4 *")}},
    /* COD-006 */
    {"the lower of the session's and the call's deadline holds",
     NULL,
     {DIALOG_OPEN_LIMIT("deadline_ms", "150"), DIALOG_CODE("spin", "ERROR deadline fix *kept*"),
      LIMITED("spin", "60000", "ERROR deadline fix *kept*"),
      LIMITED("spin", "150", "ERROR deadline fix *kept*"), DIALOG_CODE("", "RESULT 4 *")}},
    /* COD-007: `tool` would end by an interrupt that came late */
    {"an interrupt never hits the next call",
     NULL,
     {DIALOG_OPEN, LIMITED("tool hold", "150", "*ERROR deadline fix *"),
      DIALOG_CODE("tool echo", "*RESULT 2 *"), LIMITED("spin", "150", "ERROR deadline fix *"),
      DIALOG_CODE("tool echo", "*RESULT 4 *"), LIMITED("tool hold", "150", "*ERROR deadline fix *"),
      DIALOG_CODE("tool echo", "*RESULT 6 *")}},
    /* PRC-017, COD-003, PRC-018 */
    {"a cancel ends a call once, and does nothing to one that has ended",
     NULL,
     {DIALOG_OPEN, DIALOG_LEAVE("deaf", "ERROR cancelled fix {*"),
      DIALOG_ASK("brig.cancel", "{\"id\": 2}", "*RESULT {outcome: \"interrupting\"} {}"),
      DIALOG_ASK("brig.cancel", "{\"id\": 9000}", "RESULT {outcome: \"unknown\"} {}"), DIALOG_AWAIT,
      DIALOG_ASK("brig.cancel", "{\"id\": 2}", "RESULT {outcome: \"finished\"} {}")}},
    /* COD-019: the interrupt may come before the engine has begun the call, and is dropped then */
    {"a cancel right behind its call finds the code all the same",
     NULL,
     {DIALOG_OPEN, DIALOG_LEAVE("spin", "ERROR cancelled fix {*state: \"kept\"*"),
      DIALOG_ASK("brig.cancel", "{\"id\": 2}", "*RESULT {outcome: \"interrupting\"} {}"),
      DIALOG_AWAIT, DIALOG_CODE("", "RESULT 2 *")}},
    /* COD-016, WRK-008, WRK-009 */
    {"a worker that writes its own usage is ended",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("claim", "ERROR crashed lost {*reason: \"protocol\"*"),
      DIALOG_CODE("", STALE)}},
    /* ERR-001, ERR-006, ERR-007: nobody but the kernel says `memory` */
    {"an exit is told with its status",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("exit 7", "ERROR exited lost {*status: 7*")}},
    {"a signal is told with its number",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("signal 6", "ERROR crashed lost {*reason: \"signal\"*signal: 6*")}},
    {"a kill that no memory limit made is a signal",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("signal 9", "ERROR crashed lost {*signal: 9*")}},
    {"a worker cannot say `memory`",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("fail memory", "ERROR crashed lost {*reason: \"protocol\"*")}},
    /* ERR-005 */
    {"`connection_lost` is not relayed",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("fail connection_lost", "ERROR crashed lost *")}},
    {"an error of the code has its own code and class",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("fail parse", "ERROR parse fix {" TOLD "0}, state: \"kept\"}"),
      DIALOG_CODE("fail runtime", "ERROR runtime fix {" TOLD "0}, state: \"kept\"}")}},
    /* COD-018 */
    {"a value above value_bytes is omitted",
     NULL,
     {DIALOG_OPEN_LIMIT("value_bytes", "1000"),
      DIALOG_CODE("big 2000", "RESULT opaque {*value: \"omitted\"*"),
      DIALOG_CODE("big 500", "RESULT b(500) {*")}},
};

static const dialog_case r_cases[] = {
    /* COD-017, COD-018 */
    {"what has no portable form is a RESULT all the same",
     NULL,
     {DIALOG_OPEN,
      DIALOG_ASK("brig.eval", "{\"code\": \"function(x) x\"}",
                 "*RESULT opaque {*value: \"omitted\"*"),
      DIALOG_ASK("brig.eval", "{\"code\": \"globalenv()\"}",
                 "*RESULT opaque {*value: \"omitted\"*"),
      DIALOG_ASK("brig.eval", "{\"code\": \"function(x) x\", \"value\": \"none\"}",
                 "*RESULT nil {*"),
      DIALOG_ASK("brig.eval", "{\"code\": \"1:4000\", \"value_bytes\": 100}",
                 "*RESULT opaque {*value: \"omitted\"*")}},
    /* COD-009, WRK-010, WRK-011: what the code left is there, and nothing more was said, since the
     * server would have ended the worker */
    {"an error keeps the state",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("x <- 7; stop('no')", "ERROR runtime fix {*state: \"kept\"*"),
      DIALOG_CODE("x", "*RESULT 7 *")}},
    /* WRK-012, COD-008 */
    {"an interrupt stops a loop, and only this one",
     NULL,
     {DIALOG_OPEN, LIMITED("x <- 7; repeat {}", "1000", "ERROR deadline fix {*state: \"kept\"*"),
      DIALOG_CODE("Sys.sleep(0.05); x", "*RESULT 7 *")}},
    /* WRK-013: the answer comes with the next step, and is dropped */
    {"an interrupt ends the wait for a tool",
     NULL,
     {DIALOG_OPEN, LIMITED("x <- 7; late()", "1500", "CALL late *; ERROR deadline fix {*\"kept\"*"),
      DIALOG_CODE("x", "*RESULT 7 *"), DIALOG_CODE("echo()", "CALL echo *RESULT true *")}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    dialog_run(DIALOG_R, r_cases, sizeof(r_cases) / sizeof(r_cases[0]));
    return 0;
}
