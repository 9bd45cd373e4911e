/* SPDX-License-Identifier: MIT */
/* The server's side of the worker channel, for tests of the engine. */
#include "test_r_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <brig/pack.h>

#include "check.h"
#include "engine.h"
#include "test_r_notation.h"

enum {
    MAX_MESSAGE_BYTES = 16 * 1024 * 1024,
    ARGS_BYTES = 1024 * 1024,
};

static char *transcript;

void harness_start(void)
{
    brig_buffer encoded;
    char error[256] = "";
    brig_tree *tree;

    CHECK(setenv("R_HOME", TEST_R_HOME, 1) == 0 && setenv("LANG", "C.UTF-8", 1) == 0 &&
              setenv("TZ", "UTC", 1) == 0 && setenv("TMPDIR", TEST_DIRECTORY, 1) == 0,
          "%d", errno);
    brig_buffer_init(&encoded, ARGS_BYTES);
    brig_pack_map(&encoded, 2);
    brig_pack_cstring(&encoded, "preload");
    brig_pack_array(&encoded, 1);
    brig_pack_cstring(&encoded, "parallel");
    brig_pack_key_bool(&encoded, "private", false);
    CHECK(brig_tree_new(brig_buffer_span(&encoded), &tree) == BRIG_OK, "configure");
    CHECK(brig_engine_r.start(brig_tree_root(tree), error, sizeof(error)) == BRIG_OK, "%s", error);
    brig_tree_free(tree);
    brig_buffer_done(&encoded);
    CHECK(fflush(NULL) == 0, "a fork would repeat what is buffered");
}

static void become_worker(struct worker *worker, int fd)
{
    CHECK(dup2(fd, BRIG_WORKER_FD) == BRIG_WORKER_FD, "%d", errno);
    CHECK(dup2(worker->raw[1], STDOUT_FILENO) == STDOUT_FILENO, "%d", errno);
    CHECK(dup2(worker->raw[1], STDERR_FILENO) == STDERR_FILENO, "%d", errno);
    for (int other = BRIG_WORKER_FD + 1; other < 64; other++)
        (void)close(other);
    CHECK(setpgid(0, 0) == 0, "%d", errno);
    brig_engine_r.run();
    _exit(EXIT_FAILURE);
}

/* Descriptor 3 belongs to the worker, so ours must be elsewhere. */
static void move_up(int *fd)
{
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 10);

    CHECK(moved >= 0, "%d", errno);
    (void)close(*fd);
    *fd = moved;
}

/* WRK-001 */
static void receive_hello(struct worker *worker)
{
    brig_message hello;

    CHECK(worker_receive(worker, &hello), "no HELLO");
    CHECK(hello.type == BRIG_MESSAGE_HELLO, "type %d", hello.type);
    CHECK(hello.body.len < BRIG_LIMIT_HELLO_BYTES, "HELLO of %zu octets", hello.body.len);
}

/* WRK-017 */
static size_t message_bytes_of(const brig_buffer *open_args)
{
    brig_tree *args = NULL;

    if (open_args == NULL)
        return MAX_MESSAGE_BYTES;
    CHECK(brig_tree_new(brig_buffer_span(open_args), &args) == BRIG_OK, "args of brig.open");
    uint64_t bytes = brig_value_get_uint(brig_tree_root(args), "message_bytes", MAX_MESSAGE_BYTES);
    brig_tree_free(args);
    return (size_t)bytes;
}

void worker_start(struct worker *worker, const brig_buffer *open_args)
{
    const brig_link_config config = {.max_message_bytes = message_bytes_of(open_args),
                                     .max_output_bytes = 2 * (size_t)MAX_MESSAGE_BYTES};
    brig_buffer plain;
    int pair[2];

    *worker = (struct worker){0};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && pipe(worker->raw) == 0, "%d", errno);
    for (int i = 0; i < 2; i++) {
        move_up(&pair[i]);
        move_up(&worker->raw[i]);
    }
    worker->pid = fork();
    CHECK(worker->pid >= 0, "%d", errno);
    if (worker->pid == 0)
        become_worker(worker, pair[1]);
    (void)close(pair[1]);
    (void)close(worker->raw[1]);
    worker->fd = pair[0];
    CHECK(brig_link_new(&config, &worker->link) == BRIG_OK, "link");
    receive_hello(worker);

    brig_buffer_init(&plain, ARGS_BYTES);
    pack_open(&plain, NULL, false);
    worker_call(worker, "brig.open", open_args != NULL ? open_args : &plain);
    brig_buffer_done(&plain);
}

static void pack_begin(brig_buffer *to, size_t count, const brig_buffer *tools, bool with_stdin)
{
    brig_pack_map(to, count);
    brig_pack_cstring(to, "tools");
    if (tools != NULL)
        brig_pack_raw(to, brig_buffer_span(tools));
    else
        brig_pack_array(to, 0);
    brig_pack_key_uint(to, "seed", 1);
    brig_pack_key_bool(to, "stdin", with_stdin);
    brig_pack_key_uint(to, "displays", 3);
    brig_pack_key_uint(to, "display_pixels", 4000000);
}

void pack_open_narrow(brig_buffer *to, const brig_buffer *tools, uint64_t message_bytes)
{
    pack_begin(to, 8, tools, false);
    brig_pack_key_uint(to, "display_bytes", MAX_MESSAGE_BYTES);
    brig_pack_key_uint(to, "value_bytes", MAX_MESSAGE_BYTES);
    brig_pack_key_uint(to, "message_bytes", message_bytes);
    CHECK(to->fault == BRIG_OK, "%s", brig_status_name(to->fault));
}

void pack_open(brig_buffer *to, const brig_buffer *tools, bool with_stdin)
{
    pack_begin(to, 7, tools, with_stdin);
    brig_pack_key_uint(to, "display_bytes", 1000000);
    brig_pack_key_uint(to, "value_bytes", 1000000);
    CHECK(to->fault == BRIG_OK, "%s", brig_status_name(to->fault));
}

void worker_send(struct worker *worker, const brig_message *message)
{
    CHECK(brig_link_send(worker->link, message) == BRIG_OK, "send");
    while (brig_link_output(worker->link).len > 0) {
        brig_span output = brig_link_output(worker->link);
        ssize_t written = write(worker->fd, output.data, output.len);

        CHECK(written > 0, "%d", errno);
        brig_link_sent(worker->link, (size_t)written);
    }
}

void worker_call(struct worker *worker, const char *procedure, const brig_buffer *args)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL,
                               .id = ++worker->last_id,
                               .name = brig_span_text(procedure),
                               .body = brig_buffer_span(args)};

    worker_send(worker, &call);
}

void worker_eval(struct worker *worker, const char *code)
{
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "code", code);
    worker_call(worker, "brig.eval", &args);
    brig_buffer_done(&args);
}

bool worker_receive(struct worker *worker, brig_message *ret_message)
{
    brig_status status;

    while ((status = brig_link_next(worker->link, ret_message)) == BRIG_AGAIN) {
        brig_room room = brig_link_room(worker->link);
        ssize_t got = read(worker->fd, room.data, room.len);

        if (got <= 0)
            return false;
        brig_link_filled(worker->link, (size_t)got);
    }
    CHECK(status == BRIG_OK, "%s", brig_status_name(status));
    return true;
}

static void send_result(struct worker *worker, uint64_t id, const brig_buffer *value)
{
    worker_send(
        worker,
        &(brig_message){.type = BRIG_MESSAGE_RESULT, .id = id, .body = brig_buffer_span(value)});
}

static double number_of(const brig_value *value)
{
    if (value == NULL || value->kind == BRIG_NIL)
        return 0;
    return value->kind == BRIG_FLOAT ? value->number : (double)value->integer;
}

static void answer_sum(const brig_value *args, brig_buffer *to)
{
    double sum = number_of(brig_value_get(args, "a")) + number_of(brig_value_get(args, "b"));

    if ((double)(int64_t)sum == sum)
        brig_pack_int(to, (int64_t)sum);
    else
        brig_pack_float(to, sum);
}

static void answer_echo(const brig_value *args, brig_buffer *to)
{
    const brig_value *x = brig_value_get(args, "x");

    if (x != NULL)
        brig_pack_raw(to, x->encoded);
    else
        brig_pack_nil(to);
}

static void answer_input(const brig_value *args, brig_buffer *to)
{
    if (brig_value_is_text(brig_value_get(args, "prompt"), "name? "))
        brig_pack_cstring(to, "Ada");
    else
        brig_pack_nil(to);
}

/* Other tools fail; `hang` is interrupted, and answered only when the next call has come. */
static const struct answer_rule {
    const char *tool;
    void (*answer)(const brig_value *args, brig_buffer *to);
} answer_rules[] = {{"add", answer_sum},
                    {"echo", answer_echo},
                    {"list", answer_echo},
                    {"brig.input", answer_input}};

static void send_late_answer(struct worker *worker)
{
    brig_buffer nil;

    if (worker->late_id == 0)
        return;
    brig_buffer_init(&nil, 1);
    brig_pack_nil(&nil);
    send_result(worker, worker->late_id, &nil);
    brig_buffer_done(&nil);
    worker->late_id = 0;
}

void harness_answer(struct worker *worker, const brig_message *call)
{
    uint64_t id = call->id;
    brig_tree *tree;
    brig_buffer value;
    bool is_answered = false;

    if (brig_span_is(call->name, "hang")) {
        worker->late_id = id;
        CHECK(kill(-worker->pid, SIGINT) == 0, "%d", errno);
        return;
    }
    send_late_answer(worker);
    CHECK(brig_tree_new(call->body, &tree) == BRIG_OK, "args");
    brig_buffer_init(&value, ARGS_BYTES);
    for (size_t i = 0; i < sizeof(answer_rules) / sizeof(answer_rules[0]); i++) {
        if (!brig_span_is(call->name, answer_rules[i].tool))
            continue;
        answer_rules[i].answer(brig_tree_root(tree), &value);
        send_result(worker, id, &value);
        is_answered = true;
    }
    if (!is_answered)
        worker_send(worker, &(brig_message){.type = BRIG_MESSAGE_ERROR,
                                            .id = id,
                                            .name = brig_span_text("tool"),
                                            .text = brig_span_text("it broke")});
    brig_buffer_done(&value);
    brig_tree_free(tree);
}

/* Console output that follows console output of the same stream is one line. */
static void print_console(FILE *to, const brig_message *event, char *stream)
{
    char kind[16];
    brig_tree *tree;

    (void)snprintf(kind, sizeof(kind), "%.*s", (int)event->name.len,
                   (const char *)event->name.data);
    if (strcmp(kind, stream) != 0)
        (void)fprintf(to, "%s%s ", stream[0] != '\0' ? "\n" : "", kind);
    (void)snprintf(stream, sizeof(kind), "%s", kind);
    CHECK(brig_tree_new(event->body, &tree) == BRIG_OK, "payload");
    (void)fwrite(brig_tree_root(tree)->bytes.data, 1, brig_tree_root(tree)->bytes.len, to);
    brig_tree_free(tree);
}

/* Images differ between machines: only their kinds are printed. */
static void print_display(FILE *to, brig_span payload)
{
    brig_tree *tree;

    CHECK(brig_tree_new(payload, &tree) == BRIG_OK, "payload");
    for (size_t i = 0; i < brig_tree_root(tree)->map.count; i++) {
        brig_span mime = brig_tree_root(tree)->map.entries[i].key.bytes;

        (void)fprintf(to, "%s%.*s", i > 0 ? " " : "", (int)mime.len, (const char *)mime.data);
    }
    brig_tree_free(tree);
}

static void print_message(FILE *to, const brig_message *message)
{
    const char *name = (const char *)message->name.data;
    int name_len = (int)message->name.len;

    switch (message->type) {
    case BRIG_MESSAGE_EVENT:
        (void)fprintf(to, "%.*s ", name_len, name);
        if (brig_span_is(message->name, "display"))
            print_display(to, message->body);
        else
            print_encoded(to, message->body);
        break;
    case BRIG_MESSAGE_CALL:
        (void)fprintf(to, "CALL %.*s ", name_len, name);
        print_encoded(to, message->body);
        break;
    case BRIG_MESSAGE_RESULT:
        (void)fputs("RESULT ", to);
        print_encoded(to, message->body);
        if (message->extra.len > 1) {
            (void)fputc(' ', to);
            print_encoded(to, message->extra);
        }
        break;
    default:
        (void)fprintf(to, "ERROR %.*s ", name_len, name);
        print_text(to, message->text);
        (void)fputc(' ', to);
        print_encoded(to, message->body);
        break;
    }
    (void)fputc('\n', to);
}

static bool is_console(const brig_message *message)
{
    return message->type == BRIG_MESSAGE_EVENT &&
           (brig_span_is(message->name, "stdout") || brig_span_is(message->name, "stderr"));
}

const char *worker_transcript(struct worker *worker)
{
    char stream[16] = "";
    bool is_last = false;
    brig_message message;
    size_t size;
    FILE *to;

    free(transcript);
    to = open_memstream(&transcript, &size);
    CHECK(to != NULL, "%d", errno);
    while (!is_last && worker_receive(worker, &message)) {
        if (is_console(&message)) {
            print_console(to, &message, stream);
            continue;
        }
        (void)fputs(stream[0] != '\0' ? "\n" : "", to);
        stream[0] = '\0';
        print_message(to, &message);
        is_last = message.type == BRIG_MESSAGE_RESULT || message.type == BRIG_MESSAGE_ERROR;
        if (is_last)
            CHECK(message.id == worker->last_id, "terminal of another call");
        if (message.type == BRIG_MESSAGE_CALL)
            harness_answer(worker, &message);
    }
    CHECK(fclose(to) == 0, "%d", errno);
    return transcript;
}

int worker_wait(struct worker *worker)
{
    int status;

    CHECK(waitpid(worker->pid, &status, 0) == worker->pid, "%d", errno);
    (void)close(worker->fd);
    (void)close(worker->raw[0]);
    brig_link_free(worker->link);
    free(transcript);
    transcript = NULL;
    return status;
}

/* WRK-003: the link ends, and with it the process. */
int worker_end(struct worker *worker)
{
    CHECK(shutdown(worker->fd, SHUT_RDWR) == 0, "%d", errno);
    return worker_wait(worker);
}

void check_code(const char *name, const char *code, const char *expected)
{
    struct worker worker;
    const char *seen;

    worker_start(&worker, NULL);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, "RESULT {}\n") == 0, "%s: open: %s", name, seen);
    worker_eval(&worker, code);
    seen = worker_transcript(&worker);
    CHECK(strcmp(seen, expected) == 0, "%s:\n%s--- expected\n%s", name, seen, expected);
    CHECK(worker_end(&worker) == 0, "%s: exit status", name);
}
