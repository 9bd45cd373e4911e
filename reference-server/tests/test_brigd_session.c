/* SPDX-License-Identifier: MIT */
/* Calls before, while and after a session opens (spec 7.1). */
#include "dialog.h"

#define PING DIALOG_ASK("brig.ping", NULL, "RESULT {} {}")
#define LEAVE(procedure, args, expected) \
    { \
        procedure, args, NULL, expected, true \
    }

static const dialog_case cases[] = {
    /* SES-009 */
    {"a procedure that nobody has is unknown",
     NULL,
     {DIALOG_ASK("brig.nothing", NULL, "ERROR unknown_procedure fix {}"),
      DIALOG_ASK("a_tool", NULL, "ERROR unknown_procedure fix {}"), PING}},
    /* SES-013 */
    {"a procedure of the server's is unknown when the client calls it",
     NULL,
     {DIALOG_ASK("brig.input", "{\"prompt\": \"\"}", "ERROR unknown_procedure fix {}"), PING}},
    /* SES-014, SES-011 */
    {"code right behind brig.open waits for it and runs",
     NULL,
     {LEAVE("brig.open", NULL, DIALOG_OPENED),
      DIALOG_CODE("say hi", "EVENT stdout b\"hi\" {}; RESULT 1 *")}},
    /* SES-014 */
    {"code behind brig.reset waits for it and runs in the new worker",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("", "RESULT 1 {generation: 1, *"),
      LEAVE("brig.reset", NULL, "RESULT {generation: 2, *"),
      DIALOG_CODE("", "RESULT 1 {generation: 2, *")}},
    /* SES-015; a later brig.open may succeed */
    {"code that waits for a brig.open that fails is unavailable",
     NULL,
     {LEAVE("brig.open", "{\"profile\": \"nope\"}", "ERROR not_found fix {}"),
      DIALOG_CODE("", "ERROR unavailable retry {}"), DIALOG_OPEN, DIALOG_CODE("", "RESULT 1 *")}},
    /* SES-016, COD-015: what never reached a worker has nothing to tell */
    {"what needs a session is unavailable without one",
     NULL,
     {DIALOG_CODE("", "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.call", "{\"tool\": \"x\"}", "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.define", "{\"tools\": []}", "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.list", NULL, "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.get", "{\"path\": \"a\", \"offset\": 0, \"length\": 1}",
                 "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.put", "{\"path\": \"a\", \"offset\": 0, \"data\": {\"$bin\": \"x\"}}",
                 "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.info", NULL, "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.reset", NULL, "ERROR unavailable retry {}"),
      DIALOG_ASK("brig.cancel", "{\"id\": 1}", "RESULT {outcome: \"finished\"} {}"), PING}},
    /* SES-017 */
    {"a second brig.open is denied, whether the first is answered or not",
     NULL,
     {LEAVE("brig.open", NULL, DIALOG_OPENED),
      DIALOG_ASK("brig.open", NULL, "ERROR denied denied {}"), DIALOG_CODE("", "RESULT 1 *"),
      DIALOG_ASK("brig.open", NULL, "ERROR denied denied {}"), DIALOG_CODE("", "RESULT 2 *")}},
    /* SES-012, SES-008: the server waits for a tool's answer, and reads */
    {"a call that the client never answers does not end the session",
     NULL,
     {DIALOG_OPEN,
      {"eval", "tool hold", "{\"deadline_ms\": 1000}", "CALL hold *ERROR deadline fix *", true},
      PING,
      {"brig.info", NULL, NULL, "RESULT {*state: \"*", false},
      DIALOG_ASK("brig.list", NULL, "RESULT {files: *"),
      PING}},
    /* SES-005: an EVENT behind the terminal would be noted, and stop the test */
    {"nothing is sent for a call that has ended",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("say a", "EVENT stdout b\"a\" {}; RESULT 1 *"),
      DIALOG_CODE("forge\nsay b", "ERROR crashed lost *"), PING, PING}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    return 0;
}
