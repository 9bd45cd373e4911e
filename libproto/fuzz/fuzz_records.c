/* SPDX-License-Identifier: MIT */
/* Forged records do not open; sealed ones come back whole, however they were cut (spec 3.5). */
#include "records.h"

#include <string.h>

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX_BYTES = 200 * 1000 };

static const brig_cipher start = {.key = {1, 2, 3}};

static void forge(brig_span bytes)
{
    static uint8_t copy[MAX_BYTES];
    brig_cipher opening = start;
    brig_fragment fragment;

    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    CHECK(brig_record_open(&opening, (brig_room){copy, bytes.len}, &fragment) != BRIG_OK,
          "a forgery was believed");
    CHECK(opening.nonce == start.nonce, "a forgery used up a nonce");
}

/* repeat makes messages of several records out of short inputs. */
static void round_trip(brig_span bytes, size_t cut, size_t repeat)
{
    static uint8_t wire[MAX_BYTES + 1000];
    static uint8_t message[MAX_BYTES];
    brig_cipher sealing = start;
    brig_cipher opening = start;
    size_t size = 0;
    brig_buffer assembly;
    brig_span joined = {NULL, 0};
    brig_status status = BRIG_AGAIN;

    for (; repeat > 0 && bytes.len > 0 && bytes.len <= sizeof(message) - size; repeat--) {
        memcpy(message + size, bytes.data, bytes.len);
        size += bytes.len;
    }
    cut = cut < size ? cut : size;
    const brig_span pieces[] = {{message, cut}, {NULL, 0}, {message + cut, size - cut}};
    size_t sealed = brig_records_bytes(size);
    CHECK(sealed <= sizeof(wire), "%zu bytes", sealed);
    brig_unsealed unsealed = brig_unsealed_of(pieces, 3);
    uint8_t *to = wire;
    do {
        size_t record = brig_record_bytes(&unsealed);

        brig_record_seal(&sealing, &unsealed, to);
        to += record;
    } while (unsealed.left_bytes > 0);
    CHECK(to == wire + sealed, "%td bytes", to - wire);
    brig_buffer_init(&assembly, size);
    for (size_t at = 0; at < sealed;) {
        size_t record = brig_frame_bytes(wire + at);
        brig_fragment fragment;

        at += BRIG_FRAME_HEADER_BYTES;
        CHECK(status == BRIG_AGAIN, "whole too early");
        CHECK(brig_record_open(&opening, (brig_room){wire + at, record}, &fragment) == BRIG_OK,
              "record at %zu", at);
        status = brig_fragment_join(&assembly, fragment, &joined);
        at += record;
    }
    CHECK(status == BRIG_OK && joined.len == size, "%s", brig_status_name(status));
    CHECK(size == 0 || memcmp(joined.data, message, size) == 0, "other bytes");
    brig_buffer_done(&assembly);
}

/* The first three bytes: where the message is cut into pieces, how often it is repeated. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 3 || len > MAX_BYTES)
        return 0;
    brig_span bytes = {data + 3, len - 3};
    forge(bytes);
    round_trip(bytes, (size_t)data[0] << 8 | data[1], 1 + (size_t)data[2] * data[2]);
    return 0;
}
