/* SPDX-License-Identifier: MIT */
/* Whole sessions and what the audit log says of them, line by line. */
#include "audit_verify.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <fnmatch.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "live_client.h"

enum { TEXT_BYTES = 262144 };

static const char config_path[] = "test_brigd_audit.yaml";
static const char log_name[] = "test_brigd_audit.jsonl";
static char log_path[PATH_MAX];

static void write_config(const char *more)
{
    char directory[PATH_MAX - 64];
    FILE *file = fopen(config_path, "we");

    CHECK(file != NULL && getcwd(directory, sizeof(directory)) != NULL, "a configuration");
    (void)snprintf(log_path, sizeof(log_path), "%s/%s", directory, log_name);
    (void)unlink(log_path); /* of a run that failed */
    CHECK(fprintf(file, "audit:\n  file: \"%s\"\n%s", log_path, more) > 0, "it is written");
    CHECK(fclose(file) == 0, "it closes");
}

/* From the event to the hash: number, time and hashes are the verifier's. */
static void take_event(char *line)
{
    static const char begin[] = "\"event\":";
    char *event = strstr(line, begin);
    char *hash = strstr(line, ",\"hash\":\"");

    CHECK(event != NULL && hash != NULL, "a line has its parts: %s", line);
    *hash = '\0';
    memmove(line, event + sizeof(begin) - 1, strlen(event + sizeof(begin) - 1) + 1);
}

/* The whole log, whose chain must be whole. Static. */
static char *read_log(void)
{
    static char text[TEXT_BYTES];
    static const char *const paths[] = {log_path};
    char error[512] = "";
    brig_audit_report report;

    CHECK(brig_audit_verify(paths, 1, error, sizeof(error), &report) == BRIG_OK, "%s", error);
    FILE *file = fopen(log_path, "re");
    CHECK(file != NULL, "the log opens");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    CHECK(fclose(file) == 0, "it closes");
    CHECK(unlink(log_path) == 0 && unlink(config_path) == 0, "the files are removed");
    return text;
}

/* Each line of the log against its pattern, in order; a session's name is `*`. */
static void expect_lines(const char *const *patterns, size_t count)
{
    char *rest = read_log();

    for (size_t i = 0; i < count; i++) {
        char *line = strsep(&rest, "\n");

        CHECK(line != NULL && line[0] != '\0', "line %zu is there: %s", i + 1, patterns[i]);
        take_event(line);
        CHECK(fnmatch(patterns[i], line, FNM_NOESCAPE) == 0, "line %zu: `%s` is not `%s`", i + 1,
              line, patterns[i]);
    }
    CHECK(rest != NULL && rest[0] == '\0', "nothing more is there: %s", rest);
}

/* The log is whole, and nothing that happened is missing in it. */
static void expect_no_loss(void)
{
    const char *text = read_log();

    CHECK(strstr(text, "\"event\":\"lost\"") == NULL, "nothing is lost");
    CHECK(strstr(text, "\"outcome\":\"unavailable\"") != NULL, "what was refused is told");
}

static live_end run_code(live_client *client, const char *code, uint64_t deadline_ms)
{
    return live_wait(client, live_send_code(client, code, deadline_ms), LIVE_ANSWER);
}

#define START   "\"server_start\",\"version\":*,\"pid\":*,\"uid\":*,\"profiles\":*,\"listeners\":0"
#define SESSION "\"session_start\",\"session\":*,\"uid\":*,\"pid\":*,\"software\":\"test\""
#define OPEN \
    "\"call\",\"session\":*,\"call\":1,\"procedure\":\"brig.open\",\"args_bytes\":*,\"tools\":1"
#define WORKER \
    "\"worker_start\",\"session\":*,\"generation\":1,\"profile\":\"standard\",\"sandbox_bytes\":*" \
    ",\"sandbox_sha256\":*"
#define OPENED "\"call_end\",\"session\":*,\"call\":1,\"outcome\":\"result\""
#define CODE(id) \
    "\"call\",\"session\":*,\"call\":" id ",\"procedure\":\"brig.eval\",\"args_bytes\":*," \
    "\"code_bytes\":*,\"code_sha256\":*,\"deadline_ms\":*"
#define END(id, outcome) \
    "\"call_end\",\"session\":*,\"call\":" id ",\"outcome\":\"" outcome "\"*\"wall_ms\":*"
#define STOP "\"server_stop\""

/* Echo, a refused wall, a passed limit, a broken profile. */
static void check_session(void)
{
    static const char *const patterns[] = {
        START,
        SESSION,
        OPEN,
        WORKER,
        OPENED,
        CODE("2"),
        "\"tool_call\",\"session\":*,\"call\":2,\"tool_call\":1,\"name\":\"echo\",\"args_bytes\":*",
        "\"tool_end\",\"session\":*,\"tool_call\":1,\"outcome\":\"result\",\"value_bytes\":1",
        END("2", "result"),
        CODE("3"),
        "\"violation\",\"session\":*,\"call\":3,\"kind\":\"socket\",\"layer\":\"seccomp\","
        "\"detail\":\"socket\"",
        END("3", "result"),
        CODE("4"),
        "\"limit\",\"session\":*,\"call\":4,\"limit\":\"deadline_ms\"",
        "\"call_end\",\"session\":*,\"call\":4,\"outcome\":\"deadline\",\"state\":\"kept\"*",
        CODE("5"),
        "\"breach\",\"session\":*,\"call\":5,\"what\":\"*\"",
        "\"worker_end\",\"session\":*,\"call\":5,\"generation\":1,\"cause\":\"protocol\"*",
        "\"call_end\",\"session\":*,\"call\":5,\"outcome\":\"crashed\",\"reason\":\"protocol\","
        "\"state\":\"lost\"*",
        "\"session_end\",\"session\":*,\"reason\":\"closed by the client\"",
        STOP,
    };
    live_client client;

    write_config("");
    live_start_with(&client, NULL, config_path);
    (void)live_wait(&client, live_send_open(&client, "grace_ms", 5000), LIVE_ANSWER);
    (void)run_code(&client, "tool echo", 30000);
    (void)run_code(&client, "socket", 30000);
    (void)run_code(&client, "spin", 100);
    (void)run_code(&client, "forge\ndeaf", 30000);
    live_stop(&client);
    expect_lines(patterns, sizeof(patterns) / sizeof(patterns[0]));
}

/* A worker that is killed from the inside, a client that vanishes while code runs. */
static void check_ends(void)
{
    static const char *const patterns[] = {
        START,
        SESSION,
        OPEN,
        WORKER,
        OPENED,
        CODE("2"),
        "\"worker_end\",\"session\":*,\"call\":2,\"generation\":1,\"cause\":\"itself\","
        "\"signal\":9",
        "\"call_end\",\"session\":*,\"call\":2,\"outcome\":\"crashed\",\"reason\":\"signal\","
        "\"state\":\"lost\",\"signal\":9*",
        "\"call\",\"session\":*,\"call\":3,\"procedure\":\"brig.reset\",\"args_bytes\":*",
        "\"worker_start\",\"session\":*,\"generation\":2,*",
        "\"call_end\",\"session\":*,\"call\":3,\"outcome\":\"result\"",
        CODE("4"),
        "\"tool_call\",\"session\":*,\"call\":4,\"tool_call\":1,\"name\":\"echo\",\"args_bytes\":*",
        "\"worker_end\",\"session\":*,\"call\":4,\"generation\":2,\"cause\":\"killed\"",
        "\"session_end\",\"session\":*,\"call\":4,\"reason\":\"connection lost\"",
        STOP,
    };
    live_client client;

    write_config("");
    live_start_with(&client, NULL, config_path);
    (void)live_wait(&client, live_send_open(&client, "grace_ms", 5000), LIVE_ANSWER);
    (void)run_code(&client, "signal 9", 30000);
    (void)live_wait(&client, live_send(&client, "brig.reset", NULL), LIVE_ANSWER);
    (void)live_wait(&client, live_send_code(&client, "tool echo", 30000), LIVE_RETURN);
    live_vanish(&client);
    expect_lines(patterns, sizeof(patterns) / sizeof(patterns[0]));
}

/* With `code: true`; what is hostile in it stays on its line. A ping is not told. */
static void check_code(void)
{
    static const char *const patterns[] = {
        START,
        SESSION,
        OPEN,
        WORKER,
        OPENED,
        "\"call\",\"session\":*,\"call\":3,\"procedure\":\"brig.eval\",\"args_bytes\":*,"
        "\"code_bytes\":*,\"code_sha256\":*,"
        "\"code\":\"say a\\nsay "
        "\\u001B[2J\\u202E\\u202C\\\",\\\"x\\\":\\\"\",\"deadline_ms\":30000",
        END("3", "result"),
        "\"call\",\"session\":*,\"call\":4,\"procedure\":\"no\\nsuch\\u0007\",\"args_bytes\":*",
        ("\"call_end\",\"session\":*,\"call\":4,\"outcome\":\"unknown_procedure\","
         "\"message\":\"the server has no such procedure\""),
        "\"worker_end\",\"session\":*,\"generation\":1,\"cause\":\"killed\"",
        "\"session_end\",\"session\":*,\"reason\":\"closed by the client\"",
        STOP,
    };
    live_client client;

    write_config("  code: true\n  on_failure: count\n  sync: true\n");
    live_start_with(&client, NULL, config_path);
    (void)live_wait(&client, live_send_open(&client, "grace_ms", 5000), LIVE_ANSWER);
    (void)live_wait(&client, live_send(&client, "brig.ping", NULL), LIVE_ANSWER);
    (void)run_code(&client, "say a\nsay \033[2J\xe2\x80\xae\xe2\x80\xac\",\"x\":\"", 30000);
    (void)live_wait(&client, live_send(&client, "no\nsuch\a", NULL), LIVE_ANSWER);
    live_stop(&client);
    expect_lines(patterns, sizeof(patterns) / sizeof(patterns[0]));
}

/* Code that runs into a wall again and again does not fill the disk: 64 are told, the rest counted. */
static void check_flood(void)
{
    enum { TOLD = 64, UNTOLD = 6, BEFORE = 6, BEHIND = 4 };
    static const char violation[] = "\"violation\",\"session\":*,\"call\":2,*";
    const char *patterns[BEFORE + TOLD + BEHIND] = {START,  SESSION, OPEN,
                                                    WORKER, OPENED,  CODE("2")};
    char code[8 * (TOLD + UNTOLD) + 1] = "";
    live_client client;

    for (size_t i = 0; i < TOLD; i++)
        patterns[BEFORE + i] = violation;
    patterns[BEFORE + TOLD] =
        "\"call_end\",\"session\":*,\"call\":2,\"outcome\":\"result\",*\"untold\":6";
    patterns[BEFORE + TOLD + 1] = "\"worker_end\",*";
    patterns[BEFORE + TOLD + 2] =
        "\"session_end\",\"session\":*,\"reason\":\"closed by the client\"";
    patterns[BEFORE + TOLD + 3] = STOP;
    for (int i = 0; i < TOLD + UNTOLD; i++)
        memcpy(code + strlen(code), i == 0 ? "socket" : "\nsocket", i == 0 ? 7 : 8);
    write_config("");
    live_start_with(&client, NULL, config_path);
    (void)live_wait(&client, live_send_open(&client, "grace_ms", 5000), LIVE_ANSWER);
    (void)run_code(&client, code, 30000);
    live_stop(&client);
    expect_lines(patterns, sizeof(patterns) / sizeof(patterns[0]));
}

/* brigd's own limit stands for a full disk; what it has started before does not have it. */
static void limit_log(const live_client *client, rlim_t bytes)
{
    struct rlimit limit;

    CHECK(prlimit(client->server, RLIMIT_FSIZE, NULL, &limit) == 0, "a limit");
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CHECK(prlimit(client->server, RLIMIT_FSIZE, &limit, NULL) == 0, "a limit is set");
}

/* The disk answers when it likes: ask until code is refused, or runs again. */
static live_end run_until(live_client *client, bool is_error)
{
    live_end end = run_code(client, "", 30000);

    for (int i = 0; i < 1000 && end.is_error != is_error; i++) {
        (void)poll(NULL, 0, 20);
        end = run_code(client, "", 30000);
    }
    CHECK(end.is_error == is_error, "code ends with `%s`", end.code);
    return end;
}

/* on_failure: stop. No code runs unlogged, what was open stays open, and it goes on by itself. */
static void check_full_disk(void)
{
    live_client client;
    live_end end;

    write_config("");
    live_start_with(&client, NULL, config_path);
    (void)live_wait(&client, live_send_open(&client, "grace_ms", 5000), LIVE_ANSWER);
    CHECK(!run_code(&client, "", 30000).is_error, "code runs");
    limit_log(&client, 1);
    end = run_until(&client, true);
    CHECK(strcmp(end.code, "unavailable") == 0, "code is refused: %s", end.code);
    CHECK(!live_wait(&client, live_send(&client, "brig.info", NULL), LIVE_ANSWER).is_error,
          "what runs no code is answered");
    end = live_wait(&client, live_send(&client, "brig.reset", NULL), LIVE_ANSWER);
    CHECK(strcmp(end.code, "unavailable") == 0, "no new worker comes: %s", end.code);
    limit_log(&client, RLIM_INFINITY);
    end = run_until(&client, false);
    CHECK(end.value > 1, "the session has its state"); /* a new worker would count from 1 */
    live_stop(&client);
    expect_no_loss();
}

int main(void)
{
    check_session();
    check_ends();
    check_code();
    check_flood();
    check_full_disk();
    return 0;
}
