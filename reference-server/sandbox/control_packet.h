/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_CONTROL_PACKET_H
#define BRIG_SANDBOX_CONTROL_PACKET_H

/* What both ends of the control channel allow a packet (ARCHITECTURE.md, "Control channel"). */
enum {
    BRIG_PACKET_BYTES = 65536,
    BRIG_PACKET_FDS = 8, /* of `start`: a session's own and the entrances of its control groups */
};

#endif
