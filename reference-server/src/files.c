/* SPDX-License-Identifier: MIT */
/* brig.put, brig.get, brig.list: through the shim, also while code runs (spec 7.3). */
#include "session.h"

#include "mutant.h"

static const char *shim_name(brig_procedure procedure)
{
    if (procedure == BRIG_PROCEDURE_PUT)
        return "put";
    return procedure == BRIG_PROCEDURE_GET ? "get" : "list";
}

static bool is_too_large(brig_procedure procedure, const brig_value *args)
{
    const brig_value *data = brig_value_get(args, "data");

    if (MUTANT(puts_pieces_of_any_size))
        return false;
    if (procedure == BRIG_PROCEDURE_PUT)
        return data != NULL && data->bytes.len > BRIG_LIMIT_CHUNK_BYTES;
    return procedure == BRIG_PROCEDURE_GET &&
           brig_value_get_uint(args, "length", 0) > BRIG_LIMIT_CHUNK_BYTES;
}

static brig_file_call *find_file_call(brig_session *session, uint64_t shim_id, uint64_t id)
{
    for (size_t i = 0; i < BRIG_FILE_CALLS; i++) {
        brig_file_call *call = &session->files[i];

        if (call->shim_id == shim_id && (id == 0) == (call->id == 0))
            return call;
    }
    return NULL;
}

void brig_files_begin(brig_session *session, uint64_t id, brig_procedure procedure,
                      const brig_value *args)
{
    brig_file_call *call = find_file_call(session, 0, 0); /* a free one: id and shim_id are 0 */
    uint64_t shim_id = 0;

    if (is_too_large(procedure, args)) {
        brig_answer_error_key(session, id, BRIG_ERROR_TOO_LARGE, "limit", "chunk_bytes");
        return;
    }
    if (call == NULL || brig_worker_file(session->worker, shim_name(procedure), args->encoded,
                                         &shim_id) != BRIG_OK) {
        brig_answer_error(session, id, BRIG_ERROR_UNAVAILABLE, "too many file calls are open");
        return;
    }
    *call = (brig_file_call){.id = id, .shim_id = shim_id};
}

void brig_files_on_answer(brig_session *session, uint64_t shim_id, const brig_message *answer)
{
    brig_file_call *call = find_file_call(session, shim_id, 1);

    if (call == NULL)
        return;
    uint64_t id = call->id;
    *call = (brig_file_call){0};
    if (answer->type == BRIG_MESSAGE_RESULT) {
        brig_answer_result(session, id, answer->body, (brig_span){NULL, 0});
        return;
    }
    brig_message error = {
        .type = BRIG_MESSAGE_ERROR,
        .id = id,
        .name = brig_error_find(answer->name) == BRIG_ERROR_COUNT ? brig_span_text("internal")
                                                                  : answer->name,
        .text = answer->text,
        .body = answer->body,
    };
    brig_answer_send(session, &error);
    session->active_ms = brig_now_ms();
}

void brig_files_fail(brig_session *session)
{
    for (size_t i = 0; i < BRIG_FILE_CALLS; i++) {
        uint64_t id = session->files[i].id;

        if (id == 0)
            continue;
        session->files[i] = (brig_file_call){0};
        brig_answer_error(session, id, BRIG_ERROR_STALE, "the worker is gone, with its files");
    }
}
