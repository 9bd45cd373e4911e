/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_PLAIN_PATH_H
#define BRIG_SANDBOX_PLAIN_PATH_H

#include <stdbool.h>

/* Absolute, not the root itself, and without empty, "." and ".." components. */
bool brig_path_is_plain(const char *path);

/* Is path the directory itself, or below it? */
bool brig_path_is_within(const char *path, const char *directory);

#endif
