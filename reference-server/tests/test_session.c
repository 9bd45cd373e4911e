/* SPDX-License-Identifier: MIT */
/* Whole sessions behind all walls: bubblewrap, template, shim and a hostile worker. */
#include "session_harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/pack.h>
#include <check.h>

#include "landlock.h"

enum { SIGNAL_SCOPE_ABI = 6 };

static const brig_profile standard = {.name = "standard", .engine = "r"};
static const brig_profile tools = {.name = "tools", .engine = "r", .exec = true, .proc = true};

/* What the code tries, what it gets, and the call that the shim reports, if it does. */
static const struct attempt {
    const char *name;
    const char *command;
    const char *answer;
    const char *violation; /* detail of the event, or NULL */
} attempts[] = {
    {"the engine runs in its own session, as nobody of the host", "identity",
     "uid 1000 pid 2 session 1", NULL},
    {"no privilege is left and none can be had", "privileges",
     "held 0 bounding 0 securebits ef no_new_privs 1", NULL},
    {"the host's name is hidden", "hostname", "sandbox", NULL},
    {"a client's variable arrives", "env:FROM_CLIENT", "yes", NULL},
    {"HOME is the private /tmp", "env:HOME", "/tmp", NULL},
    {"the server's own variables do not arrive", "env:BRIG_TEST_SECRET", "unset", NULL},
    {"only the four descriptors are open", "descriptors", "0 1 2 3 ", NULL},
    {"the host's shadow file does not exist", "open:/etc/shadow", "ENOENT", NULL},
    {"the password file is synthetic", "read:/etc/passwd",
     "sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n", NULL},
    {"root's home does not exist", "open:/root", "ENOENT", NULL},
    {"there is no /sys", "open:/sys", "ENOENT", NULL},
    {"there is no /proc", "open:/proc", "ENOENT", NULL},
    {"the template's program is not in sight", "open:/run/brig/worker", "ENOENT", NULL},
    {"programs are not in sight", "open:/usr/bin/env", "ENOENT", NULL},
    {"libraries can be read", "open:/usr/lib", "ok", NULL},
    {"libraries cannot be written", "write:/usr/lib/hostile", "EROFS", NULL},
    {"the root cannot be written", "write:/hostile", "EROFS", NULL},
    {"/etc cannot be written", "write:/etc/hostile", "EROFS", NULL},
    {"/tmp can be written", "write:/tmp/mine", "ok", NULL},
    {"the workspace can be written", "write:/workspace/mine", "ok", NULL},
    {"/dev/null can be written", "write:/dev/null", "ok", NULL},
    {"/dev/urandom can be read", "open:/dev/urandom", "ok", NULL},
    {"there is no terminal", "open:/dev/tty", "ENOENT", NULL},
    {"there is no kernel memory", "open:/dev/mem", "ENOENT", NULL},
    {"TCP sockets are refused and reported", "socket:2", "EPERM", "socket"},
    {"Unix sockets are refused and reported", "socket:1", "EPERM", "socket"},
    {"VM sockets are refused and reported", "socket:40", "EPERM", "socket"},
    {"a pair of Unix sockets is a pipe", "socketpair:1", "ok", NULL},
    {"a pair of TIPC sockets is refused", "socketpair:30", "EPERM", NULL},
    {"a Unix socket cannot be given a name", "bind:/tmp/name", "EACCES", NULL},
    {"programs are refused and reported", "exec:/usr/lib/R/bin/R", "100", "execve"},
    {"a new user namespace by clone is refused", "clone:0x10000000", "EPERM", NULL},
    {"a new network namespace by clone is refused", "clone:0x40000000", "EPERM", NULL},
    {"a plain clone works", "clone:0", "ok", NULL},
    {"typing into a terminal is refused", "ioctl:0x5412", "EPERM", NULL},
    {"also with high bits that the kernel ignores", "ioctl:0x100005412", "EPERM", NULL},
    {"shared memory that no limit counts is refused", "shared-memory", "EPERM", NULL},
    {"nor is it had from /dev/zero", "map:/dev/zero", "ENODEV", NULL},
    {"a file is mapped", "map:/etc/passwd", "ok", NULL},
    {"the memory limit holds", "allocate:4294967296", "ENOMEM", NULL},
    {"an allocation within the limit works", "allocate:1048576", "ok", NULL},
};

/* System calls that are refused whatever their arguments. */
static const struct {
    const char *name;
    long number;
    const char *answer;
} refused_calls[] = {
#define REFUSED(call) \
    { \
#call, SYS_##call, "EPERM" \
    }
    REFUSED(ptrace),
    REFUSED(unshare),
    REFUSED(setns),
    REFUSED(mount),
    REFUSED(bpf),
    REFUSED(io_uring_setup),
    REFUSED(userfaultfd),
    REFUSED(perf_event_open),
    REFUSED(keyctl),
    REFUSED(add_key),
    REFUSED(open_by_handle_at),
    REFUSED(process_vm_readv),
    REFUSED(pidfd_getfd),
    REFUSED(memfd_create),
    REFUSED(shmget),
    REFUSED(inotify_init1),
    REFUSED(fanotify_init),
    REFUSED(seccomp),
    REFUSED(chroot),
    REFUSED(kexec_load),
    REFUSED(syslog),
#undef REFUSED
    {"clone3 does not exist", SYS_clone3, "ENOSYS"},
    {"a system call of the future does not exist", 1000, "ENOSYS"},
};

static void expect_violation(test_session *session, const char *name, const char *detail)
{
    test_reply event;
    const brig_value *payload;

    test_session_expect_event(session, "violation", &event);
    payload = brig_tree_root(event.body);
    CHECK(brig_value_is_text(brig_value_get(payload, "detail"), detail), "%s", name);
    CHECK(brig_value_is_text(brig_value_get(payload, "layer"), "seccomp"), "%s", name);
    CHECK(brig_value_is_text(brig_value_get(payload, "kind"),
                             strcmp(detail, "socket") == 0 ? "socket" : "exec"),
          "%s", name);
    test_reply_done(&event);
}

/* Landlock refuses with ABI 6; before, the kernel takes the signal, which pid 1 never sees. */
static void test_signal_to_shim(test_session *session)
{
    const char *expected = brig_landlock_abi() >= SIGNAL_SCOPE_ABI ? "EPERM" : "ok";
    const char *answer = test_session_obey(session, "signal-shim:9");

    CHECK(strcmp(answer, expected) == 0, "pid 1 is out of reach of signals: %s", answer);
    answer = test_session_obey(session, "map:/etc/passwd");
    CHECK(strcmp(answer, "ok") == 0, "and the session lives: %s", answer);
}

static void test_attempts(test_template *template)
{
    test_session session;

    test_session_open_plain(template, &session);
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        const struct attempt *attempt = &attempts[i];
        const char *answer = test_session_obey(&session, attempt->command);

        CHECK(strcmp(answer, attempt->answer) == 0, "%s: %s", attempt->name, answer);
        if (attempt->violation != NULL)
            expect_violation(&session, attempt->name, attempt->violation);
    }
    test_signal_to_shim(&session);
    for (size_t i = 0; i < sizeof(refused_calls) / sizeof(refused_calls[0]); i++) {
        char command[32];
        const char *answer;

        (void)snprintf(command, sizeof(command), "call:%ld", refused_calls[i].number);
        answer = test_session_obey(&session, command);
        CHECK(strcmp(answer, refused_calls[i].answer) == 0, "%s: %s", refused_calls[i].name,
              answer);
    }
    test_session_close(&session);
}

static void check_limit(const test_session *session, int resource, uint64_t wanted)
{
    char command[32];
    const char *answer;

    (void)snprintf(command, sizeof(command), "limit:%d", resource);
    answer = test_session_obey(session, command);
    CHECK(strtoull(answer, NULL, 10) == wanted, "resource %d: %s", resource, answer);
}

/* Seven processes: the worker and six children. ThreadSanitizer gives each child a thread. */
static bool is_bounded(const char *answer)
{
#ifdef __SANITIZE_THREAD__
    long fewest = 1;
#else
    long fewest = 6;
#endif
    char *rest;
    long children = strtol(answer, &rest, 10);

    return children >= fewest && children <= 6 && strcmp(rest, " EAGAIN") == 0;
}

static void test_report(test_template *template)
{
    brig_limits limits = test_limits;
    const brig_value *report;
    const brig_value *in_force;
    const char *answer;
    test_session session;
    test_reply reply;

    limits.processes = 7;
    limits.open_files = 33;
    limits.file_bytes = 123456;
    limits.workspace_bytes = 1048576;
    limits.workspace_files = 99;
    test_session_open(template, &limits, &session, &reply);
    report = brig_value_get(brig_tree_root(reply.body), "report");
    in_force = brig_value_get(report, "limits");
    CHECK(brig_value_get_bool(report, "no_new_privs", false), "no_new_privs");
    CHECK(brig_value_get_text(report, "seccomp_sha256", "").len == 64, "seccomp_sha256");
    CHECK(brig_value_get(report, "namespaces")->array.count == 7, "namespaces");
    CHECK(brig_value_get_uint(in_force, "processes", 0) == 7, "processes");
    CHECK(brig_value_get_uint(in_force, "open_files", 0) == 33, "open_files");
    CHECK(brig_value_get_uint(in_force, "file_bytes", 0) == 123456, "file_bytes");
    CHECK(brig_value_get_uint(in_force, "memory_bytes", 0) == limits.memory_bytes, "memory_bytes");
    CHECK(brig_value_get_uint(in_force, "workspace_bytes", 0) == 1048576, "workspace_bytes");
    CHECK(brig_value_get_uint(in_force, "workspace_files", 0) == 99, "workspace_files");
    test_reply_done(&reply);
    check_limit(&session, RLIMIT_NOFILE, 33);
    check_limit(&session, RLIMIT_FSIZE, 123456);
    check_limit(&session, RLIMIT_CORE, 1);
    check_limit(&session, RLIMIT_MEMLOCK, 0);
    check_limit(&session, RLIMIT_MSGQUEUE, 0);
    answer = test_session_obey(&session, "fork-bomb");
    CHECK(is_bounded(answer), "a fork bomb ends: %s", answer);
    test_session_close(&session);
}

/* How the code ends, and what the shim says of it. */
static void test_ends(test_template *template)
{
    static const struct {
        const char *name;
        const char *command;
        const char *key;
        uint64_t value;
    } ends[] = {
        {"the code leaves with a status", "exit:3", "status", 3},
        {"the code leaves with success", "exit:0", "status", 0},
        {"a signal ends the code", "kill-self:9", "signal", 9},
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        test_session session;
        test_reply event;
        const brig_value *payload;

        test_session_open_plain(template, &session);
        CHECK(strcmp(test_session_obey(&session, "daemon"), "ok") == 0, "%s", ends[i].name);
        test_session_send(&session, ends[i].command);
        test_session_expect_event(&session, "exit", &event);
        payload = brig_tree_root(event.body);
        CHECK(brig_value_get_uint(payload, ends[i].key, 999) == ends[i].value, "%s", ends[i].name);
        CHECK(brig_value_get_uint(payload, "memory_bytes", 0) > 0, "%s", ends[i].name);
        test_reply_done(&event);
        test_session_await_end(&session);
        test_session_close(&session);
    }
}

static void test_interrupt(test_template *template)
{
    test_session session;
    test_reply reply;

    test_session_open_plain(template, &session);
    test_session_send(&session, "spin");
    test_session_call(&session, "interrupt", NULL, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "interrupt");
    test_reply_done(&reply);
    /* The test engine leaves SIGINT as it found it: the default ends it. */
    test_session_expect_event(&session, "exit", &reply);
    CHECK(brig_value_get_uint(brig_tree_root(reply.body), "signal", 0) == 2, "SIGINT ends a spin");
    test_reply_done(&reply);
    test_session_close(&session);
}

/* Code that is refused again and again is slowed to the pace of whoever reads the reports. */
static void test_flood(test_template *template)
{
    enum { FLOOD = 3000 };
    test_session session;
    test_reply event;

    test_session_open_plain(template, &session);
    test_session_send(&session, "flood:3000");
    for (int i = 0; i < FLOOD; i++) {
        test_session_expect_event(&session, "violation", &event);
        test_reply_done(&event);
    }
    CHECK(strcmp(test_session_await_line(&session, "flood"), "ok") == 0, "every one was refused");
    test_session_close(&session);
}

static void test_raw_output(test_template *template)
{
    test_session session;
    char bytes[16] = "";

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "print:raw"), "ok") == 0, "print");
    CHECK(read(session.stdout_fd, bytes, sizeof(bytes)) == 3 && memcmp(bytes, "raw", 3) == 0, "1");
    CHECK(read(session.stderr_fd, bytes, sizeof(bytes)) == 3 && memcmp(bytes, "raw", 3) == 0, "2");
    (void)close(session.worker_fd);
    session.worker_fd = -1;
    CHECK(read(session.stdout_fd, bytes, sizeof(bytes)) == 0, "nobody else holds the write end");
    test_session_close(&session);
}

static void test_kill(test_template *template)
{
    int before = test_count_descendants();
    test_session session;

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "daemon"), "ok") == 0, "daemon");
    CHECK(test_count_descendants() == before + 3, "shim, worker and daemon run");
    test_session_kill(&session);
    CHECK(test_count_descendants() == before, "killing the shim leaves no process");

    test_session_open_plain(template, &session);
    CHECK(strcmp(test_session_obey(&session, "daemon"), "ok") == 0, "daemon");
    test_session_close(&session);
    CHECK(test_count_descendants() == before, "closing the channels leaves no process");
}

/* Every line of /proc/self/cgroup ends with ":/". */
static bool names_no_group(const char *text)
{
    const char *slash = strchr(text, '/');

    while (slash != NULL && slash[-1] == ':' && (slash[1] == '\n' || slash[1] == '\0'))
        slash = strchr(slash + 1, '/');
    return slash == NULL && strlen(text) > 0;
}

static void test_tools_profile(unsigned uid)
{
    static const struct attempt expected[] = {
        {"programs start", "exec:/usr/bin/true", "0", NULL},
        {"setuid programs are only programs", "exec:/usr/bin/false", "1", NULL},
        {"the session's own /proc is there", "open:/proc/self/status", "ok", NULL},
        {"the control group is the root of its namespace", "read:/proc/self/cgroup", NULL, NULL},
        {"the shim is invisible", "open:/proc/1/status", "ENOENT", NULL},
        {"nothing of the kernel is in it", "open:/proc/sys", "ENOENT", NULL},
        {"sockets are refused and reported", "socket:2", "EPERM", "socket"},
    };
    test_template template;
    test_session session;
    test_reply reply;

    test_template_start(&template, &tools, uid);
    test_template_configure(&template, NULL, &reply);
    test_reply_done(&reply);
    test_session_open_plain(&template, &session);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const char *answer = test_session_obey(&session, expected[i].command);

        if (expected[i].answer == NULL)
            CHECK(names_no_group(answer), "%s: %s", expected[i].name, answer);
        else
            CHECK(strcmp(answer, expected[i].answer) == 0, "%s: %s", expected[i].name, answer);
        if (expected[i].violation != NULL)
            expect_violation(&session, expected[i].name, expected[i].violation);
    }
    test_session_close(&session);
    test_template_stop(&template);
}

/* A template that may not be forked says why. */
static void test_unfit_templates(unsigned uid)
{
    static const struct {
        const char *name;
        const char *preload;
        const char *part; /* of the sentence */
    } unfit[] = {
        {"a thread is found", "thread", "thread"},
        {"a descriptor is found and named", "descriptor", "/dev/zero"},
        {"a package that is not there is named by the engine", "none", "no package"},
    };

    for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
        test_template template;
        test_reply reply;
        char text[1024];

        test_template_start(&template, &standard, uid);
        test_template_configure(&template, unfit[i].preload, &reply);
        CHECK(reply.message.type == BRIG_MESSAGE_ERROR, "%s", unfit[i].name);
        CHECK(brig_span_is(reply.message.name, "unavailable"), "%s", unfit[i].name);
        (void)snprintf(text, sizeof(text), "%.*s", (int)reply.message.text.len,
                       (const char *)reply.message.text.data);
        CHECK(strstr(text, unfit[i].part) != NULL, "%s: %s", unfit[i].name, text);
        test_reply_done(&reply);
        test_template_stop(&template);
    }
}

static void expect_refusal(test_template *template, const char *name, const brig_buffer *args,
                           const int *fds, const char *code)
{
    const char *procedure = args == NULL ? "stop" : "start";
    test_reply reply;
    int fd = test_template_call(template, procedure, args, fds, &reply);

    CHECK(reply.message.type == BRIG_MESSAGE_ERROR && brig_span_is(reply.message.name, code),
          "%s: %.*s", name, (int)reply.message.name.len, (const char *)reply.message.name.data);
    CHECK(fd < 0, "%s: a refusal comes without a descriptor", name);
    test_reply_done(&reply);
}

/* The args of `start` with this as the first limit's value and this variable. */
static void pack_start_args(brig_buffer *args, int64_t processes, const char *variable)
{
    brig_buffer_clear(args);
    brig_pack_map(args, 2);
    brig_pack_cstring(args, "limits");
    brig_pack_map(args, 6);
    brig_pack_cstring(args, "processes");
    brig_pack_int(args, processes);
    brig_pack_key_uint(args, "open_files", 64);
    brig_pack_key_uint(args, "file_bytes", 4096);
    brig_pack_key_uint(args, "memory_bytes", 1073741824);
    brig_pack_key_uint(args, "workspace_bytes", 1048576);
    brig_pack_key_uint(args, "workspace_files", 64);
    brig_pack_cstring(args, "env");
    brig_pack_map(args, 1);
    brig_pack_key_text(args, variable, "value");
}

/* What a template does with calls that brigd should not make. */
static void test_control_refusals(unsigned uid)
{
    static const int fds[] = {0, 0, 0, 0};
    test_template template;
    test_reply reply;
    brig_buffer args;

    brig_buffer_init(&args, 65536);
    test_template_start(&template, &standard, uid);
    pack_start_args(&args, 8, "NAME");
    expect_refusal(&template, "a start before configure", &args, fds, "unavailable");
    test_template_configure(&template, NULL, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "configure");
    test_reply_done(&reply);
    test_template_configure(&template, NULL, &reply);
    CHECK(brig_span_is(reply.message.name, "denied"), "configure comes once");
    test_reply_done(&reply);
    expect_refusal(&template, "a procedure that is not there", NULL, NULL, "unknown_procedure");
    expect_refusal(&template, "a start without descriptors", &args, NULL, "bad_arguments");
    pack_start_args(&args, -1, "NAME");
    expect_refusal(&template, "a limit that is no number", &args, fds, "bad_arguments");
    pack_start_args(&args, 8, "NA=ME");
    expect_refusal(&template, "a variable that would be two", &args, fds, "bad_arguments");
    pack_start_args(&args, 8, "1NAME");
    expect_refusal(&template, "a variable that is no name", &args, fds, "bad_arguments");
    brig_buffer_done(&args);
    test_template_stop(&template);
}

static void test_standard_profile(unsigned uid)
{
    static void (*const tests[])(test_template * template) = {
        test_attempts, test_report,     test_ends, test_interrupt,
        test_flood,    test_raw_output, test_kill,
    };
    test_template template;
    test_reply reply;

    test_template_start(&template, &standard, uid);
    test_template_configure(&template, NULL, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "configure: %.*s", (int)reply.message.text.len,
          (const char *)reply.message.text.data);
    CHECK(brig_value_is_text(
              brig_value_get(brig_value_get(brig_tree_root(reply.body), "engine"), "name"), "test"),
          "configure describes the engine");
    test_reply_done(&reply);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tests[i](&template);
    test_template_stop(&template);
}

static void test_all(unsigned uid)
{
    test_standard_profile(uid);
    test_tools_profile(uid);
    test_unfit_templates(uid);
    test_control_refusals(uid);
    CHECK(test_count_descendants() == 0, "nothing is left");
}

int main(void)
{
    (void)setenv("BRIG_TEST_SECRET", "secret", 1);
    test_run_as_each_user(test_all);
    return EXIT_SUCCESS;
}
