/* SPDX-License-Identifier: MIT */
/*
 * actor SOCKET KEY-FILE: one session led step by step, with tools that this program hosts. Reads a
 * step of JSON a line, answers with a line. Uses the public interface of libbrig alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor_tools.h"
#include "json_value.h"

enum { MAX_LIMITS = 24, OUTPUT_BYTES = 64 * 1024 * 1024 };

typedef struct actor {
    brig_client *client;
    actor_tools tools;
    brig_buffer stdout_bytes;
    brig_buffer stderr_bytes;
    json_t *events; /* {kind: [payload]} */
    bool interrupts_at_output;
} actor;

static void on_notice(void *context, const brig_notice *notice)
{
    static const char *const lists[BRIG_EVENT_KIND_COUNT] = {
        [BRIG_EVENT_KIND_MESSAGE] = "messages",    [BRIG_EVENT_KIND_WARNING] = "warnings",
        [BRIG_EVENT_KIND_PROGRESS] = "progress",   [BRIG_EVENT_KIND_VIOLATION] = "violations",
        [BRIG_EVENT_KIND_TRUNCATED] = "truncated", [BRIG_EVENT_KIND_DISPLAY] = "displays",
    };
    actor *self = context;

    if (notice->kind == BRIG_EVENT_KIND_STDOUT) {
        brig_buffer_append(&self->stdout_bytes, notice->bytes);
        if (self->interrupts_at_output)
            brig_client_interrupt(self->client);
        self->interrupts_at_output = false;
    } else if (notice->kind == BRIG_EVENT_KIND_STDERR) {
        brig_buffer_append(&self->stderr_bytes, notice->bytes);
    } else {
        (void)json_array_append_new(json_object_get(self->events, lists[notice->kind]),
                                    brig_json_of(notice->payload));
    }
}

static void forget(actor *self)
{
    brig_buffer_clear(&self->stdout_bytes);
    brig_buffer_clear(&self->stderr_bytes);
    json_decref(self->events);
    self->events = json_pack("{s:[], s:[], s:[], s:[], s:[], s:[]}", "messages", "warnings",
                             "violations", "truncated", "progress", "displays");
    (void)json_array_clear(self->tools.calls);
}

static json_t *error_of(brig_client *client)
{
    static const char *const states[] = {[BRIG_SURVIVAL_UNSAID] = NULL,
                                         [BRIG_SURVIVAL_KEPT] = "kept",
                                         [BRIG_SURVIVAL_LOST] = "lost"};
    const brig_error *error = brig_client_error(client);

    return json_pack("{s:s, s:s, s:o, s:s?, s:o}", "code",
                     *error->code_name != '\0' ? error->code_name : brig_status_name(error->status),
                     "class", error->class_name, "message",
                     brig_json_text(brig_span_text(error->message)), "state", states[error->state],
                     "data", brig_json_of(error->data));
}

/* One line: what the step came to. Takes value over. */
static void answer(actor *self, brig_status status, json_t *value)
{
    json_t *object = json_pack("{s:o, s:o, s:O, s:O}", "value", value, "error",
                               status == BRIG_OK ? json_null() : error_of(self->client), "output",
                               self->events, "calls", self->tools.calls);

    (void)json_object_set_new(self->events, "stdout",
                              brig_json_text(brig_buffer_span(&self->stdout_bytes)));
    (void)json_object_set_new(self->events, "stderr",
                              brig_json_text(brig_buffer_span(&self->stderr_bytes)));
    brig_json_print(object);
    (void)fflush(stdout);
    json_decref(object);
}

static void answer_result(actor *self, brig_status status, const brig_result *result)
{
    answer(self, status, status == BRIG_OK ? brig_json_of(result->value) : json_null());
}

/* {name: value} as what an open call wants. */
static size_t read_limits(json_t *from, brig_limit limits[MAX_LIMITS])
{
    const char *name;
    json_t *value;
    size_t count = 0;

    json_object_foreach(from, name, value)
    {
        if (count < MAX_LIMITS)
            limits[count++] =
                (brig_limit){.name = name, .value = (uint64_t)json_integer_value(value)};
    }
    return count;
}

static size_t read_settings(json_t *from, brig_setting settings[MAX_LIMITS])
{
    const char *name;
    json_t *value;
    size_t count = 0;

    json_object_foreach(from, name, value)
    {
        if (count < MAX_LIMITS)
            settings[count++] = (brig_setting){.name = name, .value = json_string_value(value)};
    }
    return count;
}

/* The code reads lines, as many as it likes. */
static void on_input(void *context, brig_tool_call *call)
{
    brig_buffer text;

    (void)context;
    brig_buffer_init(&text, 64);
    brig_pack_cstring(&text, "a line of input");
    brig_tool_call_answer(call, brig_buffer_span(&text));
    brig_buffer_done(&text);
}

static void do_open(actor *self, json_t *step)
{
    brig_limit limits[MAX_LIMITS];
    brig_setting env[MAX_LIMITS];
    brig_open open = {.profile = json_string_value(json_object_get(step, "profile")),
                      .limits = limits,
                      .env = env,
                      .tools = self->tools.tools,
                      .on_input = json_object_get(step, "stdin") != NULL ? on_input : NULL};
    brig_result result;
    brig_status status = BRIG_ARGUMENT;

    open.limit_count = read_limits(json_object_get(step, "limits"), limits);
    open.env_count = read_settings(json_object_get(step, "env"), env);
    if (actor_tools_read(&self->tools, json_object_get(step, "tools"))) {
        open.tool_count = self->tools.count;
        status = brig_client_open(self->client, &open, &result);
    }
    answer_result(self, status, &result);
}

static void do_eval(actor *self, json_t *step)
{
    const brig_eval eval = {.code = json_string_value(json_object_get(step, "code")),
                            .tool = json_string_value(json_object_get(step, "tool")),
                            .form = BRIG_FORM_PLAIN,
                            .deadline_ms =
                                (uint64_t)json_integer_value(json_object_get(step, "deadline_ms"))};
    brig_result result;
    brig_status status;

    self->interrupts_at_output = json_is_true(json_object_get(step, "interrupt_at_output"));
    status = eval.tool == NULL ? brig_client_eval(self->client, &eval, &result)
                               : brig_client_call(self->client, &eval, &result);
    answer_result(self, status, &result);
    actor_tools_release(&self->tools);
}

static void do_reset(actor *self, json_t *step)
{
    brig_result result;
    brig_status status = brig_client_reset(self->client, &result);

    (void)step;
    answer_result(self, status, &result);
}

static void do_put(actor *self, json_t *step)
{
    const char *data = json_string_value(json_object_get(step, "data"));
    brig_status status =
        brig_client_put(self->client, json_string_value(json_object_get(step, "path")),
                        brig_span_text(data == NULL ? "" : data));

    answer(self, status, json_null());
}

static void do_get(actor *self, json_t *step)
{
    brig_buffer data;
    brig_status status;

    brig_buffer_init(&data, OUTPUT_BYTES);
    status = brig_client_get(self->client, json_string_value(json_object_get(step, "path")), &data);
    answer(self, status, brig_json_text(brig_buffer_span(&data)));
    brig_buffer_done(&data);
}

static void do_list(actor *self, json_t *step)
{
    brig_result result;
    brig_status status =
        brig_client_list(self->client, json_string_value(json_object_get(step, "path")), &result);

    answer_result(self, status, &result);
}

static const struct {
    const char *name;
    void (*run)(actor *self, json_t *step);
} steps[] = {
    {"open", do_open}, {"eval", do_eval}, {"reset", do_reset},
    {"put", do_put},   {"get", do_get},   {"list", do_list},
};

static bool take_step(actor *self, const char *line)
{
    json_t *step = json_loads(line, 0, NULL);
    const char *name = json_string_value(json_object_get(step, "do"));
    size_t i = 0;

    while (name != NULL && i < sizeof(steps) / sizeof(steps[0]) && strcmp(steps[i].name, name) != 0)
        i++;
    if (name == NULL || i == sizeof(steps) / sizeof(steps[0])) {
        (void)fprintf(stderr, "actor: not a step: %s", line);
        json_decref(step);
        return false;
    }
    forget(self);
    steps[i].run(self, step);
    /* Names of tools live in what opened the session: it is never given back. */
    if (strcmp(name, "open") != 0)
        json_decref(step);
    return true;
}

int main(int argc, char **argv)
{
    actor self = {.client = NULL};
    const brig_client_config config = {
        .software = "brig attacks", .on_notice = on_notice, .context = &self};
    const brig_address address = {.socket_path = argv[1], .key_file = argc == 3 ? argv[2] : NULL};
    char *line = NULL;
    size_t capacity = 0;
    int exit_code = EXIT_SUCCESS;

    if (argc != 3 || brig_client_new(&config, &self.client) != BRIG_OK) {
        (void)fputs("usage: actor SOCKET KEY-FILE\n", stderr);
        return EXIT_FAILURE;
    }
    brig_buffer_init(&self.stdout_bytes, OUTPUT_BYTES);
    brig_buffer_init(&self.stderr_bytes, OUTPUT_BYTES);
    self.tools.calls = json_array();
    if (brig_client_connect(self.client, &address) != BRIG_OK) {
        (void)fprintf(stderr, "actor: %s\n", brig_client_error(self.client)->message);
        exit_code = EXIT_FAILURE;
    }
    while (exit_code == EXIT_SUCCESS && getline(&line, &capacity, stdin) > 0)
        if (!take_step(&self, line))
            exit_code = EXIT_FAILURE;
    (void)brig_client_close(self.client);
    brig_client_free(self.client);
    brig_buffer_done(&self.stdout_bytes);
    brig_buffer_done(&self.stderr_bytes);
    json_decref(self.events);
    json_decref(self.tools.calls);
    free(line);
    return exit_code;
}
