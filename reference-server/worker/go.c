/* SPDX-License-Identifier: MIT */
/* `go`, awaited and refused. ARCHITECTURE.md, "How a session starts". */
#include "go.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GO_BYTES = 256 };

/* Wait until the supervisor channel can be read or written. */
static void wait_for_supervisor(short events)
{
    struct pollfd supervisor = {.fd = BRIG_SUPERVISOR_FD, .events = events};

    (void)poll(&supervisor, 1, -1);
}

static bool read_exactly(uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = read(BRIG_SUPERVISOR_FD, bytes + done, len - done);

        if (got > 0)
            done += (size_t)got;
        else if (got < 0 && errno == EAGAIN)
            wait_for_supervisor(POLLIN);
        else if (got == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static bool write_exactly(brig_span bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(BRIG_SUPERVISOR_FD, bytes.data, bytes.len);

        if (wrote >= 0) {
            bytes.data += wrote;
            bytes.len -= (size_t)wrote;
        } else if (errno == EAGAIN) {
            wait_for_supervisor(POLLOUT);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

uint64_t brig_go_await(void)
{
    uint8_t bytes[GO_BYTES];
    brig_message message;
    uint32_t len;

    if (!read_exactly(bytes, sizeof(len)))
        _exit(BRIG_SHIM_END_SUPERVISOR);
    memcpy(&len, bytes, sizeof(len));
    len = ntohl(len);
    if (len == 0 || len > sizeof(bytes) || !read_exactly(bytes, len))
        _exit(BRIG_SHIM_END_SUPERVISOR);
    if (brig_message_parse((brig_span){bytes, len}, &message) != BRIG_OK ||
        message.type != BRIG_MESSAGE_CALL || !brig_span_is(message.name, "go"))
        _exit(BRIG_SHIM_END_SUPERVISOR);
    return message.id;
}

_Noreturn void brig_go_refuse(uint64_t id, const char *layer, int error)
{
    char text[256];
    const char *reason = strerrordesc_np(error);
    brig_message message = {
        .type = BRIG_MESSAGE_ERROR,
        .id = id,
        .name = brig_span_text(brig_error_name(BRIG_ERROR_UNAVAILABLE)),
    };
    brig_pieces pieces;
    uint32_t len;

    (void)snprintf(text, sizeof(text), "the sandbox's layer %s failed: %s", layer,
                   reason == NULL ? "unknown error" : reason);
    message.text = brig_span_text(text);
    if (brig_message_pieces(&message, &pieces) != BRIG_OK)
        _exit(BRIG_SHIM_END_START);
    len = htonl((uint32_t)pieces.total_bytes);
    if (write_exactly((brig_span){(const uint8_t *)&len, sizeof(len)}))
        for (size_t i = 0; i < pieces.count; i++)
            if (!write_exactly(pieces.piece[i]))
                break;
    _exit(BRIG_SHIM_END_START);
}
