/* SPDX-License-Identifier: MIT */
/* A command of the scripted engine: messages in good form, and what becomes of them by chance. */
#include "scripted_engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FRAME_OCTETS = 128,
    LENGTH_OCTETS = 4,
    ID_AT = 2, /* in each of the messages; below 128, so one octet */
    END_STATUS = 5,
};

/* What a worker may send; the id is filled in. The last two end the call. */
static const char *const messages[] = {
    "\x95\x01?\xa6stdout\xc4\x01x\x80",
    "\x95\x01?\xa6stderr\xc4\x02xy\x80",
    "\x95\x01?\xa7message\x82\xa7message\xa1x\xa7"
    "classes\x91\xa1y\x80",
    "\x95\x01?\xa7warning\x81\xa7message\xa1x\x80",
    "\x95\x01?\xa7"
    "display\x81\xaatext/plain\xa1x\x81\xa2id\xa1p",
    "\x95\x01?\xa8progress\x81\xa8"
    "fraction\x01\x80",
    "\x95\x02?\xa4"
    "echo\x81\xa4text\xa1x\x80",
    "\x96\x06?\xa7runtime\xa3"
    "fix\xa1x\x81\xa4"
    "call\xa1"
    "f",
    "\x94\x04?\x01\x80",
};

enum { MESSAGE_COUNT = sizeof(messages) / sizeof(messages[0]), ENDING_COUNT = 2 };

typedef struct frame {
    uint8_t octets[LENGTH_OCTETS + FRAME_OCTETS];
    size_t len;
} frame;

/* The same sequence for the same seed, everywhere (xorshift). */
static uint64_t next_number(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

static void set_length(frame *to)
{
    to->octets[2] = (uint8_t)((to->len - LENGTH_OCTETS) >> 8);
    to->octets[3] = (uint8_t)(to->len - LENGTH_OCTETS);
}

static void make_frame(frame *to, uint64_t *state)
{
    size_t count = next_number(state, 8) == 0 ? MESSAGE_COUNT : MESSAGE_COUNT - ENDING_COUNT;
    brig_span message = brig_span_text(messages[next_number(state, count)]);
    uint8_t *body = to->octets + LENGTH_OCTETS;

    *to = (frame){.len = LENGTH_OCTETS + message.len};
    memcpy(body, message.data, message.len);
    body[ID_AT] = (uint8_t)(body[1] == BRIG_MESSAGE_CALL ? scripted_next_id() : scripted_call_id());
    set_length(to);
}

/* Octets of weight: ends of ranges, long forms, what means nothing. */
static const uint8_t weighty[] = {0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
                                  0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcf, 0xd0, 0xd3,
                                  0xd4, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff};

static void insert_octet(frame *to, size_t at, uint8_t octet)
{
    if (to->len == sizeof(to->octets))
        return;
    memmove(to->octets + at + 1, to->octets + at, to->len - at);
    to->octets[at] = octet;
    to->len++;
}

static void delete_octet(frame *to, size_t at)
{
    memmove(to->octets + at, to->octets + at + 1, to->len - at - 1);
    to->len--;
}

/* One change somewhere; half of those that change the length keep the frame's word true. */
static void mutate(frame *to, uint64_t *state)
{
    size_t at = LENGTH_OCTETS + next_number(state, to->len - LENGTH_OCTETS);

    switch (next_number(state, 6)) {
    case 0:
        to->octets[at] ^= (uint8_t)(1U << next_number(state, 8));
        return;
    case 1:
        to->octets[at] = weighty[next_number(state, sizeof(weighty))];
        return;
    case 2:
        to->octets[at] = (uint8_t)next_number(state, 256);
        return;
    case 3:
        to->octets[next_number(state, LENGTH_OCTETS)] = (uint8_t)next_number(state, 256);
        return;
    case 4:
        insert_octet(to, at, weighty[next_number(state, sizeof(weighty))]);
        break;
    default:
        delete_octet(to, at);
        break;
    }
    if (next_number(state, 2) == 0)
        set_length(to);
}

/* SEED COUNT: messages, one in eight changed; then the process ends. */
static bool do_mutate(const char *argument)
{
    char *rest = NULL;
    uint64_t state = strtoull(argument, &rest, 10) * 0x9e3779b97f4a7c15U + 1;

    for (unsigned long left = strtoul(rest, NULL, 10); left > 0; left--) {
        frame next;

        make_frame(&next, &state);
        if (next_number(&state, 8) == 0)
            mutate(&next, &state);
        scripted_write((brig_span){next.octets, next.len});
    }
    _exit(END_STATUS);
}

const scripted_command scripted_mutation_commands[] = {{"mutate", do_mutate}, {NULL, NULL}};
