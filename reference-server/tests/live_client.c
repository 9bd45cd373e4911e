/* SPDX-License-Identifier: MIT */
/* A blocking client for tests of the whole server. */
#include "live_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <brig/pack.h>

#include "check.h"

enum {
    CONNECTION_FD = 3,
    KEY_FD = 4,
    PATIENCE_MS = 120000, /* only a test that fails waits so long */
    ARGS_BYTES = 65536,
};

static void run_server(int connection, int key, const char *worker, const char *config_path)
{
    /* Away from 3 and 4 first: one may be the other's number. */
    int spare_connection = dup(connection);
    int spare_key = dup(key);

    if (dup2(spare_connection, CONNECTION_FD) < 0 || dup2(spare_key, KEY_FD) < 0 ||
        close_range(KEY_FD + 1, ~0U, 0) != 0)
        _exit(90);
    (void)execl(BRIGD, BRIGD, "--connection-fd", "3", "--key-fd", "4", "--worker", worker,
                config_path == NULL ? NULL : "--config", config_path, (char *)NULL);
    _exit(91);
}

static void write_key(int fd, const uint8_t key[BRIG_KEY_BYTES])
{
    char text[2 * BRIG_KEY_BYTES + 2];

    (void)sodium_bin2hex(text, sizeof(text), key, BRIG_KEY_BYTES);
    text[sizeof(text) - 2] = '\n';
    CHECK(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1, "the key is written");
}

static void begin_connection(live_client *client, int fd, const uint8_t key[BRIG_KEY_BYTES])
{
    brig_conn_config config = {
        .side = BRIG_SIDE_CLIENT,
        .suite = BRIG_SUITE_LOCAL,
        .software = "test",
        .max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
        .max_output_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
    };

    memcpy(config.psk, key, BRIG_KEY_BYTES);
    randombytes_buf(config.ephemeral, sizeof(config.ephemeral));
    client->fd = fd;
    client->may_be_cut = false;
    CHECK(brig_conn_new(&config, &client->conn) == BRIG_OK, "a connection");
}

void live_connect(live_client *client, int fd, const uint8_t key[BRIG_KEY_BYTES])
{
    client->server = 0;
    begin_connection(client, fd, key);
}

void live_abandon(live_client *client)
{
    brig_conn_free(client->conn);
    (void)close(client->fd);
}

void live_start_with(live_client *client, const char *worker, const char *config_path)
{
    uint8_t key[BRIG_KEY_BYTES];
    int pair[2];
    int key_pipe[2];

    CHECK(sodium_init() >= 0, "libsodium");
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans come here");
    randombytes_buf(key, sizeof(key));
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "a pair");
    CHECK(pipe(key_pipe) == 0, "a pipe");
    write_key(key_pipe[1], key);
    (void)close(key_pipe[1]);
    client->server = fork();
    CHECK(client->server >= 0, "fork");
    if (client->server == 0)
        run_server(pair[1], key_pipe[0], worker != NULL ? worker : SCRIPTED_WORKER, config_path);
    (void)close(pair[1]);
    (void)close(key_pipe[0]);
    begin_connection(client, pair[0], key);
}

void live_start(live_client *client)
{
    live_start_with(client, NULL, NULL);
}

void live_check_nothing_left(pid_t server)
{
    int status = 0;

    CHECK(waitpid(server, &status, 0) == server, "brigd ends");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "brigd ends with status %x", status);
    for (;;) {
        pid_t pid = waitpid(-1, &status, WNOHANG);

        if (pid < 0 && errno == ECHILD)
            return;
        CHECK(pid > 0, "a process outlives brigd");
    }
}

void live_flush(live_client *client)
{
    for (;;) {
        brig_span output = brig_conn_output(client->conn);

        if (output.len == 0)
            return;
        ssize_t sent = send(client->fd, output.data, output.len, MSG_NOSIGNAL);
        CHECK(sent > 0 || client->may_be_cut, "brigd reads");
        if (sent <= 0)
            sent = (ssize_t)output.len;
        brig_conn_sent(client->conn, (size_t)sent);
    }
}

bool live_next(live_client *client, brig_event *ret_event)
{
    for (;;) {
        brig_status status = brig_conn_next(client->conn, ret_event);

        live_flush(client);
        if (status == BRIG_OK)
            return true;
        if (status != BRIG_AGAIN)
            return false;
        struct pollfd wait = {.fd = client->fd, .events = POLLIN};
        CHECK(poll(&wait, 1, PATIENCE_MS) == 1, "brigd answers in time");
        brig_room room = brig_conn_room(client->conn);
        ssize_t got = read(client->fd, room.data, room.len);
        if (got <= 0)
            return false;
        brig_conn_filled(client->conn, (size_t)got);
    }
}

static void finish(live_client *client)
{
    live_abandon(client);
    live_check_nothing_left(client->server);
}

void live_take_leave(live_client *client)
{
    brig_event event;

    brig_conn_close(client->conn, BRIG_CLOSE_DONE, "");
    live_flush(client);
    while (live_next(client, &event))
        continue;
    CHECK(brig_conn_is_closed(client->conn), "brigd answers CLOSE by CLOSE");
}

void live_stop(live_client *client)
{
    live_take_leave(client);
    finish(client);
}

void live_vanish(live_client *client)
{
    finish(client);
}

uint64_t live_send(live_client *client, const char *procedure, const brig_buffer *args)
{
    brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text(procedure)};
    uint64_t id = 0;

    if (args != NULL) {
        CHECK(args->fault == BRIG_OK, "the args are packed");
        call.body = brig_buffer_span(args);
    }
    CHECK(brig_conn_send(client->conn, &call, &id) == BRIG_OK, "%s is sent", procedure);
    live_flush(client);
    return id;
}

/* One client tool, `echo {text}`, and one limit. */
uint64_t live_send_open(live_client *client, const char *limit, uint64_t value)
{
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 2);
    brig_pack_cstring(&args, "tools");
    brig_pack_array(&args, 1);
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "name", "echo");
    brig_pack_cstring(&args, "params");
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "type", "object");
    brig_pack_cstring(&args, "properties");
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "text");
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "type", "string");
    brig_pack_cstring(&args, "limits");
    brig_pack_map(&args, 1);
    brig_pack_key_uint(&args, limit, value);
    uint64_t id = live_send(client, "brig.open", &args);
    brig_buffer_done(&args);
    return id;
}

uint64_t live_send_code(live_client *client, const char *code, uint64_t deadline_ms)
{
    brig_buffer args;
    brig_buffer options;
    uint64_t id = 0;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_buffer_init(&options, ARGS_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "code", code);
    brig_pack_map(&options, 1);
    brig_pack_key_uint(&options, "deadline_ms", deadline_ms);
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .name = brig_span_text("brig.eval"),
        .body = brig_buffer_span(&args),
        .extra = brig_buffer_span(&options),
    };
    CHECK(brig_conn_send(client->conn, &call, &id) == BRIG_OK, "brig.eval is sent");
    live_flush(client);
    brig_buffer_done(&options);
    brig_buffer_done(&args);
    return id;
}

uint64_t live_send_cancel(live_client *client, uint64_t id)
{
    brig_buffer args;

    brig_buffer_init(&args, ARGS_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_uint(&args, "id", id);
    uint64_t own = live_send(client, "brig.cancel", &args);
    brig_buffer_done(&args);
    return own;
}

static void copy_text(char *to, size_t to_bytes, brig_span text)
{
    if (text.len > 0)
        (void)snprintf(to, to_bytes, "%.*s", (int)text.len, (const char *)text.data);
}

static void add_output(live_end *end, const char *mark, brig_span bytes)
{
    size_t used = strlen(end->output);
    const char *open = mark[0] == '\0' ? "" : mark[0] == 'r' ? "[" : "<";
    const char *close = mark[0] == '\0' ? "" : mark[0] == 'r' ? "]" : ">";

    end->output_bytes += bytes.len;
    (void)snprintf(end->output + used, sizeof(end->output) - used, "%s%.*s%s", open, (int)bytes.len,
                   (const char *)bytes.data, close);
}

static void take_event(live_end *end, const brig_message *message)
{
    brig_tree *payload = NULL;
    brig_tree *meta = NULL;

    CHECK(message->id == end->id, "events belong to the call that is open");
    CHECK(brig_tree_new(message->body, &payload) == BRIG_OK, "a payload");
    CHECK(brig_tree_new(message->extra, &meta) == BRIG_OK, "a meta");
    bool is_raw = brig_value_get_bool(brig_tree_root(meta), "raw", false);
    bool is_late = brig_value_get_bool(brig_tree_root(meta), "late", false);
    if (brig_span_is(message->name, "stdout"))
        add_output(end, is_late ? "late" : is_raw ? "raw" : "", brig_tree_root(payload)->bytes);
    else if (brig_span_is(message->name, "truncated"))
        end->truncated_count++;
    brig_tree_free(payload);
    brig_tree_free(meta);
}

static void take_terminal(live_end *end, const brig_message *message)
{
    brig_tree *body = NULL;
    brig_tree *extra = NULL;

    end->is_error = message->type == BRIG_MESSAGE_ERROR;
    CHECK(brig_tree_new(message->body, &body) == BRIG_OK, "a body");
    if (!end->is_error)
        CHECK(brig_tree_new(message->extra, &extra) == BRIG_OK, "a meta");
    const brig_value *about = brig_tree_root(end->is_error ? body : extra);
    const brig_value *usage = brig_value_get(about, "usage");
    copy_text(end->code, sizeof(end->code), message->name);
    copy_text(end->text, sizeof(end->text), message->text);
    copy_text(end->reason, sizeof(end->reason), brig_value_get_text(about, "reason", ""));
    copy_text(end->reason, sizeof(end->reason), brig_value_get_text(about, "path", ""));
    copy_text(end->reason, sizeof(end->reason), brig_value_get_text(about, "limit", ""));
    copy_text(end->state, sizeof(end->state), brig_value_get_text(about, "state", ""));
    end->number = brig_value_get_uint(about, "status", brig_value_get_uint(about, "signal", 0));
    end->generation = brig_value_get_uint(about, "generation", 0);
    end->tool_calls = brig_value_get_uint(usage, "tool_calls", 0);
    end->dropped = brig_value_get_uint(brig_value_get(about, "dropped"), "stdout", 0);
    end->has_usage = usage != NULL;
    end->is_omitted = brig_value_is_text(brig_value_get(about, "value"), "omitted");
    if (!end->is_error && brig_tree_root(body)->kind == BRIG_INT)
        end->value = (uint64_t)brig_tree_root(body)->integer;
    copy_text(end->outcome, sizeof(end->outcome),
              brig_value_get_text(brig_tree_root(body), "outcome", ""));
    brig_tree_free(extra);
    brig_tree_free(body);
}

static void send_answer(live_client *client, const brig_message *message)
{
    CHECK(brig_conn_send(client->conn, message, NULL) == BRIG_OK, "an answer is sent");
    live_flush(client);
}

void live_answer(live_client *client, uint64_t id, brig_span value)
{
    send_answer(client, &(brig_message){.type = BRIG_MESSAGE_RESULT, .id = id, .body = value});
}

static void answer(live_client *client, uint64_t id, bool is_error)
{
    static const uint8_t yes[] = {0xc3};
    const brig_message denied = {
        .type = BRIG_MESSAGE_ERROR, .id = id, .name = brig_span_text("denied")};

    if (is_error)
        send_answer(client, &denied);
    else
        live_answer(client, id, (brig_span){yes, sizeof(yes)});
}

/* A CALL of the server. True: the caller wants to know. */
static bool host_call(live_client *client, live_end *end, const brig_message *message,
                      live_hosting hosting)
{
    if (brig_span_is(message->name, "brig.cancel")) {
        end->cancel_count++;
        answer(client, message->id, false);
        return false;
    }
    CHECK(brig_span_is(message->name, "echo"), "only tools of the client are called");
    if (hosting == LIVE_ANSWER || hosting == LIVE_REFUSE)
        answer(client, message->id, hosting == LIVE_REFUSE);
    if (hosting == LIVE_RETURN) {
        copy_text(end->code, sizeof(end->code), brig_span_text("tool_call"));
        end->tool_call_id = message->id;
    }
    return hosting == LIVE_RETURN;
}

live_end live_wait(live_client *client, uint64_t id, live_hosting hosting)
{
    live_end end = {.id = id};
    brig_event event;

    while (live_next(client, &event)) {
        const brig_message *message = &event.message;

        if (event.type != BRIG_EVENT_MESSAGE)
            continue;
        if (message->type == BRIG_MESSAGE_EVENT) {
            take_event(&end, message);
        } else if (message->type == BRIG_MESSAGE_CALL) {
            if (host_call(client, &end, message, hosting))
                return end;
        } else if (message->id == id) {
            take_terminal(&end, message);
            return end;
        }
    }
    CHECK(false, "the connection ended before call %llu", (unsigned long long)id);
    return end;
}
