/* SPDX-License-Identifier: MIT */
/* A brigd so slow that a template has ended before it is told anything, where it ends at all. */
#include "../src/packet.h"

#include <poll.h>

enum { PATIENCE_MS = 10000 };

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker gives the names */
brig_status __real_brig_packet_send(int socket, brig_span packet, const int *fds, size_t fd_count);
brig_status __wrap_brig_packet_send(int socket, brig_span packet, const int *fds, size_t fd_count);

brig_status __wrap_brig_packet_send(int socket, brig_span packet, const int *fds, size_t fd_count)
{
    struct pollfd end = {.fd = socket}; /* what is reported of it without being asked for */

    (void)poll(&end, 1, PATIENCE_MS);
    return __real_brig_packet_send(socket, packet, fds, fd_count);
}
/* NOLINTEND(bugprone-reserved-identifier) */
