/* SPDX-License-Identifier: MIT */
/* No bytes a stranger can send may crash a connection or make it speak before its time (spec 3). */
#include <brig/conn.h>

#include "puppet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What may be said to a stranger: nothing, a refusal, or handshake message 2 (CHN-036). */
static bool is_fit_for_a_stranger(brig_span out)
{
    return out.len == 0 || (out.len == 5 && out.data[0] == 0 && out.data[1] == 0) ||
           out.len == BRIG_FRAME_HEADER_BYTES + 48;
}

/* A stream; its last byte chooses side and suite, the one before how many bytes one read brings. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct puppet puppet;
    brig_status status = BRIG_AGAIN;
    brig_event event;

    if (len < 2)
        return 0;
    uint8_t options = data[--len];
    size_t most = data[--len] + 1u;
    brig_side side = (options & 1) == 0 ? BRIG_SIDE_SERVER : BRIG_SIDE_CLIENT;
    brig_suite suite = (options & 2) == 0 ? BRIG_SUITE_LOCAL : BRIG_SUITE_KEYED;
    const brig_conn_config config = puppet_config(side, suite);
    brig_conn *conn = puppet_conn(&config);

    /* With bit 2, the handshake goes through first and the rest are forged records. */
    if ((options & 4) != 0) {
        puppet_begin(&puppet, side == BRIG_SIDE_SERVER ? BRIG_SIDE_CLIENT : BRIG_SIDE_SERVER,
                     suite);
        (void)puppet_feed(conn, puppet.stream, puppet.len);
        status = brig_conn_next(conn, &event);
    }
    for (size_t at = 0; at < len && status == BRIG_AGAIN;) {
        at += puppet_feed(conn, data + at, len - at < most ? len - at : most);
        status = brig_conn_next(conn, &event);
        CHECK(status != BRIG_OK || event.type == BRIG_EVENT_REFUSED, "a forgery was believed");
    }
    CHECK(!brig_conn_is_ready(conn), "a stranger was believed");
    if (side == BRIG_SIDE_SERVER)
        CHECK(is_fit_for_a_stranger(brig_conn_output(conn)), "too much was said");
    brig_conn_free(conn);
    return 0;
}
