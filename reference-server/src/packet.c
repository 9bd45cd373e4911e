/* SPDX-License-Identifier: MIT */
/* Packets with descriptors (ARCHITECTURE.md, "Control channel"). */
#include "packet.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

typedef union fd_space {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(BRIG_PACKET_FDS * sizeof(int))];
} fd_space;

brig_status brig_packet_send(int socket, brig_span packet, const int *fds, size_t fd_count)
{
    fd_space space = {.bytes = {0}};
    struct iovec piece = {.iov_base = (void *)(uintptr_t)packet.data, .iov_len = packet.len};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

    assert(fd_count <= BRIG_PACKET_FDS);
    if (packet.len > BRIG_PACKET_BYTES)
        return BRIG_TOO_LARGE;
    if (fd_count > 0) {
        header.msg_control = space.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(control), fds, fd_count * sizeof(int));
    }
    ssize_t sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        return BRIG_OK;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? BRIG_AGAIN : BRIG_SYSTEM;
}

/* The only descriptor of a packet, or -1. */
static int take_fd(struct msghdr *header)
{
    int kept = -1;

    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd = -1;

            memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
            if (kept < 0)
                kept = fd;
            else
                (void)close(fd);
        }
    }
    return kept;
}

brig_status brig_packet_receive(int socket, brig_room room, brig_message *ret_message, int *ret_fd)
{
    fd_space space = {.bytes = {0}};
    struct iovec piece = {.iov_base = room.data, .iov_len = room.len};
    struct msghdr header = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = space.bytes,
        .msg_controllen = sizeof(space.bytes),
    };

    assert(room.len >= BRIG_PACKET_BYTES);
    ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? BRIG_AGAIN : BRIG_SYSTEM;
    if (got == 0)
        return BRIG_CLOSED;
    int fd = take_fd(&header);
    brig_status status = (header.msg_flags & MSG_TRUNC) != 0 ? BRIG_MALFORMED : BRIG_OK;
    if ((header.msg_flags & MSG_CTRUNC) != 0 && fd >= 0)
        status = BRIG_MALFORMED; /* more than one */
    if (status == BRIG_OK)
        status = brig_message_parse((brig_span){room.data, (size_t)got}, ret_message);
    if (status != BRIG_OK) {
        if (fd >= 0)
            (void)close(fd);
        return BRIG_MALFORMED;
    }
    *ret_fd = fd;
    return BRIG_OK;
}
