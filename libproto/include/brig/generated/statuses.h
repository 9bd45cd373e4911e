/* Generated from spec/protocol.toml by spec/generate.py. Do not edit. */
#ifndef BRIG_GENERATED_STATUSES_H
#define BRIG_GENERATED_STATUSES_H

#define BRIG_STATUS_MAP(X) \
    X(OK, "ok", "success") \
    X(AGAIN, "retry", "nothing ready; more bytes are needed") \
    X(FULL, "retry", "the output queue is full; send what is waiting first") \
    X(MALFORMED, "peer", "the peer's bytes do not follow the specification") \
    X(AUTH, "peer", "a handshake message or a record does not authenticate") \
    X(REFUSED, "peer", "the server refused the connection") \
    X(STATE, "caller", "the call or message is not legal now") \
    X(TOO_LARGE, "peer", "more bytes, elements or depth than a limit allows") \
    X(UNSUPPORTED, "peer", "a key, keyword or feature that is not known") \
    X(ARGUMENT, "caller", "an argument is out of range") \
    X(NO_MEMORY, "resource", "out of memory") \
    X(CLOSED, "peer", "the peer has closed the connection") \
    X(TRUNCATED, "peer", "the connection ended without a CLOSE") \
    X(SYSTEM, "resource", "a system call failed") \
    X(UNAVAILABLE, "resource", "a part that is needed is missing") \
    X(FAILED, "peer", "the call ended with an ERROR")

#endif
