/* SPDX-License-Identifier: MIT */
/* Workers that wait for a session. ARCHITECTURE.md, "Spares". */
#include "spares.h"

#include "log.h"

enum {
    REFILL_MS = 20, /* since a session began: its first calls come before the next one's */
};

static const brig_profile *profile_of(const brig_spares *spares)
{
    return &brig_server_config_of(spares->server)->profiles[spares->profile];
}

static size_t wanted_count(const brig_spares *spares)
{
    const brig_profile *profile = profile_of(spares);

    return profile->isolated ? 0 : profile->spares;
}

/* The first that there is not yet, or NULL. */
static brig_spare *find_missing(brig_spares *spares)
{
    for (size_t i = 0; i < wanted_count(spares); i++) {
        if (spares->items[i].worker == NULL)
            return &spares->items[i];
    }
    return NULL;
}

/* No session has used it: what it says is told to nobody, and its end makes room for another. */

static void on_waiting(void *owner)
{
    const brig_spare *spare = owner;

    brig_spares_refill(spare->spares);
}

static void on_failed(void *owner, brig_error_code code, const char *why, brig_span data)
{
    const brig_spare *spare = owner;

    (void)code;
    (void)data;
    brig_log("profile `%s`: a spare: %s", profile_of(spare->spares)->name, why);
}

static void on_gone(void *owner, const brig_worker_end *end)
{
    brig_spare *spare = owner;

    (void)end;
    spare->worker = NULL;
}

static void on_raw(void *owner, brig_raw_stream stream, brig_span bytes)
{
    (void)owner;
    (void)stream;
    (void)bytes;
}

static void on_violation(void *owner, const brig_value *what)
{
    (void)owner;
    (void)what;
}

static void on_file(void *owner, uint64_t id, const brig_message *answer)
{
    (void)owner;
    (void)id;
    (void)answer;
}

/* A spare is never ready, so what follows that is not here. */
static const brig_worker_events spare_events = {
    .on_waiting = on_waiting,
    .on_failed = on_failed,
    .on_raw = on_raw,
    .on_file = on_file,
    .on_violation = on_violation,
    .on_gone = on_gone,
};

static void start_one(brig_spares *spares, brig_spare *spare, brig_template *template)
{
    brig_worker_config config = {
        .loop = brig_server_loop(spares->server),
        .template = template,
        .groups = brig_server_groups(spares->server),
        .limits = &profile_of(spares)->limits,
        .cpu_percent = profile_of(spares)->cpu_percent,
        .events = &spare_events,
        .owner = spare,
        .on_freed = brig_server_on_worker_freed,
        .server = spares->server,
    };

    *spare = (brig_spare){.spares = spares};
    brig_server_on_worker(spares->server);
    brig_status status = brig_worker_new(&config, &spare->worker);
    if (status != BRIG_OK)
        brig_log("profile `%s`: a spare: %s", profile_of(spares)->name, brig_status_text(status));
    else if (brig_server_template_of(spares->server, spares->profile) != template)
        brig_spares_drop(spares); /* it has retired meanwhile */
}

static void on_refill(uv_timer_t *timer)
{
    brig_spares *spares = timer->data;
    brig_spare *missing = find_missing(spares);
    brig_template *template = NULL;
    char error[256];

    /* A template that fails says why to the next session. */
    if (missing != NULL && brig_server_may_spare(spares->server) &&
        brig_server_template(spares->server, spares->profile, error, sizeof(error), &template) ==
            BRIG_OK &&
        brig_template_may_spare(template))
        start_one(spares, missing, template);
}

void brig_spares_init(brig_spares *spares, brig_server *server, size_t profile)
{
    *spares = (brig_spares){.server = server, .profile = profile};
    (void)uv_timer_init(&brig_server_loop(server)->uv, &spares->timer);
    spares->timer.data = spares;
}

void brig_spares_refill(brig_spares *spares)
{
    if (find_missing(spares) == NULL || uv_is_closing((uv_handle_t *)&spares->timer) != 0)
        return;
    uv_update_time(spares->timer.loop);
    (void)uv_timer_start(&spares->timer, on_refill, REFILL_MS, 0);
}

brig_worker *brig_spares_take(brig_spares *spares, const brig_limits *limits)
{
    if (!brig_worker_starts_alike(limits, &profile_of(spares)->limits))
        return NULL;
    for (size_t i = 0; i < wanted_count(spares); i++) {
        brig_worker *worker = spares->items[i].worker;

        if (worker == NULL || !brig_worker_is_waiting(worker))
            continue;
        spares->items[i].worker = NULL;
        brig_template_note_session(brig_server_template_of(spares->server, spares->profile));
        return worker;
    }
    return NULL;
}

void brig_spares_drop(brig_spares *spares)
{
    for (size_t i = 0; i < BRIG_SPARES_MAX; i++) {
        brig_worker *worker = spares->items[i].worker;

        spares->items[i].worker = NULL;
        if (worker != NULL)
            brig_worker_abandon(worker);
    }
}

void brig_spares_close(brig_spares *spares)
{
    brig_spares_drop(spares);
    uv_close((uv_handle_t *)&spares->timer, NULL);
}
