/* SPDX-License-Identifier: MIT */
/* What the limits of a profile may be (spec 7.7). */
#include "config.h"

#include <brig/generated/protocol.h>

#define TEXT_OF(number)    AS_WRITTEN(number)
#define AS_WRITTEN(number) #number

const char *brig_limits_fault(const brig_limits *limits)
{
    /* libcyaml takes "-1" for the largest number there is. */
#define CHECK_LIMIT(name, fallback) \
    if (limits->name > BRIG_LIMIT_MAX_ID) \
        return #name " is negative or too large";
    BRIG_LIMITS(CHECK_LIMIT)
#undef CHECK_LIMIT
#define CHECK_LEAST(name, least) \
    if (limits->name < (least)) \
        return #name " must be at least " #least;
    BRIG_LEAST_LIMITS(CHECK_LEAST)
#undef CHECK_LEAST
    if (limits->deadline_ms > UINT32_MAX || limits->grace_ms > UINT32_MAX)
        return "deadline_ms and grace_ms must be at most 4294967295";
    if (limits->tool_calls_open > BRIG_LIMIT_MAX_CALLS)
        return "tool_calls_open must be at most " TEXT_OF(BRIG_LIMIT_MAX_CALLS);
    if (limits->message_bytes > BRIG_LIMIT_MAX_MESSAGE_BYTES)
        return "message_bytes must be at most " TEXT_OF(BRIG_LIMIT_MAX_MESSAGE_BYTES);
    return NULL;
}
