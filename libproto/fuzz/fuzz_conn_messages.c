/* SPDX-License-Identifier: MIT */
/* No records an authenticated peer can seal may crash a connection (spec 3.5, 4, 6 and 7.1). */
#include <brig/conn.h>

#include "bytes.h"
#include "puppet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const brig_span whole_messages[] = {
    BYTES("\x92\x00\x81\xa8software\xa1t"),
    BYTES("\x95\x02\x01\xa1q\x80\x80"),
    BYTES("\x95\x02\x02\xa9"
          "brig.ping\x80\x80"),
    BYTES("\x94\x04\x01\xc0\x80"),
    BYTES("\x95\x01\x02\xa6stdout\xc4\x01x\x80"),
    BYTES("\x93\x08\xa4"
          "done\xa0"),
};

/*
 * One record: a whole message from the table; all of the input that is left, if it begins as an
 * array does; otherwise flags, length and bytes from the input.
 */
static size_t append_record(struct puppet *puppet, const uint8_t *data, size_t len)
{
    if (data[0] < COUNT_OF(whole_messages)) {
        const brig_span *message = &whole_messages[data[0]];

        puppet_record(puppet, BRIG_RECORD_LAST, message->data, message->len);
        return 1;
    }
    if ((data[0] & 0xf0) == 0x90) {
        puppet_record(puppet, BRIG_RECORD_LAST, data, len);
        return len;
    }
    if (len < 2)
        return len;
    size_t bytes = data[1] < len - 2 ? data[1] : len - 2;
    puppet_record(puppet, data[0] & 3, data + 2, bytes);
    return 2 + bytes;
}

/* Be a caller: answer what is asked, write what is queued. */
static brig_status serve(brig_conn *conn)
{
    brig_status status;
    brig_event event;

    while ((status = brig_conn_next(conn, &event)) == BRIG_OK) {
        if (event.type == BRIG_EVENT_MESSAGE && event.message.type == BRIG_MESSAGE_CALL) {
            const brig_message answer = {.type = BRIG_MESSAGE_RESULT, .id = event.message.id};

            CHECK(brig_conn_is_open_call(conn, answer.id), "a delivered CALL is open");
            if (answer.id % 2 == 1)
                CHECK(brig_conn_send(conn, &answer, NULL) == BRIG_OK, "its answer");
        }
        brig_conn_sent(conn, brig_conn_output(conn).len);
    }
    return status;
}

/* The last byte chooses the side, the one before how many bytes one read brings. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct puppet puppet;
    const brig_message call = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("q")};
    brig_status status = BRIG_AGAIN;

    if (len < 2 || len > 4096)
        return 0;
    uint8_t options = data[--len];
    size_t most = data[--len];
    brig_side side = (options & 1) == 0 ? BRIG_SIDE_SERVER : BRIG_SIDE_CLIENT;
    brig_conn_config config = puppet_config(side, BRIG_SUITE_LOCAL);
    config.max_message_bytes = BRIG_LIMIT_FRAGMENT_BYTES;
    brig_conn *conn = puppet_conn(&config);

    puppet_begin(&puppet, side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER,
                 BRIG_SUITE_LOCAL);
    if ((options & 2) == 0)
        puppet_record(&puppet, BRIG_RECORD_LAST, whole_messages[0].data, whole_messages[0].len);
    for (size_t at = 0; at < len;)
        at += append_record(&puppet, data + at, len - at);
    if (side == BRIG_SIDE_CLIENT)
        CHECK(brig_conn_send(conn, &call, NULL) == BRIG_OK, "a call held back");
    for (size_t at = 0; at < puppet.len && status == BRIG_AGAIN;) {
        size_t left = puppet.len - at;

        at += puppet_feed(conn, puppet.stream + at, most == 0 || left < most ? left : most);
        status = serve(conn);
    }
    CHECK(status != BRIG_AUTH && status != BRIG_NO_MEMORY, "%s", brig_status_name(status));
    CHECK(serve(conn) == status, "a fault stays");
    brig_conn_free(conn);
    return 0;
}
