/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BAIT_H
#define BRIG_CLI_BAIT_H

#include <stdbool.h>

enum {
    BAIT_SECRET_BYTES = 33, /* 32 digits and a NUL */
    BAIT_PATH_BYTES = 512,
};

/*
 * What the attacks of brig doctor are after, on the host: a directory with a file that holds a
 * secret, the same secret in our environment, and a listening port of the loopback interface.
 */
typedef struct brig_bait {
    char secret[BAIT_SECRET_BYTES];
    char directory[BAIT_PATH_BYTES];
    char file[BAIT_PATH_BYTES];
    int listener; /* or -1 */
    int port;
} brig_bait;

/* False with errno set; brig_bait_remove() in any case. */
bool brig_bait_lay(brig_bait *bait);
void brig_bait_remove(brig_bait *bait);

/* Is the file still what it was? Has anybody connected? */
bool brig_bait_is_untouched(const brig_bait *bait);
bool brig_bait_was_called(const brig_bait *bait);

#endif
