/* SPDX-License-Identifier: MIT */
/* Which configurations a connection accepts (spec 3.2 and 6.2). */
#include <brig/conn.h>

#include "bytes.h"
#include "check.h"
#include "puppet.h"

static const brig_span one_capability = BYTES("\x91\xa6resume");
static const brig_span no_array = BYTES("\xa6resume");
static const brig_span no_texts = BYTES("\x91\x01");
static char long_software[BRIG_LIMIT_HELLO_BYTES + 1];

static void nothing(brig_conn_config *config)
{
    (void)config;
}

static void set_worker_side(brig_conn_config *config)
{
    config->side = BRIG_SIDE_WORKER;
}

static void set_no_suite(brig_conn_config *config)
{
    config->suite = (brig_suite)0;
    config->suites = 0;
}

static void set_unknown_suite(brig_conn_config *config)
{
    config->suite = (brig_suite)3;
    config->suites = 1u << 3;
}

static void forget_ephemeral(brig_conn_config *config)
{
    memset(config->ephemeral, 0, sizeof(config->ephemeral));
}

static void forget_psk(brig_conn_config *config)
{
    memset(config->psk, 0, sizeof(config->psk));
}

static void forget_static_secret(brig_conn_config *config)
{
    memset(config->static_secret, 0, sizeof(config->static_secret));
}

static void forget_pinned_key(brig_conn_config *config)
{
    memset(config->server_public, 0, sizeof(config->server_public));
}

static void pin_a_point_of_low_order(brig_conn_config *config)
{
    forget_pinned_key(config);
    config->server_public[0] = 1;
}

static void list_no_clients(brig_conn_config *config)
{
    config->client_public_count = 0;
}

static void offer_only_local(brig_conn_config *config)
{
    config->suites = 1u << BRIG_SUITE_LOCAL;
    list_no_clients(config);
    forget_static_secret(config);
}

static void offer_only_keyed(brig_conn_config *config)
{
    config->suites = 1u << BRIG_SUITE_KEYED;
    forget_psk(config);
}

static void forget_software(brig_conn_config *config)
{
    config->software = NULL;
}

static void set_broken_software(brig_conn_config *config)
{
    config->software = "\xff";
}

static void set_long_software(brig_conn_config *config)
{
    memset(long_software, 'x', sizeof(long_software) - 1);
    config->software = long_software;
}

static void set_capability(brig_conn_config *config)
{
    config->capabilities = one_capability;
}

static void set_no_array(brig_conn_config *config)
{
    config->capabilities = no_array;
}

static void set_no_texts(brig_conn_config *config)
{
    config->capabilities = no_texts;
}

static void set_smallest_limit(brig_conn_config *config)
{
    config->max_message_bytes = BRIG_LIMIT_FRAGMENT_BYTES;
}

static void set_too_small_limit(brig_conn_config *config)
{
    config->max_message_bytes = BRIG_LIMIT_FRAGMENT_BYTES - 1;
}

static void set_too_large_limit(brig_conn_config *config)
{
    config->max_message_bytes = (size_t)BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES + 1;
}

static const struct config_case {
    const char *name;
    brig_side side;
    brig_suite suite;
    void (*change)(brig_conn_config *config);
    brig_status status;
} cases[] = {
    {"a client of suite local", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, nothing, BRIG_OK},
    {"a client of suite keyed", BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED, nothing, BRIG_OK},
    {"a server of both suites", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, nothing, BRIG_OK},
    {"a server of suite local needs no other keys", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL,
     offer_only_local, BRIG_OK},
    {"a server of suite keyed needs no psk", BRIG_SIDE_SERVER, BRIG_SUITE_KEYED, offer_only_keyed,
     BRIG_OK},
    {"a worker has no connection", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_worker_side,
     BRIG_ARGUMENT},
    {"a client without a suite", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_no_suite, BRIG_ARGUMENT},
    {"a server without a suite [CHN-012]", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_no_suite,
     BRIG_ARGUMENT},
    {"a client of an unknown suite", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_unknown_suite,
     BRIG_ARGUMENT},
    {"a server of an unknown suite", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_unknown_suite,
     BRIG_ARGUMENT},
    {"an ephemeral key that nobody set", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, forget_ephemeral,
     BRIG_ARGUMENT},
    {"a psk that nobody set", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, forget_psk, BRIG_ARGUMENT},
    {"a client's static key that nobody set", BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED,
     forget_static_secret, BRIG_ARGUMENT},
    {"a server's static key that nobody set", BRIG_SIDE_SERVER, BRIG_SUITE_KEYED,
     forget_static_secret, BRIG_ARGUMENT},
    {"a pinned key that nobody set", BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED, forget_pinned_key,
     BRIG_ARGUMENT},
    {"a pinned key of low order", BRIG_SIDE_CLIENT, BRIG_SUITE_KEYED, pin_a_point_of_low_order,
     BRIG_ARGUMENT},
    {"suite keyed without a client's key", BRIG_SIDE_SERVER, BRIG_SUITE_KEYED, list_no_clients,
     BRIG_ARGUMENT},
    {"no software", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, forget_software, BRIG_ARGUMENT},
    {"software that is not UTF-8", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_broken_software,
     BRIG_ARGUMENT},
    {"software too long for a HELLO [MSG-011]", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL,
     set_long_software, BRIG_ARGUMENT},
    {"a capability", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_capability, BRIG_OK},
    {"capabilities that are no array", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_no_array,
     BRIG_ARGUMENT},
    {"capabilities that are no texts", BRIG_SIDE_CLIENT, BRIG_SUITE_LOCAL, set_no_texts,
     BRIG_ARGUMENT},
    {"the smallest max_message", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_smallest_limit, BRIG_OK},
    {"a smaller max_message", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_too_small_limit,
     BRIG_ARGUMENT},
    {"a max_message above the ceiling", BRIG_SIDE_SERVER, BRIG_SUITE_LOCAL, set_too_large_limit,
     BRIG_ARGUMENT},
};

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct config_case *c = &cases[i];
        brig_conn_config config = puppet_config(c->side, c->suite);
        brig_conn *conn = NULL;

        c->change(&config);
        brig_status status = brig_conn_new(&config, &conn);
        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        CHECK((conn != NULL) == (status == BRIG_OK), "%s", c->name);
        brig_conn_free(conn);
    }
    brig_conn_free(NULL);
    return EXIT_SUCCESS;
}
