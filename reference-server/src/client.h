/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CLIENT_H
#define BRIG_SERVER_CLIENT_H

#include <brig/conn.h>

#include "admission.h"
#include "audit_event.h"
#include "stream.h"

typedef struct brig_server brig_server;

/*
 * One client (brig_client): its socket, its connection (spec 3) and, once it is authenticated, its
 * session. It frees itself when it is over.
 */

typedef struct brig_client_config {
    brig_server *server;
    brig_conn_config conn; /* its keys are copied */
    int fd;                /* taken over */
} brig_client_config;

brig_status brig_client_new(const brig_client_config *config, brig_client **ret_client);

/* Queue a message. Statuses as brig_conn_send(); BRIG_STATE once the connection closes. */
brig_status brig_client_send(brig_client *client, const brig_message *message, uint64_t *ret_id);

/* Suite keyed: the public key that the client has shown. */
void brig_client_add_identity(const brig_client *client, brig_audit_event *event);

/* Is this call of the client still without an answer? */
bool brig_client_is_open_call(const brig_client *client, uint64_t id);
size_t brig_client_max_message(const brig_client *client);

/* Does the client leave so much unread that nothing should be added? */
bool brig_client_is_full(const brig_client *client);

/* Who pays for the buffers of its session. */
brig_account *brig_client_account(brig_client *client);

/* Stop taking messages of the client, and go on. */
void brig_client_pause(brig_client *client);
void brig_client_resume(brig_client *client);

/* Send CLOSE, then end; the text outlives the client. Repeating it does nothing. */
void brig_client_close(brig_client *client, brig_close_code code, const char *text);

/* End at once, without a word. */
void brig_client_drop(brig_client *client);

#endif
