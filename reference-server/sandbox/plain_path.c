/* SPDX-License-Identifier: MIT */
/* Paths as plans want them: compared as texts, so there must be one way to write each. */
#include "plain_path.h"

#include <string.h>

bool brig_path_is_plain(const char *path)
{
    if (path[0] != '/' || path[1] == '\0')
        return false;
    while (*path != '\0') {
        size_t len = strcspn(path + 1, "/");

        if (len == 0 || (len == 1 && path[1] == '.') ||
            (len == 2 && strncmp(path + 1, "..", 2) == 0))
            return false;
        path += 1 + len;
    }
    return true;
}

bool brig_path_is_within(const char *path, const char *directory)
{
    size_t len = strlen(directory);

    return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0');
}
