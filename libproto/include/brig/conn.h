/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONN_H
#define BRIG_CONN_H

#include <brig/link.h>
#include <brig/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One Brig/1 connection without I/O: preamble, Noise handshake, records, fragments, messages, ids
 * and connection state (spec 3 to 7.1). What a call means is the caller's affair.
 *
 *     bytes arrive -> brig_conn_room(), brig_conn_filled() -> brig_conn_next() -> events
 *     brig_conn_send(), brig_conn_close() -> brig_conn_output(), brig_conn_sent() -> bytes to write
 *
 * A message is sealed as it leaves: the output holds a few records, and brig_conn_sent() seals the
 * next ones when it is empty. So the peer opens the first record while the last one waits.
 *
 * The caller owns socket, clock, random numbers and thread. A connection holds no lock.
 */
typedef struct brig_conn brig_conn;

enum {
    BRIG_KEY_BYTES = 32,
    BRIG_HANDSHAKE_HASH_BYTES = 32,
};

typedef struct brig_conn_config {
    brig_side side;                        /* BRIG_SIDE_CLIENT or BRIG_SIDE_SERVER: ours */
    brig_suite suite;                      /* client: the suite to use */
    unsigned suites;                       /* server: bit set of (1u << suite) it offers */
    uint8_t ephemeral[BRIG_KEY_BYTES];     /* fresh random bytes, never used twice */
    uint8_t psk[BRIG_KEY_BYTES];           /* suite local */
    uint8_t static_secret[BRIG_KEY_BYTES]; /* suite keyed: ours */
    uint8_t server_public[BRIG_KEY_BYTES]; /* suite keyed, client: the pinned server key */
    const uint8_t (*client_publics)[BRIG_KEY_BYTES]; /* suite keyed, server: who may connect; */
    size_t client_public_count; /* copied; at least one if suite keyed is offered */
    const char *software;       /* name and version for our HELLO; copied */
    brig_span capabilities;     /* encoded array of texts for our HELLO; copied; may be empty */
    size_t max_message_bytes;   /* largest message we accept, and say so in HELLO; one record's
                                   fragment to BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES */
    size_t max_output_bytes;    /* what brig_conn_pending() reaches before brig_conn_send() says
                                   BRIG_FULL; if it is 0, one message of any size the peer accepts
                                   is taken */
    bool refuse_busy;           /* server: answer every preamble with refusal `busy` */
} brig_conn_config;

typedef enum brig_event_type {
    BRIG_EVENT_READY,   /* the peer's HELLO: it is authenticated. .message.body is its map */
    BRIG_EVENT_MESSAGE, /* EVENT, CALL, RESULT or ERROR; legal in this state, ids checked */
    BRIG_EVENT_CLOSED,  /* the peer's CLOSE; ours is queued if it was not sent before */
    BRIG_EVENT_REFUSED, /* client: .refusal says why; the connection is over */
} brig_event_type;

typedef struct brig_event {
    brig_event_type type;
    brig_message message; /* borrowed until the next call of brig_conn_next() or _room() */
    struct {
        uint8_t reason; /* brig_refusal; other numbers are possible */
        uint8_t min_version;
        uint8_t max_version;
    } refusal;
} brig_event;

/*
 * Copies the config. Returns BRIG_OK, BRIG_ARGUMENT (a limit, key or text that cannot be),
 * BRIG_NO_MEMORY or BRIG_UNAVAILABLE (libsodium does not start). The caller owns *ret_conn. A
 * client's preamble, first handshake message and HELLO are queued as the protocol allows;
 * brig_conn_output() has the first bytes at once.
 */
BRIG_API brig_status brig_conn_new(const brig_conn_config *config, brig_conn **ret_conn);

/* Wipe all keys and free. NULL is allowed. */
BRIG_API void brig_conn_free(brig_conn *conn);

/*
 * As brig_link_room() and brig_link_filled(). The room grows up to 128 KiB with a peer that fills
 * it, once that is authenticated.
 */
BRIG_API brig_room brig_conn_room(brig_conn *conn);
BRIG_API void brig_conn_filled(brig_conn *conn, size_t len);

/*
 * The next event.
 *
 * BRIG_OK with *ret_event set; BRIG_AGAIN: no whole message is here. Final statuses, the same from
 * then on: BRIG_AUTH (handshake or record; nothing is answered), BRIG_MALFORMED, BRIG_TOO_LARGE,
 * BRIG_STATE (not legal now), BRIG_NO_MEMORY: after these brig_conn_output() may still hold a
 * CLOSE that says why. BRIG_REFUSED: after the REFUSED event, or, on a server, when the output
 * holds the refusal. BRIG_TRUNCATED: after brig_conn_eof(). BRIG_CLOSED: after the CLOSED event, or
 * after a brig_conn_close() that came before there was anybody to tell. In every final case the
 * caller writes the output, shuts down its write half and ends the connection (spec 3.6).
 */
BRIG_API brig_status brig_conn_next(brig_conn *conn, brig_event *ret_event);

/*
 * Tell the connection that the peer's stream has ended, once brig_conn_next() has said BRIG_AGAIN
 * or something final. BRIG_OK if that is regular (its CLOSE has arrived), BRIG_TRUNCATED otherwise:
 * what was open has an unknown end.
 */
BRIG_API brig_status brig_conn_eof(brig_conn *conn);

/*
 * Queue a CALL, RESULT, ERROR or EVENT; its spans are copied. For a CALL, the id is chosen here
 * and written to *ret_id (may be NULL otherwise).
 *
 * Returns BRIG_OK; BRIG_FULL (output, or the peer's max_calls: nothing queued); BRIG_TOO_LARGE
 * (above the peer's max_message, or, before its HELLO, above one record); BRIG_STATE (not
 * connected, closing, or the answered call is not open); BRIG_ARGUMENT; BRIG_NO_MEMORY (the
 * connection is over). A client may send before its handshake is done: the message is held back
 * until it is.
 */
BRIG_API brig_status brig_conn_send(brig_conn *conn, const brig_message *message, uint64_t *ret_id);

/*
 * The same for a message whose spans may lie in what the link has handed out last. A long body of
 * it is not copied: the connection takes that memory from the link. The message stays readable until
 * the next call of brig_conn_sent(), or of the two that end a loan of the link's.
 */
BRIG_API brig_status brig_conn_relay(brig_conn *conn, const brig_message *message, brig_link *link,
                                     uint64_t *ret_id);

/*
 * Once the message is sealed, give the link that memory for its next one, which then needs no new
 * pages. False: there is none, or not yet; true: what both hold has changed. A connection that is
 * not asked keeps the memory until brig_conn_trim().
 */
BRIG_API bool brig_conn_give_back(brig_conn *conn, brig_link *link);

/*
 * Queue our CLOSE; further sends are BRIG_STATE. Does nothing if it was queued before. A server
 * before its client's HELLO, and a client before the handshake is done, end without a word. Bytes
 * of the text that are not UTF-8 are escaped; it is cut at BRIG_LIMIT_ERROR_MESSAGE_BYTES.
 */
BRIG_API void brig_conn_close(brig_conn *conn, brig_close_code code, const char *text);

/* Has our CLOSE, if any, been queued? Has the peer's arrived? */
BRIG_API bool brig_conn_is_closing(const brig_conn *conn);
BRIG_API bool brig_conn_is_closed(const brig_conn *conn);

/* Is the peer authenticated: has its HELLO arrived? Until then a server must not act for it. */
BRIG_API bool brig_conn_is_ready(const brig_conn *conn);

/* Is this call of the peer still without our answer? */
BRIG_API bool brig_conn_is_open_call(const brig_conn *conn, uint64_t id);

/* Largest message the peer accepts (its HELLO's, else the default). */
BRIG_API size_t brig_conn_peer_max_message(const brig_conn *conn);

/*
 * The next bytes for the peer, borrowed until the next call on this connection; at most 256 KiB of
 * records, and none only if nothing is pending or the handshake has to go on first.
 */
BRIG_API brig_span brig_conn_output(const brig_conn *conn);

/* So many of them are written: there may be more output now. Nothing can fail here. */
BRIG_API void brig_conn_sent(brig_conn *conn, size_t len);

/* All bytes that wait for the peer: the output and what will follow it (4 too many a message). */
BRIG_API size_t brig_conn_pending(const brig_conn *conn);

/* Memory of its buffers now; give back that of those which are empty. */
BRIG_API size_t brig_conn_memory_bytes(const brig_conn *conn);
BRIG_API void brig_conn_trim(brig_conn *conn);

/* Channel binding (spec 3.4). BRIG_STATE before the handshake is done. */
BRIG_API brig_status brig_conn_handshake_hash(const brig_conn *conn,
                                              uint8_t ret_hash[BRIG_HANDSHAKE_HASH_BYTES]);

/* Suite keyed, server: the client's static key, for policy and logs. BRIG_STATE before. */
BRIG_API brig_status brig_conn_peer_public(const brig_conn *conn,
                                           uint8_t ret_public[BRIG_KEY_BYTES]);

/* The public key of a static secret (X25519). */
BRIG_API void brig_key_public(const uint8_t secret[BRIG_KEY_BYTES],
                              uint8_t ret_public[BRIG_KEY_BYTES]);

/*
 * Key files (spec 3.2): exactly 64 hexadecimal digits and a newline. BRIG_OK or BRIG_MALFORMED.
 */
BRIG_API brig_status brig_key_parse(brig_span text, uint8_t ret_key[BRIG_KEY_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
