/* SPDX-License-Identifier: MIT */
/*
 * What the structural check accepts, another reader of MessagePack reads to its last byte; no prefix
 * of it is accepted; deeper in a message it is accepted or too large (spec 5).
 */
#include <brig/message.h>

#include <msgpack/unpack.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void compare_with_msgpack_c(brig_span bytes)
{
    msgpack_unpacked object;
    size_t used = 0;

    msgpack_unpacked_init(&object);
    CHECK(msgpack_unpack_next(&object, (const char *)bytes.data, bytes.len, &used) ==
              MSGPACK_UNPACK_SUCCESS,
          "msgpack-c refuses it");
    CHECK(used == bytes.len, "msgpack-c reads %zu of %zu bytes", used, bytes.len);
    msgpack_unpacked_destroy(&object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const brig_check_limits tight = {.depth = 3, .elements = 10};
    const brig_span bytes = {data, len};
    brig_status status = brig_check(bytes, 0, NULL);

    if (status != BRIG_OK) {
        CHECK(status == BRIG_MALFORMED || status == BRIG_TOO_LARGE, "%s", brig_status_name(status));
        CHECK(brig_check(bytes, 5, NULL) != BRIG_OK, "accepted only deeper");
        CHECK(brig_check(bytes, 0, &tight) != BRIG_OK, "accepted only within tighter limits");
        return 0;
    }
    compare_with_msgpack_c(bytes);
    for (size_t prefix = len > 100 ? len - 100 : 0; prefix < len; prefix++)
        CHECK(brig_check((brig_span){data, prefix}, 0, NULL) != BRIG_OK, "accepted when cut");
    status = brig_check(bytes, 30, NULL);
    CHECK(status == BRIG_OK || status == BRIG_TOO_LARGE, "%s", brig_status_name(status));
    return 0;
}
