/* SPDX-License-Identifier: MIT */
/* Who is connected, and who may be (ARCHITECTURE.md, "Who gets in"). */
#include "admission.h"

#include <sys/resource.h>

#include "client.h"
#include "log.h"

enum {
    MAX_STRANGERS = 256,
    STRANGER_SHARE = 8,      /* of the descriptors, at most one in so many */
    SESSION_DESCRIPTORS = 9, /* socket, two channels, two pipes, pidfd, three of a cgroup */
    FEW_DESCRIPTORS = 256,   /* if the system does not say how many there may be */
    SERVER_DESCRIPTORS = 64, /* loop, listeners, templates, sessions that are being started */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As many descriptors as the system allows, and how many that is. */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit = {.rlim_cur = FEW_DESCRIPTORS, .rlim_max = FEW_DESCRIPTORS};

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};

        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return (size_t)limit.rlim_cur;
}

void brig_admission_init(brig_admission *admission, size_t max_connections)
{
    size_t descriptors = raise_descriptor_limit();

    TAILQ_INIT(&admission->strangers);
    TAILQ_INIT(&admission->guests);
    admission->stranger_count = 0;
    admission->guest_count = 0;
    admission->max_strangers = least(MAX_STRANGERS, descriptors / STRANGER_SHARE + 1);
    size_t taken = SERVER_DESCRIPTORS + admission->max_strangers;
    size_t sessions = descriptors > taken ? (descriptors - taken) / SESSION_DESCRIPTORS : 0;
    admission->max_guests = sessions == 0 ? 1 : least(max_connections, sessions);
    if (admission->max_guests < max_connections)
        brig_log("max_connections is %zu here, not %zu: %zu descriptors (RLIMIT_NOFILE) are enough "
                 "for no more",
                 admission->max_guests, max_connections, descriptors);
}

bool brig_admission_has_room(const brig_admission *admission)
{
    return admission->guest_count < admission->max_guests;
}

void brig_admission_arrive(brig_admission *admission, brig_visit *visit)
{
    /* Whoever knows a key is through in a millisecond: the oldest is the least likely to be one. */
    if (admission->stranger_count >= admission->max_strangers)
        brig_client_drop(TAILQ_FIRST(&admission->strangers)->client);
    visit->is_guest = false;
    TAILQ_INSERT_TAIL(&admission->strangers, visit, link);
    admission->stranger_count++;
}

bool brig_admission_greet(brig_admission *admission, brig_visit *visit)
{
    bool has_room = brig_admission_has_room(admission);

    TAILQ_REMOVE(&admission->strangers, visit, link);
    admission->stranger_count--;
    TAILQ_INSERT_TAIL(&admission->guests, visit, link);
    admission->guest_count++;
    visit->is_guest = true;
    return has_room;
}

void brig_admission_leave(brig_admission *admission, brig_visit *visit)
{
    if (visit->is_guest) {
        TAILQ_REMOVE(&admission->guests, visit, link);
        admission->guest_count--;
    } else {
        TAILQ_REMOVE(&admission->strangers, visit, link);
        admission->stranger_count--;
    }
}

bool brig_admission_is_empty(const brig_admission *admission)
{
    return TAILQ_EMPTY(&admission->strangers) && TAILQ_EMPTY(&admission->guests);
}
