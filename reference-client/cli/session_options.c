/* SPDX-License-Identifier: MIT */
/* Which server, which sandbox: options that several commands share. */
#include "session_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_number(const char *text, uint64_t *ret_number)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static option_verdict add_limit(session_options *options, char *argument)
{
    char *equals = strchr(argument, '=');
    brig_limit *limit = &options->limits[options->open.limit_count];

    if (options->open.limit_count == MAX_LIMITS || equals == NULL || equals == argument ||
        !parse_number(equals + 1, &limit->value)) {
        (void)brig_complain(0, "--limit wants NAME=NUMBER, not %s", argument);
        return OPTION_WRONG;
    }
    *equals = '\0';
    limit->name = argument;
    options->open.limit_count++;
    return OPTION_TAKEN;
}

static option_verdict set_connect(session_options *options, const char *argument)
{
    static const char scheme[] = "unix:";

    if (strncmp(argument, scheme, sizeof(scheme) - 1) != 0) {
        (void)brig_complain(0, "--connect wants unix:PATH, not %s", argument);
        return OPTION_WRONG;
    }
    options->address.socket_path = argument + sizeof(scheme) - 1;
    return OPTION_TAKEN;
}

option_verdict brig_session_option(session_options *options, int option, char *argument)
{
    switch (option) {
    case OPTION_CONNECT:
        return set_connect(options, argument);
    case OPTION_KEY_FILE:
        options->address.key_file = argument;
        return OPTION_TAKEN;
    case OPTION_SERVER_KEY:
        options->address.server_public_file = argument;
        options->address.suite = BRIG_SUITE_KEYED;
        return OPTION_TAKEN;
    case OPTION_SERVER:
        options->server.program = argument;
        return OPTION_TAKEN;
    case OPTION_PROFILE:
        options->open.profile = argument;
        return OPTION_TAKEN;
    case OPTION_ENGINE:
        options->open.engine = argument;
        return OPTION_TAKEN;
    case OPTION_LIMIT:
        return add_limit(options, argument);
    default:
        return OPTION_NOT_OURS;
    }
}

bool brig_session_options_end(session_options *options)
{
    options->open.limits = options->limits;
    if ((options->address.socket_path != NULL) == (options->address.key_file != NULL))
        return true;
    (void)brig_complain(0, "--connect and --key-file belong together");
    return false;
}

/* The message, and the place in what was asked for if there is one. */
static void complain(const brig_error *error)
{
    brig_span path = brig_value_get_text(error->data, "path", "");

    if (path.len == 0)
        (void)brig_complain(0, "no session: %s", error->message);
    else
        (void)brig_complain(0, "no session: %.*s: %s", (int)path.len, (const char *)path.data,
                            error->message);
}

brig_client *brig_session_begin(const session_options *options, const brig_client_config *config,
                                brig_result *ret_opened)
{
    brig_client *client;
    brig_status status = brig_client_new(config, &client);

    if (status != BRIG_OK) {
        (void)brig_complain(0, "no client: %s", brig_status_text(status));
        return NULL;
    }
    status = options->address.socket_path != NULL ? brig_client_connect(client, &options->address)
                                                  : brig_client_start(client, &options->server);
    if (status == BRIG_OK)
        status = brig_client_open(client, &options->open, ret_opened);
    if (status == BRIG_OK)
        return client;
    complain(brig_client_error(client));
    (void)brig_client_close(client);
    brig_client_free(client);
    return NULL;
}
