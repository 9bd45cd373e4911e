/* SPDX-License-Identifier: MIT */
/* A worker program whose engine does what its code says, breaches included: code is lines of
 * commands (see the table at the end). It makes every rule of brigd about workers observable. */
#include "scripted_engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <brig/link.h>
#include <brig/pack.h>

#include "engine.h"
#include "template.h"

enum { BUFFER_BYTES = 33554432, LINE_BYTES = 4096, NAME_BYTES = 300 };

static brig_link *channel;
static uint64_t call_id;       /* of the server's call */
static uint64_t own_id;        /* of ours */
static unsigned call_count;    /* the state that a lost worker loses */
static char later[LINE_BYTES]; /* raw output for after the terminal */
static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

void scripted_write(brig_span octets)
{
    while (octets.len > 0) {
        ssize_t sent = write(BRIG_WORKER_FD, octets.data, octets.len);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            _exit(0);
        octets = (brig_span){octets.data + sent, octets.len - (size_t)sent};
    }
}

void scripted_send(const brig_message *message)
{
    if (brig_link_send(channel, message) != BRIG_OK)
        _exit(99);
    brig_span output = brig_link_output(channel);
    scripted_write(output);
    brig_link_sent(channel, output.len);
}

uint64_t scripted_call_id(void)
{
    return call_id;
}

uint64_t scripted_next_id(void)
{
    return ++own_id;
}

/* The next message; BRIG_AGAIN when an interrupt came first. The end of the link is the end. */
static brig_status receive(brig_message *ret_message)
{
    for (;;) {
        brig_status status = brig_link_next(channel, ret_message);

        if (status == BRIG_OK)
            return BRIG_OK;
        brig_room room = brig_link_room(channel);
        ssize_t got = read(BRIG_WORKER_FD, room.data, room.len);
        if (got < 0 && errno == EINTR && is_interrupted)
            return BRIG_AGAIN;
        if (got <= 0)
            _exit(0);
        brig_link_filled(channel, (size_t)got);
    }
}

static void send_event(const char *kind, const char *text)
{
    brig_buffer payload;

    brig_buffer_init(&payload, BUFFER_BYTES);
    brig_pack_bin(&payload, brig_span_text(text));
    brig_message event = {
        .type = BRIG_MESSAGE_EVENT,
        .id = call_id,
        .name = brig_span_text(kind),
        .body = brig_buffer_span(&payload),
    };
    scripted_send(&event);
    brig_buffer_done(&payload);
}

static void send_result(uint64_t id, brig_span value, brig_span meta)
{
    brig_message result = {.type = BRIG_MESSAGE_RESULT, .id = id, .body = value, .extra = meta};

    scripted_send(&result);
}

static void send_count(uint64_t id)
{
    brig_buffer value;

    brig_buffer_init(&value, LINE_BYTES);
    brig_pack_uint(&value, call_count);
    send_result(id, brig_buffer_span(&value), (brig_span){NULL, 0});
    brig_buffer_done(&value);
}

void scripted_send_count(void)
{
    send_count(call_id);
}

static void send_error(const char *code)
{
    brig_message error = {
        .type = BRIG_MESSAGE_ERROR,
        .id = call_id,
        .name = brig_span_text(code),
        .text = brig_span_text("as the code said"),
    };

    scripted_send(&error);
}

/* Commands: true if the call has had its terminal. */

static bool do_say(const char *text)
{
    send_event("stdout", text);
    return false;
}

static bool do_raw(const char *text)
{
    return write(STDOUT_FILENO, text, strlen(text)) < 0;
}

static bool do_later(const char *text)
{
    (void)snprintf(later, sizeof(later), "%s", text);
    return false;
}

static bool do_flood(const char *count)
{
    char text[1001];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (long i = strtol(count, NULL, 10); i > 0; i--)
        send_event("stdout", text);
    return false;
}

/* Does an ERROR say more than `path`, which is the server's own? */
static bool is_told_more(const brig_message *error)
{
    brig_tree *data = NULL;

    if (brig_tree_new(error->body, &data) != BRIG_OK)
        _exit(93);
    bool is_more = brig_tree_root(data)->map.count >
                   (brig_value_get(brig_tree_root(data), "path") != NULL ? 1 : 0);
    brig_tree_free(data);
    return is_more;
}

bool scripted_await_tool(void)
{
    brig_message message;
    char text[NAME_BYTES];

    if (receive(&message) != BRIG_OK) {
        send_error("cancelled");
        return true;
    }
    if (message.type == BRIG_MESSAGE_RESULT)
        (void)snprintf(text, sizeof(text), "tool: result\n");
    else
        (void)snprintf(text, sizeof(text), "tool: %.*s%s\n", (int)message.name.len,
                       (const char *)message.name.data, is_told_more(&message) ? " and more" : "");
    send_event("stdout", text);
    return false;
}

/* Call a tool with {text: "hello"}, wait for its end, print what it was. */
static bool do_tool(const char *name)
{
    brig_buffer args;

    brig_buffer_init(&args, LINE_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "text", "hello");
    brig_message call = {
        .type = BRIG_MESSAGE_CALL,
        .id = ++own_id,
        .name = brig_span_text(name),
        .body = brig_buffer_span(&args),
    };
    scripted_send(&call);
    brig_buffer_done(&args);
    return scripted_await_tool();
}

static bool do_spin(const char *unused)
{
    (void)unused;
    while (!is_interrupted)
        (void)usleep(1000);
    send_error("cancelled");
    return true;
}

static bool do_burn(const char *unused)
{
    (void)unused;
    while (!is_interrupted)
        continue;
    send_error("cancelled");
    return true;
}

_Noreturn void scripted_be_deaf(void)
{
    for (;;)
        (void)pause();
}

static bool do_deaf(const char *unused)
{
    (void)unused;
    scripted_be_deaf();
}

static bool do_exit(const char *status)
{
    _exit((int)strtol(status, NULL, 10));
}

static bool do_signal(const char *number)
{
    (void)signal((int)strtol(number, NULL, 10), SIG_DFL);
    (void)raise((int)strtol(number, NULL, 10));
    return false;
}

static bool do_fail(const char *code)
{
    send_error(code);
    return true;
}

static bool do_forge(const char *unused)
{
    (void)unused;
    send_count(call_id + 1);
    return false;
}

static bool do_twice(const char *unused)
{
    (void)unused;
    send_count(call_id);
    send_count(call_id);
    return true;
}

static bool do_claim(const char *unused)
{
    static const uint8_t meta[] = {0x81, 0xa5, 'u', 's', 'a', 'g', 'e', 0x80};
    static const uint8_t nil[] = {0xc0};

    (void)unused;
    send_result(call_id, (brig_span){nil, sizeof(nil)}, (brig_span){meta, sizeof(meta)});
    return true;
}

static bool do_garbage(const char *unused)
{
    static const uint8_t bytes[] = {0, 0, 0, 3, 0xc1, 0xc1, 0xc1};

    (void)unused;
    return write(BRIG_WORKER_FD, bytes, sizeof(bytes)) < 0;
}

static bool do_mute(const char *unused)
{
    (void)close(BRIG_WORKER_FD);
    return do_deaf(unused);
}

static bool do_big(const char *size)
{
    size_t len = (size_t)strtoul(size, NULL, 10);
    uint8_t *bytes = calloc(1, len);
    brig_buffer value;

    brig_buffer_init(&value, BUFFER_BYTES);
    brig_pack_bin(&value, (brig_span){bytes, len});
    send_result(call_id, brig_buffer_span(&value), (brig_span){NULL, 0});
    brig_buffer_done(&value);
    free(bytes);
    return true;
}

/* Refused, and told as a violation. */
static bool do_socket(const char *unused)
{
    (void)unused;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static const scripted_command commands[] = {
    {"say", do_say},       {"raw", do_raw},     {"later", do_later},
    {"flood", do_flood},   {"tool", do_tool},   {"spin", do_spin},
    {"burn", do_burn},     {"deaf", do_deaf},   {"exit", do_exit},
    {"signal", do_signal}, {"fail", do_fail},   {"forge", do_forge},
    {"twice", do_twice},   {"claim", do_claim}, {"garbage", do_garbage},
    {"mute", do_mute},     {"big", do_big},     {"socket", do_socket},
    {NULL, NULL},
};

static const scripted_command *find_command(const scripted_command *table, const char *name)
{
    while (table->name != NULL && strcmp(table->name, name) != 0)
        table++;
    return table->name == NULL ? NULL : table;
}

static bool run_line(char *line)
{
    char *argument = strchr(line, ' ');

    if (argument != NULL)
        *argument++ = '\0';
    const scripted_command *command = find_command(commands, line);
    if (command == NULL)
        command = find_command(scripted_hostile_commands, line);
    if (command == NULL)
        command = find_command(scripted_mutation_commands, line);
    if (command == NULL && line[0] != '\0')
        _exit(94); /* a test that does not test what it says */
    return command != NULL && command->act(argument != NULL ? argument : "");
}

/* Lines one after another; true if the call has had its terminal. */
static bool run_lines(brig_span code)
{
    char line[LINE_BYTES];
    bool is_ended = false;

    while (code.len > 0 && !is_ended) {
        const uint8_t *end = memchr(code.data, '\n', code.len);
        size_t len = end == NULL ? code.len : (size_t)(end - code.data);

        (void)snprintf(line, sizeof(line), "%.*s", (int)len, (const char *)code.data);
        is_ended = run_line(line);
        len += end == NULL ? 0 : 1;
        code = (brig_span){code.data + len, code.len - len};
    }
    return is_ended;
}

/* The value is how many calls this worker has had. */
static void run_code(const brig_value *args)
{
    call_count++;
    if (!run_lines(brig_value_get_text(args, "code", "")))
        send_count(call_id);
    (void)do_raw(later);
    later[0] = '\0';
}

/* The sources of sandbox tools are commands too. */
static void run_open(const brig_value *args)
{
    const brig_value *tools = brig_value_get(args, "tools");
    size_t count = tools == NULL ? 0 : tools->array.count;
    bool is_ended = false;

    for (size_t i = 0; i < count && !is_ended; i++)
        is_ended = run_lines(brig_value_get_text(&tools->array.items[i], "code", ""));
    if (!is_ended)
        send_count(call_id);
}

static void serve_call(const brig_message *message)
{
    brig_tree *args = NULL;

    if (message->type != BRIG_MESSAGE_CALL) /* an answer that came too late */
        return;
    call_id = message->id;
    is_interrupted = 0;
    if (brig_tree_new(message->body, &args) != BRIG_OK)
        _exit(98);
    if (brig_span_is(message->name, "brig.eval"))
        run_code(brig_tree_root(args));
    else if (brig_span_is(message->name, "brig.open"))
        run_open(brig_tree_root(args));
    else
        send_count(call_id);
    brig_tree_free(args);
}

static brig_status start(const brig_value *configure, char *error, size_t error_bytes)
{
    (void)configure;
    (void)error;
    (void)error_bytes;
    return BRIG_OK;
}

static void describe(brig_buffer *to)
{
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "name", "r");
    brig_pack_key_text(to, "version", "scripted");
}

static void run(void)
{
    const brig_link_config config = {BUFFER_BYTES, BUFFER_BYTES};
    const struct sigaction action = {.sa_handler = on_interrupt}; /* without SA_RESTART */
    brig_buffer about;

    if (brig_link_new(&config, &channel) != BRIG_OK || sigaction(SIGINT, &action, NULL) != 0)
        _exit(97);
    brig_buffer_init(&about, LINE_BYTES);
    brig_pack_map(&about, 1);
    brig_pack_key_text(&about, "software", "scripted");
    brig_message hello = {.type = BRIG_MESSAGE_HELLO, .body = brig_buffer_span(&about)};
    scripted_send(&hello);
    brig_buffer_done(&about);
    for (;;) {
        brig_message message;

        if (receive(&message) == BRIG_OK)
            serve_call(&message);
        is_interrupted = 0;
    }
}

static const brig_engine scripted = {.name = "r", .start = start, .describe = describe, .run = run};
static const brig_engine *const engines[] = {&scripted, NULL};

int main(void)
{
    return brig_template_main(engines);
}
