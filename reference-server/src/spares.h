/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_SPARES_H
#define BRIG_SERVER_SPARES_H

#include "server.h"

/*
 * The spares of one profile: workers behind all their walls that wait for a session
 * (ARCHITECTURE.md, "Spares"). They are started one after the other, when no session has begun for
 * a moment, and belong to the template that is current.
 */
typedef struct brig_spares brig_spares;

typedef struct brig_spare {
    brig_spares *spares;
    brig_worker *worker; /* NULL: there is none */
} brig_spare;

struct brig_spares {
    brig_server *server;
    size_t profile;
    uv_timer_t timer;
    brig_spare items[BRIG_SPARES_MAX];
};

void brig_spares_init(brig_spares *spares, brig_server *server, size_t profile);
/* Start what is missing, soon. */
void brig_spares_refill(brig_spares *spares);
/* One that is alive, for a session with these limits; the caller owns it. Or NULL. */
brig_worker *brig_spares_take(brig_spares *spares, const brig_limits *limits);
/* Kill them all. */
void brig_spares_drop(brig_spares *spares);
/* Kill them all for good. The memory is in use until the loop has ended. */
void brig_spares_close(brig_spares *spares);

#endif
