/* SPDX-License-Identifier: MIT */
/* The procedures of a session, with and without waiting (spec 7.3). */
#include "internal.h"

/* Bodies below are encoded whole before they are sent; the connection has its own, lower limit. */
enum { ENCODED_BYTES = BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES };

static brig_message message_of(brig_procedure procedure, brig_span args, brig_span options)
{
    return (brig_message){.type = BRIG_MESSAGE_CALL,
                          .name = brig_span_text(brig_procedure_name(procedure)),
                          .body = args,
                          .extra = options};
}

static brig_status encoding_failed(brig_client *client, brig_status status)
{
    return brig_outcome_fail(&client->last, status, "the call cannot be encoded: %s",
                             brig_status_text(status));
}

/* How a call goes out: begun and left to itself, or waited for. */
struct delivery {
    bool waits;
    const brig_completion *completion;
    uint64_t *ret_id;
    brig_result *ret_result;
};

static brig_status deliver(brig_client *client, const brig_message *call,
                           const struct delivery *delivery)
{
    if (delivery->waits)
        return brig_wait_call(client, call, delivery->ret_result);
    return brig_calls_begin(client, call, delivery->completion, delivery->ret_id);
}

static brig_status deliver_open(brig_client *client, const brig_open *open,
                                const struct delivery *delivery)
{
    brig_message call;
    brig_buffer args;
    brig_status status;

    TRY(brig_hosting_learn(client, open->tools, open->tool_count));
    client->on_input = open->on_input;
    client->input_context = open->input_context;
    brig_buffer_init(&args, ENCODED_BYTES);
    brig_encode_open(open, &args);
    call = message_of(BRIG_PROCEDURE_OPEN, brig_buffer_span(&args), (brig_span){NULL, 0});
    status = args.fault == BRIG_OK ? deliver(client, &call, delivery)
                                   : encoding_failed(client, args.fault);
    brig_buffer_done(&args);
    return status;
}

static brig_status deliver_eval(brig_client *client, const brig_eval *eval,
                                brig_procedure procedure, const struct delivery *delivery)
{
    brig_message call;
    brig_buffer args;
    brig_buffer options;
    brig_status status;

    if ((procedure == BRIG_PROCEDURE_EVAL ? eval->code : eval->tool) == NULL)
        return brig_outcome_fail(&client->last, BRIG_ARGUMENT, "nothing to run");
    brig_buffer_init(&args, ENCODED_BYTES);
    brig_buffer_init(&options, BRIG_LIMIT_HELLO_BYTES);
    brig_encode_eval(eval, procedure, &args);
    brig_encode_code_options(eval, &options);
    status = args.fault != BRIG_OK ? args.fault : options.fault;
    call = message_of(procedure, brig_buffer_span(&args), brig_buffer_span(&options));
    status = status == BRIG_OK ? deliver(client, &call, delivery) : encoding_failed(client, status);
    brig_buffer_done(&args);
    brig_buffer_done(&options);
    return status;
}

brig_status brig_client_begin_open(brig_client *client, const brig_open *open,
                                   const brig_completion *completion, uint64_t *ret_id)
{
    const struct delivery delivery = {.completion = completion, .ret_id = ret_id};

    return deliver_open(client, open, &delivery);
}

brig_status brig_client_open(brig_client *client, const brig_open *open, brig_result *ret_result)
{
    const struct delivery delivery = {.waits = true, .ret_result = ret_result};

    return deliver_open(client, open, &delivery);
}

brig_status brig_client_begin_eval(brig_client *client, const brig_eval *eval,
                                   const brig_completion *completion, uint64_t *ret_id)
{
    const struct delivery delivery = {.completion = completion, .ret_id = ret_id};

    return deliver_eval(client, eval, BRIG_PROCEDURE_EVAL, &delivery);
}

brig_status brig_client_eval(brig_client *client, const brig_eval *eval, brig_result *ret_result)
{
    const struct delivery delivery = {.waits = true, .ret_result = ret_result};

    return deliver_eval(client, eval, BRIG_PROCEDURE_EVAL, &delivery);
}

brig_status brig_client_begin_call(brig_client *client, const brig_eval *call,
                                   const brig_completion *completion, uint64_t *ret_id)
{
    const struct delivery delivery = {.completion = completion, .ret_id = ret_id};

    return deliver_eval(client, call, BRIG_PROCEDURE_CALL, &delivery);
}

brig_status brig_client_call(brig_client *client, const brig_eval *call, brig_result *ret_result)
{
    const struct delivery delivery = {.waits = true, .ret_result = ret_result};

    return deliver_eval(client, call, BRIG_PROCEDURE_CALL, &delivery);
}

brig_status brig_client_begin(brig_client *client, brig_procedure procedure, brig_span args,
                              const brig_completion *completion, uint64_t *ret_id)
{
    const brig_message call = message_of(procedure, args, (brig_span){NULL, 0});

    return brig_calls_begin(client, &call, completion, ret_id);
}

brig_status brig_client_begin_cancel(brig_client *client, uint64_t id,
                                     const brig_completion *completion)
{
    brig_buffer args;
    brig_status status;

    brig_buffer_init(&args, BRIG_LIMIT_HELLO_BYTES);
    brig_pack_map(&args, 1);
    brig_pack_key_uint(&args, "id", id);
    status = args.fault == BRIG_OK ? brig_client_begin(client, BRIG_PROCEDURE_CANCEL,
                                                       brig_buffer_span(&args), completion, NULL)
                                   : encoding_failed(client, args.fault);
    brig_buffer_done(&args);
    return status;
}

brig_status brig_client_define(brig_client *client, const brig_tool *tools, size_t count)
{
    brig_message call;
    brig_buffer args;
    brig_status status;

    TRY(brig_hosting_learn(client, tools, count));
    brig_buffer_init(&args, ENCODED_BYTES);
    brig_pack_map(&args, 1);
    brig_encode_tools(tools, count, &args);
    call = message_of(BRIG_PROCEDURE_DEFINE, brig_buffer_span(&args), (brig_span){NULL, 0});
    status = args.fault == BRIG_OK ? brig_wait_call(client, &call, NULL)
                                   : encoding_failed(client, args.fault);
    brig_buffer_done(&args);
    return status;
}

static brig_status call_without_args(brig_client *client, brig_procedure procedure,
                                     brig_result *ret_result)
{
    const brig_message call = message_of(procedure, (brig_span){NULL, 0}, (brig_span){NULL, 0});

    return brig_wait_call(client, &call, ret_result);
}

brig_status brig_client_reset(brig_client *client, brig_result *ret_result)
{
    return call_without_args(client, BRIG_PROCEDURE_RESET, ret_result);
}

brig_status brig_client_info(brig_client *client, brig_result *ret_result)
{
    return call_without_args(client, BRIG_PROCEDURE_INFO, ret_result);
}

brig_status brig_client_ping(brig_client *client)
{
    return call_without_args(client, BRIG_PROCEDURE_PING, NULL);
}
