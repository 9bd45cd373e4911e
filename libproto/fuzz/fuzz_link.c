/* SPDX-License-Identifier: MIT */
/* However the bytes of a link are cut, the same messages come out, and the same end (spec 11.1). */
#include <brig/link.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct story {
    size_t messages;
    uint64_t digest; /* of types, ids and sizes, in order */
    brig_status last;
    bool is_inside;
};

static void note(struct story *story, const brig_message *message)
{
    const uint64_t parts[] = {message->type, message->id, message->name.len, message->body.len};

    story->messages++;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        story->digest = (story->digest ^ parts[i]) * UINT64_C(1099511628211);
}

static void drain(brig_link *link, struct story *story)
{
    brig_message message;

    while ((story->last = brig_link_next(link, &message)) == BRIG_OK)
        note(story, &message);
}

static struct story run(brig_span bytes, size_t step)
{
    const brig_link_config config = {.max_message_bytes = 4096, .max_output_bytes = 4096};
    struct story story = {.last = BRIG_AGAIN};
    brig_link *link;

    CHECK(brig_link_new(&config, &link) == BRIG_OK, "new");
    while (bytes.len > 0 && story.last == BRIG_AGAIN) {
        brig_room room = brig_link_room(link);
        size_t len = bytes.len < step ? bytes.len : step;

        CHECK(room.len > 0, "no room without a fault");
        len = len < room.len ? len : room.len;
        memcpy(room.data, bytes.data, len);
        brig_link_filled(link, len);
        bytes.data += len;
        bytes.len -= len;
        drain(link, &story);
    }
    story.is_inside = brig_link_is_inside_message(link);
    brig_link_free(link);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const brig_span bytes = {data, len};
    struct story whole = run(bytes, SIZE_MAX);

    for (size_t step = 1; step <= 7; step += 3) {
        struct story cut = run(bytes, step);

        CHECK(cut.messages == whole.messages && cut.digest == whole.digest, "other messages");
        CHECK(cut.last == whole.last, "%s, not %s", brig_status_name(cut.last),
              brig_status_name(whole.last));
        if (whole.last == BRIG_AGAIN)
            CHECK(cut.is_inside == whole.is_inside, "another end");
    }
    return 0;
}
