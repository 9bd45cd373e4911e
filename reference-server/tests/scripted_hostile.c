/* SPDX-License-Identifier: MIT */
/* Commands of the scripted engine that no engine should do: octets that are no messages, floods,
 * descriptors, writers behind its back. */
#include "scripted_engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <brig/pack.h>

#include "engine.h"

enum {
    OCTETS = 4096,   /* of one command */
    BLOCK = 65536,   /* written at once */
    PASSED_FDS = 64, /* descriptors in one message */
};

/* Hexadecimal digits up to a blank or the end; the rest of the argument goes to *ret_rest. */
static brig_span read_hex(const char *hex, const char **ret_rest)
{
    static uint8_t octets[OCTETS];
    size_t len = 0;

    for (; len < sizeof(octets) && hex[0] > ' ' && hex[1] > ' '; hex += 2) {
        const char digits[] = {hex[0], hex[1], '\0'};

        octets[len++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    if (ret_rest != NULL)
        *ret_rest = hex + strspn(hex, " ");
    return (brig_span){octets, len};
}

static bool do_write(const char *hex)
{
    scripted_write(read_hex(hex, NULL));
    return false;
}

/* Octets as they are; then the worker waits for its end. */
static bool do_octets(const char *hex)
{
    scripted_write(read_hex(hex, NULL));
    scripted_be_deaf();
}

/* The octets of one message. */
static bool do_frame(const char *hex)
{
    brig_span octets = read_hex(hex, NULL);
    const uint8_t length[] = {0, 0, (uint8_t)(octets.len >> 8), (uint8_t)octets.len};

    scripted_write((brig_span){length, sizeof(length)});
    scripted_write(octets);
    return false;
}

/* COUNT HEX: the same octets again and again. */
static bool do_repeat(const char *argument)
{
    static uint8_t block[BLOCK];
    char *hex = NULL;
    unsigned long count = strtoul(argument, &hex, 10);
    brig_span octets = read_hex(hex + strspn(hex, " "), NULL);
    unsigned long per_block = octets.len == 0 ? 1 : sizeof(block) / octets.len;

    for (unsigned long i = 0; i < per_block; i++)
        memcpy(block + i * octets.len, octets.data, octets.len);
    for (unsigned long done = 0; done < count;) {
        unsigned long now = count - done < per_block ? count - done : per_block;

        scripted_write((brig_span){block, now * octets.len});
        done += now;
    }
    return false;
}

static bool do_pause(const char *milliseconds)
{
    (void)usleep((useconds_t)strtoul(milliseconds, NULL, 10) * 1000);
    return false;
}

static bool do_ignore(const char *unused)
{
    (void)unused;
    (void)signal(SIGINT, SIG_IGN);
    return false;
}

/* Wait as long, whatever the server wants, and end well. */
static bool do_hold(const char *milliseconds)
{
    (void)do_ignore("");
    (void)do_pause(milliseconds);
    scripted_send_count();
    return true;
}

/* COUNT HEX: octets that carry as many descriptors. */
static bool do_pass(const char *argument)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(PASSED_FDS * sizeof(int))];
    } space = {.bytes = {0}};
    char *hex = NULL;
    size_t count = strtoul(argument, &hex, 10);
    brig_span octets = read_hex(hex + strspn(hex, " "), NULL);
    struct iovec piece = {.iov_base = (void *)(uintptr_t)octets.data, .iov_len = octets.len};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = space.bytes};
    int fds[PASSED_FDS] = {0};

    count = count < PASSED_FDS ? count : PASSED_FDS;
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    space.align.cmsg_level = SOL_SOCKET;
    space.align.cmsg_type = SCM_RIGHTS;
    space.align.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&space.align), fds, count * sizeof(int));
    while (sendmsg(BRIG_WORKER_FD, &header, 0) < 0) {
        if (errno != ETOOMANYREFS) /* until the server has read more of them */
            _exit(96);
        (void)usleep(1000);
    }
    return false;
}

/* MILLISECONDS HEX: a child that lives on and writes to the link by then. */
static bool do_child(const char *argument)
{
    char *hex = NULL;
    unsigned long delay_ms = strtoul(argument, &hex, 10);

    if (fork() == 0) {
        (void)usleep((useconds_t)delay_ms * 1000);
        scripted_write(read_hex(hex + strspn(hex, " "), NULL));
        scripted_be_deaf();
    }
    return false;
}

/* The descriptors 1 and 2 are closed. */
static bool do_shut(const char *unused)
{
    (void)unused;
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    return false;
}

static void send_tool(uint64_t id, const char *name, brig_span args)
{
    brig_message call = {
        .type = BRIG_MESSAGE_CALL, .id = id, .name = brig_span_text(name), .body = args};

    scripted_send(&call);
}

/* COUNT calls of `echo`, whose answers nobody reads. */
static bool do_calls(const char *count)
{
    for (unsigned long left = strtoul(count, NULL, 10); left > 0; left--)
        send_tool(scripted_next_id(), "echo", (brig_span){NULL, 0});
    return false;
}

/* ID: a call of `echo` with an id that nobody counted. */
static bool do_ask(const char *id)
{
    send_tool(strtoul(id, NULL, 10), "echo", (brig_span){NULL, 0});
    return false;
}

/* NAME: a call whose answer nobody waits for. */
static bool do_begin(const char *name)
{
    send_tool(scripted_next_id(), name, (brig_span){NULL, 0});
    return false;
}

/* HEX: `echo` with these args; its answer is printed. */
static bool do_argue(const char *hex)
{
    send_tool(scripted_next_id(), "echo", read_hex(hex, NULL));
    return scripted_await_tool();
}

/* COUNT DEPTH: `echo` with that many elements at that depth. */
static bool do_wide(const char *argument)
{
    char *rest = NULL;
    size_t count = strtoul(argument, &rest, 10);
    brig_buffer args;

    brig_buffer_init(&args, count + OCTETS);
    brig_pack_map(&args, 1);
    brig_pack_cstring(&args, "text");
    for (size_t depth = strtoul(rest, NULL, 10); depth > 1; depth--)
        brig_pack_array(&args, 1);
    brig_pack_array(&args, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_nil(&args);
    send_tool(scripted_next_id(), "echo", brig_buffer_span(&args));
    brig_buffer_done(&args);
    return scripted_await_tool();
}

/* COUNT octets straight to descriptor 1. */
static bool do_spill(const char *count)
{
    static const char block[BLOCK];
    unsigned long left = strtoul(count, NULL, 10);

    while (left > 0) {
        ssize_t wrote = write(STDOUT_FILENO, block, left < BLOCK ? left : BLOCK);

        if (wrote <= 0)
            return false;
        left -= (unsigned long)wrote;
    }
    return false;
}

/* COUNT octets straight to descriptor 1 when the server has had a while to end the call. */
static bool do_after(const char *count)
{
    scripted_send_count();
    (void)do_pause("50");
    (void)do_spill(count);
    return true;
}

/* COUNT system calls that a wall refuses and reports. */
static bool do_offend(const char *count)
{
    for (unsigned long left = strtoul(count, NULL, 10); left > 0; left--)
        if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
            _exit(95);
    return false;
}

const scripted_command scripted_hostile_commands[] = {
    {"ignore", do_ignore}, {"write", do_write},   {"octets", do_octets}, {"frame", do_frame},
    {"repeat", do_repeat}, {"pause", do_pause},   {"hold", do_hold},     {"pass", do_pass},
    {"child", do_child},   {"shut", do_shut},     {"calls", do_calls},   {"begin", do_begin},
    {"ask", do_ask},       {"argue", do_argue},   {"wide", do_wide},     {"spill", do_spill},
    {"after", do_after},   {"offend", do_offend}, {NULL, NULL},
};
