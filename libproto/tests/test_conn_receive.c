/* SPDX-License-Identifier: MIT */
/* What a connection makes of the records of its peer (spec 3.5, 3.6, 4, 6 and 7.1). */
#include <brig/conn.h>

#include "bytes.h"
#include "check.h"
#include "conn_private.h"
#include "puppet.h"

#define RECORDS(...) \
    { \
        __VA_ARGS__ \
    }
/* One record each: a whole message, or a fragment with other flags. */
#define WHOLE(literal) \
    { \
        1, BYTES(literal) \
    }
#define FRAGMENT(flags, literal) \
    { \
        (flags), BYTES(literal) \
    }

/* Messages as the wire has them. */
#define HELLO    "\x92\x00\x81\xa8software\xa1t"
#define CALL(id) "\x95\x02" id "\xa1q\x80\x80"
#define PING(id) \
    "\x95\x02" id "\xa9" \
    "brig.ping\x80\x80"
#define RESULT(id) "\x94\x04" id "\xc0\x80"
#define ERROR_OF(id) \
    "\x96\x06" id "\xa4tool\xa3" \
    "fix\xa1m\x80"
#define EVENT(id) "\x95\x01" id "\xa6stdout\xc4\x01x\x80"
#define CLOSE \
    "\x93\x08\xa4" \
    "done\xa0"
#define UNKNOWN_ODD        "\x93\x03\x01\xa1x"
#define UNKNOWN_EVEN       "\x93\x0a\x01\xa1x"
#define ID_MAX             "\xcf\x00\x1f\xff\xff\xff\xff\xff\xff"
#define ID_ABOVE_MAX       "\xcf\x00\x20\x00\x00\x00\x00\x00\x00"
#define ABOUT(pairs, rest) "\x92\x00" pairs "\xa8software\xa1t" rest

enum { MAX_RECORDS = 6, CLIENT_CALLS = 2 };

struct receive_case {
    const char *name;
    struct {
        uint8_t flags;
        brig_span fragment;
    } records[MAX_RECORDS]; /* up to the first without .data */
    const char *events;     /* R ready, m message, C closed */
    brig_status last;
    const char *sent; /* H HELLO, c CALL, k CLOSE with its code behind it */
};

static const struct receive_case server_cases[] = {
    {"a HELLO is answered by ours [STA-004]", RECORDS(WHOLE(HELLO)), "R", BRIG_AGAIN, "H"},
    {"a session runs to its end [CHN-030]",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x01")), WHOLE(CALL("\x02")), WHOLE(CLOSE)), "RmmC",
     BRIG_CLOSED, "Hkdone"},
    {"CALLs may follow the client's HELLO at once [SES-011]",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x01"))), "Rm", BRIG_AGAIN, "H"},
    {"a message may come in fragments",
     RECORDS(WHOLE(HELLO), FRAGMENT(0, "\x95\x02"), FRAGMENT(0, "\x01\xa1"),
             FRAGMENT(1, "q\x80\x80"), WHOLE(CALL("\x02"))),
     "Rmm", BRIG_AGAIN, "H"},
    {"an empty last fragment ends a message",
     RECORDS(WHOLE(HELLO), FRAGMENT(0, CALL("\x01")), FRAGMENT(1, "")), "Rm", BRIG_AGAIN, "H"},
    {"an empty fragment in the middle is fatal [CHN-024]",
     RECORDS(WHOLE(HELLO), FRAGMENT(0, "\x95\x02"), FRAGMENT(0, "")), "R", BRIG_MALFORMED,
     "Hkprotocol"},
    {"an unknown flag is fatal [CHN-023]", RECORDS(WHOLE(HELLO), FRAGMENT(3, CALL("\x01"))), "R",
     BRIG_MALFORMED, "Hkprotocol"},
    {"an empty message is fatal [MSG-001]", RECORDS(WHOLE(HELLO), WHOLE("")), "R", BRIG_MALFORMED,
     "Hkprotocol"},
    {"bytes after a message are fatal", RECORDS(WHOLE(HELLO), WHOLE(CALL("\x01") "\xc0")), "R",
     BRIG_MALFORMED, "Hkprotocol"},
    {"a CALL before HELLO is fatal and not answered [STA-001] [CHN-036] [CHN-040]",
     RECORDS(WHOLE(CALL("\x01"))), "", BRIG_STATE, ""},
    {"a CLOSE before HELLO is fatal and not answered [STA-001]", RECORDS(WHOLE(CLOSE)), "",
     BRIG_STATE, ""},
    {"an unknown odd message before HELLO is fatal [STA-001]", RECORDS(WHOLE(UNKNOWN_ODD)), "",
     BRIG_STATE, ""},
    {"a HELLO in two records is fatal [MSG-011]",
     RECORDS(FRAGMENT(0, "\x92\x00\x81\xa8soft"), FRAGMENT(1, "ware\xa1t")), "", BRIG_MALFORMED,
     ""},
    {"a HELLO without software is fatal [MSG-012]", RECORDS(WHOLE("\x92\x00\x80")), "",
     BRIG_MALFORMED, ""},
    {"a HELLO with software that is no text is fatal [MSG-012]",
     RECORDS(WHOLE("\x92\x00\x81\xa8software\x01")), "", BRIG_MALFORMED, ""},
    {"a max_message below a fragment is fatal [MSG-012]",
     RECORDS(WHOLE(ABOUT("\x82", "\xab"
                                 "max_message\xcd\xff\xed"))),
     "", BRIG_MALFORMED, ""},
    {"a max_message of one fragment is the smallest [MSG-012]",
     RECORDS(WHOLE(ABOUT("\x82", "\xab"
                                 "max_message\xcd\xff\xee"))),
     "R", BRIG_AGAIN, "H"},
    {"a max_message of 256 MiB is the largest [MSG-012]",
     RECORDS(WHOLE(ABOUT("\x82", "\xab"
                                 "max_message\xce\x10\x00\x00\x00"))),
     "R", BRIG_AGAIN, "H"},
    {"a max_message above 256 MiB is fatal [MSG-012]",
     RECORDS(WHOLE(ABOUT("\x82", "\xab"
                                 "max_message\xce\x10\x00\x00\x01"))),
     "", BRIG_MALFORMED, ""},
    {"a max_calls of 0 is fatal [MSG-012]",
     RECORDS(WHOLE(ABOUT("\x82", "\xa9"
                                 "max_calls\x00"))),
     "", BRIG_MALFORMED, ""},
    {"a max_calls above 64 is accepted [MSG-014]",
     RECORDS(WHOLE(ABOUT("\x82", "\xa9"
                                 "max_calls\xcd\x10\x00"))),
     "R", BRIG_AGAIN, "H"},
    {"unknown keys of HELLO are ignored [MSG-009]",
     RECORDS(WHOLE(ABOUT("\x82", "\xa3"
                                 "new\x01"))),
     "R", BRIG_AGAIN, "H"},
    {"elements behind the map of HELLO are ignored [MSG-006]",
     RECORDS(WHOLE("\x93\x00\x81\xa8software\xa1t\x07")), "R", BRIG_AGAIN, "H"},
    {"a second HELLO is fatal [STA-002]", RECORDS(WHOLE(HELLO), WHOLE(HELLO)), "R", BRIG_STATE,
     "Hkprotocol"},
    {"unknown odd messages are ignored [MSG-002]",
     RECORDS(WHOLE(HELLO), WHOLE(UNKNOWN_ODD), WHOLE(CALL("\x01"))), "Rm", BRIG_AGAIN, "H"},
    {"an unknown even message is fatal [MSG-003]", RECORDS(WHOLE(HELLO), WHOLE(UNKNOWN_EVEN)), "R",
     BRIG_MALFORMED, "Hkprotocol"},
    {"an id of 0 is fatal [MSG-005]", RECORDS(WHOLE(HELLO), WHOLE(CALL("\x00"))), "R",
     BRIG_MALFORMED, "Hkprotocol"},
    {"an id of 2^53-1 is the highest [MSG-005]", RECORDS(WHOLE(HELLO), WHOLE(CALL(ID_MAX))), "Rm",
     BRIG_AGAIN, "H"},
    {"an id of 2^53 is fatal [MSG-005]", RECORDS(WHOLE(HELLO), WHOLE(CALL(ID_ABOVE_MAX))), "R",
     BRIG_MALFORMED, "Hkprotocol"},
    {"ids may skip [SES-002]", RECORDS(WHOLE(HELLO), WHOLE(CALL("\x05")), WHOLE(CALL("\x09"))),
     "Rmm", BRIG_AGAIN, "H"},
    {"an id used twice is fatal [SES-002]",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x05")), WHOLE(CALL("\x05"))), "Rm", BRIG_STATE,
     "Hkprotocol"},
    {"an id below the last one is fatal [SES-002]",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x05")), WHOLE(PING("\x04"))), "Rm", BRIG_STATE,
     "Hkprotocol"},
    {"a RESULT without a CALL is fatal [SES-003]", RECORDS(WHOLE(HELLO), WHOLE(RESULT("\x01"))),
     "R", BRIG_STATE, "Hkprotocol"},
    {"an ERROR without a CALL is fatal [SES-003]", RECORDS(WHOLE(HELLO), WHOLE(ERROR_OF("\x01"))),
     "R", BRIG_STATE, "Hkprotocol"},
    {"an EVENT for a call of the sender's own is fatal [SES-003]",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x01")), WHOLE(EVENT("\x01"))), "Rm", BRIG_STATE,
     "Hkprotocol"},
};

/* A client that has sent two CALLs, 1 and 2, before it reads. */
static const struct receive_case client_cases[] = {
    {"a client hears the server's HELLO", RECORDS(WHOLE(HELLO)), "R", BRIG_AGAIN, "Hcc"},
    {"a client is answered once, with events before [SES-003]",
     RECORDS(WHOLE(HELLO), WHOLE(EVENT("\x02")), WHOLE(RESULT("\x02")), WHOLE(ERROR_OF("\x01"))),
     "Rmmm", BRIG_AGAIN, "Hcc"},
    {"a second answer to one call is fatal [SES-003]",
     RECORDS(WHOLE(HELLO), WHOLE(RESULT("\x01")), WHOLE(ERROR_OF("\x01"))), "Rm", BRIG_STATE,
     "Hcckprotocol"},
    {"an EVENT after the answer is fatal [SES-003]",
     RECORDS(WHOLE(HELLO), WHOLE(RESULT("\x01")), WHOLE(EVENT("\x01"))), "Rm", BRIG_STATE,
     "Hcckprotocol"},
    {"an answer to a call that was never made is fatal [SES-003]",
     RECORDS(WHOLE(HELLO), WHOLE(RESULT("\x03"))), "R", BRIG_STATE, "Hcckprotocol"},
    {"a server that does not begin with HELLO is told so [STA-001] [CHN-032]",
     RECORDS(WHOLE(RESULT("\x01"))), "", BRIG_STATE, "Hcckprotocol"},
    {"a server's bad HELLO is answered by CLOSE [CHN-032]", RECORDS(WHOLE("\x92\x00\x80")), "",
     BRIG_MALFORMED, "Hcckprotocol"},
    {"both directions count ids on their own",
     RECORDS(WHOLE(HELLO), WHOLE(CALL("\x01")), WHOLE(RESULT("\x01"))), "Rmm", BRIG_AGAIN, "Hcc"},
    {"a server's CLOSE is answered [CHN-030]", RECORDS(WHOLE(HELLO), WHOLE(CLOSE)), "RC",
     BRIG_CLOSED, "Hcckdone"},
    {"nothing is read after a CLOSE", RECORDS(WHOLE(HELLO), WHOLE(CLOSE), WHOLE(RESULT("\x01"))),
     "RC", BRIG_CLOSED, "Hcckdone"},
};

static brig_side side; /* of the connection under test */
static struct puppet puppet;
static size_t last_record; /* where it begins in the stream */

static void build_stream(const struct receive_case *c)
{
    puppet_begin(&puppet, side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER,
                 BRIG_SUITE_LOCAL);
    for (size_t i = 0; i < MAX_RECORDS && c->records[i].fragment.data != NULL; i++) {
        last_record = puppet.len;
        puppet_record(&puppet, c->records[i].flags, c->records[i].fragment.data,
                      c->records[i].fragment.len);
    }
}

static brig_conn *conn_under_test(const struct receive_case *c)
{
    const brig_conn_config config = puppet_config(side, BRIG_SUITE_LOCAL);
    const brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("q")};
    brig_conn *conn = puppet_conn(&config);

    for (size_t i = 0; side == BRIG_SIDE_CLIENT && i < CLIENT_CALLS; i++)
        CHECK(brig_conn_send(conn, &call, NULL) == BRIG_OK, "%s", c->name);
    return conn;
}

/* What happened so far. */
struct story {
    char events[16];
    brig_status last;
};

static void listen(brig_conn *conn, struct story *story)
{
    static const char letters[] = {[BRIG_EVENT_READY] = 'R',
                                   [BRIG_EVENT_MESSAGE] = 'm',
                                   [BRIG_EVENT_CLOSED] = 'C',
                                   [BRIG_EVENT_REFUSED] = 'x'};
    brig_event event;

    while ((story->last = brig_conn_next(conn, &event)) == BRIG_OK) {
        size_t len = strlen(story->events);

        CHECK(len + 1 < sizeof(story->events), "too many events");
        story->events[len] = letters[event.type];
    }
}

static void feed(brig_conn *conn, size_t from, size_t to, struct story *story)
{
    while (from < to && story->last == BRIG_AGAIN) {
        size_t part = puppet_feed(conn, puppet.stream + from, to - from);

        CHECK(part > 0, "no room");
        from += part;
        listen(conn, story);
    }
}

/* Open what the connection sent and write it down in letters. */
static void read_sent(const brig_conn *conn, char *ret_sent, size_t size)
{
    static const char letters[] = {
        [BRIG_MESSAGE_HELLO] = 'H',  [BRIG_MESSAGE_EVENT] = 'e', [BRIG_MESSAGE_CALL] = 'c',
        [BRIG_MESSAGE_RESULT] = 'r', [BRIG_MESSAGE_ERROR] = 'f', [BRIG_MESSAGE_CLOSE] = 'k'};
    static uint8_t copy[4096];
    brig_span out = brig_conn_output(conn);
    brig_cipher opening = puppet.opening;
    size_t at = puppet.handshake_out_bytes;
    size_t len = 0;

    CHECK(out.len <= sizeof(copy), "%zu bytes", out.len);
    if (out.len > 0)
        memcpy(copy, out.data, out.len);
    while (at < out.len) {
        size_t record_bytes = brig_frame_bytes(copy + at);
        brig_fragment fragment;
        brig_message message;

        at += BRIG_FRAME_HEADER_BYTES;
        CHECK(brig_record_open(&opening, (brig_room){copy + at, record_bytes}, &fragment) ==
                  BRIG_OK,
              "record at %zu", at);
        CHECK(brig_message_parse(fragment.bytes, &message) == BRIG_OK, "message at %zu", at);
        at += record_bytes;
        ret_sent[len++] = letters[message.type];
        if (message.type == BRIG_MESSAGE_CLOSE) {
            memcpy(ret_sent + len, message.name.data, message.name.len);
            len += message.name.len;
        }
        CHECK(len + 16 < size, "too much was sent");
    }
    ret_sent[len] = '\0';
}

static void check_story(const struct receive_case *c, size_t cut, brig_conn *conn,
                        const struct story *story)
{
    brig_event event;
    char sent[64];

    CHECK(strcmp(story->events, c->events) == 0, "%s, cut at %zu: saw \"%s\"", c->name, cut,
          story->events);
    CHECK(story->last == c->last, "%s, cut at %zu: %s", c->name, cut,
          brig_status_name(story->last));
    read_sent(conn, sent, sizeof(sent));
    CHECK(strcmp(sent, c->sent) == 0, "%s, cut at %zu: sent \"%s\"", c->name, cut, sent);
    /* A fault stays, and nothing more is read. */
    CHECK(brig_conn_next(conn, &event) == c->last, "%s, cut at %zu", c->name, cut);
    CHECK((brig_conn_room(conn).len > 0) == (c->last == BRIG_AGAIN), "%s, cut at %zu", c->name,
          cut);
}

/* Two reads, cut at `cut`: every cut must tell the same story. */
static void run_cut(const struct receive_case *c, size_t cut)
{
    struct story story = {.last = BRIG_AGAIN};
    brig_conn *conn = conn_under_test(c);

    feed(conn, 0, cut, &story);
    feed(conn, cut, puppet.len, &story);
    check_story(c, cut, conn, &story);
    brig_conn_free(conn);
}

static void run_byte_by_byte(const struct receive_case *c)
{
    struct story story = {.last = BRIG_AGAIN};
    brig_conn *conn = conn_under_test(c);

    for (size_t i = 0; i < puppet.len; i++)
        feed(conn, i, i + 1, &story);
    check_story(c, puppet.len, conn, &story);
    brig_conn_free(conn);
}

/* [STA-006] What a refused message would have changed is as it was. */
static void run_refusal(const struct receive_case *c)
{
    struct story story = {.last = BRIG_AGAIN};
    brig_conn *conn = conn_under_test(c);
    brig_calls ours;
    brig_calls theirs;
    bool was_ready;

    if (c->last == BRIG_AGAIN || c->last == BRIG_CLOSED) {
        brig_conn_free(conn);
        return;
    }
    feed(conn, 0, last_record, &story);
    memcpy(&ours, &conn->ours, sizeof(ours));
    memcpy(&theirs, &conn->theirs, sizeof(theirs));
    was_ready = brig_conn_is_ready(conn);
    size_t peer_max = brig_conn_peer_max_message(conn);
    feed(conn, last_record, puppet.len, &story);
    CHECK(story.last == c->last, "%s", c->name);
    CHECK(is_same(&ours, &conn->ours, sizeof(ours)), "%s: our calls", c->name);
    CHECK(is_same(&theirs, &conn->theirs, sizeof(theirs)), "%s: their calls", c->name);
    CHECK(was_ready == brig_conn_is_ready(conn), "%s: readiness", c->name);
    CHECK(peer_max == brig_conn_peer_max_message(conn), "%s: max_message", c->name);
    brig_conn_free(conn);
}

/* [CHN-022] Any changed byte of the last record: nothing is answered, queued words are dropped. */
static void run_forgery(const struct receive_case *c)
{
    for (size_t i = last_record + BRIG_FRAME_HEADER_BYTES; i < puppet.len; i++) {
        struct story story = {.last = BRIG_AGAIN};
        brig_conn *conn = conn_under_test(c);

        puppet.stream[i] ^= 1;
        feed(conn, 0, puppet.len, &story);
        puppet.stream[i] ^= 1;
        CHECK(story.last == BRIG_AUTH, "%s, byte %zu: %s", c->name, i,
              brig_status_name(story.last));
        CHECK(brig_conn_output(conn).len == 0, "%s, byte %zu", c->name, i);
        brig_conn_close(conn, BRIG_CLOSE_DONE, "");
        CHECK(brig_conn_output(conn).len == 0, "%s, byte %zu: CLOSE after", c->name, i);
        brig_conn_free(conn);
    }
}

/* A read that ends anywhere before the last byte is a truncation [CHN-031]. */
static void run_truncation(const struct receive_case *c)
{
    for (size_t end = 0; end < puppet.len; end++) {
        struct story story = {.last = BRIG_AGAIN};
        brig_conn *conn = conn_under_test(c);

        feed(conn, 0, end, &story);
        CHECK(story.last == BRIG_AGAIN, "%s, end at %zu", c->name, end);
        CHECK(brig_conn_eof(conn) == BRIG_TRUNCATED, "%s, end at %zu", c->name, end);
        listen(conn, &story);
        CHECK(story.last == BRIG_TRUNCATED, "%s, end at %zu", c->name, end);
        brig_conn_free(conn);
    }
}

static void run_all(const struct receive_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        build_stream(&cases[i]);
        for (size_t cut = puppet.handshake_in_bytes; cut <= puppet.len; cut++)
            run_cut(&cases[i], cut);
        run_byte_by_byte(&cases[i]);
        run_refusal(&cases[i]);
    }
    /* The first case is one HELLO, the second a whole session. */
    build_stream(&cases[0]);
    run_forgery(&cases[0]);
    build_stream(&cases[1]);
    run_truncation(&cases[1]);
    run_forgery(&cases[1]);
}

int main(void)
{
    side = BRIG_SIDE_SERVER;
    run_all(server_cases, COUNT_OF(server_cases));
    side = BRIG_SIDE_CLIENT;
    run_all(client_cases, COUNT_OF(client_cases));
    return EXIT_SUCCESS;
}
