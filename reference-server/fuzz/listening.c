/* SPDX-License-Identifier: MIT */
/* A listening server whose clients are the fuzzer's. */
#include "listening.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <brig/conn.h>
#include <check.h>

#include "clock.h"
#include "fake_template.h"
#include "server.h"

enum {
    TURNS = 6, /* accept, read, answer, close a handle: each takes one */
    END_TURNS = 60,
};

/* Secrets of the server, of its one client, and the key of suite local: any octets do. */
static const uint8_t server_secret[BRIG_KEY_BYTES] = {32, 1};
static const uint8_t client_secret[BRIG_KEY_BYTES] = {16, 1};
static const uint8_t psk[BRIG_KEY_BYTES] = {7};

static struct {
    char directory[64];
    char socket_path[96];
    char key_path[96];
    char static_key_path[96];
    char client_keys_path[96];
    brig_server *server;
} state;

static void write_key(const char *path, const uint8_t key[BRIG_KEY_BYTES])
{
    char hex[2 * BRIG_KEY_BYTES + 1];
    FILE *file = fopen(path, "we");

    CHECK(file != NULL && fchmod(fileno(file), 0600) == 0, "%s: %s", path, strerror(errno));
    CHECK(fprintf(file, "%s\n", sodium_bin2hex(hex, sizeof(hex), key, BRIG_KEY_BYTES)) > 0 &&
              fclose(file) == 0,
          "%s", path);
}

static void remove_files(void)
{
    (void)unlink(state.socket_path);
    (void)unlink(state.key_path);
    (void)unlink(state.static_key_path);
    (void)unlink(state.client_keys_path);
    (void)rmdir(state.directory);
}

/* Once: keys as files, below where the fuzzer was started, where no two of them meet. */
static void make_files(void)
{
    uint8_t client_public[BRIG_KEY_BYTES];
    char *directory = state.directory;

    if (*directory != '\0')
        return;
    CHECK(sodium_init() >= 0, "sodium");
    (void)snprintf(directory, sizeof(state.directory), "fuzz-XXXXXX");
    CHECK(mkdtemp(directory) != NULL, "%s", strerror(errno));
    CHECK(atexit(remove_files) == 0, "atexit");
    (void)snprintf(state.socket_path, sizeof(state.socket_path), "%s/socket", directory);
    (void)snprintf(state.key_path, sizeof(state.key_path), "%s/key", directory);
    (void)snprintf(state.static_key_path, sizeof(state.static_key_path), "%s/static", directory);
    (void)snprintf(state.client_keys_path, sizeof(state.client_keys_path), "%s/clients", directory);
    write_key(state.key_path, psk);
    write_key(state.static_key_path, server_secret);
    brig_key_public(client_secret, client_public);
    write_key(state.client_keys_path, client_public);
}

void listening_begin(void)
{
    static const brig_profile profiles[] = {{.name = "standard", .engine = "r"}};
    static brig_listener_config listener;
    static brig_config config = {.listeners = &listener,
                                 .listener_count = 1,
                                 .profiles = profiles,
                                 .profile_count = 1,
                                 .uid_base = 200000,
                                 .max_connections = 3,
                                 .handshake_ms = 5000,
                                 .buffer_bytes = UINT64_C(2) * BRIG_LIMIT_MAX_MESSAGE_BYTES,
                                 .template_sessions = 5,
                                 .audit = {.path = "audit", .has_code = true}};
    const brig_server_config server = {.config = &config, .worker_path = "/nowhere"};
    char error[256] = "";

    make_files();
    listener = (brig_listener_config){.path = state.socket_path,
                                      .key_path = state.key_path,
                                      .static_key_path = state.static_key_path,
                                      .client_keys_path = state.client_keys_path};
    clock_begin();
    CHECK(brig_server_new(&server, error, sizeof(error), &state.server) == BRIG_OK, "%s", error);
    CHECK(brig_server_open_audit(state.server, error, sizeof(error)) == BRIG_OK, "%s", error);
    CHECK(brig_server_listen(state.server, error, sizeof(error)) == BRIG_OK, "%s", error);
}

void listening_pump(void)
{
    for (int i = 0; i < TURNS; i++)
        (void)uv_run(&brig_server_loop(state.server)->uv, UV_RUN_NOWAIT);
}

static void pump(void *context)
{
    (void)context;
    listening_pump();
}

void listening_wait(uint64_t ms)
{
    clock_advance(ms, pump, NULL);
    listening_pump();
}

void listening_end(void)
{
    int is_alive = 1;

    brig_server_stop(state.server);
    listening_wait(BRIG_LIMIT_CLOSE_MS);
    for (int i = 0; i < END_TURNS && is_alive != 0; i++)
        is_alive = uv_run(&brig_server_loop(state.server)->uv, UV_RUN_NOWAIT);
    CHECK(is_alive == 0, "handles are left");
    CHECK(fake_template_is_none_left(), "a template is left");
    CHECK(access(state.socket_path, F_OK) != 0, "the socket's name is left");
    brig_server_free(state.server);
}

int listening_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, state.socket_path, strlen(state.socket_path) + 1);
    CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "%s",
          strerror(errno));
    return fd;
}

void listening_keys(brig_noise_keys *ret_keys)
{
    *ret_keys = (brig_noise_keys){.ephemeral_secret = {8, 1}};
    memcpy(ret_keys->psk, psk, sizeof(psk));
    memcpy(ret_keys->static_secret, client_secret, sizeof(client_secret));
    brig_key_public(server_secret, ret_keys->remote_public);
}

static void exchange(brig_conn *client, int fd)
{
    brig_span out = brig_conn_output(client);
    brig_room room = brig_conn_room(client);

    if (out.len > 0)
        brig_conn_sent(client, (size_t)send(fd, out.data, out.len, MSG_NOSIGNAL));
    listening_pump();
    ssize_t got = recv(fd, room.data, room.len, MSG_DONTWAIT);
    if (got > 0)
        brig_conn_filled(client, (size_t)got);
}

void listening_expect_service(void)
{
    brig_conn_config config = {.side = BRIG_SIDE_CLIENT,
                               .suite = BRIG_SUITE_LOCAL,
                               .ephemeral = {8, 2},
                               .software = "a fuzzer",
                               .max_message_bytes = 1 << 20,
                               .max_output_bytes = 1 << 20};
    const brig_message ping = {.type = BRIG_MESSAGE_CALL, .name = brig_span_text("brig.ping")};
    brig_conn *client = NULL;
    brig_event event = {.type = BRIG_EVENT_READY};
    int fd = listening_connect();

    memcpy(config.psk, psk, sizeof(psk));
    CHECK(brig_conn_new(&config, &client) == BRIG_OK, "a client");
    CHECK(brig_conn_send(client, &ping, NULL) == BRIG_OK, "a ping");
    for (int i = 0; i < 2 * TURNS && event.type != BRIG_EVENT_MESSAGE; i++) {
        exchange(client, fd);
        while (brig_conn_next(client, &event) == BRIG_OK && event.type != BRIG_EVENT_MESSAGE)
            continue;
    }
    CHECK(event.type == BRIG_EVENT_MESSAGE && event.message.type == BRIG_MESSAGE_RESULT,
          "a client that follows the rules is not served");
    brig_conn_free(client);
    (void)close(fd);
}
