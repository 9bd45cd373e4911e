/* SPDX-License-Identifier: MIT */
/* A message that was understood can be said again, and then it is the same bytes (spec 6). */
#include <brig/message.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool lies_within(brig_span part, brig_span whole)
{
    return part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
                             (size_t)(part.data - whole.data) <= whole.len - part.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const brig_span bytes = {data, len};
    brig_message message;
    brig_buffer again;

    if (brig_message_parse(bytes, &message) != BRIG_OK)
        return 0;
    CHECK(brig_check(bytes, 0, NULL) == BRIG_OK, "understood, but not well-formed");
    CHECK(lies_within(message.name, bytes) && lies_within(message.class_, bytes) &&
              lies_within(message.text, bytes) && lies_within(message.body, bytes) &&
              lies_within(message.extra, bytes),
          "an element from elsewhere");
    if (message.body.len > 0)
        CHECK(brig_check(message.body, 1, NULL) == BRIG_OK, "the body is no object");

    brig_buffer_init(&again, len + 16);
    brig_status status = brig_message_append(&message, &again);
    if (message.type % 2 == 1 && message.type != BRIG_MESSAGE_EVENT)
        CHECK(status == BRIG_ARGUMENT, "an unknown type is not sent");
    else
        CHECK(status == BRIG_OK, "%s", brig_status_name(status));
    if (status == BRIG_OK && message.trailing == 0)
        CHECK(brig_span_equal(brig_buffer_span(&again), bytes), "said otherwise");
    brig_buffer_done(&again);
    return 0;
}
