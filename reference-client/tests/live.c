/* SPDX-License-Identifier: MIT */
/* Sessions with a real server, for tests. */
#include "live.h"

#include <dirent.h>

enum { SEEN_BYTES = 32 * 1024 * 1024 };

static void on_notice(void *context, const brig_notice *notice)
{
    struct live *session = context;
    const brig_value *png = brig_value_get(notice->payload, "image/png");

    session->counts[notice->kind]++;
    if (notice->kind == BRIG_EVENT_KIND_STDOUT)
        brig_buffer_append(&session->out, notice->bytes);
    if (notice->kind == BRIG_EVENT_KIND_DISPLAY && png != NULL && png->kind == BRIG_BIN) {
        brig_buffer_clear(&session->display);
        brig_buffer_append(&session->display, png->bytes);
    }
}

static void check(struct live *session, brig_status status, const char *what)
{
    const brig_error *error = brig_client_error(session->client);

    CHECK(status == BRIG_OK, "%s: %s %s: %s", what, brig_status_name(status), error->code_name,
          error->message);
}

void live_open(struct live *session, const brig_open *open)
{
    static const brig_open defaults = {.profile = NULL};
    const brig_client_config config = {.on_notice = on_notice, .context = session};

    memset(session, 0, sizeof(*session));
    brig_buffer_init(&session->out, SEEN_BYTES);
    brig_buffer_init(&session->display, SEEN_BYTES);
    CHECK(brig_client_new(&config, &session->client) == BRIG_OK, "client");
    check(session, brig_client_start(session->client, NULL), "start");
    check(session, brig_client_open(session->client, open == NULL ? &defaults : open, NULL),
          "open");
}

void live_close(struct live *session)
{
    brig_status status = brig_client_close(session->client);

    CHECK(status == BRIG_CLOSED, "close: %s", brig_status_name(status));
    brig_client_free(session->client);
    brig_buffer_done(&session->out);
    brig_buffer_done(&session->display);
}

brig_result live_eval(struct live *session, const char *code)
{
    const brig_eval eval = {.code = code};
    brig_result result;

    brig_buffer_clear(&session->out);
    check(session, brig_client_eval(session->client, &eval, &result), code);
    return result;
}

const brig_error *live_fails(struct live *session, const char *code, uint64_t deadline_ms,
                             brig_error_code expected)
{
    const brig_eval eval = {.code = code, .deadline_ms = deadline_ms};
    brig_status status = brig_client_eval(session->client, &eval, NULL);
    const brig_error *error = brig_client_error(session->client);

    CHECK(status == BRIG_FAILED, "%s: %s %s", code, brig_status_name(status), error->message);
    CHECK(error->code == expected, "%s: %s: %s", code, error->code_name, error->message);
    return error;
}

void live_holds(struct live *session, const char *code)
{
    brig_result result = live_eval(session, code);

    CHECK(result.value->kind == BRIG_BOOL && result.value->boolean, "%s", code);
}

size_t live_count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    CHECK(directory != NULL, "/proc/self/fd");
    while (readdir(directory) != NULL)
        count++;
    CHECK(closedir(directory) == 0, "/proc/self/fd");
    return count;
}
