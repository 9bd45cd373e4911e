/* SPDX-License-Identifier: MIT */
/* What is accepted from a worker and what is a breach (spec 11.2). */
#include "worker_check.h"

#include <brig/pack.h>

#include "check.h"

/* One message as a list of bytes; 0x93 … */
typedef struct word_case {
    const char *name;
    const char *bytes;
    size_t len;
    brig_status expected;
} word_case;

#define BYTES(text) text, sizeof(text) - 1

static const word_case cases[] = {
    {"a result with empty meta is accepted", BYTES("\x94\x04\x01\x05\x80"), BRIG_OK},
    {"a result that says visible is accepted",
     BYTES("\x94\x04\x01\x05\x81\xa7"
           "visible\xc3"),
     BRIG_OK},
    {"a result that says omitted is accepted",
     BYTES("\x94\x04\x01\x05\x81\xa5"
           "value\xa7"
           "omitted"),
     BRIG_OK},
    {"a result that claims usage is a breach",
     BYTES("\x94\x04\x01\x05\x81\xa5"
           "usage\x80"),
     BRIG_MALFORMED},
    {"a result whose visible is a number is a breach",
     BYTES("\x94\x04\x01\x05\x81\xa7"
           "visible\x01"),
     BRIG_MALFORMED},
    {"an element behind the layout is a breach", BYTES("\x95\x04\x01\x05\x80\xc0"), BRIG_MALFORMED},
    {"a runtime error with its keys is accepted",
     BYTES("\x96\x06\x01\xa7"
           "runtime\xa3"
           "fix\xa1"
           "x\x81\xa4"
           "call\xa1"
           "f"),
     BRIG_OK},
    {"a runtime error that claims a state is a breach",
     BYTES("\x96\x06\x01\xa7"
           "runtime\xa3"
           "fix\xa1"
           "x\x81\xa5"
           "state\xa4"
           "kept"),
     BRIG_MALFORMED},
    {"a worker may say cancelled",
     BYTES("\x96\x06\x01\xa9"
           "cancelled\xa3"
           "fix\xa1"
           "x\x80"),
     BRIG_OK},
    {"a worker must not say deadline",
     BYTES("\x96\x06\x01\xa8"
           "deadline\xa3"
           "fix\xa1"
           "x\x80"),
     BRIG_MALFORMED},
    {"a worker must not say memory",
     BYTES("\x96\x06\x01\xa6"
           "memory\xa4"
           "lost\xa1"
           "x\x80"),
     BRIG_MALFORMED},
    {"an unknown error code is a breach",
     BYTES("\x96\x06\x01\xa4"
           "oops\xa3"
           "fix\xa1"
           "x\x80"),
     BRIG_MALFORMED},
    {"console output is accepted",
     BYTES("\x95\x01\x01\xa6"
           "stdout\xc4\x02hi\x80"),
     BRIG_OK},
    {"console output that is text is a breach",
     BYTES("\x95\x01\x01\xa6"
           "stdout\xa2hi\x80"),
     BRIG_MALFORMED},
    {"console output that claims to be raw is a breach",
     BYTES("\x95\x01\x01\xa6"
           "stdout\xc4\x02hi\x81\xa3"
           "raw\xc3"),
     BRIG_MALFORMED},
    {"a worker must not report violations",
     BYTES("\x95\x01\x01\xa9"
           "violation\x80\x80"),
     BRIG_MALFORMED},
    {"a worker must not say truncated",
     BYTES("\x95\x01\x01\xa9"
           "truncated\x80\x80"),
     BRIG_MALFORMED},
    {"a display with an id is accepted",
     BYTES("\x95\x01\x01\xa7"
           "display\x81\xa9"
           "image/png\xc4\x01x\x81\xa2id\xa1"
           "p"),
     BRIG_OK},
    {"a display that holds a number is a breach",
     BYTES("\x95\x01\x01\xa7"
           "display\x81\xa9"
           "image/png\x05\x80"),
     BRIG_MALFORMED},
    {"a warning with its keys is accepted",
     BYTES("\x95\x01\x01\xa7"
           "warning\x81\xa7"
           "message\xa1"
           "w\x80"),
     BRIG_OK},
    {"a warning with an unknown key is a breach",
     BYTES("\x95\x01\x01\xa7"
           "warning\x81\xa5"
           "level\x01\x80"),
     BRIG_MALFORMED},
    {"a call with empty options is accepted",
     BYTES("\x95\x02\x01\xa1"
           "t\x80\x80"),
     BRIG_OK},
    {"a call that sets its own deadline is a breach",
     BYTES("\x95\x02\x01\xa1"
           "t\x80\x81\xab"
           "deadline_ms\x01"),
     BRIG_MALFORMED},
    {"a second HELLO is a breach",
     BYTES("\x92\x00\x81\xa8"
           "software\xa1"
           "x"),
     BRIG_MALFORMED},
    {"a CLOSE is a breach",
     BYTES("\x93\x08\xa4"
           "done\xa0"),
     BRIG_MALFORMED},
    {"an unknown message type is a breach", BYTES("\x92\x0b\x01"), BRIG_MALFORMED},
};

static void check_display_meta(void)
{
    static const char bytes[] = "\x95\x01\x01\xa7"
                                "display\x80\x82\xa2id\xa4"
                                "plot\xa6"
                                "update\xc3";
    brig_message message;
    brig_worker_word word;

    CHECK(brig_message_parse((brig_span){(const uint8_t *)bytes, sizeof(bytes) - 1}, &message) ==
              BRIG_OK,
          "the message parses");
    CHECK(brig_worker_word_check(&message, &word) == BRIG_OK, "the display is accepted");
    CHECK(brig_span_is(word.display_id, "plot") && word.is_update, "id and update are read");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const word_case *c = &cases[i];
        brig_message message = {0};
        brig_worker_word word;

        CHECK(brig_message_parse((brig_span){(const uint8_t *)c->bytes, c->len}, &message) ==
                  BRIG_OK,
              "%s: the envelope parses", c->name);
        CHECK(brig_worker_word_check(&message, &word) == c->expected, "%s", c->name);
    }
    check_display_meta();
    return 0;
}
