/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_TEMPLATE_INTERNAL_H
#define BRIG_SERVER_TEMPLATE_INTERNAL_H

#include "place.h"
#include "template.h"

/* What template.c and template_start.c share. */

enum {
    CONFIGURE_ID = 1,
    ERROR_BYTES = 1024,
    WORKER_PATH_BYTES = 4096,
};

/* Named by what has happened or is awaited. */
typedef enum template_state {
    TEMPLATE_AWAIT_CONFIGURED,
    TEMPLATE_READY,
    TEMPLATE_LEAVING, /* no request is taken, no answer expected */
} template_state;

struct brig_template {
    brig_template_config config;
    template_state state;
    uv_process_t process;
    uv_poll_t poll;
    uv_timer_t timer;
    int control;
    uint8_t *room; /* BRIG_PACKET_BYTES */
    brig_buffer configure;
    brig_buffer engine;
    brig_start_request *requests; /* without an answer, oldest first */
    uint64_t last_id;
    uint64_t started_ms;
    unsigned served_count;
    unsigned held_count; /* requests and sessions */
    unsigned open_handles;
    bool is_retired;
    bool is_process_gone;
    char worker_path[WORKER_PATH_BYTES]; /* the program with the profile's engine */
    char failure[ERROR_BYTES];
    brig_place place; /* of a template without mounts */
};

/* template.c */
void brig_template_on_exit(uv_process_t *process, int64_t status, int signal);
void brig_template_on_handle_closed(uv_handle_t *handle);

/*
 * Plan the sandbox, make the first message, start bubblewrap. On failure a sentence is in error, and
 * .open_handles says whether a handle has still to close before the memory may be freed.
 */
brig_status brig_template_start(brig_template *template, char *error, size_t error_bytes);

#endif
