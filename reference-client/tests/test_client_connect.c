/* SPDX-License-Identifier: MIT */
/* Connecting by socket path and key files, with both suites (spec 3.2). */
#include "peer.h"

#include <stdio.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <brig/client.h>

#include "check.h"

enum {
    SERVER_BYTE = 0x33,
    CLIENT_BYTE = 0x22,
    KEY_TEXT_BYTES = 2 * BRIG_KEY_BYTES + 1,
};

/* Everything lies in a directory of its own, which is the working directory meanwhile. */
static const char socket_path[] = "socket";

struct connect_case {
    const char *name;
    brig_suite suite;
    const char *secret_file;
    const char *public_file;
    brig_status connected;
    brig_status pinged; /* if connected */
};

static const struct connect_case cases[] = {
    {"a shared key opens suite local", BRIG_SUITE_LOCAL, "shared", NULL, BRIG_OK, BRIG_OK},
    {"without a suite it is local", 0, "shared", NULL, BRIG_OK, BRIG_OK},
    {"a pinned server and a listed client open suite keyed", BRIG_SUITE_KEYED, "client",
     "server.public", BRIG_OK, BRIG_OK},
    {"a client that is not listed gets no answer", BRIG_SUITE_KEYED, "stranger", "server.public",
     BRIG_OK, BRIG_TRUNCATED},
    {"a server other than the pinned one is not believed", BRIG_SUITE_KEYED, "client", "stranger",
     BRIG_OK, BRIG_TRUNCATED},
    {"suite keyed needs the server's public key", BRIG_SUITE_KEYED, "client", NULL, BRIG_ARGUMENT,
     BRIG_OK},
    {"suite local has no public key", BRIG_SUITE_LOCAL, "shared", "server.public", BRIG_ARGUMENT,
     BRIG_OK},
    {"a key file that is not there", BRIG_SUITE_LOCAL, "nothing", NULL, BRIG_ARGUMENT, BRIG_OK},
    /* CHN-011 */
    {"a key file that others can read", BRIG_SUITE_LOCAL, "open", NULL, BRIG_ARGUMENT, BRIG_OK},
    {"a key file that is too short", BRIG_SUITE_LOCAL, "short", NULL, BRIG_ARGUMENT, BRIG_OK},
    {"a key file that is too long", BRIG_SUITE_LOCAL, "long", NULL, BRIG_ARGUMENT, BRIG_OK},
    {"a key file that is a directory", BRIG_SUITE_LOCAL, ".", NULL, BRIG_ARGUMENT, BRIG_OK},
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    size_t len = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len, "%s", path);
    CHECK(fchmod(fd, mode) == 0 && close(fd) == 0, "%s", path);
}

static void write_key(const char *path, const uint8_t key[BRIG_KEY_BYTES], mode_t mode)
{
    char text[KEY_TEXT_BYTES + 1];

    for (size_t i = 0; i < BRIG_KEY_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
    text[KEY_TEXT_BYTES - 1] = '\n';
    text[KEY_TEXT_BYTES] = '\0';
    write_file(path, text, mode);
}

static void write_keys(void)
{
    uint8_t server[BRIG_KEY_BYTES];
    uint8_t client[BRIG_KEY_BYTES];
    uint8_t stranger[BRIG_KEY_BYTES];
    uint8_t public_key[BRIG_KEY_BYTES];

    memset(server, SERVER_BYTE, sizeof(server));
    memset(client, CLIENT_BYTE, sizeof(client));
    memset(stranger, 0x44, sizeof(stranger));
    brig_key_public(server, public_key);
    write_key("shared", server, 0600);
    write_key("client", client, 0600);
    write_key("stranger", stranger, 0600);
    write_key("server.public", public_key, 0644);
    write_key("open", server, 0640);
    write_file("short", "0123\n", 0600);
    write_key("long", server, 0600);
    CHECK(truncate("long", KEY_TEXT_BYTES + 1) == 0, "long");
}

static int listen_here(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path, socket_path, sizeof(socket_path));
    CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
              listen(fd, 1) == 0,
          "listen");
    return fd;
}

static void script_pong(struct peer *peer)
{
    brig_message call;
    brig_message pong = {.type = BRIG_MESSAGE_RESULT, .body = {(const uint8_t *)"\x80", 1}};

    if (!peer_expect_call(peer, &call))
        return;
    pong.id = call.id;
    (void)peer_send(peer, &pong);
}

static void ping(const struct connect_case *c, brig_client *client, int listener)
{
    const peer_config config = {.key_byte = SERVER_BYTE,
                                .client_byte = CLIENT_BYTE,
                                .suite = c->suite,
                                .script = script_pong};
    int fd = accept(listener, NULL, NULL);
    struct peer peer;
    brig_status status;

    CHECK(fd >= 0, "%s: accept", c->name);
    peer_start_on(&peer, &config, fd);
    status = brig_client_ping(client);
    CHECK(status == c->pinged, "%s: %s", c->name, brig_client_error(client)->message);
    (void)brig_client_close(client);
    peer_join(&peer);
}

static void run_case(const struct connect_case *c, int listener)
{
    const brig_client_config config = {.software = "test"};
    const brig_address address = {.socket_path = socket_path,
                                  .suite = c->suite,
                                  .key_file = c->secret_file,
                                  .server_public_file = c->public_file};
    brig_client *client;
    brig_status status;

    CHECK(brig_client_new(&config, &client) == BRIG_OK, "%s", c->name);
    status = brig_client_connect(client, &address);
    CHECK(status == c->connected, "%s: %s: %s", c->name, brig_status_name(status),
          brig_client_error(client)->message);
    if (status == BRIG_OK)
        ping(c, client, listener);
    else
        CHECK(brig_client_error(client)->status == status, "%s", c->name);
    brig_client_free(client);
}

static void test_nobody(void)
{
    const brig_client_config config = {.software = "test"};
    const brig_address address = {.socket_path = socket_path, .key_file = "shared"};
    brig_client *client;

    CHECK(brig_client_new(&config, &client) == BRIG_OK, "client");
    CHECK(brig_client_connect(client, &address) == BRIG_UNAVAILABLE, "nobody listens");
    CHECK(strstr(brig_client_error(client)->message, socket_path) != NULL, "the path is named");
    brig_client_free(client);
}

int main(void)
{
    static const char *const files[] = {"shared", "client", "stranger", "server.public",
                                        "open",   "short",  "long",     "socket"};
    char directory[] = "connect-XXXXXX";
    int listener;

    CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0, "%s", directory);
    write_keys();
    listener = listen_here();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(&cases[i], listener);
    CHECK(close(listener) == 0, "close");
    test_nobody();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        CHECK(unlink(files[i]) == 0, "%s", files[i]);
    CHECK(chdir("..") == 0 && rmdir(directory) == 0, "%s", directory);
    return EXIT_SUCCESS;
}
