/* Generated from spec/protocol.toml by spec/generate.py. Do not edit. */
#ifndef BRIG_GENERATED_TABLES_H
#define BRIG_GENERATED_TABLES_H

#define BRIG_ERROR_MAP(X) \
    X(PARSE, "parse", "fix", FROM(WORKER), true) \
    X(RUNTIME, "runtime", "fix", FROM(WORKER), true) \
    X(DEADLINE, "deadline", "fix", FROM(SERVER), false) \
    X(CANCELLED, "cancelled", "fix", FROM(SERVER) | FROM(WORKER) | FROM(CLIENT), true) \
    X(MEMORY, "memory", "lost", FROM(SERVER), false) \
    X(CPU, "cpu", "fix", FROM(SERVER), false) \
    X(CRASHED, "crashed", "lost", FROM(SERVER), false) \
    X(EXITED, "exited", "lost", FROM(SERVER), false) \
    X(BUDGET, "budget", "fix", FROM(SERVER), false) \
    X(BUSY, "busy", "retry", FROM(SERVER), false) \
    X(STALE, "stale", "lost", FROM(SERVER) | FROM(CLIENT), false) \
    X(UNKNOWN_PROCEDURE, "unknown_procedure", "fix", FROM(SERVER) | FROM(CLIENT) | FROM(WORKER), false) \
    X(UNKNOWN_TOOL, "unknown_tool", "fix", FROM(SERVER) | FROM(CLIENT) | FROM(WORKER), true) \
    X(BAD_ARGUMENTS, "bad_arguments", "fix", FROM(SERVER) | FROM(CLIENT) | FROM(WORKER), true) \
    X(TOOL, "tool", "fix", FROM(CLIENT), false) \
    X(DENIED, "denied", "denied", FROM(SERVER) | FROM(CLIENT), false) \
    X(UNSUPPORTED, "unsupported", "fix", FROM(SERVER) | FROM(CLIENT), false) \
    X(TOO_LARGE, "too_large", "fix", FROM(SERVER) | FROM(CLIENT), false) \
    X(UNAVAILABLE, "unavailable", "retry", FROM(SERVER), false) \
    X(NOT_FOUND, "not_found", "fix", FROM(SERVER), false) \
    X(NO_SPACE, "no_space", "fix", FROM(SERVER), false) \
    X(INTERNAL, "internal", "fault", FROM(SERVER) | FROM(CLIENT), false) \
    X(CONNECTION_LOST, "connection_lost", "lost", 0, false)

#define BRIG_EVENT_MAP(X) \
    X(STDOUT, "stdout", BIN, true) \
    X(STDERR, "stderr", BIN, true) \
    X(MESSAGE, "message", MAP, true) \
    X(WARNING, "warning", MAP, true) \
    X(DISPLAY, "display", MAP, true) \
    X(PROGRESS, "progress", MAP, true) \
    X(VIOLATION, "violation", MAP, false) \
    X(TRUNCATED, "truncated", MAP, false)

#define BRIG_CLOSE_MAP(X) \
    X(DONE, "done") \
    X(IDLE, "idle") \
    X(SHUTDOWN, "shutdown") \
    X(BUSY, "busy") \
    X(PROTOCOL, "protocol") \
    X(TOO_LARGE, "too_large") \
    X(INTERNAL, "internal")

#define BRIG_SUITE_MAP(X) \
    X(LOCAL, "Noise_NNpsk0_25519_ChaChaPoly_SHA256", 48, 48) \
    X(KEYED, "Noise_IK_25519_ChaChaPoly_SHA256", 96, 48)

#define BRIG_VECTOR_MAP(X) \
    X(LOGICAL, 1) \
    X(INT32, 4) \
    X(INT64, 8) \
    X(FLOAT64, 8) \
    X(COMPLEX, 16) \
    X(TEXT, 0)

#define BRIG_ANNOTATION_MAP(X) \
    X(PLAIN, "plain") \
    X(TABLE, "table") \
    X(FACTOR, "factor") \
    X(DATE, "date") \
    X(DATETIME, "datetime") \
    X(DURATION, "duration") \
    X(INTEGER, "integer") \
    X(MEDIA, "media")

#define BRIG_SCHEMA_TYPE_MAP(X) \
    X(NULL, "null") \
    X(BOOLEAN, "boolean") \
    X(INTEGER, "integer") \
    X(NUMBER, "number") \
    X(STRING, "string") \
    X(ARRAY, "array") \
    X(OBJECT, "object") \
    X(VALUE, "value")

#define BRIG_STATE_MAP(X) \
    X(AWAIT_PREAMBLE, 0, STATE(AWAIT_HANDSHAKE) | STATE(CLOSED)) \
    X(AWAIT_HANDSHAKE, 0, STATE(AWAIT_HELLO) | STATE(CLOSED)) \
    X(AWAIT_HELLO, MESSAGE(HELLO), STATE(OPEN) | STATE(CLOSING) | STATE(CLOSED)) \
    X(OPEN, MESSAGE(EVENT) | MESSAGE(CALL) | MESSAGE(RESULT) | MESSAGE(ERROR) | MESSAGE(CLOSE), STATE(CLOSING) | STATE(CLOSED)) \
    X(CLOSING, MESSAGE(HELLO) | MESSAGE(EVENT) | MESSAGE(CALL) | MESSAGE(RESULT) | MESSAGE(ERROR) | MESSAGE(CLOSE), STATE(CLOSED)) \
    X(CLOSED, 0, 0)

#define BRIG_LAYOUT_MAP(X) \
    X(HELLO, 1, ELEMENTS(ELEMENT_MAP)) \
    X(EVENT, 4, ELEMENTS(ELEMENT_ID, ELEMENT_NAME, ELEMENT_VALUE, ELEMENT_MAP)) \
    X(CALL, 4, ELEMENTS(ELEMENT_ID, ELEMENT_NAME, ELEMENT_MAP, ELEMENT_MAP)) \
    X(RESULT, 3, ELEMENTS(ELEMENT_ID, ELEMENT_VALUE, ELEMENT_MAP)) \
    X(ERROR, 5, ELEMENTS(ELEMENT_ID, ELEMENT_NAME, ELEMENT_NAME, ELEMENT_TEXT, ELEMENT_MAP)) \
    X(CLOSE, 2, ELEMENTS(ELEMENT_NAME, ELEMENT_TEXT))

#endif
