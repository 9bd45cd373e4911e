/* SPDX-License-Identifier: MIT */
/* The workspace from both sides, and plots (spec 7.3, 7.6). */
#include "live.h"

enum { MEBIBYTE = 1024 * 1024 };

static void fill(brig_buffer *to, size_t len)
{
    uint8_t *bytes = brig_buffer_reserve(to, len);
    uint32_t state = 1;

    CHECK(bytes != NULL, "memory");
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    brig_buffer_grow(to, len);
}

static void test_round_trip(struct live *session, size_t len)
{
    brig_buffer sent;
    brig_buffer back;
    char code[128];

    brig_buffer_init(&sent, 2 * (size_t)MEBIBYTE);
    brig_buffer_init(&back, 2 * (size_t)MEBIBYTE);
    if (len > 0)
        fill(&sent, len);
    CHECK(brig_client_put(session->client, "data.bin", brig_buffer_span(&sent)) == BRIG_OK,
          "put %zu: %s", len, brig_client_error(session->client)->message);
    (void)snprintf(code, sizeof(code), "file.size(\"data.bin\") == %zu", len);
    live_holds(session, code);
    CHECK(brig_client_get(session->client, "data.bin", &back) == BRIG_OK, "get %zu: %s", len,
          brig_client_error(session->client)->message);
    CHECK(brig_span_equal(brig_buffer_span(&sent), brig_buffer_span(&back)), "%zu bytes", len);
    brig_buffer_done(&sent);
    brig_buffer_done(&back);
}

static void test_list(struct live *session)
{
    brig_result result;
    const brig_value *files;

    (void)live_eval(session, "dir.create(\"sub\"); writeLines(\"hi\", \"sub/a.txt\")");
    CHECK(brig_client_list(session->client, NULL, &result) == BRIG_OK, "list");
    files = brig_value_get(result.value, "files");
    CHECK(files != NULL && files->kind == BRIG_ARRAY && files->array.count == 3, "three entries");
    CHECK(brig_value_is_text(brig_value_get(&files->array.items[2], "path"), "sub/a.txt"),
          "sorted by path");
    CHECK(brig_value_get_uint(&files->array.items[2], "size", 0) == 3, "sizes are told");
}

struct path_case {
    const char *name;
    const char *path;
    brig_error_code error;
};

static const struct path_case paths[] = {
    {"a file that is not there is not found", "nothing", BRIG_ERROR_NOT_FOUND},
    {"no way leads up", "../etc/passwd", BRIG_ERROR_BAD_ARGUMENTS},
    {"no path is absolute", "/etc/passwd", BRIG_ERROR_BAD_ARGUMENTS},
    /* PRC-022 */
    {"a link is not followed", "link", BRIG_ERROR_DENIED},
};

static void test_paths(struct live *session)
{
    brig_buffer back;

    (void)live_eval(session, "invisible(file.symlink(\"/etc/passwd\", \"link\"))");
    brig_buffer_init(&back, MEBIBYTE);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        brig_status status = brig_client_get(session->client, paths[i].path, &back);

        CHECK(status == BRIG_FAILED, "%s: %s", paths[i].name, brig_status_name(status));
        CHECK(brig_client_error(session->client)->code == paths[i].error, "%s: %s", paths[i].name,
              brig_client_error(session->client)->code_name);
    }
    brig_buffer_done(&back);
}

static void test_full_workspace(struct live *session)
{
    brig_buffer data;
    brig_status status;

    brig_buffer_init(&data, 4 * (size_t)MEBIBYTE);
    fill(&data, 4 * (size_t)MEBIBYTE);
    status = brig_client_put(session->client, "big", brig_buffer_span(&data));
    CHECK(status == BRIG_FAILED && brig_client_error(session->client)->code == BRIG_ERROR_NO_SPACE,
          "a full workspace: %s %s", brig_status_name(status),
          brig_client_error(session->client)->code_name);
    brig_buffer_done(&data);
    live_holds(session, "inherits(suppressWarnings(try(writeBin(raw(4194304), \"more\"), "
                        "silent = TRUE)), \"try-error\") || file.size(\"more\") < 4194304");
    live_holds(session, "1 + 1 == 2");
}

static void test_plot(struct live *session)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    (void)live_eval(session, "plot(1:3)");
    CHECK(session->counts[BRIG_EVENT_KIND_DISPLAY] == 1, "one plot, %zu displays",
          session->counts[BRIG_EVENT_KIND_DISPLAY]);
    CHECK(session->display.len > sizeof(signature) &&
              memcmp(session->display.data, signature, sizeof(signature)) == 0,
          "a plot arrives as PNG");
}

int main(void)
{
    const brig_limit limit = {"workspace_bytes", 3 * (uint64_t)MEBIBYTE};
    const brig_open small = {.limits = &limit, .limit_count = 1};
    struct live session;

    live_open(&session, NULL);
    test_round_trip(&session, 0);
    test_round_trip(&session, BRIG_LIMIT_CHUNK_BYTES);
    test_round_trip(&session, MEBIBYTE + 1);
    test_list(&session);
    test_paths(&session);
    test_plot(&session);
    live_close(&session);
    live_open(&session, &small);
    test_full_workspace(&session);
    live_close(&session);
    return EXIT_SUCCESS;
}
