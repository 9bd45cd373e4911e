/* SPDX-License-Identifier: MIT */
/* Sessions side by side, each in a thread of its own, and nothing left of them. */
#include "live.h"

#include <pthread.h>

enum { SESSIONS = 8 };

struct side {
    pthread_t thread;
    int64_t number;
};

static void *run(void *context)
{
    const struct side *side = context;
    struct live session;
    brig_result result;
    char code[64];

    live_open(&session, NULL);
    /* Seen by others, this variable would be theirs too. */
    (void)snprintf(code, sizeof(code), "stopifnot(!exists(\"mine\")); mine <- %dL",
                   (int)side->number);
    (void)live_eval(&session, code);
    for (int i = 0; i < 20; i++)
        (void)live_eval(&session, "mine <- mine + 100L");
    result = live_eval(&session, "mine");
    CHECK(result.value->kind == BRIG_INT && result.value->integer == side->number + 2000,
          "session %d", (int)side->number);
    live_close(&session);
    return NULL;
}

int main(void)
{
    size_t descriptors = live_count_descriptors();
    struct side sides[SESSIONS];

    for (int i = 0; i < SESSIONS; i++) {
        sides[i].number = i;
        CHECK(pthread_create(&sides[i].thread, NULL, run, &sides[i]) == 0, "thread");
    }
    for (int i = 0; i < SESSIONS; i++)
        CHECK(pthread_join(sides[i].thread, NULL) == 0, "thread");
    CHECK(live_count_descriptors() == descriptors, "a descriptor is left");
    return EXIT_SUCCESS;
}
