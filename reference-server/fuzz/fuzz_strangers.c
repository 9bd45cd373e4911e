/* SPDX-License-Identifier: MIT */
/*
 * A listening server and whoever connects (spec 3 and 12.1): octets of strangers, handshakes that stop
 * or go wrong, clients with the keys whose records hold anything, many of them at a time. Whatever they
 * do, a well-behaved client is served afterwards, and nothing is left of the others.
 */
#include "listening.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include <brig/message.h>
#include <check.h>

#include "generate.h"
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    MAX_STEPS = 100,
    PEERS = 8,
    MESSAGE_BYTES = 65536,
    PREAMBLE_BYTES = 8,
};

/* How far a peer has come. */
typedef enum peer_state {
    PEER_ABSENT,
    PEER_CONNECTED,
    PEER_SHAKING, /* its first message is sent */
    PEER_SECURED,
    PEER_GREETED, /* HELLO is sent */
} peer_state;

struct peer {
    peer_state state;
    int fd;
    brig_suite suite;
    brig_noise_handshake handshake;
    brig_cipher sealing;
    uint64_t last_id;
};

static void send_octets(struct peer *peer, brig_span bytes)
{
    if (bytes.len > 0)
        (void)!send(peer->fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_frame(struct peer *peer, brig_span bytes)
{
    uint8_t header[BRIG_FRAME_HEADER_BYTES];

    brig_frame_header(bytes.len, header);
    send_octets(peer, (brig_span){header, sizeof(header)});
    send_octets(peer, bytes);
}

static void leave(struct peer *peer)
{
    if (peer->state != PEER_ABSENT)
        (void)close(peer->fd);
    *peer = (struct peer){.fd = -1};
}

static void arrive(struct peer *peer)
{
    if (peer->state != PEER_ABSENT)
        return;
    peer->fd = listening_connect();
    peer->state = PEER_CONNECTED;
}

/* The preamble and the first message, as a client's or with one octet that is not. */
static void begin_handshake(struct peer *peer, struct script *script)
{
    uint8_t preamble[PREAMBLE_BYTES] = {'B', 'R', 'I', 'G', 1, BRIG_SUITE_LOCAL, 1, 0};
    uint8_t message[96];
    uint8_t payload[1];
    brig_noise_keys keys;

    if (peer->state != PEER_CONNECTED)
        return;
    peer->suite = script_rarely(script, 2) ? BRIG_SUITE_KEYED : BRIG_SUITE_LOCAL;
    preamble[5] = (uint8_t)peer->suite;
    if (script_rarely(script, 8))
        preamble[script_below(script, PREAMBLE_BYTES)] = script_byte(script);
    listening_keys(&keys);
    brig_noise_init(&peer->handshake, peer->suite, BRIG_NOISE_INITIATOR, &keys,
                    (brig_span){preamble, sizeof(preamble)});
    const brig_room room = {message, brig_noise_message_bytes(peer->suite, 0)};
    CHECK(brig_noise_write(&peer->handshake, (brig_span){payload, 0}, room) == BRIG_OK,
          "message 1");
    if (script_rarely(script, 16))
        message[script_below(script, room.len)] ^= 1;
    send_octets(peer, (brig_span){preamble, sizeof(preamble)});
    send_frame(peer, (brig_span){message, room.len});
    peer->state = PEER_SHAKING;
}

/* The server's answer, if it gave one that a client accepts. */
static void finish_handshake(struct peer *peer)
{
    uint8_t answer[BRIG_FRAME_HEADER_BYTES + 48];
    uint8_t payload[1];
    brig_cipher opening;

    if (peer->state != PEER_SHAKING)
        return;
    ssize_t got = recv(peer->fd, answer, sizeof(answer), MSG_DONTWAIT | MSG_PEEK);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (got != (ssize_t)sizeof(answer)) { /* refused, or gone */
        leave(peer);
        return;
    }
    (void)!recv(peer->fd, answer, sizeof(answer), 0);
    if (brig_noise_read(
            &peer->handshake,
            (brig_span){answer + BRIG_FRAME_HEADER_BYTES, sizeof(answer) - BRIG_FRAME_HEADER_BYTES},
            (brig_room){payload, 0}) != BRIG_OK) {
        leave(peer);
        return;
    }
    brig_noise_split(&peer->handshake, &peer->sealing, &opening);
    peer->state = PEER_SECURED;
}

static void send_record(struct peer *peer, uint8_t flags, brig_span fragment)
{
    static uint8_t plaintext[BRIG_LIMIT_RECORD_BYTES];

    if (peer->state < PEER_SECURED || fragment.len > BRIG_LIMIT_FRAGMENT_BYTES)
        return;
    plaintext[0] = flags;
    if (fragment.len > 0)
        memcpy(plaintext + 1, fragment.data, fragment.len);
    CHECK(brig_cipher_encrypt(&peer->sealing, (brig_span){NULL, 0},
                              (brig_span){plaintext, fragment.len + 1}, plaintext) == BRIG_OK,
          "sealed");
    send_frame(peer, (brig_span){plaintext, fragment.len + 1 + BRIG_CIPHER_TAG_BYTES});
}

static void send_message(struct peer *peer, const brig_message *message)
{
    brig_buffer bytes;

    brig_buffer_init(&bytes, MESSAGE_BYTES);
    if (brig_message_append(message, &bytes) == BRIG_OK)
        send_record(peer, BRIG_RECORD_LAST, brig_buffer_span(&bytes));
    brig_buffer_done(&bytes);
}

static void greet(struct peer *peer, struct script *script)
{
    brig_message hello = {.type = BRIG_MESSAGE_HELLO};
    brig_buffer about;

    if (peer->state != PEER_SECURED)
        return;
    brig_buffer_init(&about, MESSAGE_BYTES);
    if (script_rarely(script, 4)) {
        generate_record(script, BRIG_RECORD_HELLO, &about);
    } else {
        brig_pack_map(&about, 1);
        brig_pack_key_text(&about, "software", "a peer\x1b");
    }
    hello.body = brig_buffer_span(&about);
    if (about.fault == BRIG_OK)
        send_message(peer, &hello);
    brig_buffer_done(&about);
    peer->state = PEER_GREETED;
}

static void call(struct peer *peer, struct script *script)
{
    brig_procedure procedure = (brig_procedure)script_below(script, BRIG_PROCEDURE_COUNT);
    brig_message message = {.type = BRIG_MESSAGE_CALL,
                            .id = ++peer->last_id,
                            .name = brig_span_text(brig_procedure_name(procedure))};
    brig_buffer args;

    if (peer->state < PEER_GREETED)
        return;
    brig_buffer_init(&args, MESSAGE_BYTES);
    generate_args(script, procedure, &args);
    message.body = brig_buffer_span(&args);
    if (args.fault == BRIG_OK)
        send_message(peer, &message);
    brig_buffer_done(&args);
}

static void read_some(struct peer *peer)
{
    uint8_t bytes[4096];
    ssize_t got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (got == 0)
        leave(peer);
}

static void step(struct peer *peer, struct script *script)
{
    static const uint64_t some_ms[] = {1, 100, 2000, 5000};

    switch (script_below(script, 12)) {
    case 0:
    case 1:
        begin_handshake(peer, script);
        break;
    case 2:
        finish_handshake(peer);
        break;
    case 3:
        greet(peer, script);
        break;
    case 4:
    case 5:
        call(peer, script);
        break;
    case 6: /* anything, as it is */
        if (peer->state != PEER_ABSENT)
            send_octets(peer, script_bytes(script, UINT8_MAX));
        break;
    case 7: /* anything, sealed */
        send_record(peer, script_byte(script) & 3, script_bytes(script, UINT8_MAX));
        break;
    case 8:
        if (script_rarely(script, 4))
            leave(peer);
        else if (peer->state != PEER_ABSENT)
            (void)shutdown(peer->fd, script_rarely(script, 2) ? SHUT_WR : SHUT_RD);
        break;
    case 9:
        if (peer->state > PEER_SHAKING)
            read_some(peer);
        break;
    case 10:
        listening_wait(some_ms[script_below(script, 4)]);
        break;
    default:
        listening_pump();
        break;
    }
}

/* Nobody keeps the server from its own. */
static void expect_service(struct peer *peers)
{
    for (int i = 0; i < PEERS; i++)
        leave(&peers[i]);
    listening_pump();
    listening_wait(BRIG_LIMIT_HANDSHAKE_MS + BRIG_LIMIT_CLOSE_MS);
    listening_expect_service();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script script = {data, len};
    struct peer peers[PEERS];

    listening_begin();
    for (int i = 0; i < PEERS; i++)
        peers[i] = (struct peer){.fd = -1};
    for (int i = 0; i < MAX_STEPS && script.left > 0; i++) {
        struct peer *peer = &peers[script_below(&script, PEERS)];

        arrive(peer);
        step(peer, &script);
        if (script_rarely(&script, 2))
            listening_pump();
    }
    expect_service(peers);
    listening_end();
    return 0;
}
