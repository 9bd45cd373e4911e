/* SPDX-License-Identifier: MIT */
/* Events: order, marks, limits (spec 7.6). */
#include "dialog.h"

static const dialog_case cases[] = {
    /* EVT-002 */
    {"events and calls keep the engine's order",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("say a\ntool echo\nsay b\nsay c",
                  "EVENT stdout b\"a\" {}; CALL echo *; EVENT stdout b\"tool: result\n\" {}; "
                  "EVENT stdout b\"b\" {}; EVENT stdout b\"c\" {}; RESULT 1 *")}},
    /* EVT-003 */
    {"what is written to descriptor 1 is marked raw and precedes the terminal",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("raw a\nraw b", "EVENT stdout b\"a*b\" {raw: true}; RESULT 1 *"),
      DIALOG_CODE("say a", "EVENT stdout b\"a\" {}; RESULT 2 *")}},
    /* EVT-005, EVT-007, LIM-001: the code goes on, and so does the limit */
    {"output is cut at its limit, once, and what is cut is counted",
     NULL,
     {DIALOG_OPEN_LIMIT("output_bytes", "2500"),
      DIALOG_CODE(
          "flood 10\ntool echo",
          "EVENT stdout *EVENT truncated {stream: \"stdout\", bytes: 2500} {}; CALL echo *; "
          "RESULT 1 {*dropped: {stdout: 7513}*"),
      DIALOG_CODE("say a", "EVENT stdout b\"a\" {}; RESULT 2 {*"),
      DIALOG_CODE("flood 3", "*EVENT truncated *RESULT 3 {*dropped: {stdout: 500}*")}},
    /* EVT-006, EVT-007: each display has 5 octets */
    {"a display beyond their number is counted",
     NULL,
     {DIALOG_OPEN_LIMIT("displays", "1"),
      DIALOG_CODE(
          "frame 950102a7646973706c617981a161a17880\nframe 950102a7646973706c617981a161a17880",
          "EVENT display {a: \"x\"} {}; RESULT 1 {*dropped: {display: 5}*"),
      DIALOG_CODE("", "RESULT 2 *")}},
    {"a display above its size is counted",
     NULL,
     {DIALOG_OPEN_LIMIT("display_bytes", "4"),
      DIALOG_CODE("frame 950102a7646973706c617981a161a17880",
                  "RESULT 1 {*dropped: {display: 5}*")}},
    {"a display within its limits is shown",
     NULL,
     {DIALOG_OPEN_LIMIT("display_bytes", "5"),
      DIALOG_CODE("frame 950102a7646973706c617981a161a17880",
                  "EVENT display {a: \"x\"} {}; RESULT 1 {generation: 1, usage: {*}}")}},
};

static const dialog_case r_cases[] = {
    /* EVT-002 */
    {"conditions and output keep their order",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("cat('a'); message('b'); cat('c'); warning('d'); 5",
                  "EVENT stdout b\"a\" {}; EVENT message {message: \"b*; EVENT stdout b\"c\" {}; "
                  "EVENT warning {message: \"d\"*RESULT 5 *")}},
    /* EVT-009 */
    {"a refusal of a wall is told",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("try(socketConnection('127.0.0.1', 9), silent = TRUE); 5",
                  "*EVENT violation {kind: \"socket\"*RESULT 5 *"),
      DIALOG_CODE("try(suppressWarnings(system('id')), silent = TRUE); 5",
                  "*EVENT violation {kind: \"exec\"*RESULT 5 *")}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    dialog_run(DIALOG_R, r_cases, sizeof(r_cases) / sizeof(r_cases[0]));
    return 0;
}
