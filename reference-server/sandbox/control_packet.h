/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_CONTROL_PACKET_H
#define BRIG_SANDBOX_CONTROL_PACKET_H

/* What both ends of the control channel know of a packet (ARCHITECTURE.md, "Control channel"). */

/* Descriptors of a `start` call, in its order; the entrances of control groups come behind them. */
typedef enum brig_session_fd {
    BRIG_SESSION_WORKER,     /* worker channel */
    BRIG_SESSION_SUPERVISOR, /* supervisor channel */
    BRIG_SESSION_STDOUT,     /* write end of raw stdout */
    BRIG_SESSION_STDERR,     /* write end of raw stderr */
    BRIG_SESSION_FDS,
} brig_session_fd;

enum {
    BRIG_SESSION_ENTRANCES = 4, /* at most */
    BRIG_PACKET_FDS = BRIG_SESSION_FDS + BRIG_SESSION_ENTRANCES,
    BRIG_PACKET_BYTES = 65536,
};

#endif
