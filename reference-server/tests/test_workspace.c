/* SPDX-License-Identifier: MIT */
/* put, get and list, served by a real shim while the code plays with the files. spec 7.3. */
#include "workspace_cases.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const brig_profile standard = {.name = "standard", .engine = "r"};

static void test_files(test_template *template)
{
    static const test_file_case cases[] = {
        {"a file is begun in directories that do not exist yet", "put", "a/b/c.txt", 0, 5, NULL},
        {"a piece follows at the file's size", "put", "a/b/c.txt", 5, 3, NULL},
        {"a piece may not leave a hole", "put", "a/b/c.txt", 9, 1, "bad_arguments"},
        {"a piece may not go back", "put", "a/b/c.txt", 4, 1, "bad_arguments"},
        {"a piece of a file that was not begun", "put", "none", 5, 1, "not_found"},
        {"the file is read", "get", "a/b/c.txt", 0, 100, NULL},
        {"reading at the end gives nothing", "get", "a/b/c.txt", 8, 100, NULL},
        {"reading beyond the end gives nothing", "get", "a/b/c.txt", 99, 100, NULL},
        {"a file that is not there", "get", "a/none", 0, 1, "not_found"},
        {"a directory is no file", "get", "a/b", 0, 1, "denied"},
        {"a directory cannot be written", "put", "a/b", 0, 1, "denied"},
        {"a file is no directory", "put", "a/b/c.txt/d", 0, 1, "not_found"},
        {"the largest chunk", "put", "big", 0, BRIG_LIMIT_CHUNK_BYTES, NULL},
        {"a chunk that is too large", "put", "big", 0, BRIG_LIMIT_CHUNK_BYTES + 1, "too_large"},
        {"a read that is too large", "get", "big", 0, BRIG_LIMIT_CHUNK_BYTES + 1, "too_large"},
        {"a file that would be too large", "put", "big", BRIG_LIMIT_FILE_BYTES, 1, "too_large"},
        {"an absolute path", "get", "/etc/passwd", 0, 1, "bad_arguments"},
        {"a path that climbs", "get", "a/../../etc/passwd", 0, 1, "bad_arguments"},
        {"a path that stays", "get", "./a", 0, 1, "bad_arguments"},
        {"an empty path", "get", "", 0, 1, "bad_arguments"},
        {"an empty component", "get", "a//b", 0, 1, "bad_arguments"},
        {"a slash at the end", "get", "a/", 0, 1, "bad_arguments"},
        {"a newline in a path", "put", "a\nb", 0, 1, "bad_arguments"},
        {"a file is begun anew", "put", "a/b/c.txt", 0, 1, NULL},
        {"the whole workspace is listed", "list", NULL, 0, 0, NULL},
        {"a directory is listed", "list", "a/b", 0, 0, NULL},
        {"a file is not listed", "list", "a/b/c.txt", 0, 0, "denied"},
        {"nor what is below a file", "list", "a/b/c.txt/d", 0, 0, "not_found"},
        {"a directory that is not there", "list", "none", 0, 0, "not_found"},
        {"a procedure that is not there", "remove", "a", 0, 0, "unknown_procedure"},
    };
    test_session session;
    const char *answer;

    test_session_open_plain(template, &session);
    TEST_FILE_CASES(&session, cases);
    answer = test_session_obey(&session, "read:a/b/c.txt");
    CHECK(strcmp(answer, "x") == 0, "the code reads what was put: %s", answer);
    CHECK(strcmp(test_session_obey(&session, "write:a/b/c.txt"), "ok") == 0, "and writes it");
    test_session_close(&session);
}

/* What the code plants in its workspace before the client asks for it. */
static void test_planted_files(test_template *template)
{
    static const char *const plant[] = {
        "symlink:/etc/passwd link",
        "symlink:/tmp dirlink",
        "symlink:../etc up",
        "fifo:fifo",
        "write:closed",
        "chmod:closed",
        "write:leased",
        "lease:leased",
    };
    static const test_file_case cases[] = {
        {"a link is not read", "get", "link", 0, 10, "denied"},
        {"a link is not written", "put", "link", 0, 10, "denied"},
        {"a link to a directory is not entered for reading", "get", "dirlink/x", 0, 10, "denied"},
        {"nor for writing", "put", "dirlink/x", 0, 10, "denied"},
        {"nor for making directories", "put", "dirlink/x/y", 0, 10, "denied"},
        {"nor for listing", "list", "dirlink", 0, 0, "denied"},
        {"a link that climbs", "get", "up/passwd", 0, 10, "denied"},
        {"a pipe is not read", "get", "fifo", 0, 10, "denied"},
        {"a pipe is not written", "put", "fifo", 0, 10, "denied"},
        {"a file without permissions", "get", "closed", 0, 10, "denied"},
        {"a leased file does not stop the shim", "get", "leased", 0, 10, "denied"},
    };
    const brig_value *files;
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    for (size_t i = 0; i < sizeof(plant) / sizeof(plant[0]); i++)
        CHECK(strcmp(test_session_obey(&session, plant[i]), "ok") == 0, "%s", plant[i]);
    TEST_FILE_CASES(&session, cases);
    test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    files = brig_value_get(brig_tree_root(reply.body), "files");
    CHECK(files->array.count == 2, "only regular files are listed: %zu", files->array.count);
    CHECK(brig_value_is_text(brig_value_get(&files->array.items[0], "path"), "closed"), "sorted");
    CHECK(brig_value_get_bool(brig_tree_root(reply.body), "complete", false), "complete");
    test_reply_done(&reply);
    test_session_close(&session);
}

static void test_long_lists(test_template *template)
{
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "deep:3000"), "ok") == 0, "deep");
    test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "a deep tree is listed as far as paths go");
    CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true), "and says so");
    test_reply_done(&reply);
    CHECK(strcmp(test_session_obey(&session, "mkdirs:1500"), "ok") == 0, "mkdirs");
    test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    CHECK(brig_value_get(brig_tree_root(reply.body), "files")->array.count == 1000, "a long list");
    CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true),
          "is cut, and says so");
    test_reply_done(&reply);
    test_session_close(&session);
}

static void test_full_disk(test_template *template)
{
    static const test_file_case cases[] = {
        {"no file can be begun on a full disk", "put", "new", 0, 4096, "no_space"},
        {"nothing of it is left", "get", "new", 0, 1, "not_found"},
        {"nor of directories on the way to it", "put", "d/e/new", 0, 4096, "no_space"},
        {"as a list shows", "list", "d", 0, 0, "not_found"},
        {"a directory that was there stays", "put", "old/e/new", 0, 4096, "no_space"},
        {"and is empty", "list", "old/e", 0, 0, "not_found"},
        {"and still there", "list", "old", 0, 0, NULL},
        {"an empty one can", "put", "new", 0, 0, NULL},
        {"a piece that does not fit does not begin a file anew", "put", "kept", 0,
         BRIG_LIMIT_CHUNK_BYTES, "no_space"},
        {"nor is it added in part", "put", "kept", 7, 65536, "no_space"},
        {"what is there can be read", "get", "full", 0, 4096, NULL},
        {"and listed", "list", NULL, 0, 0, NULL},
    };
    brig_limits limits = test_limits;
    test_session session;
    test_reply report;

    limits.workspace_bytes = 1048576;
    limits.workspace_files = 64;
    test_session_open(template, &limits, &session, &report);
    test_reply_done(&report);
    CHECK(strcmp(test_session_obey(&session, "write:kept"), "ok") == 0, "a file is there");
    CHECK(strcmp(test_session_obey(&session, "mkdir:old"), "ok") == 0, "and a directory");
    CHECK(strcmp(test_session_obey(&session, "fill:full"), "ENOSPC") == 0, "the disk fills");
    TEST_FILE_CASES(&session, cases);
    CHECK(strcmp(test_session_obey(&session, "read:kept"), "hostile") == 0, "it is as it was");
    CHECK(strcmp(test_session_obey(&session, "write:/tmp/other"), "ok") == 0,
          "/tmp is another one");
    test_session_close(&session);
}

static void test_all(unsigned uid)
{
    test_template template;
    test_reply reply;

    test_template_start(&template, &standard, uid);
    test_template_configure(&template, NULL, &reply);
    test_reply_done(&reply);
    test_files(&template);
    test_planted_files(&template);
    test_long_lists(&template);
    test_full_disk(&template);
    test_template_stop(&template);
}

int main(void)
{
    test_run_as_each_user(test_all);
    return EXIT_SUCCESS;
}
