/* SPDX-License-Identifier: MIT */
#ifndef BRIG_WORKER_CONTROL_H
#define BRIG_WORKER_CONTROL_H

#include <control_packet.h>

#include <brig/message.h>

/* The template's end of the control channel (ARCHITECTURE.md, "Control channel"). */
enum {
    BRIG_CONTROL_FD = 3,
    BRIG_PROGRAM_FD = 4, /* the program itself, where no bubblewrap has read it */
};

/* One packet: a message and the descriptors that came with it. */
typedef struct brig_packet {
    uint8_t bytes[BRIG_PACKET_BYTES];
    size_t len;
    int fds[BRIG_PACKET_FDS];
    size_t fd_count;
} brig_packet;

/*
 * Wait for the next packet. BRIG_OK; BRIG_CLOSED: the other end is gone; BRIG_MALFORMED: more bytes
 * or descriptors than a packet may have (none is kept); BRIG_SYSTEM. The caller owns the
 * descriptors, all close-on-exec: brig_packet_close().
 */
brig_status brig_control_receive(brig_packet *ret_packet);

/* Close the packet's descriptors. */
void brig_packet_close(brig_packet *packet);

/*
 * Send one message, with a descriptor unless passed_fd is -1. A status of brig_message_append(), or
 * BRIG_SYSTEM.
 */
brig_status brig_control_send(const brig_message *message, int passed_fd);

#endif
