/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_PLACE_H
#define BRIG_SERVER_PLACE_H

#include <stddef.h>

#include <brig/status.h>

/*
 * A directory for one template and its sessions, where there are no mounts to give each its own.
 * It is locked while its server lives, so that the next one knows what nobody uses any more.
 */
enum { BRIG_PLACE_PATH_BYTES = 128 };

typedef struct brig_place {
    char path[BRIG_PLACE_PATH_BYTES]; /* the template's; "": there is none */
    char root[BRIG_PLACE_PATH_BYTES]; /* the server's own, above it */
    int lock_fd;                      /* of the root */
} brig_place;

/*
 * Make one that belongs to uid, below $TMPDIR or /tmp, and remove those that servers of this user
 * have left behind. BRIG_OK, or BRIG_UNAVAILABLE with a sentence in error.
 */
brig_status brig_place_make(unsigned uid, brig_place *ret_place, char *error, size_t error_bytes);

/* Remove what is left in it, and the directory. A place that is not there is no error. */
void brig_place_remove(brig_place *place);

#endif
