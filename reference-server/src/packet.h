/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_PACKET_H
#define BRIG_SERVER_PACKET_H

#include <brig/message.h>

#include "../sandbox/control_packet.h"

/*
 * The control channel between brigd and a template (ARCHITECTURE.md, "Control channel"): one packet
 * is one message, descriptors ride along.
 */

/* BRIG_OK, BRIG_AGAIN (the socket is full), BRIG_TOO_LARGE or BRIG_SYSTEM (errno). */
brig_status brig_packet_send(int socket, brig_span packet, const int *fds, size_t fd_count);

/*
 * Receive one packet into room (at least BRIG_PACKET_BYTES). *ret_fd is the descriptor that came
 * with it, close-on-exec and the caller's, or -1; more than one are closed. BRIG_OK, BRIG_AGAIN,
 * BRIG_CLOSED (the other end is gone), BRIG_MALFORMED or BRIG_SYSTEM.
 */
brig_status brig_packet_receive(int socket, brig_room room, brig_message *ret_message, int *ret_fd);

#endif
