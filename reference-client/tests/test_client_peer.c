/* SPDX-License-Identifier: MIT */
/* What a client makes of every end a call can have, against a scripted server. */
#include "peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <brig/client.h>

#include "check.h"

static const brig_span nothing = {NULL, 0};

static brig_message answer(const brig_message *call, uint8_t type)
{
    return (brig_message){.type = type, .id = call->id};
}

static void send_error(struct peer *peer, const brig_message *call, const char *code,
                       const char *class_, brig_span data)
{
    brig_message error = answer(call, BRIG_MESSAGE_ERROR);

    error.name = brig_span_text(code);
    error.class_ = brig_span_text(class_);
    error.text = brig_span_text("the peer says so");
    error.body = data;
    (void)peer_send(peer, &error);
}

static void send_result(struct peer *peer, const brig_message *call, int64_t value)
{
    brig_message result = answer(call, BRIG_MESSAGE_RESULT);
    brig_buffer body;

    brig_buffer_init(&body, 64);
    brig_pack_int(&body, value);
    result.body = brig_buffer_span(&body);
    (void)peer_send(peer, &result);
    brig_buffer_done(&body);
}

/* The code call; the brig.open before it stays without an answer. */
static brig_message expect(struct peer *peer)
{
    brig_message call;

    CHECK(peer_expect_call(peer, &call), "the client opens");
    CHECK(peer_expect_call(peer, &call), "the client sends code");
    return call;
}

static void script_result(struct peer *peer)
{
    const brig_message call = expect(peer);

    send_result(peer, &call, 42);
}

static void script_error(struct peer *peer)
{
    const brig_message call = expect(peer);
    brig_buffer data;

    brig_buffer_init(&data, 256);
    brig_pack_map(&data, 2);
    brig_pack_key_text(&data, "state", "lost");
    brig_pack_key_uint(&data, "generation", 7);
    send_error(peer, &call, "crashed", "fix", brig_buffer_span(&data));
    brig_buffer_done(&data);
}

static void script_unknown_error(struct peer *peer)
{
    const brig_message call = expect(peer);

    send_error(peer, &call, "overheated", "retry", nothing);
}

static void script_unknown_class(struct peer *peer)
{
    const brig_message call = expect(peer);

    send_error(peer, &call, "overheated", "weather", nothing);
}

static void script_close(struct peer *peer)
{
    (void)expect(peer);
    peer_close(peer, BRIG_CLOSE_IDLE, "nothing happened for long");
}

static void script_eof(struct peer *peer)
{
    (void)expect(peer);
    (void)close(peer->fd);
    peer->fd = -1;
}

static void script_eof_before_hello(struct peer *peer)
{
    (void)close(peer->fd);
    peer->fd = -1;
}

/* Reads, so that the client is not blocked, and says nothing. */
static void script_silent(struct peer *peer)
{
    uint8_t bytes[512];

    while (recv(peer->fd, bytes, sizeof(bytes), 0) > 0)
        continue;
}

static void script_forged_record(struct peer *peer)
{
    static const uint8_t record[2 + BRIG_LIMIT_RECORD_MIN_BYTES] = {0, BRIG_LIMIT_RECORD_MIN_BYTES};

    (void)expect(peer);
    peer_write(peer, (brig_span){record, sizeof(record)});
}

static void script_events(struct peer *peer)
{
    const brig_message call = expect(peer);
    static const uint8_t bin[] = {0xc4, 2, 'h', 'i'};
    static const uint8_t number[] = {1};
    brig_message event = {.type = BRIG_MESSAGE_EVENT, .id = call.id};

    event.name = brig_span_text("stdout");
    event.body = (brig_span){bin, sizeof(bin)};
    (void)peer_send(peer, &event);
    event.name = brig_span_text("smell"); /* not known */
    (void)peer_send(peer, &event);
    event.name = brig_span_text("warning"); /* not a map */
    event.body = (brig_span){number, sizeof(number)};
    (void)peer_send(peer, &event);
    send_result(peer, &call, 42);
}

/* Calls a tool and ends the code call with what the client answered: its code, or 42. */
static void call_tool(struct peer *peer, const char *tool, uint64_t parent_offset)
{
    const brig_message code = expect(peer);
    brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text(tool)};
    char code_name[64] = "";
    brig_buffer options;
    brig_event event;

    brig_buffer_init(&options, 256);
    brig_pack_map(&options, 2);
    brig_pack_key_uint(&options, "parent", code.id + parent_offset);
    brig_pack_key_uint(&options, "deadline_ms", 5000);
    call.extra = brig_buffer_span(&options);
    (void)peer_send(peer, &call);
    CHECK(peer_next(peer, &event) && event.type == BRIG_EVENT_MESSAGE, "an answer");
    if (event.message.type == BRIG_MESSAGE_RESULT) {
        send_result(peer, &code, 42);
    } else {
        memcpy(code_name, event.message.name.data, event.message.name.len);
        send_error(peer, &code, code_name, "", nothing);
    }
    brig_buffer_done(&options);
}

static void script_tool(struct peer *peer)
{
    call_tool(peer, "listed", 0);
}

static void script_tool_later(struct peer *peer)
{
    call_tool(peer, "slow", 0);
}

static void script_tool_fails(struct peer *peer)
{
    call_tool(peer, "failing", 0);
}

static void script_tool_bad_value(struct peer *peer)
{
    call_tool(peer, "broken", 0);
}

static void script_unlisted_tool(struct peer *peer)
{
    call_tool(peer, "unlisted", 0);
}

static void script_stale_parent(struct peer *peer)
{
    call_tool(peer, "listed", 1);
}

static void script_reserved_name(struct peer *peer)
{
    call_tool(peer, "brig.eval", 0);
}

static void script_input_unwanted(struct peer *peer)
{
    call_tool(peer, "brig.input", 0);
}

static void script_ping(struct peer *peer)
{
    call_tool(peer, "brig.ping", 0);
}

struct peer_case {
    const char *name;
    peer_config peer;
    brig_status status;
    brig_error_code code; /* if status is not BRIG_OK; and the rest of the error */
    const char *class_name;
    const char *text; /* part of the message */
    uint64_t generation;
    size_t notices;
    brig_survival state;
    uint32_t connect_ms;
};

#define SCRIPT(name) .peer = {.key_byte = PEER_KEY_BYTE, .script = script_##name}
#define FAILURE(status_, code_, class_, text_) \
    .status = BRIG_##status_, .code = BRIG_ERROR_##code_, .class_name = (class_), .text = (text_)

static const struct peer_case cases[] = {
    {"a result arrives", SCRIPT(result), .status = BRIG_OK},
    /* ERR-004 */
    {"an error keeps its code, message, state and generation, and has the registry's class",
     SCRIPT(error), FAILURE(FAILED, CRASHED, "lost", "the peer says so"),
     .state = BRIG_SURVIVAL_LOST, .generation = 7},
    /* ERR-002 */
    {"an error that is not in the registry is known by its class", SCRIPT(unknown_error),
     FAILURE(FAILED, COUNT, "retry", "the peer says so")},
    /* ERR-003 */
    {"an error of a class that is not in the registry is a fault", SCRIPT(unknown_class),
     FAILURE(FAILED, COUNT, "fault", "the peer says so")},
    /* CHN-035 */
    {"a CLOSE during a call loses the call and tells why", SCRIPT(close),
     FAILURE(CLOSED, CONNECTION_LOST, "lost", "nothing happened for long")},
    {"an end of the stream without CLOSE is a truncation", SCRIPT(eof),
     FAILURE(TRUNCATED, CONNECTION_LOST, "lost", "without taking leave")},
    {"an end before the greeting hints at the key", SCRIPT(eof_before_hello),
     FAILURE(TRUNCATED, CONNECTION_LOST, "lost", "same key")},
    {"a record that does not decrypt ends the connection", SCRIPT(forged_record),
     FAILURE(AUTH, CONNECTION_LOST, "lost", "authenticate")},
    {"another key gets no answer", .peer = {.key_byte = 1},
     FAILURE(TRUNCATED, CONNECTION_LOST, "lost", "same key")},
    {"a busy server's refusal is told", .peer = {.key_byte = PEER_KEY_BYTE, .refuses = true},
     FAILURE(REFUSED, CONNECTION_LOST, "lost", "no further connection")},
    {"a server that does not greet is given up", SCRIPT(silent),
     FAILURE(UNAVAILABLE, CONNECTION_LOST, "lost", "did not greet"), .connect_ms = 50},
    /* EVT-001 */
    {"events reach the callback; unknown and malformed ones are ignored", SCRIPT(events),
     .status = BRIG_OK, .notices = 1},
    {"a tool is answered at once", SCRIPT(tool), .status = BRIG_OK},
    {"a tool is answered later by another thread", SCRIPT(tool_later), .status = BRIG_OK},
    /* TOL-013 */
    {"a failed tool becomes its error", SCRIPT(tool_fails), FAILURE(FAILED, DENIED, "denied", "")},
    {"a tool's answer that is not one value is an internal error, not a broken session",
     SCRIPT(tool_bad_value), FAILURE(FAILED, INTERNAL, "fault", "")},
    /* TOL-010 */
    {"a tool that was not listed is unknown", SCRIPT(unlisted_tool),
     FAILURE(FAILED, UNKNOWN_TOOL, "fix", "")},
    /* TOL-011 */
    {"a tool call for a code call that is not open is stale", SCRIPT(stale_parent),
     FAILURE(FAILED, STALE, "lost", "")},
    {"a procedure that only a client may call is unknown", SCRIPT(reserved_name),
     FAILURE(FAILED, UNKNOWN_PROCEDURE, "fix", "")},
    {"input that nobody offers is at its end", SCRIPT(input_unwanted), .status = BRIG_OK},
    {"a ping of the server is answered", SCRIPT(ping), .status = BRIG_OK},
};

static void on_notice(void *context, const brig_notice *notice)
{
    size_t *seen = context;

    CHECK(notice->kind == BRIG_EVENT_KIND_STDOUT && brig_span_is(notice->bytes, "hi"), "notice");
    (*seen)++;
}

static const uint8_t encoded_true[] = {0xc3};

static void *answer_later(void *context)
{
    brig_tool_call_answer(context, (brig_span){encoded_true, 1});
    return NULL;
}

static void on_tool(void *context, brig_tool_call *call)
{
    pthread_t *thread = context;

    if (strcmp(brig_tool_call_name(call), "slow") == 0)
        CHECK(pthread_create(thread, NULL, answer_later, call) == 0, "thread");
    else if (strcmp(brig_tool_call_name(call), "failing") == 0)
        brig_tool_call_fail(call, BRIG_ERROR_DENIED, "not you");
    else if (strcmp(brig_tool_call_name(call), "broken") == 0)
        brig_tool_call_answer(call, (brig_span){(const uint8_t *)"\x92", 1});
    else
        brig_tool_call_answer(call, (brig_span){encoded_true, 1});
}

/* Tools are offered by brig.open, whose answer this test does not wait for. */
static void offer_tools(brig_client *client, pthread_t *thread)
{
    const brig_tool tools[] = {
        {.name = "listed", .handler = on_tool, .context = thread},
        {.name = "slow", .handler = on_tool, .context = thread},
        {.name = "failing", .handler = on_tool, .context = thread},
        {.name = "broken", .handler = on_tool, .context = thread},
    };
    const brig_open open = {.tools = tools, .tool_count = 4};

    CHECK(brig_client_begin_open(client, &open, NULL, NULL) == BRIG_OK, "open");
}

static void check_end(const struct peer_case *c, const brig_client *client, brig_status status,
                      const brig_result *result)
{
    const brig_error *error = brig_client_error(client);

    CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
    if (status == BRIG_OK) {
        CHECK(result->value->kind == BRIG_INT && result->value->integer == 42, "%s", c->name);
        return;
    }
    CHECK(error->status == c->status, "%s: %s", c->name, brig_status_name(error->status));
    CHECK(error->code == c->code, "%s: %s", c->name, error->code_name);
    CHECK(strcmp(error->class_name, c->class_name) == 0, "%s: %s", c->name, error->class_name);
    CHECK(strstr(error->message, c->text) != NULL, "%s: %s", c->name, error->message);
    CHECK(error->state == c->state, "%s: %d", c->name, error->state);
    CHECK(error->generation == c->generation, "%s", c->name);
}

static void run_case(const struct peer_case *c)
{
    size_t notices = 0;
    pthread_t thread = 0;
    const brig_client_config config = {
        .on_notice = on_notice, .context = &notices, .connect_ms = c->connect_ms};
    const brig_eval eval = {.code = "1"};
    uint8_t key[BRIG_KEY_BYTES];
    brig_result result = {NULL, NULL};
    brig_client *client;
    struct peer peer;
    brig_status status;

    memset(key, PEER_KEY_BYTE, sizeof(key));
    CHECK(brig_client_new(&config, &client) == BRIG_OK, "%s", c->name);
    CHECK(brig_client_adopt(client, peer_start(&peer, &c->peer), key) == BRIG_OK, "%s", c->name);
    offer_tools(client, &thread);
    status = brig_client_eval(client, &eval, &result);
    check_end(c, client, status, &result);
    CHECK(notices == c->notices, "%s: %zu notices", c->name, notices);
    (void)brig_client_close(client);
    brig_client_free(client);
    if (thread != 0)
        CHECK(pthread_join(thread, NULL) == 0, "%s", c->name);
    peer_join(&peer);
}

/* A handler of its own thread may be slower than everything else. */
static void on_kept(void *context, brig_tool_call *call)
{
    brig_tool_call **kept = context;

    *kept = call;
}

/* The code call that calls `kept`, which nobody answers for the time being. */
static brig_message call_kept(struct peer *peer)
{
    const brig_message code = expect(peer);
    brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("kept")};
    brig_buffer options;

    brig_buffer_init(&options, 256);
    brig_pack_map(&options, 1);
    brig_pack_key_uint(&options, "parent", code.id);
    call.extra = brig_buffer_span(&options);
    (void)peer_send(peer, &call);
    brig_buffer_done(&options);
    return code;
}

static void script_tool_and_leave(struct peer *peer)
{
    (void)call_kept(peer);
    peer_close(peer, BRIG_CLOSE_SHUTDOWN, "going down");
}

static void script_tool_and_end(struct peer *peer)
{
    const brig_message code = call_kept(peer);
    brig_event event;

    send_result(peer, &code, 42);
    CHECK(peer_next(peer, &event) && event.message.type == BRIG_MESSAGE_RESULT, "a late answer");
}

/* A client whose code call has called `kept` and has ended like this. */
static brig_client *keep_a_call(void (*script)(struct peer *peer), struct peer *peer,
                                brig_status end, brig_tool_call **ret_kept)
{
    const peer_config scripted = {.key_byte = PEER_KEY_BYTE, .script = script};
    const brig_client_config config = {.on_notice = NULL};
    const brig_eval eval = {.code = "kept()"};
    const brig_tool tool = {.name = "kept", .handler = on_kept, .context = ret_kept};
    const brig_open open = {.tools = &tool, .tool_count = 1};
    uint8_t key[BRIG_KEY_BYTES];
    brig_client *client;

    memset(key, PEER_KEY_BYTE, sizeof(key));
    CHECK(brig_client_new(&config, &client) == BRIG_OK, "client");
    CHECK(brig_client_adopt(client, peer_start(peer, &scripted), key) == BRIG_OK, "adopt");
    CHECK(brig_client_begin_open(client, &open, NULL, NULL) == BRIG_OK, "open");
    CHECK(brig_client_eval(client, &eval, NULL) == end, "%s", brig_client_error(client)->message);
    return client;
}

static void test_answer_after_the_code(void)
{
    static const char name[] = "nobody waits for a tool call whose code call has ended";
    brig_tool_call *kept = NULL;
    struct peer peer;
    brig_client *client = keep_a_call(script_tool_and_end, &peer, BRIG_OK, &kept);

    CHECK(kept != NULL && brig_tool_call_is_cancelled(kept), "%s", name);
    brig_tool_call_answer(kept, (brig_span){encoded_true, 1});
    CHECK(brig_client_process(client) == BRIG_OK, "%s", name);
    (void)brig_client_close(client);
    brig_client_free(client);
    peer_join(&peer);
}

static void test_answer_after_the_end(void)
{
    static const char name[] = "a tool call may be answered after its client is gone";
    brig_tool_call *kept = NULL;
    struct peer peer;
    brig_client *client = keep_a_call(script_tool_and_leave, &peer, BRIG_CLOSED, &kept);

    CHECK(kept != NULL && brig_tool_call_is_cancelled(kept), "%s", name);
    brig_client_free(client);
    brig_tool_call_answer(kept, (brig_span){encoded_true, 1});
    peer_join(&peer);
}

static void test_misuse(void)
{
    const brig_client_config config = {.max_message_bytes = 0};
    const brig_client_config small = {.max_message_bytes = 100};
    const brig_address half = {.socket_path = "somewhere"};
    const brig_eval eval = {.code = "1"};
    brig_client *client;

    CHECK(brig_client_new(&small, &client) == BRIG_ARGUMENT, "a message holds at least one record");
    CHECK(brig_client_new(&config, &client) == BRIG_OK, "client");
    CHECK(brig_client_eval(client, &eval, NULL) == BRIG_STATE, "code before a connection");
    CHECK(brig_client_connect(client, &half) == BRIG_ARGUMENT, "an address without a key");
    CHECK(brig_client_ping(client) == BRIG_STATE, "a call after a failed connect");
    brig_client_free(client);
    brig_client_free(NULL);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(&cases[i]);
    test_answer_after_the_code();
    test_answer_after_the_end();
    test_misuse();
    return EXIT_SUCCESS;
}
