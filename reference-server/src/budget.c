/* SPDX-License-Identifier: MIT */
/* The memory in buffers of all sessions, and what happens at its bound (spec 7.7). */
#include "budget.h"

#include <assert.h>

#include <malloc.h>

#include "log.h"
#include "stream.h"

enum {
    TICK_MS = 500,
    STALL_MS = 5000,
    PACE_BYTES = 65536, /* in STALL_MS: who moves less stands still */
    MOST_PERCENT = 100,
    CALM_PERCENT = 75, /* of the bound: then the pressure is over */
};

static void watch_streams(brig_account *account)
{
    brig_stream *stream = NULL;

    TAILQ_FOREACH(stream, &account->streams, account_link)
    brig_stream_watch(stream);
}

static void trim_streams(brig_account *account)
{
    brig_stream *stream = NULL;

    TAILQ_FOREACH(stream, &account->streams, account_link)
    brig_stream_trim(stream);
}

bool brig_account_may_read(const brig_account *account)
{
    return account == NULL || !account->budget->is_pressed ||
           account == account->budget->favourite || account->held_bytes <= BRIG_ACCOUNT_FREE_BYTES;
}

/* ---- pressure ---- */

static brig_account *find_largest(brig_budget *budget)
{
    brig_account *largest = NULL;
    brig_account *account = NULL;

    TAILQ_FOREACH(account, &budget->accounts, link)
    {
        if (!account->is_shed && account->held_bytes > BRIG_ACCOUNT_FREE_BYTES &&
            (largest == NULL || account->held_bytes > largest->held_bytes))
            largest = account;
    }
    return largest;
}

/* The largest frees the most, by its end or by ours. */
static void choose_favourite(brig_budget *budget)
{
    budget->favourite = find_largest(budget);
    if (budget->favourite == NULL)
        return;
    budget->mark_ms = brig_now_ms();
    budget->mark_bytes = budget->favourite->moved_bytes;
    watch_streams(budget->favourite);
}

static void end_pressure(brig_budget *budget)
{
    brig_account *account = NULL;

    budget->is_pressed = false;
    budget->favourite = NULL;
    TAILQ_FOREACH(account, &budget->accounts, link)
    watch_streams(account);
    brig_log("buffers: %zu bytes are held, all sessions are read again", budget->held_bytes);
}

static void shed(brig_account *account)
{
    account->is_shed = true;
    account->on_shed(account->owner);
}

static void judge_favourite(brig_budget *budget)
{
    brig_account *favourite = budget->favourite;

    if (favourite == NULL || favourite->held_bytes <= BRIG_ACCOUNT_FREE_BYTES) {
        choose_favourite(budget);
        return;
    }
    if (favourite->moved_bytes - budget->mark_bytes >= PACE_BYTES) {
        budget->mark_ms = brig_now_ms();
        budget->mark_bytes = favourite->moved_bytes;
    } else if (brig_now_ms() - budget->mark_ms >= STALL_MS) {
        brig_log("buffers: %zu bytes are held; a session that stands still with %zu of them ends",
                 budget->held_bytes, favourite->held_bytes);
        shed(favourite);
        choose_favourite(budget);
    }
}

/* Memory that has been used once is given back when nobody needs it. */
static void give_back(brig_budget *budget)
{
    size_t before = budget->held_bytes;
    brig_account *account = NULL;

    TAILQ_FOREACH(account, &budget->accounts, link)
    trim_streams(account);
    if (budget->held_bytes < before || find_largest(budget) == NULL)
        (void)malloc_trim(0);
}

static void on_tick(uv_timer_t *timer);

static void start_ticking(brig_budget *budget)
{
    if (uv_is_active((uv_handle_t *)&budget->timer) == 0 &&
        uv_is_closing((uv_handle_t *)&budget->timer) == 0)
        (void)uv_timer_start(&budget->timer, on_tick, TICK_MS, 0);
}

static void on_tick(uv_timer_t *timer)
{
    brig_budget *budget = timer->data;

    give_back(budget);
    if (budget->is_pressed)
        judge_favourite(budget);
    if (budget->is_pressed || find_largest(budget) != NULL)
        start_ticking(budget);
}

static bool is_above(const brig_budget *budget, size_t percent)
{
    return budget->held_bytes > budget->limit_bytes / MOST_PERCENT * percent;
}

static void begin_pressure(brig_budget *budget)
{
    brig_log("buffers: %zu bytes are held, above the bound of %zu", budget->held_bytes,
             budget->limit_bytes);
    budget->is_pressed = true;
    choose_favourite(budget);
}

void brig_budget_change(brig_budget *budget, brig_account *account, size_t before, size_t after)
{
    assert(budget->held_bytes >= before);
    budget->held_bytes = budget->held_bytes - before + after;
    if (account != NULL)
        account->held_bytes = account->held_bytes - before + after;
    if (account != NULL && account->held_bytes > BRIG_ACCOUNT_FREE_BYTES)
        start_ticking(budget);
    if (!budget->is_pressed && is_above(budget, MOST_PERCENT))
        begin_pressure(budget);
    else if (budget->is_pressed && !is_above(budget, CALM_PERCENT))
        end_pressure(budget);
    else if (budget->is_pressed && account != NULL && account == budget->favourite &&
             account->held_bytes <= BRIG_ACCOUNT_FREE_BYTES)
        choose_favourite(budget);
}

/* ---- beginning and end ---- */

void brig_budget_init(brig_budget *budget, uv_loop_t *loop)
{
    *budget = (brig_budget){.limit_bytes = SIZE_MAX};
    TAILQ_INIT(&budget->accounts);
    (void)uv_timer_init(loop, &budget->timer);
    budget->timer.data = budget;
}

void brig_budget_release(brig_budget *budget)
{
    if (uv_is_closing((uv_handle_t *)&budget->timer) == 0)
        uv_close((uv_handle_t *)&budget->timer, NULL);
}

void brig_account_open(brig_account *account, brig_budget *budget)
{
    account->budget = budget;
    TAILQ_INIT(&account->streams);
    TAILQ_INSERT_TAIL(&budget->accounts, account, link);
}

void brig_account_close(brig_account *account)
{
    brig_budget *budget = account->budget;

    while (!TAILQ_EMPTY(&account->streams))
        brig_stream_charge(TAILQ_FIRST(&account->streams), NULL);
    TAILQ_REMOVE(&budget->accounts, account, link);
    if (budget->favourite == account)
        choose_favourite(budget);
    start_ticking(budget); /* what many sessions have freed in small pieces is given back as well */
}
