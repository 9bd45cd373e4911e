/* Generated from spec/protocol.toml by spec/generate.py. Do not edit. */
#ifndef BRIG_GENERATED_PROTOCOL_H
#define BRIG_GENERATED_PROTOCOL_H

#define BRIG_PROTOCOL_NAME "Brig/1"
#define BRIG_PROTOCOL_VERSION 1
#define BRIG_PROTOCOL_MAGIC "BRIG"

#define BRIG_LIMIT_RECORD_BYTES 65535 /* largest record on the wire, without its length prefix */
#define BRIG_LIMIT_RECORD_MIN_BYTES 17 /* smallest record: the flags octet and the authentication tag */
#define BRIG_LIMIT_FRAGMENT_BYTES 65518 /* largest fragment: a record without tag and flags */
#define BRIG_LIMIT_HELLO_BYTES 4096 /* largest HELLO message */
#define BRIG_LIMIT_MAX_MESSAGE_BYTES 16777216 /* largest message, unless HELLO says otherwise */
#define BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES 268435456 /* largest max_message that HELLO may announce */
#define BRIG_LIMIT_MAX_CALLS 64 /* unanswered calls in one direction, brig.cancel and brig.ping not counted */
#define BRIG_LIMIT_MAX_CONTROL_CALLS 16 /* unanswered brig.cancel and brig.ping in one direction */
#define BRIG_LIMIT_MAX_DEPTH 32 /* nesting of arrays, maps and annotated values; the envelope is 1 */
#define BRIG_LIMIT_MAX_ELEMENTS 1000000 /* MessagePack objects in one message */
#define BRIG_LIMIT_MAX_MAP_KEYS 8192 /* entries of a map and of the maps around it, added up */
#define BRIG_LIMIT_MAX_ID 9007199254740991LL /* largest call id: 2^53 - 1 */
#define BRIG_LIMIT_ERROR_MESSAGE_BYTES 8192 /* longest message of an ERROR or a CLOSE */
#define BRIG_LIMIT_CHUNK_BYTES 262144 /* most file bytes in one brig.put or brig.get */
#define BRIG_LIMIT_FILE_BYTES 67108864 /* largest workspace file that brig.put and brig.get move */
#define BRIG_LIMIT_PATH_BYTES 1024 /* longest workspace path */
#define BRIG_LIMIT_MAX_TOOLS 256 /* tools of one session */
#define BRIG_LIMIT_TOOL_BYTES 65536 /* largest declaration of one tool */
#define BRIG_LIMIT_TOOL_DEPTH 8 /* nesting of a tool's params */
#define BRIG_LIMIT_TOOL_NAME_BYTES 64 /* longest tool name */
#define BRIG_LIMIT_EARLY_OUTPUT_BYTES 65536 /* output kept while no code call is open */
#define BRIG_LIMIT_HANDSHAKE_MS 5000 /* from accept to a valid HELLO */
#define BRIG_LIMIT_CLOSE_MS 2000 /* how long a side waits for the peer's CLOSE */
#define BRIG_LIMIT_WORKER_UNREAD_MS 10000 /* how long a worker may leave an awaited answer unread */
#define BRIG_LIMIT_IDLE_MS 1800000 /* a session without an open call ends after this time */
#define BRIG_LIMIT_TICKET_BYTES 32 /* a resume ticket */

typedef enum brig_side {
    BRIG_SIDE_CLIENT = 0,
    BRIG_SIDE_SERVER = 1,
    BRIG_SIDE_WORKER = 2,
} brig_side;

typedef enum brig_suite {
    BRIG_SUITE_LOCAL = 1, /* one 32-byte key shared by one client and one server */
    BRIG_SUITE_KEYED = 2, /* the client pins the server's static key; the server lists its clients' keys */
} brig_suite;

typedef enum brig_refusal {
    BRIG_REFUSAL_VERSION = 1, /* the server does not speak the version that was asked for */
    BRIG_REFUSAL_SUITE = 2, /* the server does not offer the suite that was asked for */
    BRIG_REFUSAL_BUSY = 3, /* the server takes no further connection now */
    BRIG_REFUSAL_DOWNGRADE = 4, /* the server speaks a version above the one asked for and within the client's highest */
} brig_refusal;

typedef enum brig_message_type {
    BRIG_MESSAGE_HELLO = 0, /* who speaks, and within which bounds; first message of each side */
    BRIG_MESSAGE_EVENT = 1, /* something happened during an open call */
    BRIG_MESSAGE_CALL = 2, /* a request; ends with exactly one RESULT or ERROR */
    BRIG_MESSAGE_RESULT = 4, /* the call did what it was asked */
    BRIG_MESSAGE_ERROR = 6, /* the call ended otherwise */
    BRIG_MESSAGE_CLOSE = 8, /* the sender sends nothing more */
} brig_message_type;

typedef enum brig_state {
    BRIG_STATE_AWAIT_PREAMBLE, /* nothing has arrived */
    BRIG_STATE_AWAIT_HANDSHAKE, /* the Noise message of the peer is awaited */
    BRIG_STATE_AWAIT_HELLO, /* records flow; the peer is not authenticated before its HELLO */
    BRIG_STATE_OPEN, /* the session */
    BRIG_STATE_CLOSING, /* our CLOSE is sent; everything but the peer's CLOSE is read and dropped */
    BRIG_STATE_CLOSED, /* the peer's CLOSE has arrived, or the connection is lost */
    BRIG_STATE_COUNT,
} brig_state;

typedef enum brig_procedure {
    BRIG_PROCEDURE_OPEN, /* start the session's worker behind the walls of a profile */
    BRIG_PROCEDURE_EVAL, /* evaluate code; the result is the value of its last expression */
    BRIG_PROCEDURE_CALL, /* call a tool that lives in the sandbox */
    BRIG_PROCEDURE_DEFINE, /* add or replace tools */
    BRIG_PROCEDURE_RESET, /* replace the worker by a new one; ends a running code call */
    BRIG_PROCEDURE_CANCEL, /* ask for the end of a call of the canceller's own */
    BRIG_PROCEDURE_PUT, /* write a piece of a workspace file */
    BRIG_PROCEDURE_GET, /* read a piece of a workspace file */
    BRIG_PROCEDURE_LIST, /* list workspace files */
    BRIG_PROCEDURE_INFO, /* describe the session */
    BRIG_PROCEDURE_PING, /* answered by the peer itself, never by code */
    BRIG_PROCEDURE_INPUT, /* the code reads a line from its standard input; nil is end of file */
    BRIG_PROCEDURE_COUNT,
} brig_procedure;

typedef enum brig_record {
    BRIG_RECORD_HELLO,
    BRIG_RECORD_NOTHING,
    BRIG_RECORD_OPEN,
    BRIG_RECORD_OPENED,
    BRIG_RECORD_ENGINE,
    BRIG_RECORD_LIMITS,
    BRIG_RECORD_CODE_OPTIONS,
    BRIG_RECORD_EVAL,
    BRIG_RECORD_CALL,
    BRIG_RECORD_DEFINE,
    BRIG_RECORD_DEFINED,
    BRIG_RECORD_RESET,
    BRIG_RECORD_CANCEL,
    BRIG_RECORD_CANCELLED,
    BRIG_RECORD_PUT,
    BRIG_RECORD_PUT_DONE,
    BRIG_RECORD_GET,
    BRIG_RECORD_GOT,
    BRIG_RECORD_LIST,
    BRIG_RECORD_LISTED,
    BRIG_RECORD_FILE,
    BRIG_RECORD_INFO,
    BRIG_RECORD_PONG,
    BRIG_RECORD_INPUT,
    BRIG_RECORD_TOOL_OPTIONS,
    BRIG_RECORD_CODE_META,
    BRIG_RECORD_USAGE,
    BRIG_RECORD_TOOL,
    BRIG_RECORD_SCHEMA,
    BRIG_RECORD_SANDBOX,
    BRIG_RECORD_REQUIRE,
    BRIG_RECORD_EVENT_META,
    BRIG_RECORD_WORKER_OPEN,
    BRIG_RECORD_COUNT,
} brig_record;

typedef enum brig_error_code {
    BRIG_ERROR_PARSE, /* the code is not a program of the engine's language */
    BRIG_ERROR_RUNTIME, /* the code signalled an error */
    BRIG_ERROR_DEADLINE, /* the time of the call was over */
    BRIG_ERROR_CANCELLED, /* the caller, or a reset, ended the call */
    BRIG_ERROR_MEMORY, /* the session's memory limit ended the worker */
    BRIG_ERROR_CPU, /* the processor time of the call was over */
    BRIG_ERROR_CRASHED, /* the worker ended without an answer: signal, stalled, protocol or cstack */
    BRIG_ERROR_EXITED, /* the code ended the worker process */
    BRIG_ERROR_BUDGET, /* a count of the limits is used up */
    BRIG_ERROR_BUSY, /* another code call is open */
    BRIG_ERROR_STALE, /* the worker is gone; only a reset brings a new one */
    BRIG_ERROR_UNKNOWN_PROCEDURE, /* no such procedure */
    BRIG_ERROR_UNKNOWN_TOOL, /* no such tool */
    BRIG_ERROR_BAD_ARGUMENTS, /* an argument has a wrong type, size or value */
    BRIG_ERROR_TOOL, /* the tool's handler failed */
    BRIG_ERROR_DENIED, /* policy forbids it */
    BRIG_ERROR_UNSUPPORTED, /* a key, keyword or feature that this server does not know */
    BRIG_ERROR_TOO_LARGE, /* more bytes, elements or depth than a limit allows */
    BRIG_ERROR_UNAVAILABLE, /* the worker could not be started, or the session is not open */
    BRIG_ERROR_NOT_FOUND, /* no such file in the workspace */
    BRIG_ERROR_NO_SPACE, /* the workspace is full */
    BRIG_ERROR_INTERNAL, /* a defect of the sender */
    BRIG_ERROR_CONNECTION_LOST, /* local only, never on the wire: the connection ended while the call was open */
    BRIG_ERROR_COUNT,
} brig_error_code;

typedef enum brig_close_code {
    BRIG_CLOSE_DONE, /* the sender has no more to say */
    BRIG_CLOSE_IDLE, /* no call was open for idle_ms */
    BRIG_CLOSE_SHUTDOWN, /* the server ends */
    BRIG_CLOSE_BUSY, /* the server has no room for this session now */
    BRIG_CLOSE_PROTOCOL, /* the peer broke a rule; the message says which */
    BRIG_CLOSE_TOO_LARGE, /* the peer's message was above max_message, a HELLO above hello_bytes, or beyond a bound of section 5.2 */
    BRIG_CLOSE_INTERNAL, /* a defect of the sender */
    BRIG_CLOSE_COUNT,
} brig_close_code;

typedef enum brig_event_kind {
    BRIG_EVENT_KIND_STDOUT, /* console output, cut and joined freely */
    BRIG_EVENT_KIND_STDERR, /* console errors, cut and joined freely */
    BRIG_EVENT_KIND_MESSAGE, /* a message condition: {message, classes} */
    BRIG_EVENT_KIND_WARNING, /* a warning condition: {message, classes, call} */
    BRIG_EVENT_KIND_DISPLAY, /* something to show: MIME type to text or bytes */
    BRIG_EVENT_KIND_PROGRESS, /* how far the code is: {fraction, text} */
    BRIG_EVENT_KIND_VIOLATION, /* a wall refused something: {kind, layer, detail} */
    BRIG_EVENT_KIND_TRUNCATED, /* the output limit is reached: {stream, bytes} */
    BRIG_EVENT_KIND_COUNT,
} brig_event_kind;

typedef enum brig_ext {
    BRIG_EXT_VECTOR = 1, /* type octet, then the elements, little-endian */
    BRIG_EXT_MISSING = 2, /* a missing scalar: the type octet alone */
    BRIG_EXT_ANNOTATED = 3, /* one array [kind, base, attributes] */
    BRIG_EXT_OPAQUE = 4, /* one map {class, text}: what has no portable form */
} brig_ext;

typedef enum brig_vector_type {
    BRIG_VECTOR_LOGICAL = 1,
    BRIG_VECTOR_INT32 = 2,
    BRIG_VECTOR_INT64 = 3,
    BRIG_VECTOR_FLOAT64 = 4,
    BRIG_VECTOR_COMPLEX = 5,
    BRIG_VECTOR_TEXT = 6,
} brig_vector_type;

typedef enum brig_annotation {
    BRIG_ANNOTATION_PLAIN, /* only attributes: names, dim, dimnames */
    BRIG_ANNOTATION_TABLE, /* columns; attributes names, rows, row_names */
    BRIG_ANNOTATION_FACTOR, /* int32 codes from 0; attributes levels, ordered */
    BRIG_ANNOTATION_DATE, /* days since 1970-01-01 */
    BRIG_ANNOTATION_DATETIME, /* float64 seconds UTC since 1970-01-01; attribute tz */
    BRIG_ANNOTATION_DURATION, /* float64 seconds */
    BRIG_ANNOTATION_INTEGER, /* decimal text of an integer beyond the host's */
    BRIG_ANNOTATION_MEDIA, /* map of MIME type to text or bytes */
    BRIG_ANNOTATION_COUNT,
} brig_annotation;

typedef enum brig_effect {
    BRIG_EFFECT_LEVEL, /* which walls stand, in one word */
    BRIG_EFFECT_FS_READ, /* files the code can read: those its profile lists, or the host's */
    BRIG_EFFECT_FS_WRITE, /* files the code can write: its own workspace and /tmp, or the host's */
    BRIG_EFFECT_NETWORK, /* none; through tools of the client only; open */
    BRIG_EFFECT_EXEC, /* the code can start programs */
    BRIG_EFFECT_PROCESSES, /* processes the code can see and signal */
    BRIG_EFFECT_MEMORY, /* the limit counts the whole session, each process, nothing */
    BRIG_EFFECT_UID, /* the kernel's user id of the code is used by nobody else, or is the server's */
    BRIG_EFFECT_COUNT,
} brig_effect;

#define BRIG_EVENT_KIND_MAP(X) \
    X(STDOUT, "stdout") \
    X(STDERR, "stderr") \
    X(MESSAGE, "message") \
    X(WARNING, "warning") \
    X(DISPLAY, "display") \
    X(PROGRESS, "progress") \
    X(VIOLATION, "violation") \
    X(TRUNCATED, "truncated")

#define BRIG_LEAST_LIMITS(X) \
    X(deadline_ms, 1) \
    X(idle_ms, 1) \
    X(cpu_ms, 1) \
    X(memory_bytes, 1) \
    X(processes, 1) \
    X(open_files, 16) \
    X(workspace_bytes, 4096) \
    X(workspace_files, 16) \
    X(message_bytes, 1048576) \
    X(display_pixels, 10000) \
    X(tool_calls_open, 1)

#endif
