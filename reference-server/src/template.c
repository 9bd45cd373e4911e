/* SPDX-License-Identifier: MIT */
/* Templates: started inside bubblewrap, configured, asked for sessions, replaced in time. */
#include "template_internal.h"

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

#include "log.h"

enum {
    CONFIGURE_MS = 120000, /* preloading packages takes seconds */
    START_MS = 20000,      /* an answer to `start` takes milliseconds, seconds on a busy machine */
    LEAVE_MS = 1000,       /* from the end of the control channel to the kill */
    SHARE_MS = 3600000,    /* an hour: config.h has the other bound, a count */
};

void brig_template_on_handle_closed(uv_handle_t *handle)
{
    brig_template *template = handle->data;

    if (--template->open_handles > 0)
        return;
    void (*on_gone)(void *) = template->config.on_gone;
    void *owner = template->config.owner;
    if (template->control >= 0)
        (void)close(template->control);
    brig_place_remove(&template->place);
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
    uv_close((uv_handle_t *)&template->process, brig_template_on_handle_closed);
    uv_close((uv_handle_t *)&template->timer, brig_template_on_handle_closed);
    if (uv_is_closing((uv_handle_t *)&template->poll) == 0)
        uv_close((uv_handle_t *)&template->poll, brig_template_on_handle_closed);
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
        request->on_failed(request,
                           template->failure[0] != '\0' ? template->failure : "the template ended");
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

void brig_template_on_exit(uv_process_t *process, int64_t status, int signal)
{
    brig_template *template = process->data;
    char why[ERROR_BYTES];

    template->is_process_gone = true;
    (void)snprintf(
        why, sizeof(why),
        "the template ended (status %lld, signal %d); the log tells more, and %.256s must "
        "be a brig-worker of this version",
        (long long)status, signal, template->worker_path);
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

/* Before the self-test has passed only its own session starts. */
static bool may_send(const brig_template *template, const brig_start_request *request)
{
    return template->state == TEMPLATE_READY && !request->is_sent &&
           (template->config.is_tested || request->is_probe);
}

static bool awaits_answer(const brig_template *template)
{
    const brig_start_request *request = template->requests;

    while (request != NULL && !request->is_sent && !may_send(template, request))
        request = request->next;
    return request != NULL;
}

/* Wait for the oldest unanswered request only; one that waits for the self-test is not asked yet. */
static void set_timer(brig_template *template)
{
    uint64_t timeout_ms = template->state == TEMPLATE_READY ? START_MS : CONFIGURE_MS;

    if (template->state == TEMPLATE_LEAVING)
        return;
    if (template->state == TEMPLATE_READY && !awaits_answer(template)) {
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
        if (!may_send(template, request))
            continue;
        brig_status status = brig_packet_send(template->control, brig_buffer_span(&request->packet),
                                              request->fds, request->fd_count);
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
    if (!template->config.is_tested && template->state == TEMPLATE_READY)
        template->config.on_ready(template, template->config.owner);
}

/* The template is ours, and names the shim only where that is not the process of the pidfd. */
static pid_t shim_of(const brig_message *message)
{
    brig_tree *tree = NULL;
    pid_t shim = 0;

    if (brig_tree_new(message->body, &tree) == BRIG_OK)
        shim = (pid_t)brig_value_get_uint(brig_tree_root(tree), "shim", 0);
    brig_tree_free(tree);
    return shim;
}

static void on_answer(brig_template *template, const brig_message *message, int pidfd)
{
    brig_start_request **link = &template->requests;

    while (*link != NULL && (*link)->id != message->id)
        link = &(*link)->next;
    brig_start_request *request = *link;
    if (request == NULL) { /* withdrawn: nothing of it may live on */
        if (pidfd >= 0) {
            brig_template_end_session(template, pidfd);
            (void)close(pidfd);
        }
        return;
    }
    *link = request->next;
    set_timer(template);
    if (message->type == BRIG_MESSAGE_RESULT && pidfd >= 0) {
        request->shim_pid = shim_of(message);
        request->on_started(request, pidfd);
        return;
    }
    char why[ERROR_BYTES];
    if (message->type == BRIG_MESSAGE_RESULT) /* the kernel had no number for it */
        (void)snprintf(why, sizeof(why), "the server has no descriptor left for the session");
    else
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

        brig_status status = brig_packet_receive(
            template->control, (brig_room){template->room, BRIG_PACKET_BYTES}, &message, &pidfd);
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
        (void)uv_poll_stop(&template->poll); /* its exit follows and says more */
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
        if (may_send(template, request))
            events |= UV_WRITABLE;
    }
    (void)uv_poll_start(&template->poll, events, on_control);
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
    /* It has ended, or will. It cannot fail here, since its owner does not have it yet: its exit does that. */
    if (brig_packet_send(template->control, brig_buffer_span(&template->configure), NULL, 0) !=
        BRIG_OK)
        (void)uv_process_kill(&template->process, SIGKILL);
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
    template->room = room;
    template->control = -1;
    template->started_ms = brig_now_ms();
    brig_buffer_init(&template->configure, BRIG_PACKET_BYTES);
    brig_buffer_init(&template->engine, BRIG_PACKET_BYTES);
    brig_status status = brig_template_start(template, error, error_bytes);
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
    template->served_count += request->is_probe ? 0 : 1;
    request->id = message.id;
    request->is_sent = false;
    bool is_first = !awaits_answer(template);
    append_request(template, request);
    if (is_first)
        set_timer(template);
    send_waiting(template);
    brig_template_note_session(template);
    return BRIG_OK;
}

static bool is_old(const brig_template *template)
{
    return brig_now_ms() - template->started_ms >= SHARE_MS;
}

bool brig_template_may_spare(const brig_template *template)
{
    return template->state != TEMPLATE_LEAVING &&
           template->served_count + 1 < template->config.share_count && !is_old(template);
}

void brig_template_note_session(brig_template *template)
{
    if (template->served_count >= template->config.share_count || is_old(template))
        retire(template);
}

void brig_template_retire(brig_template *template)
{
    /* What has never built a session fails its self-test, and for a while no other is tried. */
    if (!template->config.is_tested)
        return;
    if (!template->is_retired)
        brig_log("template `%s`: it cannot build what it could; a new one takes its place",
                 template->config.profile->name);
    retire(template);
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

void brig_template_pass(brig_template *template)
{
    template->config.is_tested = true;
    if (template->state == TEMPLATE_LEAVING)
        return;
    set_timer(template);
    send_waiting(template);
}

void brig_template_refuse(brig_template *template, const char *why)
{
    fail(template, why);
}

void brig_template_close(brig_template *template)
{
    leave(template);
}

void brig_template_end_session(const brig_template *template, int pidfd)
{
    (void)syscall(SYS_pidfd_send_signal, pidfd,
                  brig_template_is_reduced(template) ? SIGTERM : SIGKILL, NULL, 0);
}

bool brig_template_is_reduced(const brig_template *template)
{
    return template->place.path[0] != '\0';
}

brig_span brig_template_engine(const brig_template *template)
{
    return brig_buffer_span(&template->engine);
}

const char *brig_template_failure(const brig_template *template)
{
    return template->failure;
}
