/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_KEY_H
#define BRIG_SERVER_KEY_H

#include <brig/conn.h>

/*
 * Read a key file: 64 hexadecimal digits and a newline (spec 3.2). The file must be a regular file
 * that belongs to the server's user and that nobody else may read or write; checked on the opened
 * descriptor. BRIG_OK, or BRIG_ARGUMENT or BRIG_SYSTEM with a sentence in error.
 */
brig_status brig_key_read_file(const char *path, uint8_t ret_key[BRIG_KEY_BYTES], char *error,
                               size_t error_bytes);

/* The same text from an inherited descriptor (pipe, memfd), which is closed. */
brig_status brig_key_read_fd(int fd, uint8_t ret_key[BRIG_KEY_BYTES], char *error,
                             size_t error_bytes);

#endif
