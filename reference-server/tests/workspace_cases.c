/* SPDX-License-Identifier: MIT */
/* Calls of the shim about files, for tests. spec 7.3. */
#include "workspace_cases.h"

#include <string.h>

#include <brig/pack.h>
#include <check.h>

void test_file_call(test_session *session, const test_file_case *c, test_reply *ret_reply)
{
    static uint8_t data[BRIG_LIMIT_CHUNK_BYTES + 1];
    brig_buffer args;

    brig_buffer_init(&args, sizeof(data) + 4096);
    if (strcmp(c->procedure, "list") == 0) {
        brig_pack_map(&args, c->path == NULL ? 0 : 1);
        if (c->path != NULL)
            brig_pack_key_text(&args, "path", c->path);
    } else {
        brig_pack_map(&args, 3);
        brig_pack_key_text(&args, "path", c->path);
        brig_pack_key_uint(&args, "offset", c->offset);
        if (strcmp(c->procedure, "put") == 0) {
            memset(data, 'x', sizeof(data));
            brig_pack_cstring(&args, "data");
            brig_pack_bin(&args, (brig_span){data, c->length});
        } else {
            brig_pack_key_uint(&args, "length", c->length);
        }
    }
    test_session_call(session, c->procedure, &args, ret_reply);
    brig_buffer_done(&args);
}

void test_file_cases(test_session *session, const test_file_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const test_file_case *c = &cases[i];
        test_reply reply;

        test_file_call(session, c, &reply);
        if (c->error == NULL)
            CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "%s: %.*s %.*s", c->name,
                  (int)reply.message.name.len, (const char *)reply.message.name.data,
                  (int)reply.message.text.len, (const char *)reply.message.text.data);
        else
            CHECK(reply.message.type == BRIG_MESSAGE_ERROR &&
                      brig_span_is(reply.message.name, c->error),
                  "%s: %.*s", c->name, (int)reply.message.name.len,
                  (const char *)reply.message.name.data);
        test_reply_done(&reply);
    }
}
