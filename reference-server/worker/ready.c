/* SPDX-License-Identifier: MIT */
/* One packet from worker to shim. ARCHITECTURE.md, "How a session starts". */
#include "ready.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union ready_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
} ready_room;

int brig_ready_send(const brig_ready *message, int listener)
{
    ready_room room = {.bytes = {0}};
    struct iovec piece = {(void *)(uintptr_t)message, sizeof(*message)};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

    if (listener >= 0) {
        room.align.cmsg_level = SOL_SOCKET;
        room.align.cmsg_type = SCM_RIGHTS;
        room.align.cmsg_len = CMSG_LEN(sizeof(listener));
        memcpy(CMSG_DATA(&room.align), &listener, sizeof(listener));
        header.msg_control = room.bytes;
        header.msg_controllen = sizeof(room.bytes);
    }
    return sendmsg(BRIG_READY_FD, &header, MSG_NOSIGNAL) == (ssize_t)sizeof(*message) ? 0 : errno;
}

int brig_ready_receive(brig_ready *ret_message, int *ret_listener)
{
    ready_room room = {.bytes = {0}};
    struct iovec piece = {ret_message, sizeof(*ret_message)};
    struct msghdr header = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes),
    };
    const struct cmsghdr *part;

    if (recvmsg(BRIG_READY_FD, &header, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*ret_message))
        return EPIPE;
    (void)close(BRIG_READY_FD);
    part = CMSG_FIRSTHDR(&header);
    if (part != NULL && part->cmsg_type == SCM_RIGHTS)
        memcpy(ret_listener, CMSG_DATA(part), sizeof(*ret_listener));
    else if (ret_message->error == 0)
        return EPROTO;
    return 0;
}
