/* SPDX-License-Identifier: MIT */
/* What the procedures do and refuse (spec 7.3), and the walls as they are stated (spec 7.5). */
#include "dialog.h"

#define OPEN(args, expected) \
    { \
        "brig.open", args, NULL, expected, false \
    }
#define PUT(path, offset, data, expected) \
    { \
        "brig.put", \
            "{\"path\": \"" path "\", \"offset\": " offset ", \"data\": {\"$bin\": \"" data \
            "\"}}", \
            NULL, expected, false \
    }
#define GET(path, offset, length, expected) \
    { \
        "brig.get", "{\"path\": \"" path "\", \"offset\": " offset ", \"length\": " length "}", \
            NULL, expected, false \
    }
#define LIST(expected) \
    { \
        "brig.list", NULL, NULL, expected, false \
    }

static const dialog_case cases[] = {
    /* PRC-002: a fault at the end undoes nothing, because nothing was done */
    {"an open with one bad key opens nothing",
     NULL,
     {OPEN("{\"seed\": 1, \"limits\": {\"deadline_ms\": 0}}",
           "ERROR bad_arguments fix {path: \"/limits/deadline_ms\"}"),
      DIALOG_CODE("", "ERROR unavailable retry {}"), OPEN(NULL, DIALOG_OPENED)}},
    /* PRC-003, PRC-005 */
    {"a limit is the lower of the profile's and the client's",
     NULL,
     {OPEN("{\"limits\": {\"deadline_ms\": 999999999, \"tool_calls\": 3}}",
           "RESULT {*limits: {deadline_ms: 60000, *tool_calls: 3*"),
      {"brig.info", NULL, NULL, "RESULT {*limits: {deadline_ms: 60000, *tool_calls: 3*", false}}},
    /* PRC-006 */
    {"what belongs to `resume` is unsupported",
     NULL,
     {OPEN("{\"keep_ms\": 1}", "ERROR unsupported fix {path: \"/keep_ms\"}"),
      OPEN("{\"ticket\": {\"$bin\": \"x\"}}", "ERROR unsupported fix {path: \"/ticket\"}")}},
    /* PRC-004, SBX-003 */
    {"what is required and not there is denied, and what is not known is refused",
     NULL,
     {OPEN("{\"profile\": \"tools\", \"require\": {\"exec\": false}}", "ERROR denied denied {}"),
      OPEN("{\"require\": {\"smell\": \"none\"}}", "ERROR unsupported fix {path: *"),
      OPEN("{\"require\": {\"network\": \"some\"}}",
           "ERROR bad_arguments fix {path: \"/require/network\"}"),
      OPEN("{\"require\": {\"network\": \"tools\", \"exec\": false}}",
           "RESULT {*sandbox: {*network: \"none\"*")}},
    /* PRC-008, PRC-015, PRC-016 */
    {"a workspace is empty at first and after a reset",
     NULL,
     {DIALOG_OPEN,
      LIST("RESULT {files: (), complete: true} {}"),
      PUT("a/b", "0", "xyz", "RESULT {size: 3} {}"),
      LIST("RESULT {files: ({path: \"a\", *"),
      {"brig.reset", NULL, NULL, "RESULT {generation: 2, *", false},
      LIST("RESULT {files: (), complete: true} {}"),
      GET("a/b", "0", "9", "ERROR not_found fix {}"),
      DIALOG_CODE("", "RESULT 1 {generation: 2, *")}},
    /* PRC-011 */
    {"code above code_bytes is too large",
     NULL,
     {DIALOG_OPEN_LIMIT("code_bytes", "5"), DIALOG_CODE("say x", "EVENT *RESULT 1 *"),
      DIALOG_CODE("say xy", "ERROR too_large fix {limit: \"code_bytes\"}"),
      DIALOG_CODE("", "RESULT 2 *")}},
    /* PRC-014: the terminal of the code comes first, or the reset would be waited for in vain */
    {"a reset ends the code before itself",
     NULL,
     {DIALOG_OPEN,
      {"eval", "deaf", NULL, "ERROR cancelled fix {*state: \"lost\"*", true},
      {"brig.reset", NULL, NULL, "RESULT {generation: 2, *", false}}},
    /* PRC-021 */
    {"a path outside the rules is refused",
     NULL,
     {DIALOG_OPEN, PUT("../x", "0", "x", "ERROR bad_arguments fix {path: \"/path\"}"),
      PUT("/x", "0", "x", "ERROR bad_arguments fix {path: \"/path\"}"),
      PUT("a//b", "0", "x", "ERROR bad_arguments fix {path: \"/path\"}"),
      PUT("a/./b", "0", "x", "ERROR bad_arguments fix {path: \"/path\"}"),
      PUT("", "0", "x", "ERROR bad_arguments fix {path: \"/path\"}"),
      LIST("RESULT {files: (), complete: true} {}")}},
    /* PRC-023, PRC-025 */
    {"a piece that does not fit leaves the file as it is",
     NULL,
     {DIALOG_OPEN, PUT("a", "0", "abc", "RESULT {size: 3} {}"),
      PUT("a", "3", "def", "RESULT {size: 6} {}"), PUT("a", "5", "x", "ERROR bad_arguments fix {*"),
      PUT("a", "7", "x", "ERROR bad_arguments fix {*"),
      GET("a", "0", "99", "RESULT {data: b\"abcdef\", size: 6, last: true} {}"),
      GET("a", "2", "2", "RESULT {data: b\"cd\", size: 6, last: false} {}"),
      PUT("a", "0", "z", "RESULT {size: 1} {}"),
      GET("a", "0", "99", "RESULT {data: b\"z\", size: 1, last: true} {}")}},
    /* PRC-024 */
    {"a piece above chunk_bytes is too large",
     NULL,
     {DIALOG_OPEN, PUT("a", "0", "x", "RESULT *"), GET("a", "0", "262144", "RESULT {data: b\"x\"*"),
      GET("a", "0", "262145", "ERROR too_large fix {limit: \"chunk_bytes\"}")}},
    /* PRC-026 */
    {"a ping is answered with and without a session",
     NULL,
     {{"brig.ping", NULL, NULL, "RESULT {} {}", false},
      DIALOG_OPEN,
      {"brig.ping", NULL, NULL, "RESULT {} {}", false}}},
};

static const dialog_case r_cases[] = {
    /* PRC-028 */
    {"brig.input is sent in a session with stdin, and in no other",
     NULL,
     {OPEN("{\"stdin\": true}", DIALOG_OPENED),
      DIALOG_CODE("nchar(readline('name'))", "*CALL brig.input {prompt: \"name\"*RESULT 5 *")}},
    {"without stdin the code reads the end of its input",
     NULL,
     {OPEN(NULL, DIALOG_OPENED), DIALOG_CODE("nchar(readline('name'))", "EVENT *RESULT 0 *")}},
    /* PRC-009 */
    {"code that does not parse has not begun",
     NULL,
     {DIALOG_OPEN, DIALOG_CODE("cat('a')\n1 +", "ERROR parse fix {line: *"),
      DIALOG_CODE("cat('a')", "EVENT stdout b\"a\" {}; RESULT nil *")}},
    /* PRC-010 */
    {"args are values and not code",
     NULL,
     {DIALOG_OPEN,
      {"brig.eval",
       "{\"code\": \"nchar(x)\", \"args\": {\"x\": \"'); quit(); ('\"}, \"value\": \"plain\"}",
       NULL, "*RESULT 14 {*", false}}},
    /* PRC-020 */
    {"links are not followed, whoever made them",
     NULL,
     {DIALOG_OPEN,
      DIALOG_CODE("invisible(file.symlink('/etc/passwd', '/workspace/l') &&"
                  " file.symlink('/etc', '/workspace/d'))",
                  "*RESULT true *"),
      GET("l", "0", "9", "ERROR denied denied {}"),
      GET("d/passwd", "0", "9", "ERROR denied denied {}"),
      PUT("l", "0", "x", "ERROR denied denied {}"), LIST("RESULT {files: (), complete: true} {}")}},
};

int main(void)
{
    dialog_run(DIALOG_SCRIPTED, cases, sizeof(cases) / sizeof(cases[0]));
    dialog_run(DIALOG_R, r_cases, sizeof(r_cases) / sizeof(r_cases[0]));
    return 0;
}
