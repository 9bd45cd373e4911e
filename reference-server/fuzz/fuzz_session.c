/* SPDX-License-Identifier: MIT */
/*
 * A live session between a client and a hostile worker (spec 7 and 11.2): whatever the worker, its
 * processes, the disk and the clock do, the client is told what the spec allows, each of its calls ends
 * once, and the server holds nothing when all is over.
 */
#include "world.h"

#include <brig/message.h>
#include <check.h>

#include "fake_template.h"
#include "fakes.h"
#include "generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    MAX_STEPS = 150,
    OBJECT_BYTES = 65536,
    MANY_BYTES = 5000,
};

/* ---- the client ---- */

static void call(struct world *world, struct script *script, brig_procedure procedure)
{
    brig_buffer args;
    brig_buffer options;

    brig_buffer_init(&args, OBJECT_BYTES);
    brig_buffer_init(&options, OBJECT_BYTES);
    if (procedure == BRIG_PROCEDURE_CANCEL && world->call_count > 0) {
        brig_pack_map(&args, 1);
        brig_pack_key_uint(&args, "id", world->calls[script_below(script, world->call_count)].id);
    } else {
        generate_args(script, procedure, &args);
    }
    generate_options(script, procedure, &options);
    if (args.fault == BRIG_OK && options.fault == BRIG_OK &&
        brig_check(brig_buffer_span(&args), 1, NULL) == BRIG_OK)
        world_call(world, procedure, brig_buffer_span(&args), brig_buffer_span(&options));
    brig_buffer_done(&options);
    brig_buffer_done(&args);
}

static void client_calls(struct world *world, struct script *script)
{
    static const brig_procedure often[] = {BRIG_PROCEDURE_EVAL, BRIG_PROCEDURE_EVAL,
                                           BRIG_PROCEDURE_CALL, BRIG_PROCEDURE_RESET};
    size_t choice = script_below(script, BRIG_PROCEDURE_COUNT + 4);

    call(world, script,
         choice < BRIG_PROCEDURE_COUNT ? (brig_procedure)choice
                                       : often[choice - BRIG_PROCEDURE_COUNT]);
}

/* A session that has what most of the code below needs: a tool here and one there, and an input. */
static void client_opens(struct world *world)
{
    brig_buffer args;

    brig_buffer_init(&args, OBJECT_BYTES);
    brig_pack_map(&args, 2);
    brig_pack_cstring(&args, "tools");
    brig_pack_array(&args, 2);
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "name", "population");
    brig_pack_cstring(&args, "params");
    brig_pack_map(&args, 2);
    brig_pack_key_text(&args, "type", "object");
    brig_pack_cstring(&args, "properties");
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "city");
    brig_pack_map(&args, 1);
    brig_pack_key_text(&args, "type", "string");
    brig_pack_map(&args, 3);
    brig_pack_key_text(&args, "name", "growth");
    brig_pack_key_text(&args, "where", "sandbox");
    brig_pack_key_text(&args, "code", "function() 1");
    brig_pack_key_bool(&args, "stdin", true);
    CHECK(args.fault == BRIG_OK, "args");
    world_call(world, BRIG_PROCEDURE_OPEN, brig_buffer_span(&args), (brig_span){NULL, 0});
    brig_buffer_done(&args);
}

static void client_evaluates(struct world *world, struct script *script)
{
    static const uint8_t args[] = {0x81, 0xa4, 'c', 'o', 'd', 'e', 0xa1, '1'};

    (void)script;
    world_call(world, BRIG_PROCEDURE_EVAL, (brig_span){args, sizeof(args)}, (brig_span){NULL, 0});
}

static void client_answers(struct world *world, struct script *script)
{
    brig_message answer = {.type = BRIG_MESSAGE_RESULT, .id = 1};
    brig_buffer value;

    if (world->asked_count > 0)
        answer.id = world->asked[script_below(script, world->asked_count)];
    brig_buffer_init(&value, OBJECT_BYTES);
    if (script_rarely(script, 4)) {
        answer.type = BRIG_MESSAGE_ERROR;
        answer.name = brig_span_text(
            brig_error_name((brig_error_code)script_below(script, BRIG_ERROR_CONNECTION_LOST)));
        answer.text = script_bytes(script, 20);
        if (script_rarely(script, 2))
            answer.text = brig_span_text("it failed");
        brig_text_clean(answer.text, OBJECT_BYTES, &value);
        answer.text = brig_buffer_span(&value);
    } else {
        generate_object(script, &value, false);
        answer.body = brig_buffer_span(&value);
    }
    if (value.fault == BRIG_OK &&
        (answer.body.len == 0 || brig_check(answer.body, 1, NULL) == BRIG_OK))
        world_answer(world, &answer);
    brig_buffer_done(&value);
}

static void client_changes(struct world *world, struct script *script)
{
    if (!script_rarely(script, 16)) {
        world->is_client_deaf = !world->is_client_deaf;
    } else if (script_rarely(script, 2)) {
        brig_conn_close(world->client, BRIG_CLOSE_DONE, "");
        world->is_client_over = true;
    } else {
        world_leave(world);
    }
}

/* ---- the worker ---- */

static void say_object(struct script *script, brig_link *link, brig_message *message)
{
    brig_buffer body;

    brig_buffer_init(&body, OBJECT_BYTES);
    generate_object(script, &body, true);
    message->body = brig_buffer_span(&body);
    if (body.fault == BRIG_OK)
        world_say(link, message);
    brig_buffer_done(&body);
}

static uint64_t id_of_call(const struct world_worker *worker, struct script *script)
{
    return script_rarely(script, 32) ? script_uint(script, 2) + 1 : worker->call_id;
}

static void pack_condition(struct script *script, brig_buffer *to)
{
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "message", "a \x1b[31m warning\n");
    brig_pack_cstring(to, "classes");
    brig_pack_array(to, script_below(script, 3));
    for (size_t i = to->data == NULL ? 0 : to->data[to->len - 1] & 0x0f; i > 0; i--)
        brig_pack_cstring(to, "warning");
}

static void pack_bytes(struct script *script, brig_buffer *to)
{
    static uint8_t many[MANY_BYTES];

    if (script_rarely(script, 4))
        brig_pack_bin(to, (brig_span){many, script_uint(script, 2) % sizeof(many)});
    else
        brig_pack_bin(to, script_bytes(script, 64));
}

static void pack_display(struct script *script, brig_buffer *to)
{
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "image/png");
    pack_bytes(script, to);
}

static void pack_progress(struct script *script, brig_buffer *to)
{
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "fraction");
    brig_pack_float(to, script_byte(script) / 255.0);
}

/* An event as an engine sends it, or nearly. */
static void worker_prints(struct world_worker *worker, struct script *script)
{
    static const struct {
        const char *kind;
        void (*pack)(struct script *script, brig_buffer *to);
    } kinds[] = {
        {"stdout", pack_bytes},      {"stderr", pack_bytes},      {"message", pack_condition},
        {"warning", pack_condition}, {"display", pack_display},   {"progress", pack_progress},
        {"violation", pack_display}, {"truncated", pack_display},
    };
    /* {}, {"id": "p"}, {"id": "p", "update": true} */
    static const brig_span metas[] = {{(const uint8_t *)"\x80", 1},
                                      {(const uint8_t *)"\x81\xa2id\xa1p", 6},
                                      {(const uint8_t *)"\x82\xa2id\xa1p\xa6update\xc3", 14}};
    size_t kind = script_below(script, sizeof(kinds) / sizeof(kinds[0]) - 1);
    brig_message event = {.type = BRIG_MESSAGE_EVENT,
                          .id = id_of_call(worker, script),
                          .name = brig_span_text(kinds[kind].kind),
                          .extra = metas[kind == 4 ? script_below(script, 3) : 0]};
    brig_buffer payload;

    if (script_rarely(script, 8)) {
        say_object(script, worker->channel, &event);
        return;
    }
    brig_buffer_init(&payload, OBJECT_BYTES);
    kinds[kind].pack(script, &payload);
    event.body = brig_buffer_span(&payload);
    world_say(worker->channel, &event);
    brig_buffer_done(&payload);
}

/* A tool, mostly the one that is there with an argument that it takes; or a line of input. */
static void pack_tool_call(struct script *script, brig_message *message, brig_buffer *args)
{
    static const uint8_t city[] = {0x81, 0xa4, 'c', 'i', 't', 'y', 0xa1, 'B'};

    switch (script_below(script, 4)) {
    case 0:
        message->name = brig_span_text("brig.input");
        generate_record(script, BRIG_RECORD_INPUT, args);
        break;
    case 1:
        message->name = brig_span_text(generate_tool_name(script));
        generate_arguments(script, NULL, args);
        break;
    default:
        message->name = brig_span_text("population");
        brig_pack_raw(args, (brig_span){city, sizeof(city)});
        break;
    }
    message->body = brig_buffer_span(args);
}

static void worker_calls(struct world_worker *worker, struct script *script)
{
    brig_message message = {.type = BRIG_MESSAGE_CALL, .id = ++worker->last_id};
    brig_buffer args;

    if (script_rarely(script, 32))
        message.id = script_byte(script) + 1u;
    brig_buffer_init(&args, OBJECT_BYTES);
    pack_tool_call(script, &message, &args);
    if (args.fault == BRIG_OK)
        world_say(worker->channel, &message);
    brig_buffer_done(&args);
}

static void worker_ends_call(struct world_worker *worker, struct script *script)
{
    static const brig_error_code codes[] = {BRIG_ERROR_RUNTIME, BRIG_ERROR_PARSE,
                                            BRIG_ERROR_CANCELLED, BRIG_ERROR_BAD_ARGUMENTS,
                                            BRIG_ERROR_MEMORY};
    /* {}, {"visible": true}, {"value": "omitted"} */
    static const brig_span metas[] = {{(const uint8_t *)"\x80", 1},
                                      {(const uint8_t *)"\x81\xa7visible\xc3", 10},
                                      {(const uint8_t *)"\x81\xa5value\xa7omitted", 15}};
    brig_message end = {.type = BRIG_MESSAGE_RESULT, .id = id_of_call(worker, script)};

    if (script_rarely(script, 3)) {
        end.type = BRIG_MESSAGE_ERROR;
        end.name = brig_span_text(
            brig_error_name(codes[script_below(script, sizeof(codes) / sizeof(codes[0]))]));
        end.text = brig_span_text("object 'x' not found");
        world_say(worker->channel, &end);
        return;
    }
    end.extra = metas[script_below(script, 3)];
    say_object(script, worker->channel, &end);
}

/* What breaks the worker profile, or the framing. */
static void worker_breaks(struct world_worker *worker, struct script *script)
{
    brig_message message = {.type = (uint8_t)(2 * script_below(script, 5)),
                            .id = script_byte(script) + 1u,
                            .name = brig_span_text("stdout")};

    if (script_rarely(script, 4))
        world_write(worker->channel_fd, script_bytes(script, UINT8_MAX));
    else if (script_rarely(script, 2))
        worker->is_deaf = !worker->is_deaf;
    else
        say_object(script, worker->channel, &message);
}

static void worker_writes_raw(struct world_worker *worker, struct script *script)
{
    int stream = (int)script_below(script, 2);
    size_t times = script_rarely(script, 8) ? 100 : 1;
    brig_span bytes = script_bytes(script, UINT8_MAX);

    for (; times > 0; times--)
        world_write(worker->raw_fds[stream], bytes);
}

static void worker_ends(struct world_worker *worker, struct script *script)
{
    switch (script_below(script, 8)) {
    case 0:
        world_kill(worker);
        break;
    case 1:
        (void)shutdown(worker->channel_fd, SHUT_RDWR);
        break;
    case 2:
        (void)shutdown(worker->supervisor_fd, SHUT_RDWR);
        break;
    default:
        break;
    }
}

/* ---- the shim, the kernel, the template, time ---- */

static void pack_exit(struct script *script, brig_buffer *to)
{
    brig_pack_map(to, 3);
    brig_pack_key_uint(to, script_rarely(script, 2) ? "signal" : "status", script_byte(script));
    brig_pack_key_uint(to, "cpu_ms", script_uint(script, 2));
    brig_pack_key_uint(to, "memory_bytes", script_uint(script, 3));
}

static void pack_violation(struct script *script, brig_buffer *to)
{
    brig_pack_map(to, 3);
    brig_pack_key_text(to, "kind", script_rarely(script, 2) ? "socket" : "exec");
    brig_pack_key_text(to, "detail", "socket");
    brig_pack_key_text(to, "layer", "seccomp");
}

static void shim_tells(struct world_worker *worker, struct script *script)
{
    bool is_exit = script_rarely(script, 4);
    brig_message event = {.type = BRIG_MESSAGE_EVENT,
                          .id = 1,
                          .name = brig_span_text(is_exit ? "exit" : "violation")};
    brig_buffer body;

    brig_buffer_init(&body, OBJECT_BYTES);
    if (is_exit)
        pack_exit(script, &body);
    else
        pack_violation(script, &body);
    event.body = brig_buffer_span(&body);
    world_say(worker->supervisor, &event);
    brig_buffer_done(&body);
}

static void shim_refuses(struct world_worker *worker, struct script *script)
{
    brig_message answer = {.type = BRIG_MESSAGE_ERROR,
                           .id = worker->go_id,
                           .name = brig_span_text("no_space"),
                           .text = brig_span_text("the workspace is full")};

    if (script_rarely(script, 2) && worker->file_count > 0)
        answer.id = worker->file_ids[--worker->file_count];
    else if (script_rarely(script, 2))
        answer.id = worker->interrupt_id;
    else
        worker->go_id = 0;
    if (answer.id != 0)
        world_say(worker->supervisor, &answer);
}

static void engine_refuses(struct world_worker *worker, struct script *script)
{
    brig_message answer = {.type = BRIG_MESSAGE_ERROR,
                           .id = worker->open_id,
                           .name = brig_span_text(script_rarely(script, 2) ? "parse" : "runtime"),
                           .text = brig_span_text("a tool's code")};

    if (worker->open_id == 0)
        return;
    worker->open_id = 0;
    if (script_rarely(script, 4))
        say_object(script, worker->channel,
                   &(brig_message){.type = BRIG_MESSAGE_EVENT,
                                   .id = answer.id,
                                   .name = brig_span_text("message")});
    world_say(worker->channel, &answer);
}

static void host_changes(struct world *world, struct script *script)
{
    switch (script_below(script, 8)) {
    case 0:
        world->is_shim_slow = !world->is_shim_slow;
        break;
    case 1:
        world->is_engine_slow = !world->is_engine_slow;
        break;
    case 2:
        world->is_template_slow = !world->is_template_slow;
        break;
    case 3:
        (void)world_start_worker(world, "no process can be made");
        break;
    case 4:
        fake_template_refuse_next();
        break;
    case 5:
        fake_counters.cpu_ms += script_uint(script, 2);
        break;
    case 6:
        fake_counters.memory_bytes = script_uint(script, 3);
        break;
    default:
        fake_counters.is_audit_refusing = !fake_counters.is_audit_refusing;
        break;
    }
}

static void time_passes(struct world *world, struct script *script)
{
    static const uint64_t some_ms[] = {1, 20, 50, 100, 300, 400, 1000, 2000, 5000, 10000, 20000};

    world_wait(world, some_ms[script_below(script, sizeof(some_ms) / sizeof(some_ms[0]))]);
}

static void worker_acts(struct world *world, struct script *script)
{
    static void (*const acts[])(struct world_worker *, struct script *) = {
        worker_prints,    worker_prints,    worker_calls,  worker_calls,
        worker_ends_call, worker_ends_call, worker_breaks, worker_writes_raw,
        worker_ends,      shim_tells,       shim_refuses,  engine_refuses,
    };
    size_t act = script_below(script, sizeof(acts) / sizeof(acts[0]));
    struct world_worker *worker = world_newest(world);

    /* The newest is a spare, often: the one before it has the session. */
    for (size_t i = 0; i < WORLD_WORKERS; i++) {
        if (world->workers[i].is_alive && world->workers[i].call_id != 0)
            worker = &world->workers[i];
    }
    if (worker != NULL)
        acts[act](worker, script);
}

static void step(struct world *world, struct script *script)
{
    static void (*const steps[])(struct world *, struct script *) = {
        client_calls,   client_calls, client_evaluates, client_answers, client_answers,
        client_changes, worker_acts,  worker_acts,      worker_acts,    worker_acts,
        worker_acts,    worker_acts,  host_changes,     time_passes,
    };
    size_t choice = script_below(script, sizeof(steps) / sizeof(steps[0]) + 2);

    if (choice < sizeof(steps) / sizeof(steps[0]))
        steps[choice](world, script);
    if (choice >= sizeof(steps) / sizeof(steps[0]) || script_rarely(script, 2))
        world_pump(world);
}

/* The first octet: what is not as usual when the session is opened and its first code runs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct world world;
    struct script script = {data, len};
    uint8_t unusual = script_byte(&script);

    world_begin(&world);
    world.is_template_slow = (unusual & 0x07) == 1;
    world.is_shim_slow = (unusual & 0x07) == 2;
    world.is_engine_slow = (unusual & 0x07) == 3;
    if ((unusual & 0x18) != 0x18)
        client_opens(&world);
    else
        call(&world, &script, BRIG_PROCEDURE_OPEN);
    if ((unusual & 0x20) == 0)
        world_pump(&world);
    if ((unusual & 0x40) == 0) {
        client_evaluates(&world, &script);
        world_pump(&world);
    }
    for (int i = 0; i < MAX_STEPS && script.left > 0; i++)
        step(&world, &script);
    world_end(&world);
    return 0;
}
