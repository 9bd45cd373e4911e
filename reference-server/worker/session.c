/* SPDX-License-Identifier: MIT */
/* From a `start` call to a forked pid 1. ARCHITECTURE.md, "How a session starts". */
#include "session.h"

#include <ctype.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper.h"
#include "launch.h"
#include "probe_engine.h"
#include "split.h"

/* Who the code is inside its user namespace; /etc/passwd in plan.c names it. */
enum { INSIDE_ID = 1000 };

/* The cgroup namespace comes later: brigd moves the shim into its leaf first. */
#define SESSION_NAMESPACES \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static brig_status parse_limits(const brig_value *encoded, brig_session_limits *ret_limits,
                                char *error, size_t error_bytes)
{
    brig_session_limits limits;
    const struct {
        const char *name;
        uint64_t *value;
    } fields[] = {
#define LIMIT_FIELD(name) {#name, &limits.name},
        BRIG_SESSION_LIMITS(LIMIT_FIELD)
#undef LIMIT_FIELD
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const brig_value *value = brig_value_get(encoded, fields[i].name);

        if (value == NULL || value->kind != BRIG_INT || value->integer < 0) {
            (void)snprintf(error, error_bytes, "limits has no number %s", fields[i].name);
            return BRIG_ARGUMENT;
        }
        *fields[i].value = (uint64_t)value->integer;
    }
    *ret_limits = limits;
    return BRIG_OK;
}

static bool is_variable_name(brig_span name)
{
    if (name.len == 0 || isdigit(name.data[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum(name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

static bool is_variable(const brig_entry *entry)
{
    return entry->key.kind == BRIG_TEXT && is_variable_name(entry->key.bytes) &&
           entry->value.kind == BRIG_TEXT &&
           (entry->value.bytes.len == 0 ||
            memchr(entry->value.bytes.data, '\0', entry->value.bytes.len) == NULL);
}

static char *copy_text(brig_span text)
{
    return strndup(text.len == 0 ? "" : (const char *)text.data, text.len);
}

static brig_status parse_variables(const brig_value *env, brig_session *session, char *error,
                                   size_t error_bytes)
{
    if (env == NULL)
        return BRIG_OK;
    if (env->kind != BRIG_MAP) {
        (void)snprintf(error, error_bytes, "env is not a map");
        return BRIG_ARGUMENT;
    }
    session->variables = calloc(env->map.count + 1, sizeof(*session->variables));
    if (session->variables == NULL)
        return BRIG_NO_MEMORY;
    for (size_t i = 0; i < env->map.count; i++) {
        const brig_entry *entry = &env->map.entries[i];
        brig_session_variable *variable = &session->variables[i];

        if (!is_variable(entry)) {
            (void)snprintf(error, error_bytes, "env holds what is no variable");
            return BRIG_ARGUMENT;
        }
        variable->name = copy_text(entry->key.bytes);
        variable->value = copy_text(entry->value.bytes);
        session->variable_count = i + 1;
        if (variable->name == NULL || variable->value == NULL)
            return BRIG_NO_MEMORY;
    }
    return BRIG_OK;
}

/* A self-test: its probes go where code would, and are tried on the way there. */
static brig_status parse_probe(const brig_value *bait, brig_session *session, char *error,
                               size_t error_bytes)
{
    brig_status status;

    if (bait == NULL)
        return BRIG_OK;
    status =
        brig_probe_board_new(bait, session->walls_session.limits.memory_bytes, &session->probes);
    if (status == BRIG_ARGUMENT)
        (void)snprintf(error, error_bytes, "probe has no bait that can be used");
    if (status != BRIG_OK)
        return status;
    session->walls_session.on_raised = brig_probe_on_step;
    session->walls_session.context = session->probes;
    brig_probe_engine_take(session->probes);
    return BRIG_OK;
}

brig_status brig_session_parse(const brig_value *args, brig_session *ret_session, char *error,
                               size_t error_bytes)
{
    brig_session session = {0};
    brig_session_limits limits;
    brig_status status = parse_limits(brig_value_get(args, "limits"), &limits, error, error_bytes);

    if (status == BRIG_OK)
        status = parse_variables(brig_value_get(args, "env"), &session, error, error_bytes);
    if (status != BRIG_OK) {
        brig_session_done(&session);
        return status;
    }
    brig_walls_session_init(&session.walls_session, &limits);
    status = parse_probe(brig_value_get(args, "probe"), &session, error, error_bytes);
    if (status != BRIG_OK) {
        brig_session_done(&session);
        return status;
    }
    (void)snprintf(session.uid_map, sizeof(session.uid_map), "%d %u 1", INSIDE_ID, geteuid());
    (void)snprintf(session.gid_map, sizeof(session.gid_map), "%d %u 1", INSIDE_ID, getegid());
    *ret_session = session;
    return BRIG_OK;
}

void brig_session_done(brig_session *session)
{
    for (size_t i = 0; i < session->variable_count; i++) {
        free(session->variables[i].name);
        free(session->variables[i].value);
    }
    free(session->variables);
    brig_probe_board_free(session->probes);
    *session = (brig_session){0};
}

brig_status brig_session_start(brig_session *session, int *ret_pidfd, pid_t *ret_shim)
{
    int pidfd = -1;
    pid_t *thread_id = brig_split_thread_id();
    struct clone_args how = {
        .flags = SESSION_NAMESPACES | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .child_tid = (uint64_t)(uintptr_t)thread_id,
    };
    long pid;

    if (session->walls->is_reduced)
        return brig_keeper_start(session, ret_pidfd, ret_shim);
    if (thread_id != NULL)
        how.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    pid = syscall(SYS_clone3, &how, sizeof(how));
    if (pid < 0)
        return BRIG_SYSTEM;
    if (pid == 0)
        brig_launch_run(session);
    *ret_pidfd = pidfd;
    *ret_shim = 0;
    return BRIG_OK;
}
