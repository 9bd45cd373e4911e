/* SPDX-License-Identifier: MIT */
/* The engine `conf` as a worker has it: HELLO, then one call after another. */
#include "engine_conf.h"

#include <brig/pack.h>

#include "calls.h"
#include "link.h"

enum { ABOUT_BYTES = 256 };

/* There is nothing to start, and nothing that a profile could have loaded. */
static brig_status start(const brig_value *configure, char *error, size_t error_bytes)
{
    (void)configure;
    (void)error;
    (void)error_bytes;
    return BRIG_OK;
}

static void describe(brig_buffer *to)
{
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "name", "conf");
    brig_pack_key_text(to, "version", BRIG_VERSION);
}

static void send_hello(void)
{
    brig_buffer about;

    brig_buffer_init(&about, ABOUT_BYTES);
    brig_pack_map(&about, 1);
    brig_pack_key_text(&about, "software", "conf " BRIG_VERSION);
    brig_message hello = {.type = BRIG_MESSAGE_HELLO, .body = brig_buffer_span(&about)};
    conf_link_send(&hello);
    brig_buffer_done(&about);
}

static void run(void)
{
    brig_message message;

    conf_link_start();
    send_hello();
    for (;;) {
        conf_link_await_call(&message);
        conf_calls_serve(&message);
    }
}

const brig_engine brig_engine_conf = {
    .name = "conf", .start = start, .describe = describe, .run = run};
