/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_ADMISSION_H
#define BRIG_SERVER_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/queue.h>

/*
 * Who is connected, and who may be (ARCHITECTURE.md, "Who gets in"). A stranger is a connection
 * that has not said HELLO (spec 3.6); it becomes a guest by that. Strangers never take the place
 * of a guest: they are bounded by themselves, and the oldest makes room for the newest.
 */
typedef struct brig_client brig_client;

/* A connection's place in the lists; part of the connection. */
typedef struct brig_visit {
    TAILQ_ENTRY(brig_visit) link;
    brig_client *client;
    bool is_guest;
} brig_visit;

typedef TAILQ_HEAD(brig_visits, brig_visit) brig_visits;

typedef struct brig_admission {
    brig_visits strangers; /* oldest first */
    brig_visits guests;
    size_t stranger_count;
    size_t guest_count;
    size_t max_strangers;
    size_t max_guests;
} brig_admission;

/*
 * Raise the process's limit of descriptors as far as the system allows. If that is not enough for
 * max_connections, there are fewer guests, and the log says so.
 */
void brig_admission_init(brig_admission *admission, size_t max_connections);

/* Is there room for one guest more? If not, a newcomer is refused as busy. */
bool brig_admission_has_room(const brig_admission *admission);

/* A connection was accepted. One stranger too many ends the oldest. */
void brig_admission_arrive(brig_admission *admission, brig_visit *visit);

/* A stranger has said HELLO. False: others were faster, there is no room any more. */
bool brig_admission_greet(brig_admission *admission, brig_visit *visit);

void brig_admission_leave(brig_admission *admission, brig_visit *visit);
bool brig_admission_is_empty(const brig_admission *admission);

#endif
