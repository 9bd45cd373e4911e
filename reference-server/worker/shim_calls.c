/* SPDX-License-Identifier: MIT */
/* Messages of the supervisor channel. ARCHITECTURE.md, "Supervisor channel". */
#include "shim_state.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <brig/pack.h>
#include <sodium.h>

#include "shim_path.h"

static const char *const namespaces[] = {"user", "mount", "pid", "net", "ipc", "uts", "cgroup"};

static brig_status send_result(brig_shim *shim, uint64_t id)
{
    brig_message message = {
        .type = BRIG_MESSAGE_RESULT, .id = id, .body = brig_buffer_span(&shim->answer.value)};

    if (shim->answer.value.fault != BRIG_OK)
        return shim->answer.value.fault;
    return brig_link_send(shim->link, &message);
}

static brig_status send_error(brig_shim *shim, uint64_t id)
{
    brig_buffer *data = &shim->answer.value;
    brig_message message = {
        .type = BRIG_MESSAGE_ERROR,
        .id = id,
        .name = brig_span_text(brig_error_name(shim->answer.code)),
        .text = brig_span_text(shim->answer.text),
    };

    brig_buffer_clear(data);
    brig_pack_map(data, shim->answer.path == NULL ? 0 : 1);
    if (shim->answer.path != NULL)
        brig_pack_key_text(data, "path", shim->answer.path);
    if (data->fault != BRIG_OK)
        return data->fault;
    message.body = brig_buffer_span(data);
    return brig_link_send(shim->link, &message);
}

static void reset_answer(brig_answer *answer)
{
    brig_buffer_clear(&answer->value);
    answer->code = BRIG_ERROR_COUNT;
    answer->text = NULL;
    answer->path = NULL;
}

/* The worker leads a group of its own: a child that it waits for gets the signal too. */
static void on_interrupt(brig_shim *shim, const brig_value *args)
{
    (void)args;
    (void)kill(-shim->given.worker, SIGINT);
    brig_pack_map(&shim->answer.value, 0);
}

static uint64_t milliseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_usec / 1000;
}

static void pack_usage(brig_buffer *to, const struct rusage *usage)
{
    brig_pack_key_uint(to, "cpu_ms",
                       milliseconds(&usage->ru_utime) + milliseconds(&usage->ru_stime));
    brig_pack_key_uint(to, "memory_bytes", (uint64_t)usage->ru_maxrss * 1024);
}

/* Where no file system of the session's own refuses what does not fit. */
static bool has_room(brig_shim *shim, const brig_value *args)
{
    const brig_value *data = brig_value_get(args, "data");

    if (!shim->given.is_reduced || data == NULL || data->kind != BRIG_BIN ||
        brig_watch_overrun(&shim->given, data->bytes.len) == NULL)
        return true;
    brig_path_fail(&shim->answer, ENOSPC);
    return false;
}

static void on_put(brig_shim *shim, const brig_value *args)
{
    if (!has_room(shim, args))
        return;
    brig_files_put(shim->workspace_fd, args, &shim->answer);
}

static void on_get(brig_shim *shim, const brig_value *args)
{
    brig_files_get(shim->workspace_fd, args, &shim->answer);
}

static void on_list(brig_shim *shim, const brig_value *args)
{
    brig_files_list(shim->workspace_fd, args, &shim->answer);
}

static const struct {
    const char *name;
    void (*handle)(brig_shim *shim, const brig_value *args);
} procedures[] = {
    {"interrupt", on_interrupt},
    {"put", on_put},
    {"get", on_get},
    {"list", on_list},
};

static void dispatch(brig_shim *shim, brig_span name, const brig_value *args)
{
    for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
        if (brig_span_is(name, procedures[i].name)) {
            procedures[i].handle(shim, args);
            return;
        }
    brig_answer_fail(&shim->answer, BRIG_ERROR_UNKNOWN_PROCEDURE, "no such procedure");
}

brig_status brig_shim_serve(brig_shim *shim, const brig_message *call)
{
    brig_tree *args;
    brig_status status;

    if (call->type != BRIG_MESSAGE_CALL)
        return BRIG_STATE;
    status = brig_tree_new(call->body, &args);
    if (status != BRIG_OK)
        return status;
    reset_answer(&shim->answer);
    dispatch(shim, call->name, brig_tree_root(args));
    brig_tree_free(args);
    return shim->answer.code == BRIG_ERROR_COUNT ? send_result(shim, call->id)
                                                 : send_error(shim, call->id);
}

static void pack_limits(brig_buffer *to, const brig_session_limits *limits)
{
    brig_pack_map(to, BRIG_SESSION_LIMIT_COUNT);
#define PACK_LIMIT(name) brig_pack_key_uint(to, #name, limits->name);
    BRIG_SESSION_LIMITS(PACK_LIMIT)
#undef PACK_LIMIT
}

brig_status brig_shim_send_report(brig_shim *shim)
{
    brig_buffer *to = &shim->answer.value;
    size_t namespace_count =
        shim->given.is_reduced ? 0 : sizeof(namespaces) / sizeof(namespaces[0]);
    char sha256[2 * sizeof(shim->given.seccomp_sha256) + 1];

    (void)sodium_bin2hex(sha256, sizeof(sha256), shim->given.seccomp_sha256,
                         sizeof(shim->given.seccomp_sha256));
    reset_answer(&shim->answer);
    brig_pack_map(to, 1);
    brig_pack_cstring(to, "report");
    brig_pack_map(to, 5);
    brig_pack_key_uint(to, "landlock_abi", shim->given.landlock_abi);
    brig_pack_key_text(to, "seccomp_sha256", sha256);
    brig_pack_cstring(to, "namespaces");
    brig_pack_array(to, namespace_count);
    for (size_t i = 0; i < namespace_count; i++)
        brig_pack_cstring(to, namespaces[i]);
    brig_pack_key_bool(to, "no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    brig_pack_cstring(to, "limits");
    pack_limits(to, &shim->given.in_force);
    return send_result(shim, shim->given.go_id);
}

static brig_status send_event(brig_shim *shim, const char *kind)
{
    brig_message message = {
        .type = BRIG_MESSAGE_EVENT,
        .id = shim->given.go_id,
        .name = brig_span_text(kind),
        .body = brig_buffer_span(&shim->answer.value),
    };

    if (shim->answer.value.fault != BRIG_OK)
        return shim->answer.value.fault;
    return brig_link_send(shim->link, &message);
}

brig_status brig_shim_send_violation(brig_shim *shim, const brig_seccomp_reported *refused)
{
    reset_answer(&shim->answer);
    brig_pack_map(&shim->answer.value, 3);
    brig_pack_key_text(&shim->answer.value, "kind", refused->kind);
    brig_pack_key_text(&shim->answer.value, "detail", refused->call);
    brig_pack_key_text(&shim->answer.value, "layer", "seccomp");
    return send_event(shim, "violation");
}

brig_status brig_shim_send_overrun(brig_shim *shim, const char *limit)
{
    reset_answer(&shim->answer);
    brig_pack_map(&shim->answer.value, 1);
    brig_pack_key_text(&shim->answer.value, "limit", limit);
    return send_event(shim, "overrun");
}

brig_status brig_shim_send_exit(brig_shim *shim, int wait_status, const struct rusage *usage)
{
    brig_buffer *to = &shim->answer.value;

    reset_answer(&shim->answer);
    brig_pack_map(to, 3);
    if (WIFEXITED(wait_status))
        brig_pack_key_uint(to, "status", (uint64_t)WEXITSTATUS(wait_status));
    else
        brig_pack_key_uint(to, "signal", (uint64_t)WTERMSIG(wait_status));
    pack_usage(to, usage);
    return send_event(shim, "exit");
}
