/* SPDX-License-Identifier: MIT */
/* A client's life: made, connected, closed, freed. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

#include "mutant.h"

#define DEFAULT_SOFTWARE "libbrig " BRIG_VERSION

static brig_status check_config(const brig_client_config *config)
{
    /* One record must fit, or the server's HELLO could not be read. */
    if (config->max_message_bytes > BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES ||
        (config->max_message_bytes != 0 && config->max_message_bytes < BRIG_LIMIT_FRAGMENT_BYTES))
        return BRIG_ARGUMENT;
    return sodium_init() < 0 ? BRIG_SYSTEM : BRIG_OK;
}

brig_status brig_client_new(const brig_client_config *config, brig_client **ret_client)
{
    brig_client *client;
    brig_status status;

    TRY(check_config(config));
    client = calloc(1, sizeof(*client));
    if (client == NULL)
        return BRIG_NO_MEMORY;
    client->fd = -1;
    client->config = *config;
    client->config.software =
        strdup(config->software == NULL ? DEFAULT_SOFTWARE : config->software);
    if (config->max_message_bytes == 0)
        client->config.max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES;
    if (config->connect_ms == 0)
        client->config.connect_ms = CONNECT_MS_DEFAULT;
    brig_outcome_clear(&client->last);
    status = client->config.software == NULL ? BRIG_NO_MEMORY : brig_mailbox_new(&client->mail);
    if (status != BRIG_OK) {
        free((char *)client->config.software);
        free(client);
        return status;
    }
    *ret_client = client;
    return BRIG_OK;
}

void brig_client_free(brig_client *client)
{
    if (client == NULL)
        return;
    if (client->phase == PHASE_CONNECTED || client->phase == PHASE_CLOSING)
        (void)brig_transport_end(client, BRIG_CLOSED, "the client was freed");
    brig_private_server_end(client, BRIG_LIMIT_CLOSE_MS);
    brig_hosting_done(client);
    brig_conn_free(client->conn);
    brig_outcome_done(&client->last);
    free((char *)client->config.software);
    free(client);
}

const brig_error *brig_client_error(const brig_client *client)
{
    return &client->last.error;
}

void brig_client_interrupt(brig_client *client)
{
    brig_mailbox_interrupt(client->mail);
}

/* Takes the descriptor on success only. */
static brig_status connect_over(brig_client *client, brig_conn_config *config, int fd)
{
    brig_status status;

    config->side = BRIG_SIDE_CLIENT;
    config->software = client->config.software;
    config->max_message_bytes = client->config.max_message_bytes;
    config->max_output_bytes = 2 * client->config.max_message_bytes;
    if (MUTANT(uses_an_ephemeral_key_again))
        memset(config->ephemeral, 1, sizeof(config->ephemeral));
    else
        randombytes_buf(config->ephemeral, sizeof(config->ephemeral));
    status = brig_conn_new(config, &client->conn);
    if (status != BRIG_OK)
        return brig_outcome_fail(&client->last, status, "no connection: %s",
                                 brig_status_text(status));
    brig_transport_start(client, fd);
    return brig_transport_flush(client);
}

static brig_status check_new(brig_client *client)
{
    if (client->phase != PHASE_NEW || client->conn != NULL)
        return brig_outcome_fail(&client->last, BRIG_STATE, "a client connects only once");
    return BRIG_OK;
}

brig_status brig_client_adopt(brig_client *client, int socket_fd, const uint8_t key[BRIG_KEY_BYTES])
{
    brig_conn_config config = {.suite = BRIG_SUITE_LOCAL};
    brig_status status = check_new(client);

    if (status == BRIG_OK) {
        memcpy(config.psk, key, BRIG_KEY_BYTES);
        status = connect_over(client, &config, socket_fd);
    }
    if (status != BRIG_OK)
        (void)close(socket_fd);
    sodium_memzero(&config, sizeof(config));
    return status;
}

static brig_status connect_socket(brig_client *client, const char *path, int *ret_fd)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t path_bytes = strlen(path);
    int fd;

    if (path_bytes == 0 || path_bytes >= sizeof(name.sun_path))
        return brig_outcome_fail(&client->last, BRIG_ARGUMENT,
                                 "a socket path has 1 to %zu bytes: %s", sizeof(name.sun_path) - 1,
                                 path);
    memcpy(name.sun_path, path, path_bytes);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return brig_outcome_fail(&client->last, BRIG_SYSTEM, "no socket: %s", strerror(errno));
    while (connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0) {
        if (errno != EINTR) {
            (void)brig_outcome_fail(&client->last, BRIG_UNAVAILABLE, "cannot connect to %s: %s",
                                    path, strerror(errno));
            (void)close(fd);
            return BRIG_UNAVAILABLE;
        }
    }
    *ret_fd = fd;
    return BRIG_OK;
}

static brig_status read_keys(brig_client *client, const brig_address *address,
                             brig_conn_config *config)
{
    if (address->key_file == NULL || address->socket_path == NULL ||
        (config->suite == BRIG_SUITE_KEYED) != (address->server_public_file != NULL))
        return brig_outcome_fail(&client->last, BRIG_ARGUMENT,
                                 "an address is a socket path, a key file and, for suite keyed "
                                 "only, the server's public key");
    if (config->suite == BRIG_SUITE_LOCAL)
        return brig_key_file_read(&client->last, address->key_file, config->psk);
    TRY(brig_key_file_read(&client->last, address->key_file, config->static_secret));
    return brig_key_file_read_public(&client->last, address->server_public_file,
                                     config->server_public);
}

brig_status brig_client_connect(brig_client *client, const brig_address *address)
{
    brig_conn_config config = {.suite = address->suite == 0 ? BRIG_SUITE_LOCAL : address->suite};
    int fd = -1;
    brig_status status = check_new(client);

    if (status == BRIG_OK)
        status = read_keys(client, address, &config);
    if (status == BRIG_OK)
        status = connect_socket(client, address->socket_path, &fd);
    if (status == BRIG_OK)
        status = connect_over(client, &config, fd);
    if (status != BRIG_OK && fd >= 0)
        (void)close(fd);
    sodium_memzero(&config, sizeof(config));
    return status;
}

brig_status brig_client_start(brig_client *client, const brig_server *server)
{
    static const brig_server found = {NULL, NULL};
    brig_conn_config config = {.suite = BRIG_SUITE_LOCAL};
    int fd = -1;
    brig_status status = check_new(client);

    if (status == BRIG_OK)
        status =
            brig_private_server_start(client, server == NULL ? &found : server, &fd, config.psk);
    if (status == BRIG_OK)
        status = connect_over(client, &config, fd);
    if (status != BRIG_OK && fd >= 0)
        (void)close(fd);
    sodium_memzero(&config, sizeof(config));
    return status;
}

void brig_client_begin_close(brig_client *client)
{
    if (client->phase != PHASE_CONNECTED)
        return;
    client->phase = PHASE_CLOSING;
    client->timer_ms = brig_transport_now_ms() + BRIG_LIMIT_CLOSE_MS;
    if (MUTANT(waits_for_close_without_end))
        client->timer_ms = 0;
    brig_conn_close(client->conn, BRIG_CLOSE_DONE, "");
    (void)brig_transport_flush(client);
}

brig_status brig_client_close(brig_client *client)
{
    if (client->inside)
        return BRIG_STATE;
    brig_client_begin_close(client);
    while (client->phase == PHASE_CLOSING)
        if (brig_wait_step(client) != BRIG_OK)
            break;
    brig_private_server_end(client, BRIG_LIMIT_CLOSE_MS);
    return client->phase == PHASE_ENDED ? client->end : BRIG_STATE;
}
