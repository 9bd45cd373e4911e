/* SPDX-License-Identifier: MIT */
/* Tool calls of code that lies, and tools of the sandbox (spec 7.3, 7.4). */
#include "dialog.h"

/* A tool `echo` whose schema says something about everything. */
#define STRICT \
    "{\"name\": \"echo\", \"params\": {\"type\": \"object\", \"required\": [\"n\"]," \
    " \"properties\": {\"n\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 10}," \
    " \"x\": {\"type\": \"number\"}, \"t\": {\"type\": \"string\", \"maxLength\": 2}," \
    " \"a\": {\"type\": \"array\", \"items\": {\"type\": \"boolean\"}}}}}"
#define OPEN_STRICT DIALOG_ASK("brig.open", "{\"tools\": [" STRICT "]}", DIALOG_OPENED)

/* The args reach nobody: the worker hears why, the client hears nothing. */
#define REFUSED(name, hex) \
    { \
        name, NULL, \
        { \
            OPEN_STRICT, \
                DIALOG_CODE("argue " hex, \
                            "EVENT stdout b\"tool: bad_arguments\n\" {}; RESULT 1 *"), \
                DIALOG_CODE("argue 81a16e01", "CALL echo {n: 1} *tool: result*RESULT 2 *") \
        } \
    }
#define PASSED(name, hex, shown) \
    { \
        name, NULL, \
        { \
            OPEN_STRICT, DIALOG_CODE("argue " hex, \
                                     "CALL echo " shown \
                                     " {parent: 2, deadline_ms: *}; EVENT *result*RESULT 1 *") \
        } \
    }

#define UNOPENED "ERROR unavailable retry {}"

/* Code of a sandbox tool runs before brig.open is answered: it is as hostile as any. */
#define OPEN_WITH(name, code, expected) \
    { \
        name, NULL, \
        { \
            DIALOG_ASK("brig.open", \
                       "{\"tools\": [{\"name\": \"t\", \"where\": \"sandbox\", \"code\": \"" code \
                       "\", \"params\": {\"type\": \"object\"}}]}", \
                       expected), \
                DIALOG_CODE("", "ERROR unavailable retry {}"), DIALOG_OPEN, \
                DIALOG_CODE("", "RESULT 1 {generation: 1, *") \
        } \
    }

static const dialog_case cases[] = {
    /* WRK-005, WRK-006, WRK-007 */
    OPEN_WITH("a tool's source that does not parse", "fail parse", "ERROR parse fix {}"),
    OPEN_WITH("a tool's source that writes no message", "octets 00000000", UNOPENED),
    OPEN_WITH("a tool's source that ends the process", "exit 0", UNOPENED),
    OPEN_WITH("a tool's source that closes the link", "mute", UNOPENED),
    OPEN_WITH("a tool's source that says HELLO once more", "frame 920081a8736f667477617265a178",
              UNOPENED),
    OPEN_WITH("a tool's source that calls a tool", "begin echo\\ndeaf", UNOPENED),
    OPEN_WITH("a tool's source that answers another call", "frame 9404070180\\ndeaf", UNOPENED),
    OPEN_WITH("a tool's source that reports an event of another call",
              "frame 950107a67374646f7574c4017880\\ndeaf", UNOPENED),
    OPEN_WITH("a tool's source that answers with an unknown key", "frame 9404010181a16101\\ndeaf",
              UNOPENED),
    OPEN_WITH("a tool's source that says what a server says", "fail denied\\ndeaf", UNOPENED),
    {"what a tool's source prints is no event of any call",
     NULL,
     {DIALOG_ASK("brig.open",
                 "{\"tools\": [{\"name\": \"t\", \"where\": \"sandbox\", \"code\":"
                 " \"say a\\nsay b\", \"params\": {\"type\": \"object\"}}]}",
                 DIALOG_OPENED),
      DIALOG_CODE("say c", "EVENT stdout b\"c\" {}; RESULT 1 *")}},
    /* TOL-007, TOL-009: octets, not what an engine says of them */
    PASSED("args within the schema arrive as they are", "82a16e0aa178cb3fe0000000000000",
           "{n: 10, x: 0.5}"),
    REFUSED("a required argument that is missing", "80"),
    REFUSED("an argument that nobody declared", "82a16e01a16201"),
    REFUSED("a text for a number", "81a16ea131"),
    REFUSED("a truth for a number", "81a16ec3"),
    REFUSED("nil for a number", "81a16ec0"),
    REFUSED("a float for an integer", "81a16ecb3ff8000000000000"),
    REFUSED("a number above the maximum", "81a16e0b"),
    REFUSED("a number below the minimum", "81a16eff"),
    REFUSED("a number that no signed integer holds", "81a16ecfffffffffffffffff"),
    REFUSED("not a number", "82a16e01a178cb7ff8000000000000"),
    REFUSED("a missing number", "82a16e01a178cb7ff00000000007a2"),
    REFUSED("infinity", "82a16e01a178cb7ff0000000000000"),
    REFUSED("a text that is too long", "82a16e01a174a3616263"),
    REFUSED("octets for a text", "82a16e01a174c40161"),
    REFUSED("a vector for an array", "82a16e01a161d5010101"),
    REFUSED("a missing value for an array", "82a16e01a161d40201"),
    REFUSED("an opaque value for an array", "82a16e01a161c70e0482a5636c61737390a474657874a0"),
    REFUSED("an unknown ext for an array", "82a16e01a161d45000"),
    REFUSED("an element of another type", "82a16e01a161920300"),
    PASSED("an empty array and an empty text pass", "83a16e00a174a0a16190",
           "{n: 0, t: \"\", a: ()}"),
    /* TOL-014: the client answers with data, the worker gets none */
    {"a client's ERROR reaches the worker as code and message",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("tool deny", "CALL deny *EVENT stdout b\"tool: denied\n\" {}; RESULT 1 *")}},
    /* TOL-015 */
    {"tool calls above the number of a code call",
     NULL,
     {DIALOG_OPEN_LIMIT("tool_calls", "1"),
      DIALOG_CODE("tool echo\ntool echo",
                  "CALL echo *result*EVENT stdout b\"tool: budget\n\" {}; RESULT 1 *"),
      DIALOG_CODE("tool echo", "CALL echo *result*RESULT 2 *")}},
    {"tool calls above the number of open ones",
     NULL,
     {DIALOG_OPEN_LIMIT("tool_calls_open", "1"),
      DIALOG_CODE("begin hold\ntool echo",
                  "CALL hold *; EVENT stdout b\"tool: budget\n\" {}; CALL brig.cancel *; RESULT 1 "
                  "*"),
      DIALOG_CODE("tool echo", "CALL echo *result*RESULT 2 *")}},
    /* PRC-012: no usage, since no worker has had the call */
    {"args of a sandbox tool are checked before the worker sees them",
     NULL,
     {DIALOG_ASK("brig.open",
                 "{\"tools\": [{\"name\": \"twice\", \"where\": \"sandbox\", \"code\": \"say hi\","
                 " \"params\": {\"type\": \"object\", \"properties\":"
                 " {\"n\": {\"type\": \"integer\"}}}}]}",
                 DIALOG_OPENED),
      DIALOG_ASK("brig.call", "{\"tool\": \"twice\", \"args\": {\"n\": \"two\"}}",
                 "ERROR bad_arguments fix {path: \"/args/n\"}"),
      DIALOG_ASK("brig.call", "{\"tool\": \"twice\", \"args\": {\"m\": 1}}",
                 "ERROR bad_arguments fix {path: \"/args/m\"}"),
      DIALOG_ASK("brig.call", "{\"tool\": \"thrice\"}", "ERROR unknown_tool fix {}"),
      DIALOG_ASK("brig.call", "{\"tool\": \"twice\", \"args\": {\"n\": 2}}", "RESULT *")}},
};

#define SANDBOX_TOOL(name, code) \
    "{\"name\": \"" name "\", \"where\": \"sandbox\", \"code\": \"" code \
    "\", \"params\": {\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"number\"}}}}"
#define CALL(name, expected) \
    DIALOG_ASK("brig.call", "{\"tool\": \"" name "\", \"args\": {\"n\": 2}}", expected)
#define DEFINE(tools, expected) DIALOG_ASK("brig.define", "{\"tools\": [" tools "]}", expected)

static const dialog_case r_cases[] = {
    /* PRC-013: all of the tools or none, whichever of them is wrong */
    {"a define that fails leaves the tools as they were",
     NULL,
     {DIALOG_ASK("brig.open", "{\"tools\": [" SANDBOX_TOOL("twice", "function(n) 2 * n") "]}",
                 DIALOG_OPENED),
      CALL("twice", "*RESULT 4 *"),
      DEFINE(SANDBOX_TOOL("twice", "function(n) {"), "ERROR parse fix {*state: \"kept\"}"),
      CALL("twice", "*RESULT 4 *"),
      DEFINE(SANDBOX_TOOL("twice", "function(n) 3 * n") "," SANDBOX_TOOL("bad", "stop('no')"),
             "*ERROR runtime fix {*state: \"kept\"}"),
      CALL("twice", "*RESULT 4 *"), CALL("bad", "ERROR unknown_tool fix {}"),
      DEFINE(SANDBOX_TOOL("twice", "function(n) 3 * n") "," SANDBOX_TOOL("new", "function(n) n"),
             "*RESULT {tools: (*"),
      CALL("twice", "*RESULT 6 *"), CALL("new", "*RESULT 2 *")}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    dialog_run(DIALOG_R, r_cases, sizeof(r_cases) / sizeof(r_cases[0]));
    return 0;
}
