/* SPDX-License-Identifier: MIT */
/* Framed messages at every split, in both directions, within bounds. */
#include <brig/link.h>

#include "bytes.h"
#include "check.h"

enum { MAX_MESSAGE = 64 };

#define HELLO "\0\0\0\x03\x92\x00\x80"
#define CALL_1 \
    "\0\0\0\x07\x95\x02\x01\xa1" \
    "f" \
    "\x80\x80"
#define RESULT_1           "\0\0\0\x05\x94\x04\x01\xc0\x80"
#define UNKNOWN_ODD        "\0\0\0\x02\x91\x03"
#define OTHER_HALF_MESSAGE "\0\0\0\x07\x95\x02"

static const struct link_case {
    const char *name;
    brig_span bytes;
    const char *types; /* of the messages that come out, as digits */
    brig_status last;
    int is_inside; /* does an unfinished message wait at the end? */
} link_cases[] = {
    {"nothing", BYTES(""), "", BRIG_AGAIN, 0},
    {"one message", BYTES(HELLO), "0", BRIG_AGAIN, 0},
    {"three messages", BYTES(HELLO CALL_1 RESULT_1), "024", BRIG_AGAIN, 0},
    {"an unknown odd type comes out", BYTES(UNKNOWN_ODD HELLO), "30", BRIG_AGAIN, 0},
    {"half a length waits", BYTES(HELLO "\0\0"), "0", BRIG_AGAIN, 1},
    {"half a message waits", BYTES(HELLO OTHER_HALF_MESSAGE), "0", BRIG_AGAIN, 1},
    {"a length of 0 is fatal", BYTES(HELLO "\0\0\0\0" HELLO), "0", BRIG_MALFORMED, 1},
    {"a length above the limit is fatal at once", BYTES("\0\0\0\x41"), "", BRIG_TOO_LARGE, 1},
    {"the largest length is fatal at once", BYTES("\xff\xff\xff\xff"), "", BRIG_TOO_LARGE, 1},
    {"a message that is no array is fatal", BYTES("\0\0\0\x01\xc0" HELLO), "", BRIG_MALFORMED, 1},
    {"an unknown even type is fatal", BYTES("\0\0\0\x02\x91\x0c" HELLO), "", BRIG_MALFORMED, 1},
    {"a message shorter than its frame is fatal", BYTES("\0\0\0\x04\x92\x00\x80\x80"), "",
     BRIG_MALFORMED, 1},
};

static brig_link *new_link(size_t max_output_bytes)
{
    const brig_link_config config = {.max_message_bytes = MAX_MESSAGE,
                                     .max_output_bytes = max_output_bytes};
    brig_link *link = NULL;

    CHECK(brig_link_new(&config, &link) == BRIG_OK, "new");
    return link;
}

/* Give the link bytes as long as it takes them; note what comes out. */
static brig_status feed(brig_link *link, brig_span bytes, char *seen, size_t *count)
{
    brig_message message;
    brig_status status = BRIG_AGAIN;

    do {
        brig_room room = brig_link_room(link);
        size_t len = room.len < bytes.len ? room.len : bytes.len;

        if (len > 0)
            memcpy(room.data, bytes.data, len);
        if (room.len > 0)
            brig_link_filled(link, len);
        bytes.data += len;
        bytes.len -= len;
        while ((status = brig_link_next(link, &message)) == BRIG_OK)
            seen[(*count)++] = (char)('0' + message.type);
    } while (bytes.len > 0 && status == BRIG_AGAIN);
    return status;
}

static void run_case(const struct link_case *c, size_t cut, size_t second_cut)
{
    const brig_span pieces[] = {{c->bytes.data, cut},
                                {c->bytes.data + cut, second_cut - cut},
                                {c->bytes.data + second_cut, c->bytes.len - second_cut}};
    brig_link *link = new_link(1000);
    brig_status status = BRIG_AGAIN;
    char seen[8] = "";
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(pieces) && status == BRIG_AGAIN; i++)
        status = feed(link, pieces[i], seen, &count);
    CHECK(strcmp(seen, c->types) == 0, "%s, cut at %zu and %zu: saw %s", c->name, cut, second_cut,
          seen);
    CHECK(status == c->last, "%s, cut at %zu and %zu: %s", c->name, cut, second_cut,
          brig_status_name(status));
    CHECK(brig_link_is_inside_message(link) == (c->is_inside != 0), "%s, cut at %zu", c->name, cut);
    if (status != BRIG_AGAIN) {
        brig_message message;

        CHECK(brig_link_next(link, &message) == status, "%s: a fault stays", c->name);
        CHECK(brig_link_room(link).len == 0, "%s: no room after a fault", c->name);
        CHECK(brig_link_next(link, &message) == status, "%s: a fault stays", c->name);
    }
    brig_link_free(link);
}

static void test_room_waits_for_next(void)
{
    brig_link *link = new_link(1000);
    brig_message message;
    brig_room room = brig_link_room(link);

    CHECK(room.len >= 14, "room for two messages");
    memcpy(room.data, HELLO HELLO, 14);
    brig_link_filled(link, 14);
    CHECK(brig_link_room(link).len == 0, "a whole message waits");
    CHECK(brig_link_next(link, &message) == BRIG_OK, "the first");
    CHECK(brig_link_is_inside_message(link), "the second is there");
    CHECK(brig_link_room(link).len == 0, "the second waits");
    CHECK(brig_link_next(link, &message) == BRIG_OK, "the second");
    CHECK(brig_link_next(link, &message) == BRIG_AGAIN, "no third");
    CHECK(brig_link_room(link).len > 0, "room again");
    brig_link_free(link);
}

static void test_output_is_bounded(void)
{
    const brig_message hello = {.type = BRIG_MESSAGE_HELLO};
    const brig_message bad = {.type = BRIG_MESSAGE_CALL};
    brig_link *link = new_link(14);

    CHECK(brig_link_send(link, &bad) == BRIG_ARGUMENT, "a call without id or name");
    CHECK(brig_link_output(link).len == 0, "nothing was queued");
    CHECK(brig_link_send(link, &hello) == BRIG_OK, "the first");
    CHECK(brig_link_send(link, &hello) == BRIG_OK, "the second fits exactly");
    CHECK(brig_link_send(link, &hello) == BRIG_FULL, "the third does not");
    CHECK(brig_span_equal(brig_link_output(link), (brig_span)BYTES(HELLO HELLO)), "output");
    brig_link_sent(link, 3);
    CHECK(brig_link_send(link, &hello) == BRIG_FULL, "still too much");
    brig_link_sent(link, 4);
    CHECK(brig_link_send(link, &hello) == BRIG_OK, "room again");
    CHECK(brig_span_equal(brig_link_output(link), (brig_span)BYTES(HELLO HELLO)), "output");
    brig_link_free(link);

    link = new_link(1);
    CHECK(brig_link_send(link, &hello) == BRIG_OK, "an empty queue takes any message");
    CHECK(brig_link_send(link, &hello) == BRIG_FULL, "then it is full");
    brig_link_free(link);
}

/* An announced length earns no memory: the room offered stays small until bytes have come. */
static void test_memory_follows_bytes(void)
{
    const brig_link_config config = {.max_message_bytes = 1 << 28, .max_output_bytes = 1000};
    brig_link *link;
    brig_room room;

    CHECK(brig_link_new(&config, &link) == BRIG_OK, "new");
    room = brig_link_room(link);
    memcpy(room.data, "\x0f\xff\xff\xff", 4);
    brig_link_filled(link, 4);
    CHECK(brig_link_room(link).len <= 65536, "announced, but not arrived (ENC-016)");
    brig_link_free(link);
}

static void test_config(void)
{
    const brig_link_config bad[] = {{0, 1}, {1, 0}, {(size_t)UINT32_MAX + 1, 1}};
    brig_link *link = NULL;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(brig_link_new(&bad[i], &link) == BRIG_ARGUMENT && link == NULL, "config %zu", i);
    brig_link_free(NULL);
}

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(link_cases); i++)
        for (size_t cut = 0; cut <= link_cases[i].bytes.len; cut++)
            for (size_t second = cut; second <= link_cases[i].bytes.len; second++)
                run_case(&link_cases[i], cut, second);
    test_room_waits_for_next();
    test_output_is_bounded();
    test_memory_follows_bytes();
    test_config();
    return EXIT_SUCCESS;
}
