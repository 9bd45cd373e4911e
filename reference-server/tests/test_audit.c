/* SPDX-License-Identifier: MIT */
/* The audit log's file and its writer: what is refused, what happens when the disk is full. */
#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_verify.h"
#include "check.h"

static const char path[] = "test_audit.jsonl";
static const char other_path[] = "test_audit.jsonl.1";

static void make_file(const char *name, mode_t mode, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && fchmod(fd, mode) == 0, "%s is made", name);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s is written", name);
    CHECK(close(fd) == 0, "%s closes", name);
}

static void remove_files(void)
{
    (void)unlink(path);
    (void)unlink(other_path);
}

/* ---- what is refused ---- */

typedef struct refusal_case {
    const char *name;
    void (*prepare)(void);
    const char *complaint;
} refusal_case;

static void put_link(void)
{
    make_file(other_path, 0600, "");
    CHECK(symlink(other_path, path) == 0, "a symbolic link");
}

static void put_second_name(void)
{
    make_file(path, 0600, "");
    CHECK(link(path, other_path) == 0, "a second name");
}

static void put_fifo(void)
{
    CHECK(mkfifo(path, 0600) == 0, "a fifo");
}

static void put_directory(void)
{
    CHECK(mkdir(path, 0700) == 0, "a directory");
}

static void put_readable(void)
{
    make_file(path, 0644, "");
}

static void put_writable(void)
{
    make_file(path, 0622, "");
}

static void put_foreign_text(void)
{
    make_file(path, 0600, "once upon a time\n");
}

static const refusal_case refusals[] = {
    {"a symbolic link is refused", put_link, "symbolic link"},
    {"a file with a second name is refused", put_second_name, "more than one name"},
    {"a fifo is refused, and not waited for", put_fifo, "not a regular file"},
    {"a directory is refused", put_directory, "directory"},
    {"a file that others may read is refused", put_readable, "mode must be 0600"},
    {"a file that others may write is refused", put_writable, "mode must be 0600"},
    {"a file that is no audit log is refused", put_foreign_text, "cannot be continued"},
};

static brig_status start(const brig_audit_config *config, uv_loop_t *loop, char *error,
                         size_t error_bytes, brig_audit **ret_audit)
{
    CHECK(uv_loop_init(loop) == 0, "a loop");
    return brig_audit_new(config, loop, error, error_bytes, ret_audit);
}

static void stop(uv_loop_t *loop, brig_audit *audit)
{
    brig_audit_release(audit);
    CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0, "the loop ends");
    brig_audit_free(audit);
    CHECK(uv_loop_close(loop) == 0, "no handle is left");
}

static void check_refusal(const refusal_case *c)
{
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";

    remove_files();
    c->prepare();
    brig_status status = start(&config, &loop, error, sizeof(error), &audit);
    CHECK(status != BRIG_OK && audit == NULL, "%s", c->name);
    CHECK(strstr(error, path) != NULL, "%s: the file is named in: %s", c->name, error);
    CHECK(strstr(error, c->complaint) != NULL, "%s: `%s` in: %s", c->name, c->complaint, error);
    CHECK(uv_loop_close(&loop) == 0, "%s: no handle is left", c->name);
    (void)rmdir(path);
    remove_files();
}

/* ---- writing ---- */

static void write_event(brig_audit *audit, const char *name)
{
    brig_audit_event event = brig_audit_event_make(name);

    brig_audit_write(audit, &event);
}

/* All that was written, in order from the oldest file. */
static void read_file(const char *name, char *to, size_t to_bytes)
{
    FILE *file = fopen(name, "re");

    CHECK(file != NULL, "%s opens", name);
    size_t len = fread(to, 1, to_bytes - 1, file);
    to[len] = '\0';
    CHECK(fclose(file) == 0, "%s closes", name);
}

/* The names of the events, each followed by a space. */
static void expect_events(const char *name, const char *expected, const char *why)
{
    static char text[1048576];
    char names[4096] = "";
    static const char mark[] = "\"event\":\"";

    read_file(name, text, sizeof(text));
    for (const char *at = text; (at = strstr(at, mark)) != NULL;) {
        at += sizeof(mark) - 1;
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof(names) - used, "%.*s ", (int)strcspn(at, "\""), at);
    }
    CHECK(strcmp(names, expected) == 0, "%s: `%s` is not `%s`", why, names, expected);
}

static brig_audit_report expect_whole(const char *const *paths, size_t count, const char *why)
{
    char error[512] = "";
    brig_audit_report report = {0};

    CHECK(brig_audit_verify(paths, count, error, sizeof(error), &report) == BRIG_OK, "%s: %s", why,
          error);
    return report;
}

static void run_until_quiet(uv_loop_t *loop)
{
    (void)uv_run(loop, UV_RUN_DEFAULT); /* the retry timer does not keep it */
}

static void check_chain_goes_on(void)
{
    static const char *const paths[] = {path};
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES, .syncs = true};

    for (int i = 0; i < 2; i++) {
        brig_audit *audit = NULL;
        uv_loop_t loop;
        char error[512] = "";

        CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s",
              error);
        write_event(audit, "one");
        run_until_quiet(&loop);
        write_event(audit, "two"); /* not written when the loop ends */
        brig_audit *second = NULL;
        CHECK(brig_audit_new(&config, &loop, error, sizeof(error), &second) != BRIG_OK &&
                  strstr(error, "another server") != NULL,
              "a file has one writer: %s", error);
        stop(&loop, audit);
    }
    expect_events(path, "one two server_stop one two server_stop ", "a second server goes on");
    CHECK(expect_whole(paths, 1, "both servers' lines").last.seq == 6, "six lines");
}

static void check_torn_line(void)
{
    static const char *const paths[] = {path};
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    CHECK(fd >= 0 && write(fd, "{\"seq\":7,", 9) == 9 && close(fd) == 0, "a line is torn");
    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    stop(&loop, audit);
    expect_events(path, "one two server_stop one two server_stop torn server_stop ",
                  "a torn line is told");
    (void)expect_whole(paths, 1, "the chain is whole behind it");
    remove_files();
}

static void check_rotation(void)
{
    static const char *const paths[] = {other_path, path};
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";

    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    write_event(audit, "one");
    run_until_quiet(&loop);
    brig_audit_reopen(audit); /* nobody has renamed it */
    write_event(audit, "two");
    CHECK(rename(path, other_path) == 0, "the file is renamed");
    brig_audit_reopen(audit); /* while "two" is on its way */
    write_event(audit, "three");
    run_until_quiet(&loop);
    stop(&loop, audit);
    expect_events(other_path, "one two ", "what was on its way is in the old file");
    expect_events(path, "three server_stop ", "what came later is in the new one");
    CHECK(expect_whole(paths, 2, "the chain spans both files").last.seq == 4, "four lines");
    remove_files();
}

static void check_bad_rotation(void)
{
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";

    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    CHECK(rename(path, other_path) == 0, "the file is renamed");
    CHECK(symlink("elsewhere", path) == 0, "a symbolic link stands in its place");
    brig_audit_reopen(audit);
    write_event(audit, "one");
    run_until_quiet(&loop);
    stop(&loop, audit);
    expect_events(other_path, "one server_stop ", "the old file stays in use");
    CHECK(access("elsewhere", F_OK) != 0 && errno == ENOENT, "the link is not followed");
    remove_files();
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0, "a limit");
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "a limit is set");
}

static void pass(uv_timer_t *timer)
{
    (void)timer;
}

/* Let the writer's own timer come. */
static void run_while_refusing(uv_loop_t *loop, const brig_audit *audit)
{
    uv_timer_t clock;

    CHECK(uv_timer_init(loop, &clock) == 0 && uv_timer_start(&clock, pass, 50, 50) == 0, "a timer");
    while (brig_audit_is_refusing(audit))
        (void)uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&clock, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
}

static void check_full_disk(void)
{
    static const char *const paths[] = {path};
    brig_audit_config config = {
        .path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES, .refuses = true};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";
    brig_audit_report report;
    struct stat facts;

    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    CHECK(!brig_audit_is_refusing(audit), "at first nothing is refused");
    limit_files(300); /* in the middle of the second line */
    write_event(audit, "one");
    write_event(audit, "two");
    write_event(audit, "three");
    run_until_quiet(&loop);
    CHECK(brig_audit_is_refusing(audit), "a full disk refuses what is new");
    CHECK(stat(path, &facts) == 0 && facts.st_size == 300, "the disk is full");
    limit_files(RLIM_INFINITY);
    run_while_refusing(&loop, audit);
    report = expect_whole(paths, 1, "the torn line was finished");
    CHECK(report.last.seq == 3, "nothing was lost");
    stop(&loop, audit);
    expect_events(path, "one two three server_stop ", "all is there");
    remove_files();
}

static void check_torn_rotation(void)
{
    static const char *const paths[] = {other_path, path};
    brig_audit_config config = {.path = path, .queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";

    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    limit_files(300);
    write_event(audit, "one");
    write_event(audit, "two");
    run_until_quiet(&loop);
    CHECK(rename(path, other_path) == 0, "the file is renamed");
    limit_files(RLIM_INFINITY);
    brig_audit_reopen(audit);
    run_until_quiet(&loop);
    stop(&loop, audit);
    (void)expect_whole(paths, 2, "a torn line is whole in the new file alone");
    remove_files();
}

/* More events than the queue holds: they are counted, and the number is a line of the chain. */
static void check_loss(void)
{
    static const char *const paths[] = {path};
    static char text[4194304];
    enum { EVENTS = 4000 };
    brig_audit_config config = {
        .path = path, .queue_bytes = BRIG_AUDIT_LEAST_QUEUE_BYTES, .refuses = true};
    brig_audit *audit = NULL;
    uv_loop_t loop;
    char error[512] = "";

    CHECK(start(&config, &loop, error, sizeof(error), &audit) == BRIG_OK, "it opens: %s", error);
    limit_files(100);
    for (int i = 0; i < EVENTS; i++)
        write_event(audit, "many");
    run_until_quiet(&loop);
    CHECK(brig_audit_is_refusing(audit), "a full queue refuses what is new");
    limit_files(RLIM_INFINITY);
    run_while_refusing(&loop, audit);
    stop(&loop, audit);
    uint64_t line_count = expect_whole(paths, 1, "the chain is whole").line_count;
    read_file(path, text, sizeof(text));
    const char *lost = strstr(text, "\"event\":\"lost\",\"count\":");
    CHECK(lost != NULL, "the loss is told");
    uint64_t lost_count = strtoull(lost + 23, NULL, 10);
    CHECK(lost_count > 0 && line_count - 2 + lost_count == EVENTS,
          "%llu lines and %llu lost are %d events", (unsigned long long)line_count,
          (unsigned long long)lost_count, EVENTS);
    remove_files();
}

int main(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        check_refusal(&refusals[i]);
    check_chain_goes_on();
    check_torn_line();
    check_rotation();
    check_bad_rotation();
    check_full_disk();
    check_torn_rotation();
    check_loss();
    return 0;
}
