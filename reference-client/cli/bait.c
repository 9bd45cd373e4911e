/* SPDX-License-Identifier: MIT */
/* Real targets, so that an attack which succeeds is noticed and not only one that reports success. */
#include "bait.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#define SECRET_VARIABLE "BRIG_DOCTOR_SECRET"

static bool write_secret(const brig_bait *bait)
{
    int fd = open(bait->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t len = strlen(bait->secret);
    bool is_written;

    if (fd < 0)
        return false;
    is_written = write(fd, bait->secret, len) == (ssize_t)len;
    return close(fd) == 0 && is_written;
}

static bool listen_locally(brig_bait *bait)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t name_bytes = sizeof(name);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bait->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bait->listener < 0 ||
        bind(bait->listener, (const struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(bait->listener, 1) != 0 ||
        getsockname(bait->listener, (struct sockaddr *)&name, &name_bytes) != 0)
        return false;
    bait->port = ntohs(name.sin_port);
    return true;
}

bool brig_bait_lay(brig_bait *bait)
{
    const char *home = getenv("HOME");
    uint8_t random[(BAIT_SECRET_BYTES - 1) / 2];
    int written;

    memset(bait, 0, sizeof(*bait));
    bait->listener = -1;
    if (sodium_init() < 0)
        return false;
    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(bait->secret, sizeof(bait->secret), random, sizeof(random));
    written = snprintf(bait->directory, sizeof(bait->directory), "%s/.brig-doctor-XXXXXX",
                       home == NULL ? "/tmp" : home);
    if (written < 0 || (size_t)written >= sizeof(bait->directory) - sizeof("/id_rsa") ||
        mkdtemp(bait->directory) == NULL) {
        bait->directory[0] = '\0';
        return false;
    }
    (void)snprintf(bait->file, sizeof(bait->file), "%.*s/id_rsa",
                   (int)(sizeof(bait->file) - sizeof("/id_rsa")), bait->directory);
    return write_secret(bait) && listen_locally(bait) &&
           setenv(SECRET_VARIABLE, bait->secret, 1) == 0;
}

void brig_bait_remove(brig_bait *bait)
{
    if (bait->listener >= 0)
        (void)close(bait->listener);
    if (bait->directory[0] != '\0') {
        (void)unlink(bait->file);
        (void)rmdir(bait->directory);
    }
    (void)unsetenv(SECRET_VARIABLE);
}

bool brig_bait_is_untouched(const brig_bait *bait)
{
    char text[BAIT_SECRET_BYTES] = "";
    int fd = open(bait->file, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return false;
    got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    return got > 0 && strcmp(text, bait->secret) == 0;
}

bool brig_bait_was_called(const brig_bait *bait)
{
    struct pollfd fd = {.fd = bait->listener, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}
