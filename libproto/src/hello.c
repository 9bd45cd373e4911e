/* SPDX-License-Identifier: MIT */
/* HELLO: encode and decode (spec 6.2). */
#include "hello.h"

#include <brig/message.h>
#include <brig/pack.h>
#include <brig/procedure.h>

#include "tree.h"
#include "try.h"

static brig_status read_about(const brig_value *about, brig_hello *ret_hello)
{
    brig_problem problem;

    if (brig_record_check(BRIG_RECORD_HELLO, about, &problem) != BRIG_OK)
        return BRIG_MALFORMED;

    const brig_value *capabilities = brig_value_get(about, "capabilities");
    uint64_t max_message = brig_value_get_uint(about, "max_message", BRIG_LIMIT_MAX_MESSAGE_BYTES);
    uint64_t max_calls = brig_value_get_uint(about, "max_calls", BRIG_LIMIT_MAX_CALLS);
    if (max_message < BRIG_LIMIT_FRAGMENT_BYTES ||
        max_message > BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES || max_calls == 0)
        return BRIG_MALFORMED;
    *ret_hello = (brig_hello){
        .software = brig_value_get_text(about, "software", ""),
        .capabilities = capabilities == NULL ? (brig_span){NULL, 0} : capabilities->encoded,
        .max_message_bytes = (size_t)max_message,
        .max_calls = max_calls < BRIG_LIMIT_MAX_CALLS ? (size_t)max_calls : BRIG_LIMIT_MAX_CALLS,
    };
    return BRIG_OK;
}

brig_status brig_hello_parse(brig_span about, brig_hello *ret_hello)
{
    brig_tree *tree = NULL;
    brig_status status = brig_tree_new_as_data(about, &tree);

    if (status == BRIG_OK)
        status = read_about(brig_tree_root(tree), ret_hello);
    else if (status != BRIG_NO_MEMORY)
        status = BRIG_MALFORMED;
    brig_tree_free(tree);
    return status;
}

static void pack_about(const brig_hello *hello, brig_buffer *to)
{
    bool has_capabilities = hello->capabilities.len > 0;

    brig_pack_map(to, has_capabilities ? 4 : 3);
    brig_pack_cstring(to, "software");
    brig_pack_text(to, hello->software);
    if (has_capabilities) {
        brig_pack_cstring(to, "capabilities");
        brig_pack_raw(to, hello->capabilities);
    }
    brig_pack_key_uint(to, "max_message", hello->max_message_bytes);
    brig_pack_key_uint(to, "max_calls", hello->max_calls);
}

brig_status brig_hello_append(const brig_hello *hello, brig_buffer *to)
{
    brig_buffer about;
    brig_hello read_back;
    brig_status status;

    brig_buffer_init(&about, BRIG_LIMIT_HELLO_BYTES);
    pack_about(hello, &about);
    status = about.fault;
    if (status != BRIG_OK)
        goto out;
    /* Capabilities come encoded from the caller: what we could not read is not sent. */
    status = brig_hello_parse(brig_buffer_span(&about), &read_back);
    if (status != BRIG_OK)
        goto out;
    const brig_message message = {.type = BRIG_MESSAGE_HELLO, .body = brig_buffer_span(&about)};
    status = brig_message_append(&message, to);

out:
    brig_buffer_done(&about);
    return status == BRIG_OK || status == BRIG_NO_MEMORY ? status : BRIG_ARGUMENT;
}
