/* SPDX-License-Identifier: MIT */
/* Files of the workspace, served while the code that owns them works against it. spec 7.3. */
#include "workspace_cases.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

enum {
    ROUNDS = 400,
    SHAKEN_BYTES = 300000, /* the longest that the file ever is */
};

static const brig_profile standard = {.name = "standard", .engine = "r"};

/* A component of 255 octets, and a path of 1,024 and 1,025. */
#define X15       "xxxxxxxxxxxxxxx"
#define X60       X15 X15 X15 X15
#define X255      X60 X60 X60 X60 X15
#define PATH_1024 X255 "/" X255 "/" X255 "/" X255 "/"
#define X256      X255 "x"

static void obey_all(const test_session *session, const char *const *commands)
{
    for (; *commands != NULL; commands++) {
        const char *answer = test_session_obey(session, *commands);
        CHECK(strcmp(answer, "ok") == 0, "%s: %s", *commands, answer);
    }
}

/* PRC-020, PRC-021, PRC-022 */
static void test_names(test_template *template)
{
    static const test_file_case cases[] = {
        {"a name of 255 octets is written", "put", X255, 0, 1, NULL},
        {"and read", "get", X255, 0, 1, NULL},
        {"one of 256 is not", "put", X256, 0, 1, "bad_arguments"},
        {"nor below a directory, which is not made for it", "put", "new/" X256, 0, 1,
         "bad_arguments"},
        {"as a list shows", "list", "new", 0, 0, "not_found"},
        {"a path of 1,025 octets", "put", PATH_1024 "x", 0, 1, "bad_arguments"},
        {"a path of dots alone", "get", "..", 0, 1, "bad_arguments"},
        {"a path that climbs at its end", "get", "a/..", 0, 1, "bad_arguments"},
        {"a path that stays at its end", "get", "a/.", 0, 1, "bad_arguments"},
        {"three dots are a name", "put", "...", 0, 1, NULL},
        {"a hyphen in front is a name", "put", "-rf", 0, 1, NULL},
        {"what a shell would expand is a name", "put", "$(id) *;`id`", 0, 1, NULL},
        {"a name that another system reserves", "put", "con.", 0, 1, NULL},
        {"a home directory is none", "put", "~/x", 0, 1, NULL},
        {"a tab", "put", "a\tb", 0, 1, "bad_arguments"},
        {"an escape", "put", "a\x1b[2Jb", 0, 1, "bad_arguments"},
        {"a delete", "put", "a\x7f", 0, 1, "bad_arguments"},
        {"a scheme is no absolute path", "get", "file:///etc/passwd", 0, 1, "bad_arguments"},
        {"the magic links of /proc are not there", "get", "proc/self/fd/3", 0, 1, "not_found"},
    };
    test_session session;

    test_session_open_plain(template, &session);
    TEST_FILE_CASES(&session, cases);
    test_session_close(&session);
}

/* PRC-020, PRC-022: nothing but regular files and directories is opened, and nothing waits. */
static void test_planted_things(test_template *template)
{
    static const char *const plant[] = {
        "write:file",
        "link:file hard",
        "symlink:none dangling",
        "symlink:. here",
        "symlink:/ root",
        "symlink:/proc/self/fd/3 magic",
        "sparse:67108864 limit",
        "sparse:67108865 above",
        "mkdir:closed",
        "write:closed/file",
        "mode:000 closed",
        "mkdir:blind",
        "write:blind/file",
        "mode:400 blind",
        "write:mute",
        "mode:200 mute",
        NULL,
    };
    static const test_file_case cases[] = {
        {"a hard link is the file it is", "get", "hard", 0, 7, NULL},
        {"and is written as such", "put", "hard", 0, 1, NULL},
        {"a link to nothing is not made a file by writing", "put", "dangling", 0, 1, "denied"},
        {"nor what it names", "get", "none", 0, 1, "not_found"},
        {"a link to its own directory", "get", "here/file", 0, 1, "denied"},
        {"a link to the root", "get", "root/etc/passwd", 0, 1, "denied"},
        {"a magic link", "get", "magic", 0, 1, "denied"},
        {"a list through a link", "list", "here", 0, 0, "denied"},
        {"a file of the largest size", "get", "limit", 67108863, 1, NULL},
        {"one octet more", "get", "above", 0, 1, "too_large"},
        {"is not extended", "put", "limit", 67108864, 1, "too_large"},
        {"a directory without permissions", "get", "closed/file", 0, 1, "denied"},
        {"is not written", "put", "closed/new", 0, 1, "denied"},
        {"nor listed", "list", "closed", 0, 0, "denied"},
        {"a directory that may be read but not entered", "get", "blind/file", 0, 1, "denied"},
        {"a file that may not be read", "get", "mute", 0, 1, "denied"},
        {"nor be begun anew", "put", "mute", 0, 1, "denied"},
    };
    test_session session;

    test_session_open_plain(template, &session);
    obey_all(&session, plant);
    /* Refused by a wall, each with its own word. */
    CHECK(strcmp(test_session_obey(&session, "device:zero"), "ok") != 0, "no device is made");
    TEST_FILE_CASES(&session, cases);
    CHECK(strcmp(test_session_obey(&session, "read:file"), "x") == 0, "one file, two names");
    test_session_close(&session);
}

/* A list says what it lacks. */
static void test_closed_directories(test_template *template)
{
    static const char *const modes[] = {"mode:000 closed", "mode:400 closed"};
    static const char *const plant[] = {"mkdir:closed", "write:closed/file", "write:open", NULL};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const char *const close_it[] = {modes[i], NULL};
        test_session session;
        test_reply reply;

        test_session_open_plain(template, &session);
        obey_all(&session, plant);
        obey_all(&session, close_it);
        test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
        CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true),
              "%s: a list without what is closed is not complete", modes[i]);
        CHECK(brig_value_get(brig_tree_root(reply.body), "files")->array.count == 2,
              "%s: but has all the rest", modes[i]);
        test_reply_done(&reply);
        test_session_close(&session);
    }
}

/* Names that no client could have sent are told, so that the list is a valid message. */
static void test_listed_names(test_template *template)
{
    static const char *const plant[] = {"name:ff41", "name:c3a9", "name:0a1b", NULL};
    static const char *const listed[] = {"\n\x1b", "\xc3\xa9", "\\xffA"};
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    obey_all(&session, plant);
    test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    const brig_value *files = brig_value_get(brig_tree_root(reply.body), "files");
    CHECK(files->array.count == 3, "three names: %zu", files->array.count);
    for (size_t i = 0; i < 3; i++)
        CHECK(brig_value_is_text(brig_value_get(&files->array.items[i], "path"), listed[i]),
              "name %zu", i);
    test_reply_done(&reply);
    test_session_close(&session);
}

/* The code closes, and tries to replace, the workspace itself. */
static void test_root(test_template *template)
{
    static const test_file_case closed[] = {
        {"a closed workspace is not read", "get", "a", 0, 1, "denied"},
        {"nor written", "put", "b", 0, 1, "denied"},
        {"nor listed", "list", NULL, 0, 0, "denied"},
    };
    static const test_file_case opened[] = {
        {"opened again it is read", "get", "a", 0, 1, NULL},
        {"and written", "put", "b", 0, 1, NULL},
    };
    static const char *const close_it[] = {"write:a", "mode:000 /workspace", NULL};
    static const char *const open_it[] = {"mode:700 /workspace", NULL};
    test_session session;

    test_session_open_plain(template, &session);
    obey_all(&session, close_it);
    TEST_FILE_CASES(&session, closed);
    obey_all(&session, open_it);
    TEST_FILE_CASES(&session, opened);
    CHECK(strcmp(test_session_obey(&session, "rename:/workspace /tmp/w"), "ok") != 0,
          "the workspace is not moved");
    TEST_FILE_CASES(&session, opened);
    test_session_close(&session);
}

/* Is this how a call may end while its file is never the same twice? */
static void check_flipped(const test_reply *reply, const char *procedure)
{
    static const char *const errors[] = {"denied", "not_found"};
    bool is_known = reply->message.type == BRIG_MESSAGE_RESULT;

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        is_known = is_known || brig_span_is(reply->message.name, errors[i]);
    CHECK(is_known, "%s: %.*s", procedure, (int)reply->message.name.len,
          (const char *)reply->message.name.data);
    if (reply->message.type != BRIG_MESSAGE_RESULT || strcmp(procedure, "get") != 0)
        return;
    const brig_value *data = brig_value_get(brig_tree_root(reply->body), "data");
    CHECK(data->bytes.len <= 7, "what is read is the file's: %zu octets", data->bytes.len);
}

/* A name that is a file, a link to another file, a pipe and a directory in turn. PRC-020 */
static void test_flipping(test_template *template)
{
    static const test_file_case calls[] = {
        {"get", "get", "it", 0, 4096, NULL},
        {"put", "put", "it", 0, 3, NULL},
        {"list", "list", NULL, 0, 0, NULL},
        {"put below", "put", "it/x", 0, 1, NULL},
    };
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "flip:it"), "ok") == 0, "flip");
    for (size_t i = 0; i < ROUNDS; i++) {
        const test_file_case *c = &calls[i % (sizeof(calls) / sizeof(calls[0]))];

        test_file_call(&session, c, &reply);
        check_flipped(&reply, c->procedure);
        test_reply_done(&reply);
    }
    test_session_close(&session);
}

/* A file that is cut and extended while it is read: its pieces come to an end. PRC-025 */
static void test_shaking(test_template *template)
{
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "shake:it"), "ok") == 0, "shake");
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t offset = i % 3 == 0 ? 0 : i % 3 == 1 ? 4 : 200000;

        test_file_call(&session,
                       &(test_file_case){"get", "get", "it", offset, BRIG_LIMIT_CHUNK_BYTES, NULL},
                       &reply);
        const brig_value *got = brig_tree_root(reply.body);
        uint64_t end = offset + brig_value_get(got, "data")->bytes.len;
        uint64_t size = brig_value_get_uint(got, "size", 0);
        CHECK(size <= SHAKEN_BYTES, "a size that the file had");
        CHECK(brig_value_get_bool(got, "last", false) == (end >= size), "the last piece says so");
        CHECK(end >= size || end == offset + BRIG_LIMIT_CHUNK_BYTES,
              "a piece is short only at the end: %llu of %llu", (unsigned long long)end,
              (unsigned long long)size);
        test_reply_done(&reply);
    }
    test_session_close(&session);
}

/* A tree deeper than any path is left behind: the session ends all the same. */
static void test_deep_tree(test_template *template)
{
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    (void)test_session_obey(&session, "deep:6000");
    test_file_call(&session, &(test_file_case){"list", "list", NULL, 0, 0, NULL}, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "it is listed as far as paths go");
    CHECK(!brig_value_get_bool(brig_tree_root(reply.body), "complete", true), "and says so");
    test_reply_done(&reply);
    test_session_close(&session);
}

static void test_all(unsigned uid)
{
    test_template template;
    test_reply reply;

    test_template_start(&template, &standard, uid);
    test_template_configure(&template, NULL, &reply);
    test_reply_done(&reply);
    test_names(&template);
    test_planted_things(&template);
    test_closed_directories(&template);
    test_listed_names(&template);
    test_root(&template);
    test_flipping(&template);
    test_shaking(&template);
    test_deep_tree(&template);
    test_template_stop(&template);
}

int main(void)
{
    test_run_as_each_user(test_all);
    return EXIT_SUCCESS;
}
