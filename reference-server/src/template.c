/* SPDX-License-Identifier: MIT */
/* Templates: started inside bubblewrap, configured, asked for sessions, replaced in time. */
#include "template.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/pack.h>
#include <brig/value.h>

#include "../sandbox/plan.h"
#include "log.h"

enum {
    CONFIGURE_MS = 120000, /* preloading packages takes seconds */
    START_MS = 5000,       /* an answer to `start` takes milliseconds */
    LEAVE_MS = 1000,       /* from the end of the control channel to the kill */
    CONTROL_FD = 3,        /* in the template */
    WORKER_FD = 4,         /* in bubblewrap: the program to run */
    SHARE_COUNT = 2000,    /* sessions share the address layout of their template ... */
    SHARE_MS = 3600000,    /* ... so it is replaced by count and by age */
    CONFIGURE_ID = 1,
    ERROR_BYTES = 1024,
};

/* Named by what has happened or is awaited. */
typedef enum template_state {
    TEMPLATE_AWAIT_CONFIGURED,
    TEMPLATE_READY,
    TEMPLATE_LEAVING, /* no request is taken, no answer expected */
} template_state;

struct brig_template {
    brig_template_config config;
    template_state state;
    uv_process_t process;
    uv_poll_t poll;
    uv_timer_t timer;
    int control;
    uint8_t *room; /* BRIG_PACKET_BYTES */
    brig_buffer configure;
    brig_buffer engine;
    brig_start_request *requests; /* without an answer, oldest first */
    uint64_t last_id;
    uint64_t started_ms;
    unsigned served_count;
    unsigned held_count; /* requests and sessions */
    unsigned open_handles;
    bool is_retired;
    bool is_process_gone;
    char failure[ERROR_BYTES];
};

static void on_handle_closed(uv_handle_t *handle)
{
    brig_template *template = handle->data;

    if (--template->open_handles > 0)
        return;
    void (*on_gone)(void *) = template->config.on_gone;
    void *owner = template->config.owner;
    if (template->control >= 0)
        (void)close(template->control);
    brig_buffer_done(&template->configure);
    brig_buffer_done(&template->engine);
    free(template->room);
    free(template);
    if (on_gone != NULL)
        on_gone(owner);
}

/* The last step: the process is gone and no session holds the template. */
static void free_if_unused(brig_template *template)
{
    if (!template->is_process_gone || template->held_count > 0 ||
        uv_is_closing((uv_handle_t *)&template->process) != 0)
        return;
    uv_close((uv_handle_t *)&template->process, on_handle_closed);
    uv_close((uv_handle_t *)&template->timer, on_handle_closed);
    if (uv_is_closing((uv_handle_t *)&template->poll) == 0)
        uv_close((uv_handle_t *)&template->poll, on_handle_closed);
}

static void retire(brig_template *template)
{
    if (template->is_retired)
        return;
    template->is_retired = true;
    template->config.on_retired(template, template->config.owner);
}

static void fail_requests(brig_template *template)
{
    while (template->requests != NULL) {
        brig_start_request *request = template->requests;

        template->requests = request->next;
        request->on_failed(request, template->failure[0] != '\0' ? template->failure
                                                                 : "the template ended");
    }
}

static void on_leave_timeout(uv_timer_t *timer)
{
    brig_template *template = timer->data;

    if (!template->is_process_gone)
        (void)uv_process_kill(&template->process, SIGKILL);
}

/* End the process: its control channel ends, later it is killed. Sessions end with it. */
static void leave(brig_template *template)
{
    if (template->state == TEMPLATE_LEAVING)
        return;
    template->state = TEMPLATE_LEAVING;
    (void)uv_poll_stop(&template->poll);
    (void)shutdown(template->control, SHUT_RDWR);
    uv_update_time(&template->config.loop->uv);
    (void)uv_timer_start(&template->timer, on_leave_timeout, LEAVE_MS, 0);
    retire(template);
    fail_requests(template);
    free_if_unused(template);
}

static void fail(brig_template *template, const char *why)
{
    if (template->state == TEMPLATE_LEAVING)
        return;
    brig_log("template `%s`: %s", template->config.profile->name, why);
    if (template->failure[0] == '\0')
        (void)snprintf(template->failure, sizeof(template->failure), "%s", why);
    leave(template);
}

static void on_process_exit(uv_process_t *process, int64_t status, int signal)
{
    brig_template *template = process->data;
    char why[128];

    template->is_process_gone = true;
    (void)snprintf(why, sizeof(why), "the template ended (status %lld, signal %d); see the log",
                   (long long)status, signal);
    fail(template, why);
    (void)uv_timer_stop(&template->timer);
    free_if_unused(template);
}

static void on_no_answer(uv_timer_t *timer)
{
    brig_template *template = timer->data;

    /* Whatever it does, it does not serve. Its sessions go with it. */
    fail(template, "the template did not answer in time");
    (void)uv_process_kill(&template->process, SIGKILL);
}

static void watch_control(brig_template *template);

/* Wait for the oldest unanswered request only. */
static void set_timer(brig_template *template)
{
    uint64_t timeout_ms = template->state == TEMPLATE_READY ? START_MS : CONFIGURE_MS;

    if (template->state == TEMPLATE_LEAVING)
        return;
    if (template->state == TEMPLATE_READY && template->requests == NULL) {
        (void)uv_timer_stop(&template->timer);
        return;
    }
    uv_update_time(&template->config.loop->uv);
    (void)uv_timer_start(&template->timer, on_no_answer, timeout_ms, 0);
}

static void send_requests(brig_template *template)
{
    for (brig_start_request *request = template->requests; request != NULL;
         request = request->next) {
        if (request->is_sent)
            continue;
        brig_status status = brig_packet_send(template->control, brig_buffer_span(&request->packet),
                                              request->fds, BRIG_PACKET_FDS);
        if (status == BRIG_AGAIN)
            return;
        if (status != BRIG_OK) {
            fail(template, "the template does not take requests");
            return;
        }
        request->is_sent = true;
        request->on_sent(request);
    }
}

static void send_waiting(brig_template *template)
{
    if (template->state == TEMPLATE_READY)
        send_requests(template);
    if (template->state != TEMPLATE_LEAVING)
        watch_control(template);
}

static void on_configured(brig_template *template, const brig_message *message)
{
    brig_tree *tree = NULL;

    if (message->type != BRIG_MESSAGE_RESULT || brig_tree_new(message->body, &tree) != BRIG_OK) {
        (void)snprintf(template->failure, sizeof(template->failure), "%.*s", (int)message->text.len,
                       message->text.data == NULL ? "" : (const char *)message->text.data);
        fail(template, template->failure);
        return;
    }
    const brig_value *engine = brig_value_get(brig_tree_root(tree), "engine");
    if (engine != NULL)
        brig_buffer_append(&template->engine, engine->encoded);
    brig_tree_free(tree);
    if (template->engine.len == 0 || template->engine.fault != BRIG_OK) {
        fail(template, "the template does not say which engine it has");
        return;
    }
    template->state = TEMPLATE_READY;
    if (!template->config.is_private) /* there the log is somebody's terminal */
        brig_log("template `%s`: ready after %llu ms", template->config.profile->name,
                 (unsigned long long)(brig_now_ms() - template->started_ms));
    set_timer(template);
    send_waiting(template);
}

static void on_answer(brig_template *template, const brig_message *message, int pidfd)
{
    brig_start_request **link = &template->requests;

    while (*link != NULL && (*link)->id != message->id)
        link = &(*link)->next;
    brig_start_request *request = *link;
    if (request == NULL) { /* withdrawn: nothing of it may live on */
        if (pidfd >= 0) {
            (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
            (void)close(pidfd);
        }
        return;
    }
    *link = request->next;
    set_timer(template);
    if (message->type == BRIG_MESSAGE_RESULT && pidfd >= 0) {
        request->on_started(request, pidfd);
        return;
    }
    char why[ERROR_BYTES];
    (void)snprintf(why, sizeof(why), "%.*s", (int)message->text.len,
                   message->text.data == NULL ? "" : (const char *)message->text.data);
    if (pidfd >= 0)
        (void)close(pidfd);
    request->on_failed(request, why);
}

static void receive(brig_template *template)
{
    while (template->state != TEMPLATE_LEAVING) {
        brig_message message = {0};
        int pidfd = -1;

        brig_status status =
            brig_packet_receive(template->control, (brig_room){template->room, BRIG_PACKET_BYTES},
                                &message, &pidfd);
        if (status == BRIG_AGAIN)
            return;
        if (status != BRIG_OK) {
            if (status != BRIG_CLOSED)
                fail(template, "the template's answer is unreadable");
            else
                (void)uv_poll_stop(&template->poll); /* its exit follows and says more */
            return;
        }
        if (template->state == TEMPLATE_AWAIT_CONFIGURED && message.id == CONFIGURE_ID)
            on_configured(template, &message);
        else
            on_answer(template, &message, pidfd);
    }
}

static void on_control(uv_poll_t *poll, int status, int events)
{
    brig_template *template = poll->data;

    if (status < 0) {
        fail(template, "the control channel failed");
        return;
    }
    if ((events & UV_READABLE) != 0)
        receive(template);
    if ((events & UV_WRITABLE) != 0 && template->state != TEMPLATE_LEAVING)
        send_waiting(template);
}

static void watch_control(brig_template *template)
{
    int events = UV_READABLE;

    for (const brig_start_request *request = template->requests; request != NULL;
         request = request->next) {
        if (!request->is_sent && template->state == TEMPLATE_READY)
            events |= UV_WRITABLE;
    }
    (void)uv_poll_start(&template->poll, events, on_control);
}

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
    brig_pack_map(&args, 5);
    brig_pack_key_text(&args, "engine", profile->engine);
    brig_pack_cstring(&args, "plan");
    brig_plan_encode(plan, &args);
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

/* Everything that was open before stays closed: libuv closes all but what is listed. */
static int spawn(brig_template *template, char **arguments, int control, int worker)
{
    char path[] = "PATH=/usr/bin:/bin:/usr/local/bin";
    char *environment[] = {path, NULL};
    uv_stdio_container_t stdio[WORKER_FD + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        [CONTROL_FD] = {.flags = UV_INHERIT_FD, .data.fd = control},
        [WORKER_FD] = {.flags = UV_INHERIT_FD, .data.fd = worker},
    };
    uv_process_options_t options = {
        .exit_cb = on_process_exit,
        .file = "bwrap",
        .args = arguments,
        .env = environment,
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

static brig_status start_process(brig_template *template, const brig_plan *plan, char *error,
                                 size_t error_bytes)
{
    char **arguments = NULL;
    int pair[2] = {-1, -1};
    brig_status status = BRIG_SYSTEM;
    int worker = open(template->config.worker_path, O_RDONLY | O_CLOEXEC);

    if (worker < 0) {
        (void)snprintf(error, error_bytes, "%s: %s", template->config.worker_path, strerror(errno));
        goto out;
    }
    status = brig_bwrap_args_new(plan, WORKER_FD, &arguments);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "%s", brig_status_text(status));
        goto out;
    }
    status = BRIG_SYSTEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        (void)snprintf(error, error_bytes, "socketpair: %s", strerror(errno));
        goto out;
    }
    int failed = spawn(template, arguments, pair[1], worker);
    if (failed != 0) {
        (void)snprintf(error, error_bytes, "bwrap (package bubblewrap): %s", uv_strerror(failed));
        /* libuv knows the handle in spite of the failure: it must be closed before it is freed. */
        template->config.on_gone = NULL;
        template->process.data = template;
        template->open_handles = 1;
        uv_close((uv_handle_t *)&template->process, on_handle_closed);
        goto out;
    }
    template->control = pair[0];
    pair[0] = -1;
    status = BRIG_OK;
out:
    brig_bwrap_args_free(arguments);
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            (void)close(pair[i]);
    }
    if (worker >= 0)
        (void)close(worker);
    return status;
}

static brig_status plan_and_start(brig_template *template, char *error, size_t error_bytes)
{
    brig_host *host = NULL;
    brig_plan *plan = NULL;
    unsigned uid = template->config.uid != 0 ? template->config.uid : geteuid();

    brig_status status =
        brig_host_new(template->config.profile, uid, error, error_bytes, &host);
    if (status != BRIG_OK)
        goto out;
    status = brig_plan_new(template->config.profile, host, &plan);
    if (status == BRIG_OK)
        status = make_configure(template, plan);
    if (status != BRIG_OK) {
        (void)snprintf(error, error_bytes, "profile `%s`: %s", template->config.profile->name,
                       brig_status_text(status));
        goto out;
    }
    status = start_process(template, plan, error, error_bytes);
out:
    brig_plan_free(plan);
    brig_host_free(host);
    return status;
}

/* The process runs: from here on the template ends by leave() only. */
static void begin(brig_template *template)
{
    uv_loop_t *loop = &template->config.loop->uv;

    (void)uv_timer_init(loop, &template->timer);
    (void)uv_poll_init(loop, &template->poll, template->control);
    template->process.data = template;
    template->timer.data = template;
    template->poll.data = template;
    template->open_handles = 3;
    set_timer(template);
    watch_control(template);
    if (brig_packet_send(template->control, brig_buffer_span(&template->configure), NULL, 0) !=
        BRIG_OK)
        fail(template, "the template does not take its configuration");
}

brig_status brig_template_new(const brig_template_config *config, char *error, size_t error_bytes,
                              brig_template **ret_template)
{
    brig_template *template = calloc(1, sizeof(*template));
    uint8_t *room = malloc(BRIG_PACKET_BYTES);

    if (template == NULL || room == NULL) {
        free(template);
        free(room);
        (void)snprintf(error, error_bytes, "%s", brig_status_text(BRIG_NO_MEMORY));
        return BRIG_NO_MEMORY;
    }
    template->config = *config;
    if (template->config.share_count == 0)
        template->config.share_count = SHARE_COUNT;
    template->room = room;
    template->control = -1;
    template->started_ms = brig_now_ms();
    brig_buffer_init(&template->configure, BRIG_PACKET_BYTES);
    brig_buffer_init(&template->engine, BRIG_PACKET_BYTES);
    brig_status status = plan_and_start(template, error, error_bytes);
    if (status != BRIG_OK) {
        if (template->open_handles == 0) {
            brig_buffer_done(&template->configure);
            free(room);
            free(template);
        }
        return status;
    }
    begin(template);
    *ret_template = template;
    return BRIG_OK;
}

static void append_request(brig_template *template, brig_start_request *request)
{
    brig_start_request **link = &template->requests;

    while (*link != NULL)
        link = &(*link)->next;
    request->next = NULL;
    *link = request;
}

brig_status brig_template_request(brig_template *template, brig_start_request *request,
                                  brig_span args)
{
    brig_message message = {
        .type = BRIG_MESSAGE_CALL,
        .id = template->last_id + 1,
        .name = brig_span_text("start"),
        .body = args,
    };

    if (template->state == TEMPLATE_LEAVING)
        return BRIG_UNAVAILABLE;
    brig_buffer_init(&request->packet, BRIG_PACKET_BYTES);
    brig_status status = brig_message_append(&message, &request->packet);
    if (status != BRIG_OK)
        return status;
    template->last_id = message.id;
    template->held_count++;
    template->served_count++;
    request->id = message.id;
    request->is_sent = false;
    bool is_first = template->requests == NULL;
    append_request(template, request);
    if (is_first)
        set_timer(template);
    send_waiting(template);
    if (template->served_count >= template->config.share_count ||
        brig_now_ms() - template->started_ms >= SHARE_MS)
        retire(template);
    return BRIG_OK;
}

void brig_template_withdraw(brig_template *template, brig_start_request *request)
{
    brig_start_request **link = &template->requests;

    while (*link != NULL && *link != request)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    *link = request->next;
    set_timer(template);
}

void brig_template_release(brig_template *template)
{
    assert(template->held_count > 0);
    template->held_count--;
    if (template->held_count == 0 && template->is_retired)
        leave(template);
    free_if_unused(template);
}

void brig_template_close(brig_template *template)
{
    leave(template);
}

brig_span brig_template_engine(const brig_template *template)
{
    return brig_buffer_span(&template->engine);
}

const char *brig_template_failure(const brig_template *template)
{
    return template->failure;
}
