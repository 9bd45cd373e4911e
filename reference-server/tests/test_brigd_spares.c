/* SPDX-License-Identifier: MIT */
/* Spares: which session gets one, and what becomes of the others (ARCHITECTURE.md, "Spares"). */
#include <stdio.h>
#include <string.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "dialog.h"
#include "live_client.h"
#include "session_harness.h"

/* A private server makes no spare before its session has been reset once: tests begin with that. */
enum {
    MAX_PIDS = 64,
    LONG_MS = 60000,
    PATIENCE_MS = 120000, /* only a test that fails waits so long */
    SETTLE_MS = 100,
    PROCESSES = 2,                 /* of a worker: its shim and itself */
    ALL_PROCESSES = 2 * PROCESSES, /* with a spare beside it */
};

typedef struct pid_list {
    long pids[MAX_PIDS];
    size_t count;
} pid_list;

static const char config_path[] = "test_brigd_spares.yaml";

static void write_config(const char *text)
{
    FILE *file = fopen(config_path, "we");

    CHECK(file != NULL, "the file opens");
    CHECK(fputs(text, file) >= 0, "the file is written");
    CHECK(fclose(file) == 0, "the file closes");
}

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static pid_list descendants(void)
{
    pid_list list;

    list.count = test_list_descendants(list.pids, MAX_PIDS);
    return list;
}

static bool has(const pid_list *list, long pid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->pids[i] == pid)
            return true;
    }
    return false;
}

static pid_list without(const pid_list *list, const pid_list *others)
{
    pid_list rest = {.count = 0};

    for (size_t i = 0; i < list->count; i++) {
        if (!has(others, list->pids[i]))
            rest.pids[rest.count++] = list->pids[i];
    }
    return rest;
}

/* How many of them live. */
static size_t count_alive(const pid_list *list)
{
    pid_list now = descendants();
    size_t alive = 0;

    for (size_t i = 0; i < list->count; i++)
        alive += has(&now, list->pids[i]) ? 1 : 0;
    return alive;
}

static void reset(live_client *client, const char *name)
{
    live_end end = live_wait(client, live_send(client, "brig.reset", NULL), LIVE_IGNORE);

    CHECK(!end.is_error, "%s: reset succeeds: %s", name, end.code);
    end = live_wait(client, live_send_code(client, "", LONG_MS), LIVE_IGNORE);
    CHECK(!end.is_error && end.value == 1, "%s: the worker is a new one", name);
}

/* A session with one limit, reset once: the processes of its worker and of the spare beside it. */
static pid_list begin(live_client *client, const char *limit, uint64_t value, const char *name)
{
    pid_list both = {.count = 0};

    live_start_with(client, NULL, config_path);
    live_end end = live_wait(client, live_send_open(client, limit, value), LIVE_IGNORE);
    CHECK(!end.is_error, "%s: the session opens: %s", name, end.code);
    pid_list before = descendants();
    reset(client, name);
    for (int waited = 0; waited < PATIENCE_MS && both.count < ALL_PROCESSES; waited += 5) {
        pid_list now = descendants();

        both = without(&now, &before);
        pause_ms(5);
    }
    CHECK(both.count == ALL_PROCESSES, "%s: a spare gets ready: %zu", name, both.count);
    pause_ms(SETTLE_MS); /* it has to say HELLO */
    return both;
}

typedef struct use_case {
    const char *name;
    const char *limit;
    uint64_t value;
    size_t left; /* of the spare's processes, when the session's worker has ended */
} use_case;

static const use_case uses[] = {
    {"a spare that is as the session wants it is taken", "output_bytes", 1000, 0},
    {"a session with fewer files gets its own worker", "open_files", 100, PROCESSES},
    {"a session with less memory gets its own worker", "memory_bytes", 1U << 30, PROCESSES},
    {"a session with a smaller workspace gets its own worker", "workspace_bytes", 1U << 20,
     PROCESSES},
};

/* After a reset only the spare is left of both; whose it is shows when the session's worker ends. */
static void check_use(const use_case *c)
{
    live_client client;
    pid_list both = begin(&client, c->limit, c->value, c->name);

    reset(&client, c->name);
    CHECK(count_alive(&both) == PROCESSES, "%s: the spare lives on", c->name);
    live_end end = live_wait(&client, live_send_code(&client, "exit 7", LONG_MS), LIVE_IGNORE);
    CHECK(strcmp(end.code, "exited") == 0, "%s: the worker exits: %s", c->name, end.code);
    CHECK(count_alive(&both) == c->left, "%s: %zu processes are left", c->name, count_alive(&both));
    reset(&client, c->name);
    live_stop(&client);
}

/* The younger ones are the spare's, the shim before its worker. */
static long pick(const pid_list *both, size_t victim)
{
    long picked = 0;

    for (size_t i = 0; i < both->count; i++) {
        size_t older = 0;

        for (size_t j = 0; j < both->count; j++)
            older += both->pids[j] < both->pids[i] ? 1 : 0;
        if (older == PROCESSES + victim)
            picked = both->pids[i];
    }
    return picked;
}

/* Both are told to brigd while it stands still: it has no turn between the end and the reset. */
static void check_dead(size_t victim, const char *name)
{
    live_client client;
    pid_list both = begin(&client, "output_bytes", 1000, name);

    CHECK(kill(client.server, SIGSTOP) == 0, "%s: brigd stands still", name);
    CHECK(kill((pid_t)pick(&both, victim), SIGKILL) == 0, "%s: one of its processes dies", name);
    while (count_alive(&both) > PROCESSES)
        pause_ms(1);
    uint64_t id = live_send(&client, "brig.reset", NULL);
    CHECK(kill(client.server, SIGCONT) == 0, "%s: brigd goes on", name);
    live_end end = live_wait(&client, id, LIVE_IGNORE);
    CHECK(!end.is_error, "%s: reset succeeds: %s", name, end.code);
    reset(&client, name);
    live_stop(&client);
}

static void check_share(void)
{
    static const char name[] = "spares count in the share of their template";
    live_client client;

    write_config("template_sessions: 4\nprofiles:\n  - name: standard\n    spares: 1\n");
    live_start_with(&client, NULL, config_path);
    live_end end = live_wait(&client, live_send_open(&client, "output_bytes", 1000), LIVE_IGNORE);
    CHECK(!end.is_error, "%s: the session opens: %s", name, end.code);
    for (int i = 0; i < 9; i++) {
        reset(&client, name);
        pause_ms(SETTLE_MS);
    }
    live_stop(&client);
}

static void check_none(void)
{
    static const char name[] = "a profile without spares has none";
    live_client client;

    write_config("profiles:\n  - name: standard\n    spares: 0\n");
    live_start_with(&client, NULL, config_path);
    live_end end = live_wait(&client, live_send_open(&client, "output_bytes", 1000), LIVE_IGNORE);
    CHECK(!end.is_error, "%s: the session opens: %s", name, end.code);
    size_t count = descendants().count;
    reset(&client, name);
    pause_ms(SETTLE_MS);
    CHECK(descendants().count == count, "%s: nothing is started for nobody", name);
    live_stop(&client);
}

/* The first code of a session finds nothing that a spare has left, and the seed's own numbers. */
#define FIRST_CODE \
    "stopifnot(identical(ls(all.names = TRUE), '.Random.seed'), is.null(.Last.value)," \
    " !anyDuplicated(search()), dir.exists(tempdir())," \
    " Sys.getenv('R_SESSION_TMPDIR') == tempdir(), length(list.files(tempdir())) == 0)\n" \
    "first <- runif(1)\nset.seed(7)\nfirst == runif(1)"

static const dialog_case r_cases[] = {
    {"a spare's R is as fresh as any other",
     "profiles:\n  - name: standard\n    spares: 1\n",
     {DIALOG_ASK("brig.open", "{\"seed\": 7}", DIALOG_OPENED),
      DIALOG_CODE(FIRST_CODE, "*RESULT true *"),
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 2, *"),
      DIALOG_CODE(FIRST_CODE, "*RESULT true *"), DIALOG_CODE("Sys.sleep(1)", "RESULT *"),
      DIALOG_ASK("brig.reset", NULL, "RESULT {generation: 3, *"),
      DIALOG_CODE(FIRST_CODE, "*RESULT true *")}},
};

int main(void)
{
    dialog_run(DIALOG_R, r_cases, sizeof(r_cases) / sizeof(r_cases[0]));
    write_config("profiles:\n  - name: standard\n    spares: 1\n");
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        check_use(&uses[i]);
    check_dead(0, "a spare whose shim is dead is not handed out");
    check_dead(1, "a spare whose worker is dead is not handed out");
    check_share();
    check_none();
    CHECK(unlink(config_path) == 0, "the file is removed");
    return 0;
}
