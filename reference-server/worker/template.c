/* SPDX-License-Identifier: MIT */
/* One started engine that is forked for every session. ARCHITECTURE.md, "How a session starts". */
#include "template.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <brig/pack.h>

#include "audit.h"
#include "compact.h"
#include "control.h"
#include "keeper.h"
#include "probe_engine.h"
#include "session.h"
#include "shim_program.h"

enum { ERROR_TEXT_BYTES = 1024 };

typedef struct template_state {
    const brig_engine *const *engines;
    const brig_engine *engine; /* NULL until `configure` has succeeded */
    brig_walls walls;
    int shim_fd;        /* the program of every shim; -1 until `configure` has succeeded */
    brig_packet packet; /* the call that is being answered */
} template_state;

static brig_status answer(uint64_t id, brig_span value, int passed_fd)
{
    brig_message message = {.type = BRIG_MESSAGE_RESULT, .id = id, .body = value};

    return brig_control_send(&message, passed_fd);
}

static brig_status answer_error(uint64_t id, brig_error_code code, const char *text)
{
    brig_buffer clean;
    brig_message message = {
        .type = BRIG_MESSAGE_ERROR, .id = id, .name = brig_span_text(brig_error_name(code))};
    brig_status status;

    brig_buffer_init(&clean, ERROR_TEXT_BYTES);
    brig_text_clean(brig_span_text(text), ERROR_TEXT_BYTES, &clean);
    message.text = brig_buffer_span(&clean);
    status = clean.fault != BRIG_OK ? clean.fault : brig_control_send(&message, -1);
    brig_buffer_done(&clean);
    return status;
}

static const brig_engine *find_engine(const template_state *state, const brig_value *args)
{
    for (const brig_engine *const *engine = state->engines; *engine != NULL; engine++)
        if (brig_value_is_text(brig_value_get(args, "engine"), (*engine)->name))
            return *engine;
    return NULL;
}

/* A package that is known to keep a harmless thread was counted by the engine itself. */
static brig_status audit(const brig_value *args, char *error, size_t error_bytes)
{
    const brig_value *harmless = brig_value_get(args, "harmless_threads");
    bool is_strict = harmless == NULL || harmless->kind != BRIG_ARRAY || harmless->array.count == 0;
    brig_status status = BRIG_OK;

    if (is_strict)
        status = brig_audit_threads(error, error_bytes);
    if (status == BRIG_OK)
        status = brig_audit_descriptors(error, error_bytes);
    return status;
}

/*
 * Where bubblewrap cannot be had the template raises the outer wall around itself, ends with brigd,
 * and takes in the orphans of its sessions.
 */
static brig_status confine(const brig_value *outer, char *error, size_t error_bytes)
{
    const brig_session_limits none = {0};
    brig_walls_session session;
    brig_walls walls = {.is_reduced = true};
    brig_status status = brig_steps_decode(outer, &walls.steps);
    int failed = 0;

    if (status == BRIG_OK) {
        brig_walls_session_init(&session, &none);
        (void)close(BRIG_PROGRAM_FD); /* we are it, and were started by its number */
        (void)prctl(PR_SET_NAME, "brig-worker", 0, 0, 0);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
            prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
            failed = errno;
        if (failed == 0)
            failed = brig_walls_raise(&walls, BRIG_STEP_TEMPLATE, &session);
        brig_steps_done(&walls.steps);
    }
    if (status == BRIG_OK && failed == 0)
        return BRIG_OK;
    (void)snprintf(error, error_bytes, "the outer wall of Landlock cannot be raised: %s",
                   status != BRIG_OK ? brig_status_text(status) : strerror(failed));
    return BRIG_UNAVAILABLE;
}

/* After the audit, since it is a descriptor that sessions are to inherit; they close it. */
static brig_status open_shim_program(template_state *state, char *error, size_t error_bytes)
{
    state->shim_fd = brig_shim_program_open();
    if (state->shim_fd >= 0)
        return BRIG_OK;
    (void)snprintf(error, error_bytes, "the kernel refuses a program in memory (memfd_create): %s",
                   strerror(errno));
    return BRIG_UNAVAILABLE;
}

/* Walls first: a plan that cannot be raised is found before the engine costs its start. */
static brig_status configure(template_state *state, const brig_value *args, char *error,
                             size_t error_bytes)
{
    const brig_engine *engine = find_engine(state, args);
    brig_status status;

    if (engine == NULL) {
        (void)snprintf(error, error_bytes,
                       "this worker program does not have the engine asked for");
        return BRIG_UNAVAILABLE;
    }
    status = brig_walls_prepare(brig_value_get(args, "plan"), &state->walls);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "the plan of the walls cannot be used: %s",
                       brig_status_text(status));
        return BRIG_UNAVAILABLE;
    }
    if (state->walls.is_reduced)
        status = confine(brig_value_get(args, "outer"), error, error_bytes);
    if (status != BRIG_OK) {
        brig_walls_done(&state->walls);
        return status;
    }
    status = engine->start(args, error, error_bytes);
    if (status == BRIG_OK)
        status = audit(args, error, error_bytes);
    if (status == BRIG_OK)
        status = open_shim_program(state, error, error_bytes);
    if (status != BRIG_OK) {
        brig_walls_done(&state->walls);
        return status;
    }
    if (!brig_value_get_bool(args, "private", false))
        brig_compact_memory();
    /* From here on the only children are shims. The kernel reaps them; brigd has their pidfd. */
    if (state->walls.is_reduced)
        brig_keeper_watch();
    else
        (void)signal(SIGCHLD, SIG_IGN);
    state->engine = engine;
    return BRIG_OK;
}

static brig_status on_configure(template_state *state, const brig_message *call,
                                const brig_value *args)
{
    char error[ERROR_TEXT_BYTES] = "the engine did not start";
    brig_buffer value;
    brig_status status;

    if (state->engine != NULL)
        return answer_error(call->id, BRIG_ERROR_DENIED, "the template is configured already");
    status = configure(state, args, error, sizeof(error));
    if (status != BRIG_OK)
        return answer_error(call->id, BRIG_ERROR_UNAVAILABLE, error);
    brig_buffer_init(&value, BRIG_PACKET_BYTES);
    brig_pack_map(&value, 1);
    brig_pack_cstring(&value, "engine");
    state->engine->describe(&value);
    status = value.fault != BRIG_OK ? value.fault : answer(call->id, brig_buffer_span(&value), -1);
    brig_buffer_done(&value);
    return status;
}

/* brigd puts the shim into the session's group, and ends the session by the pidfd's process. */
static brig_status answer_started(uint64_t id, pid_t shim, int pidfd)
{
    brig_buffer value;
    brig_status status;

    brig_buffer_init(&value, BRIG_PACKET_BYTES);
    brig_pack_map(&value, shim > 0 ? 1 : 0);
    if (shim > 0)
        brig_pack_key_uint(&value, "shim", (uint64_t)shim);
    status = value.fault != BRIG_OK ? value.fault : answer(id, brig_buffer_span(&value), pidfd);
    brig_buffer_done(&value);
    return status;
}

static brig_status start_session(template_state *state, brig_session *session, uint64_t id)
{
    char error[ERROR_TEXT_BYTES];
    brig_status status;
    pid_t shim;
    int pidfd;

    session->engine = session->probes != NULL ? &brig_engine_probe : state->engine;
    session->walls = &state->walls;
    session->shim_fd = state->shim_fd;
    memcpy(session->fds, state->packet.fds, sizeof(session->fds));
    session->entrance_count = state->packet.fd_count - BRIG_SESSION_FDS;
    memcpy(session->entrances, state->packet.fds + BRIG_SESSION_FDS,
           session->entrance_count * sizeof(session->entrances[0]));
    status = brig_session_start(session, &pidfd, &shim);
    if (status != BRIG_OK) {
        (void)snprintf(error, sizeof(error), "the kernel refuses a session's %s: %s",
                       state->walls.is_reduced ? "processes or its directory" : "namespaces",
                       strerror(errno));
        return answer_error(id, BRIG_ERROR_UNAVAILABLE, error);
    }
    status = answer_started(id, shim, pidfd);
    (void)close(pidfd);
    return status;
}

static brig_status on_start(template_state *state, const brig_message *call, const brig_value *args)
{
    char error[ERROR_TEXT_BYTES] = "out of memory";
    brig_session session;
    brig_status status;

    if (state->engine == NULL)
        return answer_error(call->id, BRIG_ERROR_UNAVAILABLE, "the template is not configured");
    if (state->packet.fd_count < BRIG_SESSION_FDS)
        return answer_error(call->id, BRIG_ERROR_BAD_ARGUMENTS,
                            "start comes with 4 descriptors or more");
    status = brig_session_parse(args, &session, error, sizeof(error));
    if (status != BRIG_OK)
        return answer_error(
            call->id, status == BRIG_ARGUMENT ? BRIG_ERROR_BAD_ARGUMENTS : BRIG_ERROR_UNAVAILABLE,
            error);
    status = start_session(state, &session, call->id);
    brig_session_done(&session);
    return status;
}

static const struct {
    const char *name;
    brig_status (*handle)(template_state *state, const brig_message *call, const brig_value *args);
} procedures[] = {
    {"configure", on_configure},
    {"start", on_start},
};

static brig_status on_call(template_state *state, const brig_message *call)
{
    brig_tree *args = NULL;
    brig_status status = brig_tree_new(call->body, &args);

    if (status != BRIG_OK)
        return status;
    for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
        if (brig_span_is(call->name, procedures[i].name)) {
            status = procedures[i].handle(state, call, brig_tree_root(args));
            goto out;
        }
    status = answer_error(call->id, BRIG_ERROR_UNKNOWN_PROCEDURE, "no such procedure");
out:
    brig_tree_free(args);
    return status;
}

/* One packet. Anything but a call ends the template: brigd is of the same build. */
static brig_status serve_one(template_state *state)
{
    brig_message message;
    brig_status status = brig_control_receive(&state->packet);

    if (status != BRIG_OK)
        return status;
    status = brig_message_parse((brig_span){state->packet.bytes, state->packet.len}, &message);
    if (status == BRIG_OK)
        status = message.type == BRIG_MESSAGE_CALL ? on_call(state, &message) : BRIG_STATE;
    brig_packet_close(&state->packet);
    return status;
}

int brig_template_main(const brig_engine *const *engines)
{
    template_state *state = calloc(1, sizeof(*state));
    brig_status status;

    if (state == NULL)
        return EXIT_FAILURE;
    state->engines = engines;
    state->shim_fd = -1;
    do
        status = serve_one(state);
    while (status == BRIG_OK);
    if (status != BRIG_CLOSED)
        (void)fprintf(stderr, "brig-worker: the control channel ends: %s\n",
                      brig_status_text(status));
    if (state->engine != NULL)
        brig_walls_done(&state->walls);
    if (state->shim_fd >= 0)
        (void)close(state->shim_fd);
    free(state);
    return status == BRIG_CLOSED ? EXIT_SUCCESS : EXIT_FAILURE;
}
