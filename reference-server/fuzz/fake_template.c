/* SPDX-License-Identifier: MIT */
/* Templates without processes. */
#include "fake_template.h"

#include <stdio.h>
#include <stdlib.h>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/message.h>
#include <brig/pack.h>
#include <check.h>

enum { ENGINE_BYTES = 256 };

struct brig_template {
    brig_template_config config;
    uv_timer_t handle; /* so that the loop waits for it */
    brig_buffer engine;
    brig_start_request *requests; /* without an answer, oldest first */
    brig_template *next;
    unsigned held_count;
    unsigned served_count;
    bool is_retired;
    bool is_leaving;
    bool is_closed;
};

static brig_template *templates;
static bool is_refusing;

/* False: it has been answered before. */
static bool unlink_request(brig_template *template, const brig_start_request *request)
{
    brig_start_request **link = &template->requests;

    while (*link != NULL && *link != request)
        link = &(*link)->next;
    if (*link == NULL)
        return false;
    *link = request->next;
    return true;
}

brig_start_request *fake_template_oldest(void)
{
    for (brig_template *template = templates; template != NULL; template = template->next) {
        if (template->requests != NULL)
            return template->requests;
    }
    return NULL;
}

static void take(const brig_start_request *request)
{
    brig_template *template = templates;

    while (template != NULL && !unlink_request(template, request))
        template = template->next;
    CHECK(template != NULL, "a request that nobody made");
}

void fake_template_start(brig_start_request *request, int pidfd)
{
    take(request);
    request->on_started(request, pidfd);
}

void fake_template_fail(brig_start_request *request, const char *why)
{
    take(request);
    request->on_failed(request, why);
}

void fake_template_refuse_next(void)
{
    is_refusing = true;
}

bool fake_template_is_none_left(void)
{
    is_refusing = false;
    return templates == NULL;
}

static void pack_engine(brig_buffer *to)
{
    brig_buffer_init(to, ENGINE_BYTES);
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "name", "r");
    brig_pack_key_text(to, "version", "4.2.2");
}

bool brig_template_is_reduced(const brig_template *template)
{
    (void)template;
    return false;
}

void brig_template_end_session(const brig_template *template, int pidfd)
{
    (void)template;
    (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

brig_status brig_template_new(const brig_template_config *config, char *error, size_t error_bytes,
                              brig_template **ret_template)
{
    brig_template *template = NULL;

    if (is_refusing) {
        is_refusing = false;
        (void)snprintf(error, error_bytes, "there is no bubblewrap");
        return BRIG_UNAVAILABLE;
    }
    template = calloc(1, sizeof(*template));
    CHECK(template != NULL, "memory");
    template->config = *config;
    pack_engine(&template->engine);
    (void)uv_timer_init(&config->loop->uv, &template->handle);
    template->handle.data = template;
    template->next = templates;
    templates = template;
    *ret_template = template;
    return BRIG_OK;
}

static void free_if_unused(brig_template *template)
{
    void (*on_gone)(void *) = template->config.on_gone;
    void *owner = template->config.owner;
    brig_template **link = &templates;

    if (!template->is_closed || template->held_count > 0)
        return;
    while (*link != template)
        link = &(*link)->next;
    *link = template->next;
    brig_buffer_done(&template->engine);
    free(template);
    on_gone(owner);
}

static void on_closed(uv_handle_t *handle)
{
    brig_template *template = handle->data;

    template->is_closed = true;
    free_if_unused(template);
}

static void retire(brig_template *template)
{
    if (template->is_retired)
        return;
    template->is_retired = true;
    template->config.on_retired(template, template->config.owner);
}

/* As the real one: no request is taken any more, and those without an answer fail. */
static void leave(brig_template *template)
{
    if (template->is_leaving)
        return;
    template->is_leaving = true;
    uv_close((uv_handle_t *)&template->handle, on_closed);
    retire(template);
    while (template->requests != NULL) {
        brig_start_request *request = template->requests;

        template->requests = request->next;
        request->on_failed(request, "the template ended");
    }
}

brig_status brig_template_request(brig_template *template, brig_start_request *request,
                                  brig_span args)
{
    brig_start_request **link = &template->requests;

    if (template->is_leaving)
        return BRIG_UNAVAILABLE;
    CHECK(brig_check(args, 0, NULL) == BRIG_OK, "args of start");
    CHECK(request->fd_count == BRIG_SESSION_FDS, "descriptors: %zu", request->fd_count);
    brig_buffer_init(&request->packet, BRIG_PACKET_BYTES);
    brig_buffer_append(&request->packet, args);
    while (*link != NULL)
        link = &(*link)->next;
    request->next = NULL;
    *link = request;
    template->held_count++;
    template->served_count++;
    brig_template_note_session(template);
    return BRIG_OK;
}

bool brig_template_may_spare(const brig_template *template)
{
    return !template->is_retired && template->served_count + 1 < template->config.share_count;
}

void brig_template_note_session(brig_template *template)
{
    if (template->served_count >= template->config.share_count)
        retire(template);
}

void brig_template_retire(brig_template *template)
{
    retire(template);
}

void brig_template_withdraw(brig_template *template, brig_start_request *request)
{
    (void)unlink_request(template, request);
}

void brig_template_release(brig_template *template)
{
    CHECK(template->held_count > 0, "nothing holds it");
    template->held_count--;
    if (template->held_count == 0 && template->is_retired)
        leave(template);
    free_if_unused(template);
}

void brig_template_pass(brig_template *template)
{
    (void)template;
}

void brig_template_refuse(brig_template *template, const char *why)
{
    (void)why;
    leave(template);
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
    (void)template;
    return "";
}
