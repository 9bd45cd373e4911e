/* SPDX-License-Identifier: MIT */
/*
 * brig_conformance_client: does the task that the suite names, with libbrig's public interface
 * alone, and tells in a line of JSON for each step what came of it (conformance/README.md).
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "client_tools.h"
#include "json_value.h"

enum { EXIT_UNSUPPORTED = 127, LARGE_BYTES = 100000, OUTPUT_BYTES = 16 * 1024 * 1024 };

typedef struct driver {
    brig_client *client;
    client_tools tools;
    brig_buffer output; /* standard output of the code */
    brig_buffer kept;   /* the value of a code call, encoded */
    uint64_t running;   /* the code call that is cancelled at its first output; 0: none */
    bool is_done;       /* the step's call has ended */
} driver;

/* ------------------------------------------------------------------------------------------ */
/* What is told                                                                                 */

static json_t *error_of(const brig_error *error)
{
    static const char *const states[] = {[BRIG_SURVIVAL_UNSAID] = NULL,
                                         [BRIG_SURVIVAL_KEPT] = "kept",
                                         [BRIG_SURVIVAL_LOST] = "lost"};

    return json_pack("{s:s, s:s, s:o, s:s?}", "code",
                     *error->code_name != '\0' ? error->code_name : brig_status_name(error->status),
                     "class", error->class_name, "message",
                     brig_json_text(brig_span_text(error->message)), "state", states[error->state]);
}

static void print(json_t *line)
{
    brig_json_print(line);
    (void)fflush(stdout);
    json_decref(line);
}

/* A step has ended: with a value, or with an error. */
static void tell(driver *self, const char *step, const brig_value *value, const brig_error *error)
{
    json_t *line = json_pack("{s:s, s:o}", "did", step, "output",
                             brig_json_text(brig_buffer_span(&self->output)));

    if (error == NULL)
        (void)json_object_set_new(line, "value", brig_json_of(value));
    else
        (void)json_object_set_new(line, "error", error_of(error));
    print(line);
    brig_buffer_clear(&self->output);
}

static const char *end_name(brig_status status)
{
    switch (status) {
    case BRIG_CLOSED:
        return "closed";
    case BRIG_TRUNCATED:
        return "truncated";
    case BRIG_AUTH:
        return "not_authenticated";
    case BRIG_REFUSED:
        return "refused";
    case BRIG_UNAVAILABLE:
        return "timeout";
    default:
        return "faulted";
    }
}

static void tell_end(const driver *self, const char *end)
{
    print(json_pack("{s:s, s:o}", "end", end, "reason",
                    brig_json_text(brig_span_text(brig_client_error(self->client)->message))));
}

/* ------------------------------------------------------------------------------------------ */
/* Steps                                                                                        */

static void on_notice(void *context, const brig_notice *notice)
{
    driver *self = context;

    if (notice->kind != BRIG_EVENT_KIND_STDOUT)
        return;
    brig_buffer_append(&self->output, notice->bytes);
    if (self->running == notice->call_id)
        (void)brig_client_begin_cancel(self->client, self->running, NULL);
    self->running = 0;
}

static void on_opened(void *context, const brig_outcome *outcome)
{
    driver *self = context;

    self->is_done = true;
    tell(self, "open", outcome->result.value, outcome->error);
}

static void on_evaluated(void *context, const brig_outcome *outcome)
{
    driver *self = context;

    self->is_done = true;
    tell(self, "eval", outcome->result.value, outcome->error);
    brig_buffer_clear(&self->kept);
    if (outcome->error == NULL)
        brig_buffer_append(&self->kept, outcome->result.value->encoded);
}

static int shorter(int one, int other)
{
    if (one < 0 || other < 0)
        return one < 0 ? other : one;
    return one < other ? one : other;
}

/* Once around the loop. BRIG_OK while the connection stands. */
static brig_status turn(driver *self)
{
    const unsigned wanted = brig_client_wanted(self->client);
    struct pollfd fds[2] = {
        {.fd = brig_client_fd(self->client), .events = wanted & BRIG_WANT_READ ? POLLIN : 0},
        {.fd = brig_client_wake_fd(self->client), .events = POLLIN}};
    brig_status status;

    if (wanted & BRIG_WANT_WRITE)
        fds[0].events |= POLLOUT;
    (void)poll(
        fds, 2,
        shorter(brig_client_timeout_ms(self->client), client_tools_timeout_ms(&self->tools)));
    status = brig_client_process(self->client);
    client_tools_answer_due(&self->tools);
    return status;
}

/* Until the step's call has ended. */
static brig_status finish(driver *self)
{
    brig_status status = BRIG_OK;

    while (status == BRIG_OK && !self->is_done)
        status = turn(self);
    return status;
}

static brig_status begin_open(driver *self)
{
    const brig_open open = {.tools = self->tools.tools, .tool_count = CLIENT_TOOLS};
    const brig_completion completion = {.done = on_opened, .context = self};

    self->is_done = false;
    return brig_client_begin_open(self->client, &open, &completion, NULL);
}

static brig_status open_session(driver *self)
{
    const brig_status status = begin_open(self);

    return status == BRIG_OK ? finish(self) : status;
}

static brig_status evaluate(driver *self, const char *code, brig_span args)
{
    const brig_eval eval = {.code = code, .args = args};
    const brig_completion completion = {.done = on_evaluated, .context = self};
    uint64_t id = 0;
    brig_status status;

    self->is_done = false;
    status = brig_client_begin_eval(self->client, &eval, &completion, &id);
    if (self->running != 0)
        self->running = id;
    return status == BRIG_OK ? finish(self) : status;
}

/* ------------------------------------------------------------------------------------------ */
/* Tasks                                                                                        */

static const brig_span nothing = {NULL, 0};

static brig_status task_eval(driver *self)
{
    const brig_status status = open_session(self);

    return status == BRIG_OK ? evaluate(self, "the code", nothing) : status;
}

static brig_status task_twice(driver *self)
{
    brig_status status = open_session(self);

    if (status == BRIG_OK)
        status = evaluate(self, "first", nothing);
    return status == BRIG_OK ? evaluate(self, "second", nothing) : status;
}

static brig_status task_back(driver *self)
{
    brig_status status = open_session(self);
    brig_buffer args;

    if (status == BRIG_OK)
        status = evaluate(self, "first", nothing);
    if (status != BRIG_OK || self->kept.len == 0)
        return status;
    brig_buffer_init(&args, BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "x");
    brig_pack_raw(&args, brig_buffer_span(&self->kept));
    status = evaluate(self, "second", brig_buffer_span(&args));
    brig_buffer_done(&args);
    return status;
}

static brig_status task_cancel(driver *self)
{
    self->running = UINT64_MAX; /* until the call has its id */
    return task_eval(self);
}

/* Code that fits no single record, as soon as the library takes it, and not behind an answer. */
static brig_status task_large(driver *self)
{
    char *code = malloc(LARGE_BYTES + 1);
    const brig_eval eval = {.code = code};
    brig_result result = {NULL, NULL};
    brig_status status = BRIG_NO_MEMORY;

    if (code == NULL)
        return status;
    memset(code, '#', LARGE_BYTES);
    code[LARGE_BYTES] = '\0';
    status = begin_open(self);
    if (status == BRIG_OK) {
        status = brig_client_eval(self->client, &eval, &result);
        tell(self, "eval", result.value,
             status == BRIG_OK ? NULL : brig_client_error(self->client));
    }
    free(code);
    /* The connection stands after an ERROR, and after a call that is above what the server takes. */
    return status == BRIG_FAILED || status == BRIG_TOO_LARGE ? BRIG_OK : status;
}

static brig_status task_wait(driver *self)
{
    brig_status status = open_session(self);

    while (status == BRIG_OK)
        status = turn(self);
    return status;
}

static const struct {
    const char *name;
    brig_status (*run)(driver *self);
} tasks[] = {
    {"eval", task_eval},     {"twice", task_twice}, {"back", task_back},
    {"cancel", task_cancel}, {"large", task_large}, {"wait", task_wait},
};

/* Leave regularly, if that is still to be done. */
static brig_status leave(driver *self)
{
    brig_status status = BRIG_OK;

    brig_client_begin_close(self->client);
    while (status == BRIG_OK)
        status = turn(self);
    return status;
}

static void run(driver *self, const brig_address *address, brig_status (*task)(driver *self))
{
    brig_status status = brig_client_connect(self->client, address);

    if (status != BRIG_OK) {
        tell_end(self, "not_connected");
        return;
    }
    status = task(self);
    if (status == BRIG_OK)
        status = leave(self);
    tell_end(self, end_name(status));
}

int main(void)
{
    driver self = {.client = NULL};
    const brig_client_config config = {.on_notice = on_notice, .context = &self};
    const char *name = getenv("BRIG_CONFORMANCE_CASE");
    brig_address address = {.socket_path = getenv("BRIG_CONFORMANCE_SOCKET"),
                            .key_file = getenv("BRIG_CONFORMANCE_KEY_FILE"),
                            .server_public_file = getenv("BRIG_CONFORMANCE_SERVER_PUBLIC_FILE")};
    size_t i = 0;

    while (name != NULL && i < sizeof(tasks) / sizeof(tasks[0]) && strcmp(tasks[i].name, name) != 0)
        i++;
    if (name == NULL || i == sizeof(tasks) / sizeof(tasks[0]))
        return EXIT_UNSUPPORTED;
    if (address.server_public_file != NULL)
        address.suite = BRIG_SUITE_KEYED;
    if (brig_client_new(&config, &self.client) != BRIG_OK)
        return EXIT_FAILURE;
    client_tools_init(&self.tools);
    brig_buffer_init(&self.output, OUTPUT_BYTES);
    brig_buffer_init(&self.kept, BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES);
    run(&self, &address, tasks[i].run);
    brig_client_free(self.client);
    client_tools_answer_all(&self.tools);
    brig_buffer_done(&self.output);
    brig_buffer_done(&self.kept);
    return EXIT_SUCCESS;
}
