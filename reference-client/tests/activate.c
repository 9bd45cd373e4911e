/* SPDX-License-Identifier: MIT */
/* activate PATH COMMAND [ARGUMENT…]: run a command as systemd does, with a listening socket as
 * descriptor 3 (sd_listen_fds(3)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FIRST_FD = 3,
    BACKLOG = 8,
    EXIT_NOT_STARTED = 127,
};

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, BACKLOG) != 0 || dup2(fd, FIRST_FD) < 0)
        return -1;
    return fd == FIRST_FD ? 0 : close(fd);
}

int main(int argc, char **argv)
{
    char pid[32];

    if (argc < 3) {
        (void)fprintf(stderr, "usage: activate PATH COMMAND [ARGUMENT…]\n");
        return EXIT_NOT_STARTED;
    }
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    if (listen_at(argv[1]) != 0 || setenv("LISTEN_PID", pid, 1) != 0 ||
        setenv("LISTEN_FDS", "1", 1) != 0) {
        perror(argv[1]);
        return EXIT_NOT_STARTED;
    }
    (void)execvp(argv[2], argv + 2);
    perror(argv[2]);
    return EXIT_NOT_STARTED;
}
