/* SPDX-License-Identifier: MIT */
/* Attacks on descriptors, above all on number 3, the link to the server. */
#include "native.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINK = 3 };

void attack_close(int *first, int *last)
{
    for (int fd = *first; fd <= *last; fd++)
        (void)close(fd);
}

static int write_all(int fd, const unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);

        if (written < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};

            (void)poll(&room, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return errno;
        } else if (written > 0) {
            bytes += written;
            len -= (size_t)written;
        }
    }
    return 0;
}

void attack_write(int *fd, unsigned char *bytes, int *len, int *ret_error)
{
    *ret_error = write_all(*fd, bytes, (size_t)*len);
}

/* Read what arrives, so that nobody else gets it. */
void attack_drain(int *fd, int *milliseconds, int *ret_bytes)
{
    struct pollfd ready = {.fd = *fd, .events = POLLIN};
    static unsigned char bytes[65536];
    ssize_t got;

    *ret_bytes = 0;
    while (poll(&ready, 1, *milliseconds) > 0 && (got = read(*fd, bytes, sizeof(bytes))) > 0)
        *ret_bytes += (int)got;
}

void attack_flood(int *count, int *reads, int *ret_error)
{
    /* [CALL, id, "look", {key: "x"}, {}], the id as uint32: from 65536 on that is its shortest form. */
    unsigned char call[] = {0,   0,   0,   20,  0x95, 2,    0xce, 0,   0,   0,    0,   0xa4,
                            'l', 'o', 'o', 'k', 0x81, 0xa3, 'k',  'e', 'y', 0xa1, 'x', 0x80};
    enum { ID_AT = 7, FIRST_ID = 65536, PIECE = 1000 };
    int fd = LINK;
    int no_time = 0;
    int got;

    *ret_error = 0;
    for (int i = 0; i < *count && *ret_error == 0; i++) {
        for (int octet = 0; octet < 4; octet++)
            call[ID_AT + octet] = (unsigned char)((unsigned)(FIRST_ID + i) >> (24 - 8 * octet));
        *ret_error = write_all(fd, call, sizeof(call));
        if (*reads != 0 && i % PIECE == 0)
            attack_drain(&fd, &no_time, &got);
    }
}

void attack_descriptors(int *ret_open, int *size)
{
    for (int fd = 0; fd < *size; fd++)
        ret_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

void attack_send_rights(int *fd, int *sent, unsigned char *bytes, int *len, int *ret_error)
{
    struct iovec data = {bytes, (size_t)*len};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header;

    memset(&control, 0, sizeof(control));
    header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), sent, sizeof(int));
    *ret_error = sendmsg(*fd, &message, 0) == *len ? 0 : errno;
}

/* Sockets that nobody reads. One takes few messages: so many of them that the kernel says no. */
void attack_keep_rights(int *ret_kept, int *ret_error)
{
    enum { SOCKETS = 32 };
    unsigned char byte = 0;
    int len = sizeof(byte);
    int sent = STDIN_FILENO;

    *ret_kept = 0;
    *ret_error = EAGAIN;
    for (int i = 0; i < SOCKETS && *ret_error == EAGAIN; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) != 0) {
            *ret_error = errno;
            return;
        }
        for (*ret_error = 0; *ret_error == 0; *ret_kept += *ret_error == 0)
            attack_send_rights(&ends[0], &sent, &byte, &len, ret_error);
    }
}

/* A child made past the C library: no handler of fork() closes the link in it. */
void attack_write_from_clone(int *fd, unsigned char *bytes, int *len, int *ret_error)
{
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    int status = 0;

    if (child == 0)
        _exit(write_all(*fd, bytes, (size_t)*len));
    *ret_error = errno;
    if (child > 0 && waitpid((pid_t)child, &status, 0) == child)
        *ret_error = WEXITSTATUS(status);
}

/* Give a descriptor that exists another peer; name is a whole struct sockaddr. */
void attack_connect(int *fd, int *family, unsigned char *name, int *len, int *ret_error)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)*family};

    memcpy((unsigned char *)&address + sizeof(address.ss_family), name, (size_t)*len);
    *ret_error = connect(*fd, (const struct sockaddr *)&address,
                         (socklen_t)(sizeof(address.ss_family) + (size_t)*len)) == 0
                     ? 0
                     : errno;
}
