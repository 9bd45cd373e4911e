/* SPDX-License-Identifier: MIT */
/* brig keygen: key files (spec 3.2). */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include <sodium.h>

enum {
    OPTION_STATIC = 256,
    OPTION_HELP,
    HEX_BYTES = 2 * BRIG_KEY_BYTES + 1,
};

static const char usage_text[] =
    "usage: brig keygen [--static] FILE\n\n"
    "Write a new random key to FILE, which must not exist, readable by you alone.\n\n"
    "  --static   a secret key for keyed connections; its public key is printed\n"
    "  --help\n";

static bool write_key(int fd, const uint8_t key[BRIG_KEY_BYTES])
{
    char text[HEX_BYTES];
    ssize_t written;

    (void)sodium_bin2hex(text, sizeof(text), key, BRIG_KEY_BYTES);
    text[sizeof(text) - 1] = '\n';
    written = write(fd, text, sizeof(text));
    sodium_memzero(text, sizeof(text));
    return written == (ssize_t)sizeof(text) && fsync(fd) == 0;
}

static void print_public(const uint8_t key[BRIG_KEY_BYTES])
{
    uint8_t public_key[BRIG_KEY_BYTES];
    char text[HEX_BYTES];

    brig_key_public(key, public_key);
    (void)sodium_bin2hex(text, sizeof(text), public_key, sizeof(public_key));
    (void)puts(text);
}

static int make_key(const char *path, int is_static)
{
    uint8_t key[BRIG_KEY_BYTES];
    int exit_code = EXIT_SUCCESS;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return brig_complain(EXIT_INFRASTRUCTURE, "%s: %s", path, strerror(errno));
    randombytes_buf(key, sizeof(key));
    if (!write_key(fd, key)) {
        exit_code = brig_complain(EXIT_INFRASTRUCTURE, "%s: %s", path, strerror(errno));
        (void)unlink(path);
    } else if (is_static) {
        print_public(key);
    }
    (void)close(fd);
    sodium_memzero(key, sizeof(key));
    return exit_code;
}

int brig_cmd_keygen(int argc, char **argv)
{
    static const struct option options[] = {
        {"static", no_argument, NULL, OPTION_STATIC},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    int is_static = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return fputs(usage_text, stdout) < 0 ? EXIT_INFRASTRUCTURE : EXIT_SUCCESS;
        if (option != OPTION_STATIC)
            return EXIT_USAGE;
        is_static = 1;
    }
    if (argc - optind != 1) {
        (void)fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
    if (sodium_init() < 0)
        return brig_complain(EXIT_INFRASTRUCTURE, "no source of random numbers");
    return make_key(argv[optind], is_static);
}
