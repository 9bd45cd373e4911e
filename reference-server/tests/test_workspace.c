/* SPDX-License-Identifier: MIT */
/* put, get and list, served by a real shim while the code plays with the files. spec 7.3. */
#include "session_harness.h"

#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>
#include <check.h>

static const brig_profile standard = {.name = "standard", .engine = "r"};

typedef struct file_case {
    const char *name;
    const char *procedure;
    const char *path;
    uint64_t offset;
    size_t length;     /* of the data to put, or to get */
    const char *error; /* NULL: a RESULT */
} file_case;

static void call_file(test_session *session, const file_case *c, test_reply *ret_reply)
{
    static uint8_t data[BRIG_LIMIT_CHUNK_BYTES + 1];
    brig_buffer args;

    brig_buffer_init(&args, sizeof(data) + 4096);
    if (strcmp(c->procedure, "list") == 0) {
        brig_pack_map(&args, c->path == NULL ? 0 : 1);
        if (c->path != NULL)
            brig_pack_key_text(&args, "path", c->path);
    } else {
        brig_pack_map(&args, 3);
        brig_pack_key_text(&args, "path", c->path);
        brig_pack_key_uint(&args, "offset", c->offset);
        if (strcmp(c->procedure, "put") == 0) {
            memset(data, 'x', sizeof(data));
            brig_pack_cstring(&args, "data");
            brig_pack_bin(&args, (brig_span){data, c->length});
        } else {
            brig_pack_key_uint(&args, "length", c->length);
        }
    }
    test_session_call(session, c->procedure, &args, ret_reply);
    brig_buffer_done(&args);
}

static void check_file_cases(test_session *session, const file_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const file_case *c = &cases[i];
        test_reply reply;

        call_file(session, c, &reply);
        if (c->error == NULL)
            CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "%s: %.*s %.*s", c->name,
                  (int)reply.message.name.len, (const char *)reply.message.name.data,
                  (int)reply.message.text.len, (const char *)reply.message.text.data);
        else
            CHECK(reply.message.type == BRIG_MESSAGE_ERROR &&
                      brig_span_is(reply.message.name, c->error),
                  "%s: %.*s", c->name, (int)reply.message.name.len,
                  (const char *)reply.message.name.data);
        test_reply_done(&reply);
    }
}

#define CHECK_FILE_CASES(session, cases) \
    check_file_cases((session), (cases), sizeof(cases) / sizeof((cases)[0]))

static void test_files(test_template *template)
{
    static const file_case cases[] = {
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
    CHECK_FILE_CASES(&session, cases);
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
    static const file_case cases[] = {
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
    CHECK_FILE_CASES(&session, cases);
    call_file(&session, &(file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
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
    call_file(&session, &(file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "a deep tree is listed as far as paths go");
    CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true), "and says so");
    test_reply_done(&reply);
    CHECK(strcmp(test_session_obey(&session, "mkdirs:1500"), "ok") == 0, "mkdirs");
    call_file(&session, &(file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    CHECK(brig_value_get(brig_tree_root(reply.body), "files")->array.count == 1000, "a long list");
    CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true),
          "is cut, and says so");
    test_reply_done(&reply);
    test_session_close(&session);
}

static void test_full_disk(test_template *template)
{
    static const file_case cases[] = {
        {"no file can be begun on a full disk", "put", "new", 0, 4096, "no_space"},
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
    CHECK(strcmp(test_session_obey(&session, "fill:full"), "ENOSPC") == 0, "the disk fills");
    CHECK_FILE_CASES(&session, cases);
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
