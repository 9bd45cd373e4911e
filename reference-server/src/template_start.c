/* SPDX-License-Identifier: MIT */
/* Starting a template's process: plan, bubblewrap, first message (ARCHITECTURE.md). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <brig/pack.h>

#include "../sandbox/plan.h"
#include "template_internal.h"

enum {
    CONTROL_FD = 3, /* in the template */
    WORKER_FD = 4,  /* in bubblewrap: the program to run */
};

static void pack_texts(brig_buffer *to, const char *key, brig_strings texts)
{
    brig_pack_cstring(to, key);
    brig_pack_array(to, texts.count);
    for (size_t i = 0; i < texts.count; i++)
        brig_pack_cstring(to, texts.items[i]);
}

static brig_status make_configure(brig_template *template, const brig_plan *plan)
{
    const brig_profile *profile = template->config.profile;
    brig_buffer args;
    brig_status status = BRIG_OK;

    brig_buffer_init(&args, BRIG_PACKET_BYTES);
    brig_pack_map(&args, brig_plan_is_reduced(plan) ? 8 : 7);
    brig_pack_key_text(&args, "engine", profile->engine);
    brig_pack_cstring(&args, "plan");
    brig_plan_encode(plan, &args);
    if (brig_plan_is_reduced(plan)) {
        brig_pack_cstring(&args, "outer");
        brig_plan_encode_outer(plan, &args);
    }
    brig_pack_key_text(&args, "profile", profile->name);
    brig_pack_key_bool(&args, "exec", profile->exec);
    pack_texts(&args, "preload", profile->preload);
    pack_texts(&args, "harmless_threads", profile->harmless_threads);
    brig_pack_key_bool(&args, "private", template->config.is_private);
    if (args.fault != BRIG_OK) {
        status = args.fault;
        goto out;
    }
    brig_message message = {
        .type = BRIG_MESSAGE_CALL,
        .id = CONFIGURE_ID,
        .name = brig_span_text("configure"),
        .body = brig_buffer_span(&args),
    };
    template->last_id = CONFIGURE_ID;
    status = brig_message_append(&message, &template->configure);
out:
    brig_buffer_done(&args);
    return status;
}

/* What is started as a template: bubblewrap, or the worker's program itself. */
typedef struct start {
    const char *file;
    char **arguments;
    char **environment;
    const char *directory; /* NULL: the server's */
} start;

/* Everything that was open before stays closed: libuv closes all but what is listed. */
static int spawn(brig_template *template, const start *how, const int fds[2])
{
    uv_stdio_container_t stdio[WORKER_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        [CONTROL_FD] = {.flags = UV_INHERIT_FD, .data.fd = fds[0]},
        [WORKER_FD] = {.flags = UV_INHERIT_FD, .data.fd = fds[1]},
    };
    uv_process_options_t options = {
        .exit_cb = brig_template_on_exit,
        .file = how->file,
        .args = how->arguments,
        .env = how->environment,
        .cwd = how->directory,
        .stdio = stdio,
        .stdio_count = WORKER_FD + 1,
        .flags = UV_PROCESS_DETACHED, /* a terminal's ^C is for brigd alone */
    };

    if (template->config.uid != 0) {
        options.flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
        options.uid = template->config.uid;
        options.gid = template->config.uid;
    }
    return uv_spawn(&template->config.loop->uv, &template->process, &options);
}

/* The engine r is in the program that was named; any other in one beside it, NAME-ENGINE. */
static int open_worker(brig_template *template)
{
    const brig_profile *profile = template->config.profile;
    const bool has_r = brig_profile_has_r(profile);
    int len =
        snprintf(template->worker_path, sizeof(template->worker_path), "%s%s%s",
                 template->config.worker_path, has_r ? "" : "-", has_r ? "" : profile->engine);

    if (len < 0 || (size_t)len >= sizeof(template->worker_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(template->worker_path, O_RDONLY | O_CLOEXEC);
}

/*
 * Bubblewrap is the file that was tried, no other of that name. The worker's program may lie where
 * the template's user cannot go: its descriptor leads to it.
 */
static brig_status choose_start(const brig_template *template, const brig_host *host,
                                const brig_plan *plan, start *ret_start)
{
    static char name[] = "brig-worker";
    static char program[] = "/proc/self/fd/4";
    static char *arguments[] = {name, NULL};
    static char *nothing[] = {NULL};
    brig_status status = BRIG_OK;

    _Static_assert(WORKER_FD == 4, "the program's path names it");
    if (host->is_reduced) {
        *ret_start = (start){program, arguments, brig_plan_environment(plan), template->place.path};
        status = ret_start->environment != NULL ? BRIG_OK : BRIG_NO_MEMORY;
    } else {
        *ret_start = (start){host->bwrap, NULL, nothing, NULL};
        status = brig_bwrap_args_new(plan, WORKER_FD, &ret_start->arguments);
    }
    return status;
}

static void drop_start(const brig_host *host, const start *how)
{
    brig_bwrap_args_free(host->is_reduced ? how->environment : how->arguments);
}

static brig_status start_process(brig_template *template, const brig_host *host,
                                 const brig_plan *plan, char *error, size_t error_bytes)
{
    start how = {0};
    int pair[2] = {-1, -1};
    brig_status status = BRIG_SYSTEM;
    int worker = open_worker(template);

    if (worker < 0) {
        (void)snprintf(error, error_bytes, "%s: %s", template->worker_path, strerror(errno));
        goto out;
    }
    status = choose_start(template, host, plan, &how);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(status));
        goto out;
    }
    status = BRIG_SYSTEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        (void)snprintf(error, error_bytes, "socketpair: %s", strerror(errno));
        goto out;
    }
    int failed = spawn(template, &how, (const int[]){pair[1], worker});
    if (failed != 0) {
        (void)snprintf(error, error_bytes, "%s: %s", how.file, uv_strerror(failed));
        /* libuv knows the handle in spite of the failure: it must be closed before it is freed. */
        template->config.on_gone = NULL;
        template->process.data = template;
        template->open_handles = 1;
        uv_close((uv_handle_t *)&template->process, brig_template_on_handle_closed);
        goto out;
    }
    template->control = pair[0];
    pair[0] = -1;
    status = BRIG_OK;
out:
    drop_start(host, &how);
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            (void)close(pair[i]);
    }
    if (worker >= 0)
        (void)close(worker);
    return status;
}

brig_status brig_template_start(brig_template *template, char *error, size_t error_bytes)
{
    brig_host *host = NULL;
    brig_plan *plan = NULL;
    unsigned uid = template->config.uid != 0 ? template->config.uid : geteuid();

    brig_status status = brig_host_new(template->config.profile, uid, error, error_bytes, &host);
    if (status != BRIG_OK)
        goto out;
    if (host->is_reduced)
        status = brig_place_make(uid, &template->place, error, error_bytes);
    if (status != BRIG_OK)
        goto out;
    host->place = template->place.path;
    status = brig_plan_new(template->config.profile, host, &plan);
    if (status == BRIG_OK)
        status = make_configure(template, plan);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "profile `%s`: %s", template->config.profile->name,
                       brig_status_text(status));
        goto out;
    }
    status = start_process(template, host, plan, error, error_bytes);
out:
    if (status != BRIG_OK)
        brig_place_remove(&template->place);
    brig_plan_free(plan);
    brig_host_free(host);
    return status;
}
