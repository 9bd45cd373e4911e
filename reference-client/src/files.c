/* SPDX-License-Identifier: MIT */
/* Workspace files, moved in chunks (spec 7.3: put, get, list). */
#include "internal.h"

/* A chunk with its path and keys. */
enum { CHUNK_CALL_BYTES = BRIG_LIMIT_CHUNK_BYTES + BRIG_LIMIT_PATH_BYTES + 1024 };

/* Sends args and releases them. */
static brig_status call_and_release(brig_client *client, brig_procedure procedure,
                                    brig_buffer *args, brig_result *ret_result)
{
    const brig_message call = {.type = BRIG_MESSAGE_CALL,
                               .name = brig_span_text(brig_procedure_name(procedure)),
                               .body = brig_buffer_span(args)};
    brig_status status = args->fault;

    if (status == BRIG_OK)
        status = brig_wait_call(client, &call, ret_result);
    else
        (void)brig_outcome_fail(&client->last, status, "the call cannot be encoded: %s",
                                brig_status_text(status));
    brig_buffer_done(args);
    return status;
}

brig_status brig_client_put(brig_client *client, const char *path, brig_span data)
{
    size_t offset = 0;

    do {
        size_t left = data.len - offset;
        size_t piece = left < BRIG_LIMIT_CHUNK_BYTES ? left : BRIG_LIMIT_CHUNK_BYTES;
        brig_buffer args;

        brig_buffer_init(&args, CHUNK_CALL_BYTES);
        brig_pack_map(&args, 4);
        brig_pack_key_text(&args, "path", path);
        brig_pack_key_uint(&args, "offset", offset);
        brig_pack_cstring(&args, "data");
        brig_pack_bin(&args, (brig_span){piece == 0 ? NULL : data.data + offset, piece});
        brig_pack_key_bool(&args, "last", piece == left);
        TRY(call_and_release(client, BRIG_PROCEDURE_PUT, &args, NULL));
        offset += piece;
    } while (offset < data.len);
    return BRIG_OK;
}

static brig_status get_piece(brig_client *client, const char *path, uint64_t offset,
                             brig_result *ret_result)
{
    brig_buffer args;

    brig_buffer_init(&args, CHUNK_CALL_BYTES);
    brig_pack_map(&args, 3);
    brig_pack_key_text(&args, "path", path);
    brig_pack_key_uint(&args, "offset", offset);
    brig_pack_key_uint(&args, "length", BRIG_LIMIT_CHUNK_BYTES);
    return call_and_release(client, BRIG_PROCEDURE_GET, &args, ret_result);
}

brig_status brig_client_get(brig_client *client, const char *path, brig_buffer *to)
{
    uint64_t offset = 0;
    bool is_last;

    do {
        const brig_value *data;
        brig_result result;

        TRY(get_piece(client, path, offset, &result));
        data = brig_value_get(result.value, "data");
        is_last = brig_value_get_bool(result.value, "last", false);
        /* Without progress this would never end. */
        if (data == NULL || data->kind != BRIG_BIN || (data->bytes.len == 0 && !is_last))
            return brig_outcome_fail(&client->last, BRIG_MALFORMED, "the server sent no file data");
        offset += data->bytes.len;
        brig_buffer_append(to, data->bytes);
        if (to->fault != BRIG_OK)
            return brig_outcome_fail(&client->last, to->fault, "%s: %s", path,
                                     brig_status_text(to->fault));
    } while (!is_last);
    return BRIG_OK;
}

brig_status brig_client_list(brig_client *client, const char *path, brig_result *ret_result)
{
    brig_buffer args;

    brig_buffer_init(&args, CHUNK_CALL_BYTES);
    brig_pack_map(&args, path != NULL);
    if (path != NULL)
        brig_pack_key_text(&args, "path", path);
    return call_and_release(client, BRIG_PROCEDURE_LIST, &args, ret_result);
}
