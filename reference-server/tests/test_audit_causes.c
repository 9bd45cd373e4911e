/* SPDX-License-Identifier: MIT */
/* Why a worker ended, in the audit log: the server itself in this process, with a session's shape. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "audit_session.h"
#include "check.h"
#include "server.h"
#include "session.h"

static const char log_name[] = "test_audit_causes.jsonl";

/* README.md lists these words. */
static const struct {
    const char *name;
    brig_kill_cause cause;
    const char *told;
} cases[] = {
    {"a worker that ends of its own has no killer", BRIG_KILL_NONE, "itself"},
    {"a worker that the session ends is killed", BRIG_KILL_DECIDED, "killed"},
    {"a worker that breaks the worker profile is told so", BRIG_KILL_PROTOCOL, "protocol"},
    {"a worker that does not read is stalled", BRIG_KILL_STALLED, "stalled"},
    {"a worker that does not start in time is not ready", BRIG_KILL_SILENT, "not ready"},
    {"a worker that holds too much memory is told so", BRIG_KILL_MEMORY, "memory"},
};

/* Each cause, told by a server of its own; the log's last line but the server's end. */
static void tell(const char *path, brig_kill_cause cause)
{
    const brig_config config = {.max_connections = 1,
                                .audit = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES}};
    const brig_server_config server_config = {.config = &config, .worker_path = "/nowhere"};
    const brig_worker_end end = {.cause = cause};
    brig_session session = {.name = "0123456789abcdef"};
    char error[256] = "";

    CHECK(brig_server_new(&server_config, error, sizeof(error), &session.server) == BRIG_OK, "%s",
          error);
    CHECK(brig_server_open_audit(session.server, error, sizeof(error)) == BRIG_OK, "%s", error);
    brig_audit_worker_end(&session, &end);
    brig_server_stop(session.server);
    brig_server_run(session.server);
    brig_server_free(session.server);
}

static void expect(const char *path, const char *name, const char *told)
{
    char expected[64];
    char text[4096];
    FILE *file = fopen(path, "re");

    CHECK(file != NULL, "the log opens");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    CHECK(fclose(file) == 0 && unlink(path) == 0, "the log is removed");
    (void)snprintf(expected, sizeof(expected), "\"cause\":\"%s\"", told);
    CHECK(strstr(text, expected) != NULL, "%s: %s", name, text);
}

int main(void)
{
    char directory[PATH_MAX - sizeof(log_name)];
    char path[PATH_MAX];

    CHECK(getcwd(directory, sizeof(directory)) != NULL, "a directory");
    (void)snprintf(path, sizeof(path), "%s/%s", directory, log_name);
    (void)unlink(path); /* of a run that failed */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tell(path, cases[i].cause);
        expect(path, cases[i].name, cases[i].told);
    }
    return EXIT_SUCCESS;
}
