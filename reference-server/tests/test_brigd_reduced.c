/* SPDX-License-Identifier: MIT */
/*
 * Sessions of a profile of level `reduced` as the protocol sees them. Started by
 * without_namespaces: on a machine that lets nobody make namespaces or mounts.
 */
#include "dialog.h"

#define REDUCED "profiles:\n  - name: standard\n    level: reduced\n"
#define LIMITED REDUCED "    limits: {workspace_bytes: 400000, workspace_files: 100}\n"
#define EXEC    REDUCED "    exec: true\n"

#define OPEN(args, expected) DIALOG_ASK("brig.open", args, expected)
#define LIST(expected)       DIALOG_ASK("brig.list", NULL, expected)
#define PUT(path, data, expected) \
    DIALOG_ASK("brig.put", \
               "{\"path\": \"" path "\", \"offset\": 0, \"data\": {\"$bin\": \"" data "\"}}", \
               expected)
#define GET(path, expected) \
    DIALOG_ASK("brig.get", "{\"path\": \"" path "\", \"offset\": 0, \"length\": 99}", expected)

static const dialog_case cases[] = {
    {"a profile of level full is unavailable, and says so",
     NULL,
     {OPEN(NULL, "ERROR unavailable retry {}")}},
    {"what the profile may lower, the client need not take",
     REDUCED,
     {OPEN("{\"require\": {\"level\": \"full\"}}", "ERROR denied denied {}"),
      OPEN("{\"require\": {\"processes\": \"own\"}}", "ERROR denied denied {}"),
      OPEN("{\"require\": {\"uid\": \"own\"}}", "ERROR denied denied {}"),
      OPEN("{\"require\": {\"level\": \"reduced\", \"network\": \"none\", \"exec\": false,"
           " \"fs_read\": \"listed\", \"fs_write\": \"workspace\"}}",
           "RESULT {*level: \"reduced\"*processes: \"shared\"*uid: \"shared\"*"
           "outer: \"Landlock\", namespaces: ()*")}},
    {"files are put, read and listed, and gone after a reset",
     REDUCED,
     {OPEN(NULL, DIALOG_OPENED),
      LIST("RESULT {files: (), complete: true} {}"),
      PUT("a/b", "xyz", "RESULT {size: 3} {}"),
      GET("a/b", "RESULT {data: b\"xyz\", *"),
      DIALOG_CODE("readLines('a/b', warn = FALSE)", "*RESULT \"xyz\" *"),
      DIALOG_CODE("writeLines('of the code', 'c'); x <- 1", "RESULT *"),
      GET("c", "RESULT {data: b\"of the code*"),
      {"brig.reset", NULL, NULL, "RESULT {generation: 2, *", false},
      LIST("RESULT {files: (), complete: true} {}"),
      DIALOG_CODE("exists('x')", "*RESULT false *")}},
    {"links are not followed, whoever made them",
     REDUCED,
     {OPEN(NULL, DIALOG_OPENED),
      DIALOG_CODE("invisible(file.symlink('/etc/passwd', 'l') && file.symlink('/etc', 'd'))",
                  "*RESULT true *"),
      GET("l", "ERROR denied denied {}"), GET("d/passwd", "ERROR denied denied {}"),
      PUT("l", "x", "ERROR denied denied {}"), LIST("RESULT {files: (), complete: true} {}")}},
    {"what does not fit is not put, and what the code makes of it ends the worker",
     LIMITED,
     {OPEN(NULL, DIALOG_OPENED),
      DIALOG_CODE("writeBin(raw(399000), 'f'); file.size('f')", "*RESULT 399000* *"),
      PUT("g", "xxxxxxxxxxxxxxxxxxxxxxxxx", "ERROR no_space fix {}"),
      DIALOG_CODE("writeBin(raw(390000), 'g'); Sys.sleep(30)",
                  "*ERROR no_space fix {*state: \"lost\"*"),
      {"brig.reset", NULL, NULL, "RESULT {generation: 2, *", false},
      LIST("RESULT {files: (), complete: true} {}"),
      DIALOG_CODE("1", "*RESULT 1* *")}},
    {"code is interrupted, and killed if it does not end",
     REDUCED,
     {OPEN(NULL, DIALOG_OPENED),
      {"eval", "x <- 1; Sys.sleep(30)", "{\"deadline_ms\": 300}", "*ERROR deadline fix *kept*",
       false},
      DIALOG_CODE("x", "*RESULT 1* *"),
      {"eval", "repeat tryCatch(Sys.sleep(30), interrupt = function(e) 1)",
       "{\"deadline_ms\": 300}", "*ERROR deadline fix *lost*", false}}},
    {"the code is refused programs and sockets, and that is told",
     REDUCED,
     {OPEN(NULL, DIALOG_OPENED),
      DIALOG_CODE("suppressWarnings(system('true'))", "*EVENT violation {kind: \"exec\"*"),
      DIALOG_CODE("try(socketConnection(port = 1), silent = TRUE); 1",
                  "*EVENT violation {kind: \"socket\"*")}},
    {"with exec it has programs, within the same walls",
     EXEC,
     {OPEN(NULL, "RESULT {*exec: true*"),
      DIALOG_CODE("system('cat /etc/hostname', ignore.stderr = TRUE)", "*RESULT 1 *"),
      DIALOG_CODE("system('echo a >f; cat f', intern = TRUE)", "*RESULT \"a\" *")}},
};

int main(void)
{
    dialog_run(DIALOG_R, cases, sizeof(cases) / sizeof(cases[0]));
    return 0;
}
