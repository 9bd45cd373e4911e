/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLIENT_TESTS_LIVE_H
#define BRIG_CLIENT_TESTS_LIVE_H

#include <brig/client.h>

#include "check.h"

/* A session with a real private server (BRIG_SERVER), and what its code has said. */
struct live {
    brig_client *client;
    brig_buffer out;     /* stdout */
    brig_buffer display; /* the last PNG */
    size_t counts[BRIG_EVENT_KIND_COUNT];
};

/* Every failure ends the test, with the server's words. open may be NULL. */
void live_open(struct live *session, const brig_open *open);
void live_close(struct live *session);

/* Must succeed. */
brig_result live_eval(struct live *session, const char *code);
/* Must end with this error. deadline_ms 0: the session's. */
const brig_error *live_fails(struct live *session, const char *code, uint64_t deadline_ms,
                             brig_error_code expected);
/* Must give TRUE. */
void live_holds(struct live *session, const char *code);

/* Descriptors of this process. */
size_t live_count_descriptors(void);

#endif
