/* SPDX-License-Identifier: MIT */
/* A handshake message that does not authenticate changes nothing (spec 3.3). */
#include "noise.h"

#include "puppet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first byte chooses suite and role, the rest is the peer's message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const brig_noise_keys keys = {
        .ephemeral_secret = {8}, .static_secret = {16}, .remote_public = {9}, .psk = {1}};
    brig_noise_handshake handshake;
    brig_noise_handshake before;
    uint8_t first[96];
    uint8_t payload[4096];

    if (len < 1 || len > sizeof(payload))
        return 0;
    brig_suite suite = (data[0] & 1) == 0 ? BRIG_SUITE_LOCAL : BRIG_SUITE_KEYED;
    brig_noise_role role = (data[0] & 2) == 0 ? BRIG_NOISE_RESPONDER : BRIG_NOISE_INITIATOR;
    brig_noise_init(&handshake, suite, role, &keys, brig_span_text("BRIG"));
    if (role == BRIG_NOISE_INITIATOR)
        CHECK(brig_noise_write(&handshake, (brig_span){NULL, 0},
                               (brig_room){first, brig_noise_message_bytes(suite, 0)}) == BRIG_OK,
              "message 1");

    memcpy(&before, &handshake, sizeof(before));
    size_t envelope = brig_noise_message_bytes(suite, handshake.step);
    brig_span message = {data + 1, len - 1};
    CHECK(brig_noise_read(&handshake, message,
                          (brig_room){payload, message.len > envelope ? message.len - envelope
                                                                      : 0}) == BRIG_AUTH,
          "a forgery was believed");
    CHECK(is_same(&before, &handshake, sizeof(before)), "a forgery changed the handshake");
    return 0;
}
