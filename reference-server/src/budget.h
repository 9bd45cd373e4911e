/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_BUDGET_H
#define BRIG_SERVER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/queue.h>
#include <uv.h>

/*
 * The memory that all sessions together hold in buffers, and its bound (spec 7.7; ARCHITECTURE.md,
 * "Memory"). Below the bound nothing happens. Above it only the session that holds the most is read
 * from, besides those that hold next to nothing; if it does not move, it is ended.
 */
typedef struct brig_stream brig_stream;
typedef struct brig_account brig_account;
typedef TAILQ_HEAD(brig_accounts, brig_account) brig_accounts;

enum {
    BRIG_ACCOUNT_FREE_BYTES = 262144, /* what each session may hold whatever others do */
};

typedef struct brig_budget {
    uv_timer_t timer;
    brig_accounts accounts;
    size_t limit_bytes;
    size_t held_bytes;
    brig_account *favourite; /* while there is pressure: the one that may go on */
    uint64_t mark_ms;        /* when it was last seen to move */
    uint64_t mark_bytes;     /* and how far it had got then */
    bool is_pressed;
} brig_budget;

/* One session's part of it. The owner sets on_shed and owner. */
struct brig_account {
    TAILQ_ENTRY(brig_account) link;
    TAILQ_HEAD(, brig_stream) streams;
    brig_budget *budget;
    size_t held_bytes;
    uint64_t moved_bytes; /* read and written so far */
    bool is_shed;
    void (*on_shed)(void *owner); /* end it: the bound cannot be kept otherwise */
    void *owner;
};

void brig_budget_init(brig_budget *budget, uv_loop_t *loop);
/* No further timer, so that the loop can end. */
void brig_budget_release(brig_budget *budget);

void brig_account_open(brig_account *account, brig_budget *budget);
/* Its streams are taken from it; what they hold still counts. */
void brig_account_close(brig_account *account);

/* What somebody holds has changed; account may be NULL. */
void brig_budget_change(brig_budget *budget, brig_account *account, size_t before, size_t after);

/* May more be taken in for it? True of NULL. */
bool brig_account_may_read(const brig_account *account);

#endif
