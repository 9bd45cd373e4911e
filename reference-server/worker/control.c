/* SPDX-License-Identifier: MIT */
/* Packets of the control channel. ARCHITECTURE.md, "Control channel". */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One more than is allowed, so that too many can be seen and closed. */
enum { FDS_ROOM = BRIG_PACKET_FDS + 1 };

typedef union control_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * FDS_ROOM)];
} control_room;

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
}

/* Take the descriptors out of the header; false, with all of them closed, if there are too many. */
static bool take_fds(struct msghdr *header, brig_packet *packet)
{
    int fds[FDS_ROOM];
    size_t count = 0;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(part), count * sizeof(int));
        break; /* the kernel makes one part of all of them */
    }
    if (count > BRIG_PACKET_FDS || (header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        close_all(fds, count);
        return false;
    }
    memcpy(packet->fds, fds, count * sizeof(int));
    packet->fd_count = count;
    return true;
}

brig_status brig_control_receive(brig_packet *ret_packet)
{
    control_room room = {.bytes = {0}};
    struct iovec piece = {ret_packet->bytes, sizeof(ret_packet->bytes)};
    struct msghdr header = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes),
    };
    ssize_t got;

    do
        got = recvmsg(BRIG_CONTROL_FD, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == ECONNRESET ? BRIG_CLOSED : BRIG_SYSTEM;
    ret_packet->fd_count = 0;
    ret_packet->len = (size_t)got;
    if (!take_fds(&header, ret_packet))
        return BRIG_MALFORMED;
    /* No message is empty: this is the end of the stream. */
    return got == 0 ? BRIG_CLOSED : BRIG_OK;
}

void brig_packet_close(brig_packet *packet)
{
    close_all(packet->fds, packet->fd_count);
    packet->fd_count = 0;
}

static brig_status send_bytes(brig_span bytes, int passed_fd)
{
    control_room room = {.bytes = {0}};
    struct iovec piece = {(void *)(uintptr_t)bytes.data, bytes.len};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t sent;

    if (passed_fd >= 0) {
        struct cmsghdr *part = &room.align;

        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(passed_fd));
        memcpy(CMSG_DATA(part), &passed_fd, sizeof(passed_fd));
        header.msg_control = room.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(passed_fd));
    }
    do
        sent = sendmsg(BRIG_CONTROL_FD, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes.len ? BRIG_OK : BRIG_SYSTEM;
}

brig_status brig_control_send(const brig_message *message, int passed_fd)
{
    brig_buffer bytes;
    brig_status status;

    brig_buffer_init(&bytes, BRIG_PACKET_BYTES);
    status = brig_message_append(message, &bytes);
    if (status == BRIG_OK)
        status = send_bytes(brig_buffer_span(&bytes), passed_fd);
    brig_buffer_done(&bytes);
    return status;
}
