/* SPDX-License-Identifier: MIT */
/* What a worker may not say: each breach ends it and is told as `protocol` (spec 11.1, 11.2). */
#include "dialog.h"

#define BREACH(name, code) \
    { \
        name, NULL, \
        { \
            DIALOG_OPEN, DIALOG_CODE(code, "ERROR crashed lost {*reason: \"protocol\"*"), \
                DIALOG_CODE("", "ERROR stale lost {}") \
        } \
    }
#define FRAME(name, hex) BREACH(name, "frame " hex "\ndeaf")

/* Octets: 02 is the id that the first code call has on the link. */
static const dialog_case cases[] = {
    /* WRK-002 */
    BREACH("an announced length of 0", "octets 00000000"),
    BREACH("an announced length above max_message", "octets ffffffff"),
    /* WRK-005 */
    BREACH("octets that are no message", "garbage"),
    BREACH("the end of the link", "mute"),
    FRAME("a message that is no array", "80"),
    FRAME("a second HELLO", "920081a8736f667477617265a178"),
    FRAME("a CLOSE", "9308a4646f6e65a0"),
    FRAME("an event of a kind that is the server's", "950102a97472756e63617465648080"),
    FRAME("a violation", "950102a976696f6c6174696f6e8080"),
    FRAME("an event of a kind that nobody knows", "950102a5736d656c6cc080"),
    FRAME("a payload of another kind", "950102a67374646f75740180"),
    BREACH("an error code of the server's", "fail deadline"),
    FRAME("data with a key of the server's",
          "960602a772756e74696d65a3666978a081aa67656e65726174696f6e09"),
    FRAME("a tool call with options", "950201a46563686f8081a16101"),
    /* WRK-006 */
    FRAME("a type that is unknown and odd", "9103"),
    FRAME("a type that is unknown and even", "910a"),
    FRAME("an element behind the layout of an event", "960102a67374646f7574c401788000"),
    FRAME("an element behind the layout of a result", "95040201"
                                                      "8000"),
    FRAME("an unknown key in meta", "9404020181a16101"),
    /* WRK-007 */
    BREACH("a terminal for a call that is not open", "forge"),
    FRAME("an event for a call that is not open", "950109a67374646f7574c4017880"),
    /* WRK-008, EVT-008 */
    FRAME("an event that says it is raw", "950102a67374646f7574c4017881a3726177c3"),
    FRAME("an event that says it is late", "950102a67374646f7574c4017881a46c617465c3"),
    /* ENC-012 */
    FRAME("a value that is not in its shortest form", "940402cc0180"),
    FRAME("a text that is not UTF-8", "940402a1ff80"),
    FRAME("a map with a key twice", "94040282a16101a1610280"),
    FRAME("a float32", "940402ca0000000080"),
    /* TOL-008, PRC-028 */
    BREACH("a call of a tool that nobody declared", "tool nope"),
    BREACH("a call of brig.input in a session without stdin", "tool brig.input"),
    BREACH("a call of a procedure of the protocol", "tool brig.open"),
    /* WRK-005, positive: the same octets without their fault */
    {"an event and a result in good form are relayed",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("frame 950102a67374646f7574c4017880", "EVENT stdout b\"x\" {}; RESULT 1 {*")}},
    /* WRK-007: the second terminal of one call finds the worker idle, and ends it */
    {"a second terminal ends the worker before the next call",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("twice", "RESULT 1 {*"), DIALOG_CODE("deaf", "ERROR *lost *")}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    return 0;
}
